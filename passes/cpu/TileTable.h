//===- TileTable.h - Register tiles by instruction set --------------------===//

#ifndef GPTC_PASSES_CPU_TILETABLE_H
#define GPTC_PASSES_CPU_TILETABLE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <string>

namespace gptc {

/// Rows, and columns or positions, of one tile.
struct TileSize {
  int64_t rows, columns;
};

/// Groups of gpt.attention's rows that meet a unit of the cache together: so
/// often is it read from the nearer caches instead of the farther ones.
inline constexpr int64_t attentionGroups = 4;

/// The tiles of one instruction set. No size changes a bit of the results.
struct Tiles {
  llvm::StringLiteral isa;
  /// gpt.linear of many rows: M x N sums; N divides a panel.
  TileSize linear;
  /// gpt.attention of many rows: M rows score N positions, or sum N channels of
  /// the values, at a time.
  TileSize attention;
  /// Bytes of the second-level cache that a block of a product's input takes;
  /// panels of the weight take the rest.
  int64_t inputBytes;
  /// Whether one instruction adds the products of a pair of k in bf16
  /// (vdpbf16ps); elsewhere bf16 is widened.
  bool addsPairs = false;
  /// gpt.linear of one row: M panels of N columns side by side. Six streams are
  /// as many as memory gains from.
  TileSize linearRow = {6, 64};
  /// gpt.attention of one row.
  TileSize attentionRow = {1, 64};

  /// gpt.attention of one row where `sharing` heads have the same keys and
  /// values: as many of them as divide that number meet these together.
  TileSize attentionOfRow(int64_t sharing) const;
};

/// The table's row for `isa`, changed by `overrides` such as "linear:4x16".
llvm::Expected<Tiles> getTiles(llvm::StringRef isa,
                               llvm::ArrayRef<std::string> overrides);

} // namespace gptc

#endif // GPTC_PASSES_CPU_TILETABLE_H
