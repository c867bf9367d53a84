//===- Builder.cpp - Builds and validates a BPE tokenizer -----------------===//

#include "compiler/tokenizer/Builder.h"

#include "compiler/checkpoint/Input.h"
#include "compiler/tokenizer/Unicode.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <cmath>

using namespace gptc;
using namespace llvm;

/// The largest id. It bounds the tables if there are gaps between ids, and is
/// sixteen times the largest vocabulary in use.
static constexpr int64_t largestId = (1 << 22) - 1;

/// The maximum size of the texts of all tokens, since offsets have 32 bits.
static constexpr size_t mostTextBytes = size_t{1} << 30;

/// The maximum size of a token that is split into pairs, which takes quadratic
/// time; ten times the longest in use.
static constexpr size_t longestPiece = 1024;

//===----------------------------------------------------------------------===//
// GPT-2's byte alphabet
//===----------------------------------------------------------------------===//

namespace {
/// In the files each byte is written as a printable character: itself if it is
/// printable in Latin-1, else the next one from U+0100 on.
struct ByteAlphabet {
  std::array<uint16_t, 256> character;
  std::array<int16_t, 0x100 + 68> byte;

  constexpr ByteAlphabet() : character(), byte() {
    byte.fill(-1);
    uint16_t next = 0x100;
    for (uint16_t b = 0; b != 256; ++b) {
      bool isVisible = (b >= '!' && b <= '~') || (b >= 0xA1 && b != 0xAD);
      character[b] = isVisible ? b : next++;
      byte[character[b]] = static_cast<int16_t>(b);
    }
  }
};
} // namespace

static constexpr ByteAlphabet alphabet;

/// Returns the UTF-8 of a byte's character, at most two bytes.
static std::string characterOf(uint8_t byte) {
  uint16_t c = alphabet.character[byte];
  if (c < 0x80)
    return {static_cast<char>(c)};
  return {static_cast<char>(0xC0 | c >> 6),
          static_cast<char>(0x80 | (c & 0x3F))};
}

/// Returns the bytes that `name` spells, or nothing if it has another
/// character.
static std::optional<std::string> spelledBytes(StringRef name) {
  std::string bytes;
  for (size_t i = 0; i < name.size(); ++i) {
    uint32_t c = static_cast<uint8_t>(name[i]);
    if ((c & 0xE0) == 0xC0 && i + 1 < name.size())
      c = (c & 0x1F) << 6 | (name[++i] & 0x3F); // two bytes at most
    else if (c >= 0x80)
      return std::nullopt;
    if (c >= alphabet.byte.size() || alphabet.byte[c] < 0)
      return std::nullopt;
    bytes += static_cast<char>(alphabet.byte[c]);
  }
  return bytes;
}

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

std::string gptc::withSpaces(StringRef text) {
  std::string result;
  while (!text.empty()) {
    size_t size = text.find(visibleSpace);
    result += text.substr(0, size);
    if (size == StringRef::npos)
      break;
    result += ' ';
    text = text.substr(size + visibleSpace.size());
  }
  return result;
}

std::optional<uint8_t> gptc::byteOfName(StringRef name) {
  uint8_t byte;
  if (name.size() != 6 || !name.consume_front("<0x") ||
      !name.consume_back(">") || !all_of(name, isHexDigit) ||
      name.getAsInteger(16, byte))
    return std::nullopt;
  return byte;
}

int32_t BpeBuilder::find(StringRef name) const {
  auto found = ids.find(name);
  return found == ids.end() ? -1 : found->second;
}

//===----------------------------------------------------------------------===//
// Vocabulary
//===----------------------------------------------------------------------===//

Error BpeBuilder::addToken(StringRef path, const Twine &key, StringRef name,
                           int64_t id) {
  if (id < 0 || id > largestId)
    return inputError(path, key, Twine(id),
                      "an id from 0 to " + Twine(largestId));
  if (static_cast<size_t>(id) >= taken.size()) {
    taken.resize(id + 1);
    result.tokens.resize(id + 1);
  }
  if (taken[id])
    return inputError(path, key, Twine(id), "an id that no other token has");
  textBytes += name.size();
  if (textBytes > mostTextBytes)
    return inputError(path, key, "more than " + Twine(mostTextBytes) + " bytes",
                      "tokens of fewer bytes in all");
  taken[id] = true;
  ids[name] = static_cast<int32_t>(id);
  BpeTokenizer::Token &token = result.tokens[id];
  if (isSentencePiece()) {
    token.text = withSpaces(name);
    // No text contains a space of its own once U+2581 represents spaces.
    token.isPiece = !name.contains(' ');
  } else if (std::optional<std::string> bytes = spelledBytes(name)) {
    token.text = std::move(*bytes);
    token.isPiece = true;
  } else {
    // No merge yields it. As in Hugging Face's decoder, it is its own text.
    token.text = name.str();
  }
  return Error::success();
}

void BpeBuilder::setByte(uint8_t byte, int32_t id) {
  result.byteTokens[byte] = id;
  result.tokens[id].text = static_cast<char>(byte);
  result.tokens[id].isPiece = false;
}

Error BpeBuilder::findBytes(StringRef path, const Twine &key) {
  for (int byte = 0; byte != 256; ++byte)
    result.byteTokens[byte] = find(characterOf(byte));
  if (all_of(result.byteTokens, [](int32_t token) { return token < 0; }))
    return inputError(path, key, "no token for any byte",
                      "one for each byte of text");
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Merges
//===----------------------------------------------------------------------===//

Error BpeBuilder::addMerge(StringRef path, const Twine &key, StringRef left,
                           StringRef right) {
  std::string whole = (left + right).str();
  for (StringRef name : {left, right, StringRef(whole)})
    if (!ids.contains(name))
      return inputError(path, key, quoted(name), "a token of the vocabulary");
  auto rank = static_cast<uint32_t>(result.merges.size());
  result.merges.push_back({ids[left], ids[right], ids[whole], rank});
  return Error::success();
}

/// Returns the ranks of scores: 0 for the highest, equal ones for equal scores.
static std::vector<uint32_t> ranksOf(ArrayRef<float> scores) {
  std::vector<float> sorted(scores.begin(), scores.end());
  llvm::sort(sorted, std::greater<>());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  std::vector<uint32_t> ranks;
  for (float score : scores)
    ranks.push_back(static_cast<uint32_t>(
        llvm::lower_bound(sorted, score, std::greater<>()) - sorted.begin()));
  return ranks;
}

Error BpeBuilder::addMergesByScore(StringRef path, ArrayRef<float> scores) {
  for (auto [id, score] : enumerate(scores))
    if (std::isnan(score))
      return inputError(path, "score of token " + Twine(id), "NaN", "a number");
  std::vector<uint32_t> ranks = ranksOf(scores);
  StringMap<int32_t> pieces; // by text
  for (auto [id, token] : enumerate(result.tokens))
    if (token.isPiece)
      pieces[token.text] = static_cast<int32_t>(id);
  for (auto [id, token] : enumerate(result.tokens)) {
    StringRef text = token.text;
    if (!token.isPiece || pieces[text] != static_cast<int32_t>(id))
      continue;
    if (text.size() > longestPiece)
      return inputError(path, "token " + Twine(id),
                        Twine(text.size()) + " bytes",
                        "at most " + Twine(longestPiece));
    for (size_t i = 1; i < text.size(); ++i) {
      auto left = pieces.find(text.substr(0, i));
      auto right = left == pieces.end() ? left : pieces.find(text.substr(i));
      if (right != pieces.end())
        result.merges.push_back({left->second, right->second,
                                 static_cast<int32_t>(id), ranks[id]});
    }
  }
  return Error::success();
}

/// Returns whether no merge appends a space to another character. Then a space
/// is always the first character of a token, and words can be merged
/// separately.
bool BpeBuilder::wordsEndAtSpaces() const {
  bool hasSpace = any_of(result.tokens, [](const BpeTokenizer::Token &token) {
    return token.isPiece && token.text == " ";
  });
  return hasSpace && none_of(result.merges, [&](const auto &merge) {
           StringRef left = result.tokens[merge.left].text;
           StringRef right = result.tokens[merge.right].text;
           return !left.ends_with(" ") && right.starts_with(" ");
         });
}

//===----------------------------------------------------------------------===//
// Added tokens
//===----------------------------------------------------------------------===//

/// Returns the text that an added token matches: `content`, normalized for
/// tokens of the second pass.
std::string BpeBuilder::matchOf(StringRef content, TokenFlags flags) const {
  if (!hasFlag(flags, TokenFlags::second))
    return content.str();
  if (result.flags & composesText)
    return composeText(content.str());
  if (!isSentencePiece() || (result.flags & addsSpaceToWords))
    return content.str();
  return ((result.flags & addsSpace) ? " " : "") + withSpaces(content);
}

Error BpeBuilder::addAddedToken(StringRef path, const Twine &key,
                                StringRef content, int64_t id,
                                TokenFlags flags) {
  int32_t known = find(content);
  if (known < 0) {
    if (Error error = addToken(path, key + ".id", content, id))
      return error;
  } else if (id != known) {
    return inputError(path, key + ".id", Twine(id),
                      Twine(known) + ", the id of " + quoted(content) +
                          " so far");
  }
  BpeTokenizer::Token &token = result.tokens[id];
  std::string text = isSentencePiece() ? withSpaces(content) : content.str();
  if (known >= 0 && token.text != text)
    return inputError(path, key + ".content", quoted(content),
                      "no token that the vocabulary has for other bytes");
  token.text = text;
  token.isPiece = token.isPiece && known >= 0;
  token.flags = flags | TokenFlags::added;
  token.match = matchOf(content, flags);
  // If the normalizer adds a space, it is part of the match and of the text.
  if (token.match == " " + text)
    token.text = token.match;
  textBytes += token.match.size();
  return Error::success();
}

Error BpeBuilder::addPiece(StringRef path, StringRef name, int64_t id,
                           int64_t type) {
  std::string key = ("token " + Twine(id)).str();
  switch (static_cast<PieceType>(type)) {
  case PieceType::normal:
  case PieceType::unused:
    return addToken(path, key, name, id);
  case PieceType::byte: {
    std::optional<uint8_t> byte = byteOfName(name);
    if (!byte)
      return inputError(path, key, quoted(name),
                        "the name of a byte such as <0x0A>");
    if (Error error = addToken(path, key, name, id))
      return error;
    setByte(*byte, static_cast<int32_t>(id));
    return Error::success();
  }
  case PieceType::unknown:
  case PieceType::control:
  case PieceType::userDefined: {
    if (name.empty())
      return inputError(path, key, "an empty text", "one that can be found");
    bool isSpecial = type != static_cast<int64_t>(PieceType::userDefined);
    return addAddedToken(
        path, key, isSentencePiece() ? withSpaces(name) : name.str(), id,
        isSpecial ? TokenFlags::special : TokenFlags::none);
  }
  }
  return inputError(path, key + " type", Twine(type), "a type from 1 to 6");
}

std::vector<char> BpeBuilder::layOut() {
  if (isSentencePiece() && wordsEndAtSpaces())
    result.flags |= cutsAtSpaces;
  return layOutTokenizer(result);
}
