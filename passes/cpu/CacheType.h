//===- CacheType.h - The memory of a KV cache -----------------------------===//

#ifndef GPTC_PASSES_CPU_CACHETYPE_H
#define GPTC_PASSES_CPU_CACHETYPE_H

#include "passes/cpu/Kernels.h"
#include "runtime/engine/Abi.h"
#include "llvm/Support/MathExtras.h"

namespace gptc {

/// Returns the type of a cache's blocks:
/// `[block][layer][KV head][keys, values][position][channel]`.
inline mlir::MemRefType getCacheType(gpt::KvCacheOp cache) {
  int64_t channels = llvm::alignTo(cache.getHeadSize(), cpu::lanes);
  return mlir::MemRefType::get(
      {mlir::ShapedType::kDynamic, int64_t(cache.getLayers()),
       int64_t(cache.getKvHeads()), 2, GPTC_BLOCK_POSITIONS, channels},
      cache.getElementType());
}

/// Returns the type of the block table, `[sequence][position / 32]`.
inline mlir::MemRefType getBlockTableType(mlir::MLIRContext *context) {
  constexpr int64_t dynamic = mlir::ShapedType::kDynamic;
  auto layout = mlir::StridedLayoutAttr::get(context, 0, {dynamic, 1});
  return mlir::MemRefType::get({dynamic, dynamic},
                               mlir::IntegerType::get(context, 32), layout);
}

} // namespace gptc

#endif // GPTC_PASSES_CPU_CACHETYPE_H
