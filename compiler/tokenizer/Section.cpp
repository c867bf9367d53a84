//===- Section.cpp - Lays out a tokenizer for the runtime -----------------===//

#include "compiler/tokenizer/Section.h"

#include "compiler/tokenizer/Unicode.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <tuple>

using namespace gptc;

using Tokens = llvm::ArrayRef<BpeTokenizer::Token>;

/// Returns the number of slots of a hash table. At most two thirds are used, so
/// searches are short.
static uint32_t slotsFor(size_t entries) {
  return static_cast<uint32_t>(
      llvm::PowerOf2Ceil(uint64_t{entries} + entries / 2 + 1));
}

static std::vector<MergeSlot>
buildMergeSlots(llvm::ArrayRef<BpeTokenizer::Merge> merges) {
  uint32_t slotCount = slotsFor(merges.size());
  std::vector<MergeSlot> slots(slotCount, MergeSlot{-1, -1, 0, -1});
  for (const BpeTokenizer::Merge &merge : merges) {
    uint32_t i = firstMergeSlot(merge.left, merge.right, slotCount);
    while (slots[i].left != -1 &&
           (slots[i].left != merge.left || slots[i].right != merge.right))
      i = (i + 1) & (slotCount - 1);
    slots[i] = {merge.left, merge.right, merge.rank, merge.result};
  }
  return slots;
}

/// Builds the hash table of texts. Of two pieces with the same text the last
/// one is found.
static std::vector<int32_t> buildTextSlots(Tokens tokens, bool isNeeded) {
  size_t count = isNeeded ? llvm::count_if(tokens, [](const auto &token) {
    return token.isPiece;
  })
                          : 0;
  uint32_t slotCount = slotsFor(count);
  std::vector<int32_t> slots(slotCount, -1);
  if (count == 0)
    return slots;
  for (auto [id, token] : llvm::enumerate(tokens)) {
    if (!token.isPiece)
      continue;
    uint32_t i = firstTextSlot(token.text, slotCount);
    while (slots[i] != -1 && tokens[slots[i]].text != token.text)
      i = (i + 1) & (slotCount - 1);
    slots[i] = static_cast<int32_t>(id);
  }
  return slots;
}

/// The texts of all tokens, followed by the matches of added tokens.
namespace {
struct TextTable {
  std::string texts;
  std::vector<uint32_t> offsets = {0};
  std::vector<TokenFlags> flags;
  std::vector<AddedToken> added;
};
} // namespace

static TextTable buildTexts(Tokens tokens) {
  TextTable table;
  for (const BpeTokenizer::Token &token : tokens) {
    table.texts += token.text;
    table.offsets.push_back(static_cast<uint32_t>(table.texts.size()));
    table.flags.push_back(token.flags);
  }
  for (auto [id, token] : llvm::enumerate(tokens)) {
    if (!hasFlag(token.flags, TokenFlags::added))
      continue;
    table.added.push_back({static_cast<int32_t>(id),
                           static_cast<uint32_t>(table.texts.size()),
                           static_cast<uint32_t>(token.match.size())});
    table.texts += token.match;
  }
  llvm::sort(table.added, [&](const AddedToken &a, const AddedToken &b) {
    return std::tie(tokens[a.id].match, a.id) <
           std::tie(tokens[b.id].match, b.id);
  });
  return table;
}

template <typename Range>
static void append(std::vector<char> &section, const Range &range) {
  auto *bytes = reinterpret_cast<const char *>(std::data(range));
  section.insert(section.end(), bytes,
                 bytes + std::size(range) * sizeof(*std::data(range)));
}

std::vector<char> gptc::layOutTokenizer(const BpeTokenizer &tokenizer) {
  bool findsTexts = tokenizer.kind == TokenizerKind::sentencePiece ||
                    (tokenizer.flags & wholeWordsFirst) != 0;
  std::vector<MergeSlot> mergeSlots = buildMergeSlots(tokenizer.merges);
  std::vector<int32_t> textSlots = buildTextSlots(tokenizer.tokens, findsTexts);
  TextTable texts = buildTexts(tokenizer.tokens);
  ClassTable classes = buildClasses();
  NormalizationTable normal;
  if (tokenizer.flags & composesText)
    normal = buildNormalization();
  auto count = [](const auto &range) {
    return static_cast<uint32_t>(std::size(range));
  };
  TokenizerHeader header = {.kind = tokenizer.kind,
                            .flags = tokenizer.flags,
                            .vocabularySize = count(tokenizer.tokens),
                            .mergeSlotCount = count(mergeSlots),
                            .textSlotCount = count(textSlots),
                            .addedCount = count(texts.added),
                            .compositionCount = count(normal.compositions),
                            .decompositionCount = count(normal.decompositions),
                            .normalizationCount = count(normal.normalizations),
                            .normalPageCount = count(normal.indices) / 256,
                            .classPageCount = count(classes.classes) / 256,
                            .textBytes = count(texts.texts),
                            .bos = tokenizer.bos,
                            .eos = tokenizer.eos,
                            .unknown = tokenizer.unknown,
                            .reserved = 0};

  std::vector<char> section;
  append(section, llvm::ArrayRef(header));
  append(section, mergeSlots);
  append(section, texts.added);
  append(section, normal.compositions);
  append(section, normal.decompositions);
  append(section, tokenizer.byteTokens);
  append(section, textSlots);
  append(section, texts.offsets);
  append(section, normal.normalizations);
  append(section, classes.pages);
  append(section, normal.pages);
  append(section, normal.indices);
  append(section, texts.flags);
  append(section, classes.classes);
  append(section, texts.texts);
  return section;
}
