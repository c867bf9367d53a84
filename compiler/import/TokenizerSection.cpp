//===- TokenizerSection.cpp - Lay out a tokenizer for the runtime ---------===//

#include "compiler/import/TokenizerSection.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <map>
#include <tuple>
#include <utf8proc.h>

using namespace gptc;

/// At most half of the slots are taken, so a search takes one or two looks.
static std::vector<MergeSlot>
buildMergeSlots(llvm::ArrayRef<BpeTokenizer::Merge> merges) {
  auto slotCount = static_cast<uint32_t>(
      llvm::PowerOf2Ceil(2 * uint64_t{merges.size()} + 1));
  std::vector<MergeSlot> slots(slotCount, MergeSlot{-1, -1, 0, -1});
  for (auto [rank, merge] : llvm::enumerate(merges)) {
    uint32_t i = firstMergeSlot(merge.left, merge.right, slotCount);
    while (slots[i].left != -1 &&
           (slots[i].left != merge.left || slots[i].right != merge.right))
      i = (i + 1) & (slotCount - 1);
    slots[i] = {merge.left, merge.right, static_cast<uint32_t>(rank),
                merge.result};
  }
  return slots;
}

static CharacterClass classOf(int32_t codePoint) {
  // The controls that \s holds have no category of their own.
  if ((codePoint >= '\t' && codePoint <= '\r') || codePoint == 0x85)
    return CharacterClass::space;
  switch (utf8proc_category(codePoint)) {
  case UTF8PROC_CATEGORY_LU:
  case UTF8PROC_CATEGORY_LL:
  case UTF8PROC_CATEGORY_LT:
  case UTF8PROC_CATEGORY_LM:
  case UTF8PROC_CATEGORY_LO:
    return CharacterClass::letter;
  case UTF8PROC_CATEGORY_ND:
  case UTF8PROC_CATEGORY_NL:
  case UTF8PROC_CATEGORY_NO:
    return CharacterClass::number;
  case UTF8PROC_CATEGORY_ZS:
  case UTF8PROC_CATEGORY_ZL:
  case UTF8PROC_CATEGORY_ZP:
    return CharacterClass::space;
  default:
    return CharacterClass::other;
  }
}

namespace {
struct ClassTable {
  std::vector<uint16_t> pages;
  std::vector<CharacterClass> classes;
};
} // namespace

/// Most pages are all letters or all other, so equal pages are stored once.
static ClassTable buildClasses() {
  ClassTable table;
  std::map<std::array<CharacterClass, 256>, uint16_t> known;
  for (uint32_t index = 0; index != classPageIndices; ++index) {
    std::array<CharacterClass, 256> page;
    for (uint32_t i = 0; i != 256; ++i)
      page[i] = classOf(static_cast<int32_t>(index * 256 + i));
    auto [entry, isNew] = known.try_emplace(page, known.size());
    if (isNew)
      llvm::append_range(table.classes, page);
    table.pages.push_back(entry->second);
  }
  return table;
}

namespace {
struct AddedTable {
  std::vector<uint32_t> byFirstByte;
  std::vector<int32_t> ids;
};
} // namespace

static AddedTable buildAdded(llvm::ArrayRef<BpeTokenizer::Token> tokens) {
  AddedTable table;
  auto firstByte = [&](int32_t id) {
    return static_cast<unsigned char>(tokens[id].text.front());
  };
  for (auto [id, token] : llvm::enumerate(tokens))
    if (hasFlag(token.flags, TokenFlags::added))
      table.ids.push_back(static_cast<int32_t>(id));
  llvm::sort(table.ids, [&](int32_t a, int32_t b) {
    auto key = [&](int32_t id) {
      return std::tuple(firstByte(id), -int64_t(tokens[id].text.size()), id);
    };
    return key(a) < key(b);
  });
  for (int byte = 0; byte <= 256; ++byte)
    table.byFirstByte.push_back(llvm::lower_bound(table.ids, byte,
                                                  [&](int32_t id, int b) {
                                                    return firstByte(id) < b;
                                                  }) -
                                table.ids.begin());
  return table;
}

template <typename Range>
static void append(std::vector<char> &section, const Range &range) {
  auto *bytes = reinterpret_cast<const char *>(std::data(range));
  section.insert(section.end(), bytes,
                 bytes + std::size(range) * sizeof(*std::data(range)));
}

std::vector<char> gptc::layOutTokenizer(const BpeTokenizer &tokenizer) {
  std::string texts;
  std::vector<uint32_t> textOffsets = {0};
  std::vector<TokenFlags> flags;
  for (const BpeTokenizer::Token &token : tokenizer.tokens) {
    texts += token.text;
    textOffsets.push_back(static_cast<uint32_t>(texts.size()));
    flags.push_back(token.flags);
  }
  std::vector<MergeSlot> slots = buildMergeSlots(tokenizer.merges);
  AddedTable added = buildAdded(tokenizer.tokens);
  ClassTable classes = buildClasses();
  TokenizerHeader header = {TokenizerKind::gpt2,
                            static_cast<uint32_t>(tokenizer.tokens.size()),
                            static_cast<uint32_t>(slots.size()),
                            static_cast<uint32_t>(added.ids.size()),
                            static_cast<uint32_t>(classes.classes.size() / 256),
                            static_cast<uint32_t>(texts.size())};

  std::vector<char> section;
  append(section, llvm::ArrayRef(header));
  append(section, slots);
  append(section, tokenizer.byteTokens);
  append(section, textOffsets);
  append(section, added.byFirstByte);
  append(section, added.ids);
  append(section, classes.pages);
  append(section, flags);
  append(section, classes.classes);
  append(section, texts);
  return section;
}
