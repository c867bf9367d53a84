//===- TileTable.h - Register tiles by instruction set --------------------===//

#ifndef GPTC_PASSES_CPU_TILETABLE_H
#define GPTC_PASSES_CPU_TILETABLE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <string>

namespace gptc {

/// The rows, and the columns or positions, of one tile.
struct TileSize {
  int64_t rows, columns;
};

/// The groups of gpt.attention's rows that work on a unit of the KV cache one
/// after the other: all but the first read it from the L2 cache.
inline constexpr int64_t attentionGroups = 4;

/// The tiles of one instruction set. No size changes a bit of the results.
struct Tiles {
  llvm::StringLiteral isa;
  /// gpt.linear of many rows: M x N sums; N divides a panel.
  TileSize linear;
  /// gpt.attention of many rows: M rows score N positions, or sum N channels of
  /// the values, at a time.
  TileSize attention;
  /// The bytes of the L2 cache that a block of a product's input takes; panels
  /// of the weight take the rest.
  int64_t inputBytes;
  /// True if one instruction multiplies and adds a whole group along k of the
  /// operand format bf16 (vdpbf16ps); elsewhere bf16 is widened to f32.
  bool multipliesGroups = false;
  /// gpt.linear of one row: M panels of N columns side by side. More than six
  /// streams do not make memory faster.
  TileSize linearRow = {6, 64};
  /// gpt.attention of one row.
  TileSize attentionRow = {1, 64};

  /// The tile of gpt.attention of one row where `sharing` heads have the same
  /// keys and values: the most heads, up to `attention`'s rows, that divide
  /// `sharing` share a tile.
  TileSize attentionOfRow(int64_t sharing) const;
};

/// The table's row for `isa`, changed by `overrides` such as "linear:4x16".
llvm::Expected<Tiles> getTiles(llvm::StringRef isa,
                               llvm::ArrayRef<std::string> overrides);

} // namespace gptc

#endif // GPTC_PASSES_CPU_TILETABLE_H
