//===- TokenizerSection.h - Lay out a tokenizer for the runtime -----------===//

#ifndef GPTC_COMPILER_IMPORT_TOKENIZERSECTION_H
#define GPTC_COMPILER_IMPORT_TOKENIZERSECTION_H

#include "runtime/TokenizerFormat.h"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace gptc {

/// A byte-level BPE tokenizer with GPT-2's pattern, whatever file it is from.
struct BpeTokenizer {
  struct Token {
    std::string text; ///< bytes; empty where no token has the id
    TokenFlags flags = TokenFlags::none;
  };
  struct Merge {
    int32_t left, right, result;
  };

  std::vector<Token> tokens; ///< by id
  std::vector<Merge> merges; ///< by rank; a pair that repeats has its last one
  std::array<int32_t, 256> byteTokens;
};

/// The section of runtime/TokenizerFormat.h. The ids of `tokenizer` are
/// indices of its tokens, and its added tokens have a text.
std::vector<char> layOutTokenizer(const BpeTokenizer &tokenizer);

} // namespace gptc

#endif // GPTC_COMPILER_IMPORT_TOKENIZERSECTION_H
