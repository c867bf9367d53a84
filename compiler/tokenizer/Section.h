//===- Section.h - Lays out a tokenizer for the runtime -------------------===//

#ifndef GPTC_COMPILER_TOKENIZER_SECTION_H
#define GPTC_COMPILER_TOKENIZER_SECTION_H

#include "runtime/text/TokenizerFormat.h"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace gptc {

/// A BPE tokenizer, independent of its file format.
struct BpeTokenizer {
  struct Token {
    std::string text; ///< bytes; empty if no token has the id
    TokenFlags flags = TokenFlags::none;
    std::string match; ///< the text that an added token matches
    /// Whether words and characters with this text are this token.
    bool isPiece = false;
  };
  struct Merge {
    int32_t left, right, result;
    uint32_t rank;
  };

  TokenizerKind kind;
  uint32_t flags = 0; ///< bits of TokenizerFlags
  int32_t bos = -1, eos = -1, unknown = -1;
  std::vector<Token> tokens; ///< by id
  std::vector<Merge> merges; ///< a repeated pair has its last rank
  std::array<int32_t, 256> byteTokens;
};

/// Returns the section described in runtime/text/TokenizerFormat.h. The tokens
/// of `tokenizer` are indexed by id, and its added tokens must have a match.
std::vector<char> layOutTokenizer(const BpeTokenizer &tokenizer);

} // namespace gptc

#endif // GPTC_COMPILER_TOKENIZER_SECTION_H
