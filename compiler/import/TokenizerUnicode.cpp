//===- TokenizerUnicode.cpp - Unicode's tables for the runtime ------------===//

#include "compiler/import/TokenizerUnicode.h"

#include "llvm/ADT/STLExtras.h"

#include <array>
#include <cstdlib>
#include <cstring>
#include <map>
#include <tuple>
#include <utf8proc.h>

using namespace gptc;

static constexpr int32_t lastCodePoint = 0x10FFFF;

/// Calls `add(page)` for what `valueOf` says of 256 code points at a time, if
/// it is new, and gives the number of the page of each 256.
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
  CodePoints points(8); // none has more than 4
  int boundClass = 0;
  utf8proc_ssize_t count =
      utf8proc_decompose_char(codePoint, points.data(), points.size(),
                              UTF8PROC_DECOMPOSE, &boundClass);
  if (count < 0)
    return {codePoint};
  points.resize(count);
  return points;
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

/// Of Hangul, the vowels and trails that follow something.
static bool isHangulEnd(int32_t codePoint) {
  return (codePoint >= 0x1161 && codePoint <= 0x1175) ||
         (codePoint >= 0x11A8 && codePoint <= 0x11C2);
}

/// Every code point that composition makes is made of the composed rest of its
/// decomposition and the last of it.
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
    uint8_t combiningClass = utf8proc_get_property(c)->combining_class;
    bool isStable = combiningClass == 0 && !isSecond[c] && !isHangulEnd(c) &&
                    (isHangul(c) || compose(points) == CodePoints{c});
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
