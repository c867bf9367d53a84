//===- KvCache.h - Keys and values of the positions seen so far -----------===//

#ifndef GPTC_RUNTIME_KVCACHE_H
#define GPTC_RUNTIME_KVCACHE_H

#include "runtime/Abi.h"
#include "runtime/System.h"

#include <vector>

namespace gptc {

/// Blocks of GPTC_BLOCK_POSITIONS positions, shared out among sequences. What
/// is in a block is the compiled code's business.
class KvCache {
public:
  /// `blocks` blocks for `sequences` sequences of at most `positions`.
  Error open(int64_t blockBytes, int64_t blocks, int64_t sequences,
             int64_t positions);

  /// Gives `sequence` blocks for its positions [0, length); false when no
  /// block is free, and then those that it has got stay its own.
  bool reserve(int32_t sequence, int64_t length);
  /// Takes all blocks of `sequence` back.
  void release(int32_t sequence);

  void *memory() const { return mapping.data(); }
  /// (sequences, stride): the block of position p of a sequence at p / 32.
  const int32_t *table() const { return blockTable.data(); }
  int64_t tableStride() const { return stride; }

  static int64_t blocksFor(int64_t positions) {
    return (positions + GPTC_BLOCK_POSITIONS - 1) / GPTC_BLOCK_POSITIONS;
  }

private:
  Mapping mapping;
  int64_t stride = 0;
  std::vector<int32_t> blockTable;
  std::vector<int64_t> blocksHeld; ///< (sequences)
  std::vector<int32_t> freeBlocks; ///< the next one is the last
};

} // namespace gptc

#endif // GPTC_RUNTIME_KVCACHE_H
