//===- Section.h - Lay out a tokenizer for the runtime --------------------===//

#ifndef GPTC_COMPILER_TOKENIZER_SECTION_H
#define GPTC_COMPILER_TOKENIZER_SECTION_H

#include "runtime/text/TokenizerFormat.h"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace gptc {

/// A BPE tokenizer, whatever file it is from.
struct BpeTokenizer {
  struct Token {
    std::string text; ///< bytes; empty where no token has the id
    TokenFlags flags = TokenFlags::none;
    std::string match; ///< what an added token is found by
    /// Words and characters of this text are this token.
    bool isPiece = false;
  };
  struct Merge {
    int32_t left, right, result;
    uint32_t rank;
  };

  TokenizerKind kind;
  uint32_t flags = 0; ///< of TokenizerFlags
  int32_t bos = -1, eos = -1, unknown = -1;
  std::vector<Token> tokens; ///< by id
  std::vector<Merge> merges; ///< a pair that repeats has its last rank
  std::array<int32_t, 256> byteTokens;
};

/// The section of runtime/text/TokenizerFormat.h. The ids of `tokenizer` are
/// indices of its tokens, and its added tokens have a match.
std::vector<char> layOutTokenizer(const BpeTokenizer &tokenizer);

} // namespace gptc

#endif // GPTC_COMPILER_TOKENIZER_SECTION_H
