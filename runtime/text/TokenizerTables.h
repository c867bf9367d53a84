//===- TokenizerTables.h - The arrays of a tokenizer section --------------===//

#ifndef GPTC_RUNTIME_TEXT_TOKENIZERTABLES_H
#define GPTC_RUNTIME_TEXT_TOKENIZERTABLES_H

#include "runtime/text/TokenizerFormat.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace gptc {

/// Views of the arrays of a section (runtime/text/TokenizerFormat.h). Lookups
/// are safe in any section that open() has accepted.
struct TokenizerTables {
  TokenizerHeader header = {};
  const MergeSlot *mergeSlots = nullptr;
  const AddedToken *addedTokens = nullptr;
  const Composition *compositions = nullptr;
  const uint32_t *decompositions = nullptr;
  const int32_t *byteTokens = nullptr;
  const int32_t *textSlots = nullptr;
  const uint32_t *textOffsets = nullptr;
  const Normalization *normalizations = nullptr;
  const uint16_t *classPages = nullptr;
  const uint16_t *normalPages = nullptr;
  const uint16_t *normalIndices = nullptr;
  const TokenFlags *flags = nullptr;
  const CharacterClass *classes = nullptr;
  const char *texts = nullptr;

  /// Validates all of `section`, which must be 8-byte aligned. Returns null on
  /// success, else an error message.
  static const char *open(std::span<const std::byte> section,
                          TokenizerTables &out);

  bool has(TokenizerFlags flag) const { return (header.flags & flag) != 0; }

  bool isToken(int64_t id) const {
    return id >= 0 && id < header.vocabularySize;
  }

  /// Returns the text of a token.
  std::string_view text(int32_t id) const {
    return {texts + textOffsets[id], textOffsets[id + 1] - textOffsets[id]};
  }

  std::string_view match(const AddedToken &token) const {
    return {texts + token.offset, token.size};
  }

  /// Returns the token of a word or character, or -1.
  int32_t findText(std::string_view text) const;

  /// Returns the merge of two adjacent tokens, or null.
  const MergeSlot *findMerge(int32_t left, int32_t right) const;

  CharacterClass classOf(uint32_t codePoint) const {
    size_t page = classPages[codePoint / 256];
    return classes[page * 256 + codePoint % 256];
  }

  /// Only valid if the tokenizer composes text.
  const Normalization &normalizationOf(uint32_t codePoint) const {
    size_t page = normalPages[codePoint / 256];
    return normalizations[normalIndices[page * 256 + codePoint % 256]];
  }
};

} // namespace gptc

#endif // GPTC_RUNTIME_TEXT_TOKENIZERTABLES_H
