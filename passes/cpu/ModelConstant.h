//===- ModelConstant.h - What a compiled object exports -------------------===//

#ifndef GPTC_PASSES_CPU_MODELCONSTANT_H
#define GPTC_PASSES_CPU_MODELCONSTANT_H

#include "dialect/Gpt.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace gptc {

/// What the passes know of gptc_model (runtime/engine/Abi.h); the rest is
/// gpt.model's.
struct ModelConstant {
  struct Entry {
    mlir::LLVM::LLVMFuncOp function;
    int64_t capacity;
    /// Bits of gptc_entry.
    uint32_t takes, leaves;
  };
  llvm::SmallVector<Entry> entries;
  llvm::StringRef features, cpu, target;
  int64_t weightBytes = 0, arenaBytes = 0, scratchBytes = 0, blockBytes = 0;
  int64_t logitsOffset = 0, logitsStride = 0;
};

/// Adds the constant `gptc_model` and what it points to.
void buildModelConstant(mlir::ModuleOp module, const ModelConstant &constant);

} // namespace gptc

#endif // GPTC_PASSES_CPU_MODELCONSTANT_H
