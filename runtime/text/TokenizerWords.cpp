//===- TokenizerWords.cpp - Splits text into words ------------------------===//
//
// These functions match the patterns of runtime/text/TokenizerFormat.h. Bytes
// that are not UTF-8 are neither letters nor numbers nor spaces.
//
//===----------------------------------------------------------------------===//

#include "runtime/text/TokenizerWords.h"

#include "runtime/text/Utf8.h"

#include <limits>

using namespace gptc;

namespace {

class Matcher {
public:
  Matcher(const TokenizerTables &tables, std::string_view text)
      : tables(tables), text(text) {}

  size_t gpt2Word() const;
  size_t llama3Word(size_t longestNumber) const;
  size_t starCoderStretch() const;
  size_t sentencePieceWord() const;

private:
  struct Character {
    CharacterClass kind;
    size_t size;
  };

  static constexpr size_t unlimited = std::numeric_limits<size_t>::max();

  Character at(size_t position) const {
    Utf8Character c = characterAt(text, position);
    return {c.codePoint == notUtf8 ? CharacterClass::other
                                   : tables.classOf(c.codePoint),
            c.size};
  }
  bool isNewline(size_t position) const {
    return position < text.size() &&
           (text[position] == '\n' || text[position] == '\r');
  }
  bool isSpace(size_t position) const {
    return position < text.size() && text[position] == ' ';
  }
  size_t skip(size_t position, CharacterClass kind,
              size_t most = unlimited) const;
  size_t suffix() const;
  size_t suffixOfAnyCase() const;
  size_t spaces(bool newlinesFirst) const;

  const TokenizerTables &tables;
  std::string_view text;
};

} // namespace

/// Returns where the run of up to `most` characters of class `kind` that starts
/// at `position` ends.
size_t Matcher::skip(size_t position, CharacterClass kind, size_t most) const {
  for (; position < text.size() && most != 0; --most) {
    Character character = at(position);
    if (character.kind != kind)
      break;
    position += character.size;
  }
  return position;
}

/// Matches 's|'t|'re|'ve|'m|'ll|'d.
size_t Matcher::suffix() const {
  if (text.front() != '\'')
    return 0;
  for (std::string_view suffix : {"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"})
    if (text.starts_with(suffix))
      return suffix.size();
  return 0;
}

/// Matches (?i:'s|'t|'re|'ve|'m|'ll|'d).
size_t Matcher::suffixOfAnyCase() const {
  if (text.front() != '\'')
    return 0;
  if (text.starts_with("'\xC5\xBF")) // U+017F, the long s, matches s with (?i)
    return 3;
  char lower[3] = {'\'', 0, 0};
  for (size_t i = 1; i < 3 && i < text.size(); ++i)
    lower[i] = text[i] >= 'A' && text[i] <= 'Z'
                   ? static_cast<char>(text[i] + ('a' - 'A'))
                   : text[i];
  return Matcher(tables, {lower, 3}).suffix();
}

/// Matches \s+(?!\S)|\s+ or, with `newlinesFirst`, \s*[\r\n]+|\s+(?!\S)|\s+ on
/// a text that begins with white space. The last of several white space
/// characters is left to the next word, if there is one.
size_t Matcher::spaces(bool newlinesFirst) const {
  size_t last = 0, end = 0, lines = 0;
  while (end < text.size()) {
    Character character = at(end);
    if (character.kind != CharacterClass::space)
      break;
    last = end;
    end += character.size;
    if (isNewline(last))
      lines = end;
  }
  if (newlinesFirst && lines != 0)
    return lines;
  return end == text.size() || last == 0 ? end : last;
}

size_t Matcher::gpt2Word() const {
  if (size_t size = suffix())
    return size;
  //  ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+
  size_t begin = isSpace(0) && text.size() > 1 ? 1 : 0;
  CharacterClass kind = at(begin).kind;
  if (kind != CharacterClass::space)
    return skip(begin, kind);
  return spaces(/*newlinesFirst=*/false);
}

size_t Matcher::llama3Word(size_t longestNumber) const {
  if (size_t size = suffixOfAnyCase())
    return size;
  // [^\r\n\p{L}\p{N}]?\p{L}+
  Character first = at(0);
  if (first.kind == CharacterClass::letter)
    return skip(0, CharacterClass::letter);
  if (first.kind == CharacterClass::number)
    return skip(0, CharacterClass::number, longestNumber);
  if (!isNewline(0))
    if (size_t end = skip(first.size, CharacterClass::letter);
        end != first.size)
      return end;
  //  ?[^\s\p{L}\p{N}]+[\r\n]*
  size_t begin = isSpace(0) ? 1 : 0;
  if (size_t end = skip(begin, CharacterClass::other); end != begin) {
    while (isNewline(end))
      ++end;
    return end;
  }
  return spaces(/*newlinesFirst=*/true);
}

/// Returns the size of the text before the first number character, or of that
/// character itself.
size_t Matcher::starCoderStretch() const {
  size_t end = 0;
  while (end < text.size()) {
    Character character = at(end);
    if (character.kind == CharacterClass::number)
      return end != 0 ? end : character.size;
    end += character.size;
  }
  return end;
}

size_t Matcher::sentencePieceWord() const {
  if (!tables.has(cutsAtSpaces) && !tables.has(cutsAtEverySpace))
    return text.size();
  for (size_t i = 1; i < text.size(); ++i)
    if (text[i] == ' ' && (text[i - 1] != ' ' || tables.has(cutsAtEverySpace)))
      return i;
  return text.size();
}

size_t gptc::stretchSize(const TokenizerTables &tables, std::string_view text) {
  return tables.header.kind == TokenizerKind::starCoder
             ? Matcher(tables, text).starCoderStretch()
             : text.size();
}

size_t gptc::wordSize(const TokenizerTables &tables, std::string_view text) {
  Matcher matcher(tables, text);
  switch (tables.header.kind) {
  case TokenizerKind::gpt2:
  case TokenizerKind::starCoder:
    return matcher.gpt2Word();
  case TokenizerKind::llama3:
    return matcher.llama3Word(3);
  case TokenizerKind::qwen2:
    return matcher.llama3Word(1);
  case TokenizerKind::sentencePiece:
    return matcher.sentencePieceWord();
  }
  return text.size();
}
