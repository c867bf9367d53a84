//===- Layout.h - The memory of packed weights ----------------------------===//

#ifndef GPTC_DIALECT_LAYOUT_H
#define GPTC_DIALECT_LAYOUT_H

#include "dialect/Gpt.h"

namespace gptc::gpt {

/// The outputs that lie side by side in a panel. Vectors and rows of
/// activations are padded to a multiple of it.
inline constexpr int64_t panelWidth = 64;
/// Rows of a table are padded to a multiple of it.
inline constexpr int64_t rowPadding = 16;

/// The type of a weight of type `logical` once it is packed. The caller has
/// checked that the layout fits.
mlir::RankedTensorType packedType(mlir::RankedTensorType logical,
                                  Layout layout);

/// The layout of a weight's type, none if it is not packed.
std::optional<Layout> getLayout(mlir::RankedTensorType type);

/// The memory of a weight of type `packed`: row-major, padded with zeros.
mlir::MemRefType getStorage(mlir::RankedTensorType packed);

/// The bytes of that memory; saturates.
uint64_t getStorageBytes(mlir::RankedTensorType packed);

/// Returns the bytes of a buffer of numbers of whole bytes; none if it has
/// another element type, an unknown size, or more than 2^60 bytes.
std::optional<int64_t> getBytes(mlir::MemRefType type);

} // namespace gptc::gpt

#endif // GPTC_DIALECT_LAYOUT_H
