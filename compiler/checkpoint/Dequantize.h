//===- Dequantize.h - Dequantizes the blocks of ggml's types --------------===//

#ifndef GPTC_COMPILER_CHECKPOINT_DEQUANTIZE_H
#define GPTC_COMPILER_CHECKPOINT_DEQUANTIZE_H

#include "dialect/Gpt.h"

namespace gptc {

/// The number of values that are dequantized at once: a block of 32, or an
/// eighth of one of 256.
inline constexpr int64_t groupValues = 32;

/// Writes the `group`-th 32 values of the block at `block`, which need not be
/// aligned. Each operation is rounded to f32 in the order of ggml's reference
/// code (ggml/src/ggml-quants.c, dequantize_row_*), so the bits are those of
/// llama.cpp and of Python's gguf package.
using GroupReader = void (*)(const uint8_t *block, int64_t group,
                             float *values);

GroupReader getGroupReader(gpt::BlockKind kind);

/// Writes `count` values of a tensor of such blocks, starting at value `first`.
void dequantize(gpt::BlockType type, const char *data, int64_t first,
                int64_t count, float *values);

} // namespace gptc

#endif // GPTC_COMPILER_CHECKPOINT_DEQUANTIZE_H
