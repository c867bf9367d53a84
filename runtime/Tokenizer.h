//===- Tokenizer.h - Text to token ids and back ---------------------------===//
//
// Works in place on the tokenizer section of a container, which gptc compiled
// (runtime/TokenizerFormat.h): nothing is converted at start.
//
//===----------------------------------------------------------------------===//

#ifndef GPTC_RUNTIME_TOKENIZER_H
#define GPTC_RUNTIME_TOKENIZER_H

#include "runtime/TokenizerFormat.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace gptc {

/// A view of a tokenizer section, which it does not own; cheap to copy. Any
/// bytes are text: what is not UTF-8 is tokenized byte by byte, so decoding
/// gives back what was encoded.
class Tokenizer {
public:
  /// A stretch of a text. Special tokens that stand in it are recognised where
  /// `special` is set; otherwise they are text like any other.
  struct Part {
    std::string_view text;
    bool special;
  };

  /// Checks all of `section`, which starts on 8 bytes and must outlive `out`.
  /// Returns null, or what is wrong with it.
  static const char *open(std::span<const std::byte> section, Tokenizer &out);

  /// One more than the largest id.
  int32_t size() const { return static_cast<int32_t>(header.vocabularySize); }

  /// Appends the ids of a text of one part.
  void encode(std::string_view text, bool special,
              std::vector<int32_t> &ids) const;

  /// Appends the ids of the text that `parts` make up together: words go on
  /// from a part to the next, only a special token must lie within parts that
  /// ask for them. A text that `continues` what `ids` holds gets no space of
  /// its own in front, as SentencePiece gives to a text that begins.
  void encode(std::span<const Part> parts, bool continues,
              std::vector<int32_t> &ids) const;

  /// The special or other added token that `text` is, or -1.
  int32_t find(std::string_view text) const;

  /// What the token prints: its bytes, nothing for special tokens and for ids
  /// that no token has.
  std::string_view bytes(int32_t id) const;

  /// What the token stands for in a text: as `bytes`, but special tokens have
  /// theirs too.
  std::string_view text(int32_t id) const;

  bool isSpecial(int32_t id) const;

private:
  class Reader;
  class Encoder;

  TokenizerHeader header = {};
  const MergeSlot *mergeSlots = nullptr;
  const int32_t *byteTokens = nullptr;
  const uint32_t *textOffsets = nullptr;
  const uint32_t *addedByFirstByte = nullptr;
  const int32_t *addedTokens = nullptr;
  const uint16_t *classPages = nullptr;
  const TokenFlags *flags = nullptr;
  const CharacterClass *classes = nullptr;
  const char *texts = nullptr;
};

} // namespace gptc

#endif // GPTC_RUNTIME_TOKENIZER_H
