//===- TokenizerBuilder.cpp - Gather and check a byte-level BPE -----------===//

#include "compiler/import/TokenizerBuilder.h"

#include "llvm/ADT/StringExtras.h"

using namespace gptc;
using namespace llvm;

/// Bounds the tables where ids have gaps; sixteen times the largest vocabulary
/// in use.
static constexpr int64_t largestId = (1 << 22) - 1;

//===----------------------------------------------------------------------===//
// GPT-2's byte alphabet
//===----------------------------------------------------------------------===//

namespace {
/// In the files each byte is a visible character: itself where Latin-1 shows
/// it, else the next one from U+0100 on.
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

/// UTF-8 of a character of the alphabet, which needs two bytes at most.
static std::string characterOf(uint8_t byte) {
  uint16_t c = alphabet.character[byte];
  if (c < 0x80)
    return {static_cast<char>(c)};
  return {static_cast<char>(0xC0 | c >> 6),
          static_cast<char>(0x80 | (c & 0x3F))};
}

/// The bytes that `name`, which is UTF-8, spells. A name that has another
/// character is no product of merges and, as in Hugging Face's decoder, stands
/// for itself.
static std::string spelledBytes(StringRef name) {
  std::string bytes;
  for (size_t i = 0; i < name.size(); ++i) {
    uint32_t c = static_cast<uint8_t>(name[i]);
    if ((c & 0xE0) == 0xC0) // of two bytes, the longest in the alphabet
      c = (c & 0x1F) << 6 | (name[++i] & 0x3F);
    else if (c >= 0x80)
      return name.str();
    if (c >= alphabet.byte.size() || alphabet.byte[c] < 0)
      return name.str();
    bytes += static_cast<char>(alphabet.byte[c]);
  }
  return bytes;
}

//===----------------------------------------------------------------------===//
// Vocabulary, merges, added tokens
//===----------------------------------------------------------------------===//

Error BpeBuilder::addToken(const JsonFile &file, const Twine &key,
                           StringRef name, const json::Value *id) {
  std::optional<int64_t> value = id ? id->getAsInteger() : std::nullopt;
  if (!value || *value < 0 || *value > largestId)
    return file.wrongValue(key, id, "an id from 0 to " + Twine(largestId));
  if (static_cast<size_t>(*value) >= taken.size()) {
    taken.resize(*value + 1);
    result.tokens.resize(*value + 1);
  }
  if (taken[*value])
    return file.wrongValue(key, id, "an id that no other token has");
  taken[*value] = true;
  ids[name] = static_cast<int32_t>(*value);
  return Error::success();
}

Error BpeBuilder::addVocabulary(const JsonFile &file, const Twine &key,
                                const json::Value *vocabulary) {
  const json::Object *object = vocabulary ? vocabulary->getAsObject() : nullptr;
  if (!object)
    return file.wrongValue(key, vocabulary, "an object");
  for (const auto &[name, id] : *object) {
    if (Error error = addToken(file, key + "." + quoted(name), name, &id))
      return error;
    result.tokens[ids[name]].text = spelledBytes(name);
  }
  // With a token for every byte no text is unknown, so the model's unknown
  // token and its fallbacks never come into play.
  for (int byte = 0; byte != 256; ++byte) {
    auto token = ids.find(characterOf(byte));
    if (token == ids.end())
      return inputError(file.path(), key,
                        "no token for the byte 0x" + utohexstr(byte),
                        "one for each of the 256");
    result.byteTokens[byte] = token->second;
  }
  return Error::success();
}

Error BpeBuilder::addMerge(StringRef path, const Twine &key, StringRef left,
                           StringRef right) {
  std::string whole = (left + right).str();
  for (StringRef name : {left, right, StringRef(whole)})
    if (!ids.contains(name))
      return inputError(path, key, quoted(name), "a token of the vocabulary");
  result.merges.push_back({ids[left], ids[right], ids[whole]});
  return Error::success();
}

Error BpeBuilder::addAddedToken(const JsonFile &file, const Twine &key,
                                const json::Value &token) {
  static constexpr JsonField fields[] = {
      {"id"},
      {"content"},
      {"single_word", FieldRule::mustBeFalse},
      {"lstrip", FieldRule::mustBeFalse},
      {"rstrip", FieldRule::mustBeFalse},
      {"normalized"},
      {"special"},
  };
  Expected<const json::Object *> object = file.object(key, &token, fields);
  if (!object)
    return object.takeError();
  std::optional<StringRef> content = (*object)->getString("content");
  if (!content || content->empty())
    return file.wrongValue(key + ".content", (*object)->get("content"),
                           "a string that is not empty");
  const json::Value *id = (*object)->get("id");
  auto known = ids.find(*content);
  if (known == ids.end()) {
    if (Error error = addToken(file, key + ".id", *content, id))
      return error;
  } else if (!id || id->getAsInteger() != known->second) {
    return file.wrongValue(key + ".id", id,
                           Twine(known->second) + ", the id of " +
                               quoted(*content) + " so far");
  } else if (result.tokens[known->second].text != *content) {
    return file.wrongValue(key + ".content", (*object)->get("content"),
                           "no token that the vocabulary has for other bytes");
  }

  // Tokens marked `normalized` are looked for after the others, in normalized
  // text; nothing else comes of the mark where no normalizer is.
  auto flags = static_cast<uint8_t>(TokenFlags::added);
  if ((*object)->getBoolean("special").value_or(false))
    flags |= static_cast<uint8_t>(TokenFlags::special);
  if ((*object)->getBoolean("normalized").value_or(true))
    flags |= static_cast<uint8_t>(TokenFlags::second);
  result.tokens[ids[*content]] = {content->str(), TokenFlags{flags}};
  return Error::success();
}

void BpeBuilder::markSpecial(StringRef name) {
  auto token = ids.find(name);
  if (token != ids.end())
    result.tokens[token->second].flags =
        TokenFlags{static_cast<uint8_t>(TokenFlags::added) |
                   static_cast<uint8_t>(TokenFlags::special)};
}
