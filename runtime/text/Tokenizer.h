//===- Tokenizer.h - Encodes text to token ids and back -------------------===//
//
// The tokenizer works in place on the tokenizer section of a container
// (runtime/text/TokenizerFormat.h); nothing is converted at start-up.
//
//===----------------------------------------------------------------------===//

#ifndef GPTC_RUNTIME_TEXT_TOKENIZER_H
#define GPTC_RUNTIME_TEXT_TOKENIZER_H

#include "runtime/text/TokenizerTables.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace gptc {

/// A view of a tokenizer section, which it does not own; cheap to copy. Text
/// may consist of any bytes: what is not UTF-8 is tokenized byte by byte.
/// Decoding restores the encoded text, unless the tokenizer normalizes it, as
/// SentencePiece does with U+2581: then decoding yields the normalized text.
class Tokenizer {
public:
  /// A part of a text. Special tokens are recognized in it if `special` is set;
  /// otherwise they are plain text.
  struct Part {
    std::string_view text;
    bool special;
  };

  /// Validates all of `section`, which must be 8-byte aligned and outlive
  /// `out`. Returns null on success, else an error message.
  static const char *open(std::span<const std::byte> section, Tokenizer &out) {
    return TokenizerTables::open(section, out.tables);
  }

  /// Returns the largest id plus one.
  int32_t size() const {
    return static_cast<int32_t>(tables.header.vocabularySize);
  }

  /// Appends the ids of a text of one part.
  void encode(std::string_view text, bool special,
              std::vector<int32_t> &ids) const;

  /// Appends the ids of the text that `parts` form together. A word may extend
  /// over several parts, but a special token must lie within parts with
  /// `special` set. SentencePiece puts a space in front of a text. It puts none
  /// if the text `continues` another, unless `ids` ends with an added token and
  /// the tokenizer puts a space after those, too.
  void encode(std::span<const Part> parts, bool continues,
              std::vector<int32_t> &ids) const;

  /// Returns the special or other added token with this text, or -1.
  int32_t find(std::string_view text) const;

  /// Returns the token that a prompt begins with, or -1. Encoding does not add
  /// it.
  int32_t promptStart() const {
    return tables.has(addsBos) ? tables.header.bos : -1;
  }

  /// Returns the token that ends a training text, or -1.
  int32_t textEnd() const {
    return tables.has(addsEos) ? tables.header.eos : -1;
  }

  /// Returns the bytes that the token prints; "" for special tokens and unused
  /// ids.
  std::string_view bytes(int32_t id) const {
    return isSpecial(id) ? std::string_view() : text(id);
  }

  /// Returns the text of the token: as bytes(), but also for special tokens.
  std::string_view text(int32_t id) const {
    return tables.isToken(id) ? tables.text(id) : std::string_view();
  }

  /// Returns `text`, which the first token of a text prints, without the space
  /// that encoding has put in front of the text.
  std::string_view atStart(std::string_view text) const;

  bool isSpecial(int32_t id) const {
    return tables.isToken(id) && hasFlag(tables.flags[id], TokenFlags::special);
  }

private:
  TokenizerTables tables;
};

} // namespace gptc

#endif // GPTC_RUNTIME_TEXT_TOKENIZER_H
