//===- WeightLayout.h - Offsets in the weights section --------------------===//

#ifndef GPTC_DIALECT_WEIGHTLAYOUT_H
#define GPTC_DIALECT_WEIGHTLAYOUT_H

#include "dialect/Gpt.h"
#include "llvm/ADT/MapVector.h"

namespace gptc::gpt {

/// Every weight, and every layer of a stacked one, starts at a multiple of it.
inline constexpr int64_t weightAlignment = 64;

struct WeightPlacement {
  /// The bytes from the section's start to layer 0.
  int64_t offset;
  /// The bytes from one layer to the next.
  int64_t layerStride;
};

/// Places the weights in the order of the module, in their storage types, and
/// sets `totalBytes` to the section's size, a multiple of weightAlignment. The
/// packer writes by these offsets and compiled code reads by them. Sums
/// saturate at the greatest such multiple, which no memory holds.
llvm::MapVector<mlir::StringAttr, WeightPlacement>
placeWeights(mlir::ModuleOp module, int64_t &totalBytes);

/// Names what compiled code knows of the weights: the same for modules whose
/// weights have the same names, layers and storage types in the same order.
uint64_t layoutHash(mlir::ModuleOp module);

/// Names the weights section: the same for modules whose weights have the same
/// names, plans and storage types in the same order.
uint64_t fingerprint(mlir::ModuleOp module);

} // namespace gptc::gpt

#endif // GPTC_DIALECT_WEIGHTLAYOUT_H
