//===- TileTable.cpp - Register tiles by instruction set ------------------===//

#include "passes/cpu/TileTable.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace gptc;
using llvm::StringRef;

/// Accumulators, one operand of the weight and one broadcast must fit the
/// vector registers: 16 of 8 lanes, 32 of 16 lanes, 32 of 4 lanes.
static constexpr Tiles table[] = {
    {"avx2", {6, 16}, {6, 16}, 416 << 10},
    {"avx512", {6, 64}, {6, 64}, 576 << 10},
    {"avx512bf16", {6, 64}, {6, 64}, 576 << 10, /*multipliesGroups=*/true},
    {"neon", {6, 16}, {6, 16}, 192 << 10},
};

TileSize Tiles::attentionOfRow(int64_t sharing) const {
  for (int64_t heads = attention.rows; heads > 1; --heads)
    if (sharing % heads == 0)
      return {heads, attention.columns};
  return attentionRow;
}

static llvm::Error fail(const llvm::Twine &message) {
  return llvm::createStringError(message);
}

static llvm::Error overrideTile(Tiles &tiles, StringRef text) {
  static constexpr int64_t widths[] = {16, 32, 64};
  struct {
    StringRef name;
    TileSize &size;
    int64_t mostRows = 16, leastColumns = 16;
  } kernels[] = {{"linear", tiles.linear},
                 {"attention", tiles.attention},
                 {"linear-row", tiles.linearRow, 16, 64},
                 {"attention-row", tiles.attentionRow, 1}};
  auto [name, size] = text.split(':');
  auto [rows, columns] = size.split('x');
  auto *kernel =
      llvm::find_if(kernels, [&](auto &k) { return k.name == name; });
  if (kernel == std::end(kernels))
    return fail("tile '" + text + "': kernel '" + name +
                "' is not known; known are linear, attention, linear-row and "
                "attention-row");
  auto fits = [&](int64_t width) { return width >= kernel->leastColumns; };
  int64_t m, n;
  if (rows.getAsInteger(10, m) || columns.getAsInteger(10, n) || m < 1 ||
      m > kernel->mostRows || !llvm::is_contained(widths, n) || !fits(n))
    return fail(
        "tile '" + text + "': size is '" + size +
        "' but MxN with M from 1 to " + llvm::Twine(kernel->mostRows) +
        " and N of " +
        llvm::join(llvm::map_range(llvm::make_filter_range(widths, fits),
                                   [](int64_t c) { return llvm::utostr(c); }),
                   ", ") +
        " was expected");
  kernel->size = {m, n};
  return llvm::Error::success();
}

llvm::Expected<Tiles> gptc::getTiles(StringRef isa,
                                     llvm::ArrayRef<std::string> overrides) {
  auto *row = llvm::find_if(
      table, [&](const Tiles &tiles) { return tiles.isa == isa; });
  if (row == std::end(table))
    return fail(
        "isa is '" + isa + "' but one of " +
        llvm::join(llvm::map_range(
                       table, [](const Tiles &t) { return StringRef(t.isa); }),
                   ", ") +
        " was expected");
  Tiles tiles = *row;
  for (StringRef text : overrides)
    if (llvm::Error error = overrideTile(tiles, text))
      return std::move(error);
  return tiles;
}
