//===- ModelConstant.h - The constant that a compiled object exports ------===//

#ifndef GPTC_PASSES_CPU_MODELCONSTANT_H
#define GPTC_PASSES_CPU_MODELCONSTANT_H

#include "dialect/Gpt.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace gptc {

/// The parts of gptc_model (runtime/engine/Abi.h) that the passes determine.
/// The others come from gpt.model.
struct ModelConstant {
  struct Entry {
    mlir::LLVM::LLVMFuncOp function;
    int64_t capacity;
    /// The bits of gptc_entry for inputs and outputs.
    uint32_t takes, leaves;
  };
  llvm::SmallVector<Entry> entries;
  llvm::StringRef features, cpu, target;
  int64_t weightBytes = 0, arenaBytes = 0, scratchBytes = 0, blockBytes = 0;
  int64_t logitsOffset = 0, logitsStride = 0;
};

/// Adds the constant `gptc_model` and the constants that it points to.
void buildModelConstant(mlir::ModuleOp module, const ModelConstant &constant);

} // namespace gptc

#endif // GPTC_PASSES_CPU_MODELCONSTANT_H
