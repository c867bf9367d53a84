//===- Tokenizer.cpp - Text to token ids and back -------------------------===//

#include "runtime/Tokenizer.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>

using namespace gptc;

//===----------------------------------------------------------------------===//
// Opening a section
//===----------------------------------------------------------------------===//

/// Finds the arrays of a section and checks what they hold, so that nothing
/// after it has to.
class Tokenizer::Reader {
public:
  Reader(std::span<const std::byte> section, Tokenizer &out)
      : section(section), tokenizer(out), header(out.header) {}

  const char *read();

private:
  bool readHeader();
  void findArrays();
  bool isToken(int64_t id) const {
    return id >= 0 && id < header.vocabularySize;
  }
  bool mergesAreSound() const;
  bool textsAreSound() const;
  bool addedTokensAreSound() const;

  template <typename T>
  const T *take(size_t count) {
    auto *array = reinterpret_cast<const T *>(
        section.data() + std::min(position, section.size()));
    position += count * sizeof(T);
    return array;
  }

  std::span<const std::byte> section;
  size_t position = sizeof(TokenizerHeader);
  Tokenizer &tokenizer;
  TokenizerHeader &header;
};

bool Tokenizer::Reader::readHeader() {
  if (section.size() < sizeof(header) ||
      reinterpret_cast<uintptr_t>(section.data()) % 8 != 0)
    return false;
  std::memcpy(&header, section.data(), sizeof(header));
  return true;
}

void Tokenizer::Reader::findArrays() {
  tokenizer.mergeSlots = take<MergeSlot>(header.mergeSlotCount);
  tokenizer.byteTokens = take<int32_t>(256);
  tokenizer.textOffsets = take<uint32_t>(size_t{header.vocabularySize} + 1);
  tokenizer.addedByFirstByte = take<uint32_t>(257);
  tokenizer.addedTokens = take<int32_t>(header.addedCount);
  tokenizer.classPages = take<uint16_t>(classPageIndices);
  tokenizer.flags = take<TokenFlags>(header.vocabularySize);
  tokenizer.classes = take<CharacterClass>(size_t{header.classPageCount} * 256);
  tokenizer.texts = take<char>(header.textBytes);
}

bool Tokenizer::Reader::mergesAreSound() const {
  bool hasFreeSlot = false; // where every search ends
  for (uint32_t i = 0; i != header.mergeSlotCount; ++i) {
    const MergeSlot &slot = tokenizer.mergeSlots[i];
    if (slot.left == -1)
      hasFreeSlot = true;
    else if (!isToken(slot.left) || !isToken(slot.right) ||
             !isToken(slot.result))
      return false;
  }
  return hasFreeSlot;
}

bool Tokenizer::Reader::textsAreSound() const {
  const uint32_t *offsets = tokenizer.textOffsets;
  return offsets[0] == 0 &&
         offsets[header.vocabularySize] == header.textBytes &&
         std::is_sorted(offsets, offsets + header.vocabularySize + 1);
}

bool Tokenizer::Reader::addedTokensAreSound() const {
  const uint32_t *index = tokenizer.addedByFirstByte;
  if (index[256] != header.addedCount || !std::is_sorted(index, index + 257))
    return false;
  return std::all_of(
      tokenizer.addedTokens, tokenizer.addedTokens + header.addedCount,
      [&](int32_t id) { return isToken(id) && !tokenizer.text(id).empty(); });
}

const char *Tokenizer::Reader::read() {
  if (!readHeader())
    return "the tokenizer's section is too short or misaligned";
  if (header.kind != TokenizerKind::gpt2)
    return "the tokenizer's section is of an unknown kind";
  uint32_t slots = header.mergeSlotCount;
  if (header.vocabularySize >= std::numeric_limits<int32_t>::max() ||
      slots == 0 || (slots & (slots - 1)) != 0)
    return "the tokenizer's header is broken";
  findArrays();
  if (position != section.size())
    return "the tokenizer's section has another size than its header says";
  if (!mergesAreSound())
    return "the tokenizer's merges are broken";
  if (!std::all_of(tokenizer.byteTokens, tokenizer.byteTokens + 256,
                   [&](int32_t id) { return isToken(id); }))
    return "the tokenizer's bytes are broken";
  if (!textsAreSound())
    return "the tokenizer's texts are broken";
  if (!addedTokensAreSound())
    return "the tokenizer's added tokens are broken";
  if (!std::all_of(tokenizer.classPages,
                   tokenizer.classPages + classPageIndices,
                   [&](uint16_t page) { return page < header.classPageCount; }))
    return "the tokenizer's character classes are broken";
  return nullptr;
}

const char *Tokenizer::open(std::span<const std::byte> section,
                            Tokenizer &out) {
  return Reader(section, out).read();
}

//===----------------------------------------------------------------------===//
// Token to text
//===----------------------------------------------------------------------===//

std::string_view Tokenizer::text(int32_t id) const {
  if (id < 0 || id >= size())
    return {};
  return {texts + textOffsets[id], textOffsets[id + 1] - textOffsets[id]};
}

std::string_view Tokenizer::bytes(int32_t id) const {
  return isSpecial(id) ? std::string_view() : text(id);
}

bool Tokenizer::isSpecial(int32_t id) const {
  return id >= 0 && id < size() && hasFlag(flags[id], TokenFlags::special);
}

int32_t Tokenizer::find(std::string_view token) const {
  auto end = addedTokens + header.addedCount;
  auto found = std::find_if(addedTokens, end,
                            [&](int32_t id) { return text(id) == token; });
  return found == end ? -1 : *found;
}

//===----------------------------------------------------------------------===//
// Text to tokens
//===----------------------------------------------------------------------===//

/// Encodes one text: cuts it at added tokens, what is between them into words,
/// and merges the bytes of each word.
class Tokenizer::Encoder {
public:
  /// Special tokens are not looked for in `plain`, ascending stretches of the
  /// text.
  Encoder(const Tokenizer &tokenizer, std::span<const std::string_view> plain,
          std::vector<int32_t> &ids)
      : tokenizer(tokenizer), plain(plain), ids(ids) {}

  void encode(std::string_view text, bool second);

private:
  /// A token of the word, and the merge with the token at its right.
  struct Symbol {
    int32_t token;
    int32_t result;
    uint32_t rank; ///< noMerge: none, or the symbol was merged away
    size_t previous, next;
  };

  struct Candidate {
    uint32_t rank;
    size_t symbol;

    /// The order of a max-heap, so the best one is on top.
    bool operator<(const Candidate &other) const {
      return rank != other.rank ? rank > other.rank : symbol > other.symbol;
    }
  };

  struct Character {
    CharacterClass kind;
    size_t size;
  };

  static constexpr uint32_t noMerge = std::numeric_limits<uint32_t>::max();
  static constexpr size_t none = std::numeric_limits<size_t>::max();
  /// Words up to this many bytes are searched for their best merge, longer ones
  /// keep their merges in a heap, so that time does not grow with the square.
  static constexpr size_t shortWord = 32;

  bool isPlain(std::string_view part) const;
  int32_t addedTokenAt(std::string_view rest, bool second) const;
  Character characterAt(std::string_view text, size_t position) const;
  size_t skip(std::string_view text, size_t position,
              CharacterClass kind) const;
  size_t wordSize(std::string_view text) const;
  void encodeWord(std::string_view word);
  void mergeBySearch();
  void mergeByHeap();
  void findMerge(size_t symbol);
  void merge(size_t symbol);
  void addCandidate(size_t symbol);

  const Tokenizer &tokenizer;
  std::span<const std::string_view> plain;
  std::vector<int32_t> &ids;
  std::vector<Symbol> symbols;
  std::vector<Candidate> candidates;
};

/// Whether special tokens are not looked for in some of `part`.
bool Tokenizer::Encoder::isPlain(std::string_view part) const {
  auto first = std::partition_point(
      plain.begin(), plain.end(), [&](std::string_view stretch) {
        return stretch.data() + stretch.size() <= part.data();
      });
  return first != plain.end() && first->data() < part.data() + part.size();
}

/// The longest added token that `rest` starts with, or -1.
int32_t Tokenizer::Encoder::addedTokenAt(std::string_view rest,
                                         bool second) const {
  auto first = static_cast<unsigned char>(rest.front());
  const uint32_t *index = tokenizer.addedByFirstByte + first;
  for (uint32_t i = index[0]; i != index[1]; ++i) {
    int32_t id = tokenizer.addedTokens[i];
    TokenFlags flags = tokenizer.flags[id];
    std::string_view text = tokenizer.text(id);
    if (hasFlag(flags, TokenFlags::second) == second &&
        rest.starts_with(text) &&
        !(hasFlag(flags, TokenFlags::special) &&
          isPlain(rest.substr(0, text.size()))))
      return id;
  }
  return -1;
}

void Tokenizer::Encoder::encode(std::string_view text, bool second) {
  auto encodeBetween = [&](std::string_view between) {
    if (!second)
      return encode(between, /*second=*/true);
    while (!between.empty()) {
      size_t size = wordSize(between);
      encodeWord({between.data(), size});
      between.remove_prefix(size);
    }
  };
  const char *begin = text.data(), *end = begin + text.size();
  for (const char *next = begin; next != end;) {
    int32_t id = addedTokenAt({next, end}, second);
    if (id < 0) {
      ++next;
      continue;
    }
    encodeBetween({begin, next});
    ids.push_back(id);
    begin = next += tokenizer.text(id).size();
  }
  encodeBetween({begin, end});
}

/// A byte that starts no sequence of UTF-8 is a character of its own, neither
/// letter nor number nor space; nor are surrogates any of these.
Tokenizer::Encoder::Character
Tokenizer::Encoder::characterAt(std::string_view text, size_t position) const {
  auto byte = [&](size_t i) {
    return position + i < text.size()
               ? static_cast<unsigned char>(text[position + i])
               : 0u;
  };
  uint32_t lead = byte(0);
  size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  uint32_t codePoint = size == 1 ? lead : lead & (0x7Fu >> size);
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80)
      return {CharacterClass::other, 1};
    codePoint = codePoint << 6 | (byte(i) & 0x3F);
  }
  static constexpr uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
  bool isLead = lead < 0x80 || (lead >= 0xC0 && lead < 0xF8);
  if (!isLead || codePoint < smallest[size] || codePoint > 0x10FFFF)
    return {CharacterClass::other, 1};
  size_t page = tokenizer.classPages[codePoint / 256];
  return {tokenizer.classes[page * 256 + codePoint % 256], size};
}

/// Where the characters of class `kind` from `position` on end.
size_t Tokenizer::Encoder::skip(std::string_view text, size_t position,
                                CharacterClass kind) const {
  while (position < text.size()) {
    Character character = characterAt(text, position);
    if (character.kind != kind)
      break;
    position += character.size;
  }
  return position;
}

/// The size of the match of GPT-2's pattern at the start of `text`.
size_t Tokenizer::Encoder::wordSize(std::string_view text) const {
  for (std::string_view suffix : {"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"})
    if (text.starts_with(suffix))
      return suffix.size();

  //  ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+
  size_t begin = text.starts_with(' ') && text.size() > 1 ? 1 : 0;
  CharacterClass kind = characterAt(text, begin).kind;
  if (kind != CharacterClass::space)
    return skip(text, begin, kind);

  // \s+(?!\S)|\s+: a last space that something follows is left to the next
  // word, unless it is the only one.
  size_t last = 0, end = characterAt(text, 0).size;
  while (end < text.size()) {
    Character character = characterAt(text, end);
    if (character.kind != CharacterClass::space)
      return last != 0 ? last : end;
    last = end;
    end += character.size;
  }
  return end;
}

void Tokenizer::Encoder::encodeWord(std::string_view word) {
  symbols.resize(word.size());
  for (size_t i = 0; i != word.size(); ++i)
    symbols[i] = {tokenizer.byteTokens[static_cast<unsigned char>(word[i])], -1,
                  noMerge, i == 0 ? none : i - 1,
                  i + 1 == word.size() ? none : i + 1};
  for (size_t i = 0; i != word.size(); ++i)
    findMerge(i);
  if (word.size() <= shortWord)
    mergeBySearch();
  else
    mergeByHeap();
  for (size_t i = 0; i != none; i = symbols[i].next)
    ids.push_back(symbols[i].token);
}

void Tokenizer::Encoder::mergeBySearch() {
  while (true) {
    size_t best = 0;
    for (size_t i = 0; i != none; i = symbols[i].next)
      if (symbols[i].rank < symbols[best].rank)
        best = i;
    if (symbols[best].rank == noMerge)
      return;
    merge(best);
  }
}

void Tokenizer::Encoder::mergeByHeap() {
  candidates.clear();
  for (size_t i = 0; i != symbols.size(); ++i)
    if (symbols[i].rank != noMerge)
      candidates.push_back({symbols[i].rank, i});
  std::make_heap(candidates.begin(), candidates.end());
  while (!candidates.empty()) {
    Candidate best = candidates.front();
    std::pop_heap(candidates.begin(), candidates.end());
    candidates.pop_back();
    // A merge beside it since it became a candidate gave it another rank.
    if (symbols[best.symbol].rank != best.rank)
      continue;
    merge(best.symbol);
    addCandidate(best.symbol);
    if (symbols[best.symbol].previous != none)
      addCandidate(symbols[best.symbol].previous);
  }
}

void Tokenizer::Encoder::addCandidate(size_t symbol) {
  if (symbols[symbol].rank == noMerge)
    return;
  candidates.push_back({symbols[symbol].rank, symbol});
  std::push_heap(candidates.begin(), candidates.end());
}

/// Sets what becomes of `symbol` and the one at its right.
void Tokenizer::Encoder::findMerge(size_t symbol) {
  Symbol &left = symbols[symbol];
  left.rank = noMerge;
  if (left.next == none)
    return;
  int32_t right = symbols[left.next].token;
  uint32_t mask = tokenizer.header.mergeSlotCount - 1;
  uint32_t i = firstMergeSlot(left.token, right, mask + 1);
  for (;; i = (i + 1) & mask) {
    const MergeSlot &slot = tokenizer.mergeSlots[i];
    if (slot.left == -1)
      return;
    if (slot.left == left.token && slot.right == right) {
      left.rank = slot.rank;
      left.result = slot.result;
      return;
    }
  }
}

/// Puts the result in the place of `symbol` and takes the right one out.
void Tokenizer::Encoder::merge(size_t symbol) {
  Symbol &left = symbols[symbol], &right = symbols[left.next];
  left.token = left.result;
  left.next = right.next;
  right.rank = noMerge;
  if (left.next != none)
    symbols[left.next].previous = symbol;
  findMerge(symbol);
  if (left.previous != none)
    findMerge(left.previous);
}

void Tokenizer::encode(std::string_view text, bool special,
                       std::vector<int32_t> &ids) const {
  Part part = {text, special};
  encode({&part, 1}, /*continues=*/false, ids);
}

void Tokenizer::encode(std::span<const Part> parts, bool,
                       std::vector<int32_t> &ids) const {
  std::string text;
  for (const Part &part : parts)
    text += part.text;
  std::vector<std::string_view> plain;
  size_t position = 0;
  for (const Part &part : parts) {
    if (!part.special && !part.text.empty())
      plain.push_back({text.data() + position, part.text.size()});
    position += part.text.size();
  }
  Encoder(*this, plain, ids).encode(text, /*second=*/false);
}
