//===- Unicode.cpp - Builds Unicode tables for the runtime ----------------===//

#include "compiler/tokenizer/Unicode.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLExtras.h"

#include <array>
#include <cstdlib>
#include <cstring>
#include <map>
#include <tuple>
#include <utf8proc.h>

using namespace gptc;

static constexpr int32_t lastCodePoint = 0x10FFFF;

//===----------------------------------------------------------------------===//
// Differences to the Unicode versions of Hugging Face's tokenizers
//===----------------------------------------------------------------------===//

namespace {
struct Range {
  int32_t first, last;
};
} // namespace

/// The patterns of tokenizers 0.23 follow Unicode 16, Debian's utf8proc follows
/// 15. The list comes from comparing the class of every code point.
static constexpr Range newLetters[] = {
    {0x1C89, 0x1C8A}, {0xA7CB, 0xA7CD}, {0xA7DA, 0xA7DC}, {0x105C0, 0x105F3},
    {0x10D4A, 0x10D65}, {0x10D6F, 0x10D85}, {0x10EC2, 0x10EC4},
    {0x11380, 0x11389}, {0x1138B, 0x1138B}, {0x1138E, 0x1138E},
    {0x11390, 0x113B5}, {0x113B7, 0x113B7}, {0x113D1, 0x113D1},
    {0x113D3, 0x113D3}, {0x11BC0, 0x11BE0}, {0x13460, 0x143FA},
    {0x16100, 0x1611D}, {0x16D40, 0x16D6C}, {0x18CFF, 0x18CFF},
    {0x1E5D0, 0x1E5ED}, {0x1E5F0, 0x1E5F0}, {0x2EBF0, 0x2EE5D},
};

static constexpr Range newNumbers[] = {
    {0x10D40, 0x10D49}, {0x116D0, 0x116E3}, {0x11BF0, 0x11BF9},
    {0x16130, 0x16139}, {0x16D70, 0x16D79}, {0x1CCF0, 0x1CCF9},
    {0x1E5F1, 0x1E5FA},
};

/// Its normalization follows Unicode 9, where these have no combining class and
/// no decomposition.
static constexpr Range unknownMarks[] = {
    {0x07FD, 0x07FD}, {0x0898, 0x089F}, {0x08CA, 0x08D3}, {0x09FE, 0x09FE},
    {0x0C3C, 0x0C3C}, {0x0D3B, 0x0D3C}, {0x0EBA, 0x0EBA}, {0x1715, 0x1715},
    {0x1ABF, 0x1ACE}, {0x1DF6, 0x1DFA}, {0xA82C, 0xA82C}, {0x10D24, 0x10D27},
    {0x10EAB, 0x10EAC}, {0x10EFD, 0x10EFF}, {0x10F46, 0x10F50},
    {0x10F82, 0x10F85}, {0x11070, 0x11070}, {0x1133B, 0x1133B},
    {0x1145E, 0x1145E}, {0x11839, 0x1183A}, {0x11938, 0x11938},
    {0x1193D, 0x1193E}, {0x11943, 0x11943}, {0x119E0, 0x119E0},
    {0x11A34, 0x11A34}, {0x11A47, 0x11A47}, {0x11A99, 0x11A99},
    {0x11D42, 0x11D42}, {0x11D44, 0x11D45}, {0x11D97, 0x11D97},
    {0x11F41, 0x11F42}, {0x16FF0, 0x16FF1}, {0x1E08F, 0x1E08F},
    {0x1E130, 0x1E136}, {0x1E2AE, 0x1E2AE}, {0x1E2EC, 0x1E2EF},
    {0x1E4EC, 0x1E4EF},
};

static bool isIn(llvm::ArrayRef<Range> ranges, int32_t codePoint) {
  auto range = llvm::partition_point(
      ranges, [&](const Range &r) { return r.last < codePoint; });
  return range != ranges.end() && range->first <= codePoint;
}

//===----------------------------------------------------------------------===//
// Classes
//===----------------------------------------------------------------------===//

/// Splits the code points into pages of 256 values of `valueOf`, calls
/// `add(page)` for each distinct page and returns the page number of each 256.
template <typename Value, typename ValueOf, typename Add>
static std::vector<uint16_t> buildPages(ValueOf valueOf, Add add) {
  std::vector<uint16_t> pages;
  std::map<std::array<Value, 256>, uint16_t> known;
  for (uint32_t index = 0; index != pageIndices; ++index) {
    std::array<Value, 256> page;
    for (uint32_t i = 0; i != 256; ++i)
      page[i] = valueOf(static_cast<int32_t>(index * 256 + i));
    auto [entry, isNew] = known.try_emplace(page, known.size());
    if (isNew)
      add(page);
    pages.push_back(entry->second);
  }
  return pages;
}

static CharacterClass classOf(int32_t codePoint) {
  // The control characters in \s do not have the category of spaces.
  if ((codePoint >= '\t' && codePoint <= '\r') || codePoint == 0x85)
    return CharacterClass::space;
  if (isIn(newLetters, codePoint))
    return CharacterClass::letter;
  if (isIn(newNumbers, codePoint))
    return CharacterClass::number;
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

ClassTable gptc::buildClasses() {
  ClassTable table;
  table.pages = buildPages<CharacterClass>(classOf, [&](const auto &page) {
    llvm::append_range(table.classes, page);
  });
  return table;
}

//===----------------------------------------------------------------------===//
// Normalization Form C
//===----------------------------------------------------------------------===//

using CodePoints = std::vector<int32_t>;

static CodePoints decompose(int32_t codePoint) {
  if (isIn(unknownMarks, codePoint))
    return {codePoint};
  CodePoints points(8); // no decomposition has more than 4
  int boundClass = 0;
  utf8proc_ssize_t count =
      utf8proc_decompose_char(codePoint, points.data(), points.size(),
                              UTF8PROC_DECOMPOSE, &boundClass);
  if (count < 0)
    return {codePoint};
  points.resize(count);
  return points;
}

static uint8_t combiningClassOf(int32_t codePoint) {
  return isIn(unknownMarks, codePoint)
             ? 0
             : utf8proc_get_property(codePoint)->combining_class;
}

static CodePoints compose(CodePoints points) {
  utf8proc_ssize_t count = utf8proc_normalize_utf32(
      points.data(), points.size(),
      static_cast<utf8proc_option_t>(UTF8PROC_COMPOSE | UTF8PROC_STABLE));
  points.resize(count);
  return points;
}

static bool isHangul(int32_t codePoint) {
  return codePoint >= 0xAC00 && codePoint <= 0xD7A3;
}

/// Returns whether this is a Hangul vowel or trailing consonant that composes
/// with a preceding code point.
static bool isHangulEnd(int32_t codePoint) {
  return (codePoint >= 0x1161 && codePoint <= 0x1175) ||
         (codePoint >= 0x11A8 && codePoint <= 0x11C2);
}

/// Each composed code point results from two: the composition of all but the
/// last code point of its decomposition, and that last one.
static std::vector<Composition> buildCompositions() {
  std::vector<Composition> result;
  for (int32_t c = 0x80; c <= lastCodePoint; ++c) {
    CodePoints points = decompose(c);
    if (isHangul(c) || points.size() < 2 || compose(points) != CodePoints{c})
      continue;
    auto second = static_cast<uint32_t>(points.back());
    points.pop_back();
    points = compose(points);
    if (points.size() == 1)
      result.push_back({static_cast<uint32_t>(points[0]), second,
                        static_cast<uint32_t>(c)});
  }
  llvm::sort(result, [](const Composition &a, const Composition &b) {
    return std::tie(a.first, a.second) < std::tie(b.first, b.second);
  });
  return result;
}

NormalizationTable gptc::buildNormalization() {
  NormalizationTable table;
  table.compositions = buildCompositions();
  std::vector<bool> isSecond(lastCodePoint + 1);
  for (const Composition &composition : table.compositions)
    isSecond[composition.second] = true;

  std::map<std::tuple<CodePoints, uint8_t, bool>, uint16_t> known;
  auto indexOf = [&](int32_t c) {
    CodePoints points = decompose(c);
    uint8_t combiningClass = combiningClassOf(c);
    bool isStable = combiningClass == 0 && !isSecond[c] && !isHangulEnd(c) &&
                    (isHangul(c) || points == CodePoints{c} ||
                     compose(points) == CodePoints{c});
    if (isHangul(c) || points == CodePoints{c})
      points.clear();
    auto [entry, isNew] =
        known.try_emplace({points, combiningClass, isStable}, known.size());
    if (isNew) {
      table.normalizations.push_back(
          {static_cast<uint16_t>(table.decompositions.size()),
           static_cast<uint8_t>(points.size()), combiningClass, isStable, 0});
      llvm::append_range(table.decompositions, points);
    }
    return entry->second;
  };
  table.pages = buildPages<uint16_t>(indexOf, [&](const auto &page) {
    llvm::append_range(table.indices, page);
  });
  return table;
}

std::string gptc::composeText(const std::string &text) {
  utf8proc_uint8_t *composed = nullptr;
  utf8proc_ssize_t size = utf8proc_map(
      reinterpret_cast<const utf8proc_uint8_t *>(text.data()),
      static_cast<utf8proc_ssize_t>(text.size()), &composed,
      static_cast<utf8proc_option_t>(UTF8PROC_COMPOSE | UTF8PROC_STABLE));
  if (size < 0)
    return text;
  std::string result(reinterpret_cast<const char *>(composed), size);
  free(composed);
  return result;
}
