//===- Tokenizer.h - Text to token ids and back ---------------------------===//
//
// Works in place on the tokenizer section of a container, which gptc compiled
// (runtime/text/TokenizerFormat.h): nothing is converted at start.
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

/// A view of a tokenizer section, which it does not own; cheap to copy. Any
/// bytes are text: what is not UTF-8 is tokenized byte by byte. Decoding gives
/// back what was encoded, unless the tokenizer normalizes text: then, as for
/// U+2581 of SentencePiece, it gives back the normalized text.
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
  static const char *open(std::span<const std::byte> section, Tokenizer &out) {
    return TokenizerTables::open(section, out.tables);
  }

  /// One more than the largest id.
  int32_t size() const {
    return static_cast<int32_t>(tables.header.vocabularySize);
  }

  /// Appends the ids of a text of one part.
  void encode(std::string_view text, bool special,
              std::vector<int32_t> &ids) const;

  /// Appends the ids of the text that `parts` make up together: words go on
  /// from a part to the next, only a special token must lie within parts that
  /// ask for them. SentencePiece puts a space in front of a text; none where
  /// the text `continues` another, unless `ids` ends with an added token and
  /// the tokenizer puts one there too.
  void encode(std::span<const Part> parts, bool continues,
              std::vector<int32_t> &ids) const;

  /// The special or other added token that `text` is, or -1.
  int32_t find(std::string_view text) const;

  /// The token that a prompt begins with, or -1. Encoding does not add it.
  int32_t promptStart() const {
    return tables.has(addsBos) ? tables.header.bos : -1;
  }

  /// The token that a text for training ends with, or -1.
  int32_t textEnd() const {
    return tables.has(addsEos) ? tables.header.eos : -1;
  }

  /// What the token prints: its bytes, nothing for special tokens and for ids
  /// that no token has.
  std::string_view bytes(int32_t id) const {
    return isSpecial(id) ? std::string_view() : text(id);
  }

  /// What the token stands for in a text: as `bytes`, but special tokens have
  /// theirs too.
  std::string_view text(int32_t id) const {
    return tables.isToken(id) ? tables.text(id) : std::string_view();
  }

  /// What stays of `text`, that of the first token of a text: encoding has put
  /// a space in front of it, if the tokenizer does that.
  std::string_view atStart(std::string_view text) const;

  bool isSpecial(int32_t id) const {
    return tables.isToken(id) && hasFlag(tables.flags[id], TokenFlags::special);
  }

private:
  TokenizerTables tables;
};

} // namespace gptc

#endif // GPTC_RUNTIME_TEXT_TOKENIZER_H
