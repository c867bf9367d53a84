//===- VectorizeTile.h - The kernel of each tile op -----------------------===//

#ifndef GPTC_PASSES_CPU_VECTORIZETILE_H
#define GPTC_PASSES_CPU_VECTORIZETILE_H

#include "passes/cpu/VectorBuilder.h"

namespace gptc {

inline int64_t sizeOf(mlir::Value buffer, int64_t dim) {
  return mlir::cast<mlir::MemRefType>(buffer.getType()).getDimSize(dim);
}

/// A KV cache with the positions and channels of a block as one dimension: keys
/// and values fill it in different orders.
mlir::Value collapseBlocks(VectorBuilder &b, mlir::Value cache);

// Each writes the tile's kernel at the insertion point of `b`; the caller
// erases the tile.

// VectorizeRows.cpp
void vectorize(VectorBuilder &b, gpt::TileEmbeddingOp op);
void vectorize(VectorBuilder &b, gpt::TileNormOp op);
void vectorize(VectorBuilder &b, gpt::TileMapOp op);
void vectorize(VectorBuilder &b, gpt::TileGatedOp op);
void vectorize(VectorBuilder &b, gpt::TileSoftCapOp op);
void vectorize(VectorBuilder &b, gpt::TileRotaryTableOp op);
void vectorize(VectorBuilder &b, gpt::TileRotaryOp op);
void vectorize(VectorBuilder &b, gpt::TileKvAppendOp op);

// VectorizeProduct.cpp
void vectorize(VectorBuilder &b, gpt::TileExpandOp op);
void vectorize(VectorBuilder &b, gpt::TileLinearOp op);
void vectorize(VectorBuilder &b, gpt::TileLinearRowOp op);

/// Loops over units of positions (VectorizeAttention.cpp).
void vectorize(VectorBuilder &b, gpt::TileAttentionOp op);

} // namespace gptc

#endif // GPTC_PASSES_CPU_VECTORIZETILE_H
