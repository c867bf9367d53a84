//===- TokenizerNormalizer.cpp - Unicode's Normalization Form C -----------===//

#include "runtime/text/TokenizerNormalizer.h"

#include "runtime/text/Utf8.h"

#include <algorithm>
#include <vector>

using namespace gptc;

/// Hangul syllables are LV or LVT with 19 leading consonants, 21 vowels and 27
/// trailing consonants.
namespace hangul {
static constexpr uint32_t syllables = 0xAC00, leads = 0x1100, vowels = 0x1161,
                          trails = 0x11A7; // one before the first
static constexpr uint32_t leadCount = 19, vowelCount = 21, trailCount = 28;

/// Returns the syllable that two code points compose to, or 0.
static uint32_t compose(uint32_t first, uint32_t second) {
  if (first - leads < leadCount && second - vowels < vowelCount)
    return syllables +
           ((first - leads) * vowelCount + second - vowels) * trailCount;
  uint32_t index = first - syllables;
  if (index < leadCount * vowelCount * trailCount && index % trailCount == 0 &&
      second - trails - 1 < trailCount - 1)
    return first + second - trails;
  return 0;
}
} // namespace hangul

static bool isStable(const TokenizerTables &tables, uint32_t codePoint) {
  return codePoint < 0x80 || codePoint == notUtf8 ||
         tables.normalizationOf(codePoint).isStable != 0;
}

size_t gptc::normalizedPrefix(const TokenizerTables &tables,
                              std::string_view text) {
  size_t last = 0;
  for (size_t i = 0; i < text.size();) {
    Utf8Character c = characterAt(text, i);
    if (!isStable(tables, c.codePoint))
      return last;
    last = i; // the next code point may be composed with this one
    i += c.size;
  }
  return text.size();
}

namespace {

/// The code points from one normalization boundary to the next.
class Stretch {
public:
  explicit Stretch(const TokenizerTables &tables) : tables(tables) {}

  void decompose(uint32_t codePoint);
  void order();
  void compose();
  void append(std::string &out) const {
    for (const Point &point : points)
      appendUtf8(out, point.codePoint);
  }

private:
  struct Point {
    uint32_t codePoint;
    uint8_t combiningClass;
    size_t index;
  };

  void add(uint32_t codePoint) {
    points.push_back({codePoint,
                      tables.normalizationOf(codePoint).combiningClass,
                      points.size()});
  }
  uint32_t composed(uint32_t first, uint32_t second) const;

  const TokenizerTables &tables;
  std::vector<Point> points;
};

void Stretch::decompose(uint32_t codePoint) {
  const Normalization &n = tables.normalizationOf(codePoint);
  if (n.length == 0)
    return add(codePoint);
  for (uint32_t i = 0; i != n.length; ++i)
    add(tables.decompositions[n.decomposition + i]);
}

/// Sorts the combining marks between two starters stably by their class.
void Stretch::order() {
  auto isStarter = [](const Point &p) { return p.combiningClass == 0; };
  for (auto begin = points.begin(); begin != points.end();) {
    auto end = std::find_if(begin, points.end(), isStarter);
    std::sort(begin, end, [](const Point &a, const Point &b) {
      return a.combiningClass != b.combiningClass
                 ? a.combiningClass < b.combiningClass
                 : a.index < b.index;
    });
    begin = end == points.end() ? end : end + 1;
  }
}

/// Returns the code point that two compose to, or 0.
uint32_t Stretch::composed(uint32_t first, uint32_t second) const {
  if (uint32_t syllable = hangul::compose(first, second))
    return syllable;
  auto end = tables.compositions + tables.header.compositionCount;
  auto found = std::partition_point(
      tables.compositions, end, [&](const Composition &c) {
        return c.first != first ? c.first < first : c.second < second;
      });
  return found != end && found->first == first && found->second == second
             ? found->result
             : 0;
}

/// Composes each code point with the starter before it, unless a code point
/// between them has the same combining class or none.
void Stretch::compose() {
  size_t count = 0, starter = points.size();
  for (const Point point : points) {
    bool isBlocked =
        starter == points.size() ||
        (starter + 1 != count &&
         points[count - 1].combiningClass >= point.combiningClass);
    uint32_t result =
        isBlocked ? 0 : composed(points[starter].codePoint, point.codePoint);
    if (result != 0) {
      points[starter].codePoint = result;
      continue;
    }
    if (point.combiningClass == 0)
      starter = count;
    points[count++] = point;
  }
  points.resize(count);
}

} // namespace

size_t gptc::normalizeStretch(const TokenizerTables &tables,
                              std::string_view text, std::string &out) {
  Stretch stretch(tables);
  size_t end = 0;
  while (end < text.size()) {
    Utf8Character c = characterAt(text, end);
    if (c.codePoint == notUtf8 && end == 0) {
      out += text.front();
      return 1;
    }
    if (end != 0 && isStable(tables, c.codePoint))
      break;
    stretch.decompose(c.codePoint);
    end += c.size;
  }
  stretch.order();
  stretch.compose();
  stretch.append(out);
  return end;
}
