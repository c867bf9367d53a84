//===- Tokenizer.cpp - Encodes text to token ids and back -----------------===//

#include "runtime/text/Tokenizer.h"

#include "runtime/text/TokenizerMerger.h"
#include "runtime/text/TokenizerNormalizer.h"
#include "runtime/text/TokenizerWords.h"
#include "runtime/text/Utf8.h"

#include <algorithm>
#include <string>

using namespace gptc;

/// U+2581, which SentencePiece uses in place of a space.
static constexpr std::string_view visibleSpace = "\xE2\x96\x81";

namespace {

/// A text, and the ascending ranges of it in which special tokens are not
/// recognized.
struct Text {
  struct Range {
    size_t begin, end;
  };

  Text substr(size_t begin, size_t end) const;
  /// Returns the plain ranges that end after `position`.
  std::span<const Range> plainAfter(size_t position) const;

  std::string_view bytes;
  std::span<const Range> plain;
  size_t offset = 0; ///< where `bytes` starts in the ranges' text
};

/// Encodes one text: splits it at added tokens, splits the rest into words, and
/// merges each word.
class Encoder {
public:
  Encoder(const TokenizerTables &tables, bool continues,
          std::vector<int32_t> &ids);

  void encode(const Text &text);

private:
  enum class Before { nothing, addedToken, text };

  struct Match {
    const AddedToken *token = nullptr;
    size_t begin, end; ///< of the match, with white space that the token strips
  };

  bool isPlain(const Text &text, size_t begin, size_t end) const;
  const AddedToken *addedTokenAt(const Text &text, size_t position,
                                 bool second) const;
  Match findAdded(const Text &text, size_t from, bool second) const;
  template <typename Function>
  void cut(const Text &text, bool second, Function encodeBetween);
  void encodeSegment(const Text &text);
  void encodeNormalized(const Text &text);
  void encodeWords(std::string_view text);

  bool replacesSpaces() const {
    return tables.header.kind == TokenizerKind::sentencePiece;
  }
  bool needsSpace(std::string_view text) const;
  void normalize(std::string_view text, std::string &out) const;

  const TokenizerTables &tables;
  TokenizerMerger merger;
  Before before = Before::nothing; ///< what precedes the text to encode
  std::vector<int32_t> &ids;
};

} // namespace

//===----------------------------------------------------------------------===//
// Added tokens
//===----------------------------------------------------------------------===//

Text Text::substr(size_t begin, size_t end) const {
  return {bytes.substr(begin, end - begin), plain, offset + begin};
}

std::span<const Text::Range> Text::plainAfter(size_t position) const {
  auto first = std::partition_point(
      plain.begin(), plain.end(),
      [&](const Range &range) { return range.end <= offset + position; });
  return {first, plain.end()};
}

/// Returns whether some of [begin, end) lies in a plain range.
bool Encoder::isPlain(const Text &text, size_t begin, size_t end) const {
  std::span<const Text::Range> plain = text.plainAfter(begin);
  return !plain.empty() && plain.front().begin < text.offset + end;
}

/// Returns the longest added token at `position`, or null.
const AddedToken *Encoder::addedTokenAt(const Text &text, size_t position,
                                        bool second) const {
  const AddedToken *result = nullptr, *first = tables.addedTokens,
                   *last = first + tables.header.addedCount;
  // The tokens that share a prefix with the text get fewer with each byte.
  std::string_view rest = text.bytes.substr(position);
  for (size_t size = 0; first != last; ++size) {
    if (first->size == size) { // of those left, the shortest is the first
      TokenFlags flags = tables.flags[first->id];
      if (hasFlag(flags, TokenFlags::second) == second &&
          !(hasFlag(flags, TokenFlags::special) &&
            isPlain(text, position, position + size)))
        result = first;
      ++first;
    }
    if (size == rest.size())
      break;
    auto byteOf = [&](const AddedToken &token) {
      return size < token.size
                 ? static_cast<unsigned char>(tables.match(token)[size])
                 : -1;
    };
    auto byte = static_cast<unsigned char>(rest[size]);
    first = std::partition_point(first, last, [&](const AddedToken &token) {
      return byteOf(token) < byte;
    });
    last = std::partition_point(first, last, [&](const AddedToken &token) {
      return byteOf(token) == byte;
    });
  }
  return result;
}

/// Returns where the white space at the end or at the beginning of `text` ends.
static size_t skipSpaceBackwards(const TokenizerTables &tables,
                                 std::string_view text) {
  size_t end = text.size();
  while (end != 0) {
    size_t begin = end - 1;
    while (begin != 0 && end - begin < 4 && (text[begin] & 0xC0) == 0x80)
      --begin;
    Utf8Character c = characterAt(text, begin);
    if (c.codePoint == notUtf8 || begin + c.size != end ||
        tables.classOf(c.codePoint) != CharacterClass::space)
      break;
    end = begin;
  }
  return end;
}

static size_t skipSpace(const TokenizerTables &tables, std::string_view text) {
  size_t end = 0;
  while (end < text.size()) {
    Utf8Character c = characterAt(text, end);
    if (c.codePoint == notUtf8 ||
        tables.classOf(c.codePoint) != CharacterClass::space)
      break;
    end += c.size;
  }
  return end;
}

/// Returns the first added token at or after `from`.
Encoder::Match Encoder::findAdded(const Text &text, size_t from,
                                  bool second) const {
  if (tables.header.addedCount == 0)
    return {};
  for (size_t i = from; i != text.bytes.size(); ++i) {
    const AddedToken *token = addedTokenAt(text, i, second);
    if (!token)
      continue;
    size_t begin = i, end = i + token->size;
    TokenFlags flags = tables.flags[token->id];
    if (hasFlag(flags, TokenFlags::stripsLeft))
      begin = from +
              skipSpaceBackwards(tables, text.bytes.substr(from, i - from));
    if (hasFlag(flags, TokenFlags::stripsRight))
      end += skipSpace(tables, text.bytes.substr(end));
    return {token, begin, end};
  }
  return {};
}

/// Encodes the added tokens of `text` and calls `encodeBetween` on the texts
/// between them.
template <typename Function>
void Encoder::cut(const Text &text, bool second, Function encodeBetween) {
  size_t from = 0;
  while (true) {
    Match match = findAdded(text, from, second);
    size_t end = match.token ? match.begin : text.bytes.size();
    if (end != from)
      encodeBetween(text.substr(from, end));
    if (!match.token)
      return;
    ids.push_back(match.token->id);
    before = Before::addedToken;
    from = match.end;
  }
}

Encoder::Encoder(const TokenizerTables &tables, bool continues,
                 std::vector<int32_t> &ids)
    : tables(tables), merger(tables), ids(ids) {
  if (continues) {
    bool followsAdded = !ids.empty() && tables.isToken(ids.back()) &&
                        hasFlag(tables.flags[ids.back()], TokenFlags::added);
    before = followsAdded ? Before::addedToken : Before::text;
  }
}

void Encoder::encode(const Text &text) {
  cut(text, /*second=*/false,
      [&](const Text &segment) { encodeSegment(segment); });
}

//===----------------------------------------------------------------------===//
// Normalization
//===----------------------------------------------------------------------===//

/// Returns whether the tokenizer puts a space in front of `text`.
bool Encoder::needsSpace(std::string_view text) const {
  if (before == Before::text ||
      !tables.has(before == Before::nothing ? addsSpace : addsSpaceAfterAdded))
    return false;
  bool hasSpace = text.starts_with(' ') || text.starts_with(visibleSpace);
  return !(tables.has(addsSpaceToWords) && hasSpace);
}

/// Appends `text` with U+2581 replaced by spaces or in Normalization Form C.
void Encoder::normalize(std::string_view text, std::string &out) const {
  while (!text.empty()) {
    size_t size = replacesSpaces() ? text.find(visibleSpace)
                                   : normalizedPrefix(tables, text);
    out += text.substr(0, size);
    if (size >= text.size())
      return;
    text.remove_prefix(size);
    if (replacesSpaces()) {
      out += ' ';
      text.remove_prefix(visibleSpace.size());
    } else {
      text.remove_prefix(normalizeStretch(tables, text, out));
    }
  }
}

/// Encodes the text between two added tokens of the first pass.
void Encoder::encodeSegment(const Text &text) {
  bool normalizesWords = tables.has(addsSpaceToWords);
  if (normalizesWords || !(replacesSpaces() || tables.has(composesText)))
    return encodeNormalized(text);
  std::string normalized;
  if (needsSpace(text.bytes))
    normalized += ' ';
  // Ranges are normalized one by one, which gives the plain ranges of the
  // result.
  std::vector<Text::Range> plain;
  size_t done = 0;
  auto normalizeTo = [&](size_t end) {
    end = std::clamp(end, text.offset + done,
                     text.offset + text.bytes.size()) -
          text.offset;
    normalize(text.bytes.substr(done, end - done), normalized);
    done = end;
    return normalized.size();
  };
  for (const Text::Range &range : text.plainAfter(0)) {
    if (range.begin >= text.offset + text.bytes.size())
      break;
    size_t begin = normalizeTo(range.begin);
    plain.push_back({begin, normalizeTo(range.end)});
  }
  normalizeTo(text.offset + text.bytes.size());
  encodeNormalized({normalized, plain});
}

/// Encodes normalized text, in which added tokens of the second pass may occur.
void Encoder::encodeNormalized(const Text &text) {
  cut(text, /*second=*/true, [&](const Text &between) {
    if (!tables.has(addsSpaceToWords))
      return encodeWords(between.bytes);
    std::string normalized;
    if (needsSpace(between.bytes))
      normalized += ' ';
    normalize(between.bytes, normalized);
    encodeWords(normalized);
  });
}

void Encoder::encodeWords(std::string_view text) {
  before = Before::text;
  while (!text.empty()) {
    size_t stretch = stretchSize(tables, text);
    while (stretch != 0) {
      size_t size = std::min(wordSize(tables, text.substr(0, stretch)),
                             TokenizerMerger::longestWord);
      merger.encode(text.substr(0, size), ids);
      text.remove_prefix(size);
      stretch -= size;
    }
  }
}

//===----------------------------------------------------------------------===//
// Tokenizer
//===----------------------------------------------------------------------===//

int32_t Tokenizer::find(std::string_view wanted) const {
  const AddedToken *end = tables.addedTokens + tables.header.addedCount;
  const AddedToken *found =
      std::find_if(tables.addedTokens, end, [&](const AddedToken &token) {
        std::string_view found = text(token.id);
        return found == wanted || atStart(found) == wanted;
      });
  return found == end ? -1 : found->id;
}

std::string_view Tokenizer::atStart(std::string_view text) const {
  if (tables.has(dropsFirstSpace) && text.starts_with(' '))
    text.remove_prefix(1);
  return text;
}

void Tokenizer::encode(std::string_view text, bool special,
                       std::vector<int32_t> &ids) const {
  Text::Range all = {0, text.size()};
  Encoder(tables, /*continues=*/false, ids)
      .encode({text, {&all, special ? size_t{0} : 1}});
}

void Tokenizer::encode(std::span<const Part> parts, bool continues,
                       std::vector<int32_t> &ids) const {
  std::string text;
  std::vector<Text::Range> plain;
  for (const Part &part : parts) {
    if (!part.special && !part.text.empty())
      plain.push_back({text.size(), text.size() + part.text.size()});
    text += part.text;
  }
  Encoder(tables, continues, ids).encode({text, plain});
}
