//===- TokenizerTables.cpp - Reads and validates a tokenizer section ------===//

#include "runtime/text/TokenizerTables.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <tuple>

using namespace gptc;

namespace {

/// Locates the arrays of a section and validates their contents, so that
/// lookups need no checks.
class Reader {
public:
  Reader(std::span<const std::byte> section, TokenizerTables &out)
      : section(section), tables(out), header(out.header) {}

  const char *read();

private:
  bool readHeader();
  bool headerIsSound() const;
  void findArrays();
  bool mergesAreSound() const;
  bool textsAreSound() const;
  bool textSlotsAreSound() const;
  bool addedTokensAreSound() const;
  bool normalizationsAreSound() const;

  bool isTokenOrNone(int32_t id) const {
    return id == -1 || tables.isToken(id);
  }

  template <typename T>
  void take(const T *&array, uint64_t count) {
    array = reinterpret_cast<const T *>(
        section.data() + std::min<uint64_t>(position, section.size()));
    position += count * sizeof(T); // cannot overflow: counts are below 2^33
  }

  std::span<const std::byte> section;
  uint64_t position = sizeof(TokenizerHeader);
  TokenizerTables &tables;
  TokenizerHeader &header;
};

} // namespace

bool Reader::readHeader() {
  if (section.size() < sizeof(header) ||
      reinterpret_cast<uintptr_t>(section.data()) % 8 != 0)
    return false;
  std::memcpy(&header, section.data(), sizeof(header));
  return true;
}

bool Reader::headerIsSound() const {
  auto isPowerOfTwo = [](uint32_t n) { return n != 0 && (n & (n - 1)) == 0; };
  return header.vocabularySize < std::numeric_limits<int32_t>::max() &&
         isPowerOfTwo(header.mergeSlotCount) &&
         isPowerOfTwo(header.textSlotCount) && isTokenOrNone(header.bos) &&
         isTokenOrNone(header.eos) && isTokenOrNone(header.unknown) &&
         (!tables.has(composesText) || header.normalPageCount != 0);
}

void Reader::findArrays() {
  take(tables.mergeSlots, header.mergeSlotCount);
  take(tables.addedTokens, header.addedCount);
  take(tables.compositions, header.compositionCount);
  take(tables.decompositions, header.decompositionCount);
  take(tables.byteTokens, 256);
  take(tables.textSlots, header.textSlotCount);
  take(tables.textOffsets, uint64_t{header.vocabularySize} + 1);
  take(tables.normalizations, header.normalizationCount);
  take(tables.classPages, pageIndices);
  take(tables.normalPages, header.normalPageCount != 0 ? pageIndices : 0);
  take(tables.normalIndices, uint64_t{header.normalPageCount} * 256);
  take(tables.flags, header.vocabularySize);
  take(tables.classes, uint64_t{header.classPageCount} * 256);
  take(tables.texts, header.textBytes);
}

bool Reader::mergesAreSound() const {
  bool hasFreeSlot = false; // where every search ends
  for (uint32_t i = 0; i != header.mergeSlotCount; ++i) {
    const MergeSlot &slot = tables.mergeSlots[i];
    if (slot.left == -1)
      hasFreeSlot = true;
    else if (!tables.isToken(slot.left) || !tables.isToken(slot.right) ||
             !tables.isToken(slot.result))
      return false;
  }
  return hasFreeSlot;
}

bool Reader::textsAreSound() const {
  const uint32_t *offsets = tables.textOffsets;
  return offsets[0] == 0 &&
         offsets[header.vocabularySize] <= header.textBytes &&
         std::is_sorted(offsets, offsets + header.vocabularySize + 1);
}

bool Reader::textSlotsAreSound() const {
  auto end = tables.textSlots + header.textSlotCount;
  return std::all_of(tables.textSlots, end,
                     [&](int32_t id) { return isTokenOrNone(id); }) &&
         std::find(tables.textSlots, end, -1) != end;
}

bool Reader::addedTokensAreSound() const {
  auto end = tables.addedTokens + header.addedCount;
  return std::all_of(tables.addedTokens, end,
                     [&](const AddedToken &token) {
                       return tables.isToken(token.id) && token.size != 0 &&
                              token.offset <= header.textBytes &&
                              token.size <= header.textBytes - token.offset;
                     }) &&
         std::is_sorted(tables.addedTokens, end,
                        [&](const AddedToken &a, const AddedToken &b) {
                          return tables.match(a) < tables.match(b);
                        });
}

bool Reader::normalizationsAreSound() const {
  auto isCodePoint = [](uint32_t c) { return c <= 0x10FFFF; };
  auto all = [](auto *array, uint64_t count, auto condition) {
    return std::all_of(array, array + count, condition);
  };
  auto key = [](const Composition &c) { return std::tuple(c.first, c.second); };
  return all(tables.compositions, header.compositionCount,
             [&](const Composition &c) { return isCodePoint(c.result); }) &&
         std::is_sorted(tables.compositions,
                        tables.compositions + header.compositionCount,
                        [&](const Composition &a, const Composition &b) {
                          return key(a) < key(b);
                        }) &&
         all(tables.decompositions, header.decompositionCount, isCodePoint) &&
         all(tables.normalizations, header.normalizationCount,
             [&](const Normalization &n) {
               return uint64_t{n.decomposition} + n.length <=
                      header.decompositionCount;
             }) &&
         all(tables.normalPages, header.normalPageCount != 0 ? pageIndices : 0,
             [&](uint16_t page) { return page < header.normalPageCount; }) &&
         all(tables.normalIndices, uint64_t{header.normalPageCount} * 256,
             [&](uint16_t i) { return i < header.normalizationCount; });
}

const char *Reader::read() {
  if (!readHeader())
    return "the tokenizer's section is too short or misaligned";
  if (header.kind < TokenizerKind::gpt2 ||
      header.kind > TokenizerKind::sentencePiece)
    return "the tokenizer's section is of an unknown kind";
  if (!headerIsSound())
    return "the tokenizer's header is broken";
  findArrays();
  if (position != section.size())
    return "the tokenizer's section has another size than its header says";
  if (!mergesAreSound())
    return "the tokenizer's merges are broken";
  if (!std::all_of(tables.byteTokens, tables.byteTokens + 256,
                   [&](int32_t id) { return isTokenOrNone(id); }))
    return "the tokenizer's bytes are broken";
  if (!textsAreSound() || !textSlotsAreSound())
    return "the tokenizer's texts are broken";
  if (!addedTokensAreSound())
    return "the tokenizer's added tokens are broken";
  if (!std::all_of(tables.classPages, tables.classPages + pageIndices,
                   [&](uint16_t page) { return page < header.classPageCount; }))
    return "the tokenizer's character classes are broken";
  if (!normalizationsAreSound())
    return "the tokenizer's normalization is broken";
  return nullptr;
}

const char *TokenizerTables::open(std::span<const std::byte> section,
                                  TokenizerTables &out) {
  return Reader(section, out).read();
}

int32_t TokenizerTables::findText(std::string_view wanted) const {
  uint32_t mask = header.textSlotCount - 1;
  for (uint32_t i = firstTextSlot(wanted, mask + 1);; i = (i + 1) & mask)
    if (textSlots[i] == -1 || text(textSlots[i]) == wanted)
      return textSlots[i];
}

const MergeSlot *TokenizerTables::findMerge(int32_t left, int32_t right) const {
  uint32_t mask = header.mergeSlotCount - 1;
  uint32_t i = firstMergeSlot(left, right, mask + 1);
  for (;; i = (i + 1) & mask) {
    const MergeSlot &slot = mergeSlots[i];
    if (slot.left == -1)
      return nullptr;
    if (slot.left == left && slot.right == right)
      return &slot;
  }
}
