//===- Checks.h - What a phase's promise is made of -----------------------===//

#ifndef GPTC_PASSES_VERIFY_CHECKS_H
#define GPTC_PASSES_VERIFY_CHECKS_H

#include "passes/Passes.h"

namespace gptc {

/// A module that has been through a phase, or is said to have been.
struct CheckedModule {
  mlir::ModuleOp module;
  llvm::StringRef phase;

  /// Says that `op` breaks the phase's promise.
  llvm::LogicalResult broken(mlir::Operation *op, const llvm::Twine &found,
                             const llvm::Twine &expected) const;

  /// Checks every `Op`, or every op, up to the first that fails.
  template <typename Op = mlir::Operation *, typename Check>
  llvm::LogicalResult each(Check check) const {
    mlir::WalkResult result =
        module->walk<mlir::WalkOrder::PreOrder>([&](Op op) {
          return llvm::failed(check(op)) ? mlir::WalkResult::interrupt()
                                         : mlir::WalkResult::advance();
        });
    return llvm::failure(result.wasInterrupted());
  }

  /// Checks the type of every value, which `op` yields or a block of it takes.
  llvm::LogicalResult eachType(
      llvm::function_ref<llvm::LogicalResult(mlir::Operation *op, mlir::Type)>
          check) const;
};

/// Fails with one error if the module breaks a part of its phase's promise.
using Check = llvm::LogicalResult (*)(const CheckedModule &);

/// The module itself, or an op that stays in it to the end as data for the
/// packer.
bool isDeclaration(mlir::Operation *op);

/// True if `op` is of the gpt dialect.
bool isGptOp(mlir::Operation *op);

/// True if `op` is a gpt.tile op.
bool isTile(mlir::Operation *op);

/// The type or op as it is printed.
std::string print(mlir::Type type);

// From graph to packed, on tensors.

/// The gpt dialect's ops on tensors, in functions, and nothing else.
llvm::LogicalResult checkGraphOps(const CheckedModule &checked);
/// No op computes what two concepts are.
llvm::LogicalResult checkConcepts(const CheckedModule &checked);
/// No weight is packed yet.
llvm::LogicalResult checkUnpacked(const CheckedModule &checked);
/// No pass of the phase `fused` would find anything to do.
llvm::LogicalResult checkFused(const CheckedModule &checked);
llvm::LogicalResult checkStaticShapes(const CheckedModule &checked);
/// Weights are f32 or bf16, and products are summed as their weights say.
llvm::LogicalResult checkArithmetic(const CheckedModule &checked);
/// All weights are packed.
llvm::LogicalResult checkPacked(const CheckedModule &checked);
/// The functions are prompt, token and unembed.
llvm::LogicalResult checkEntries(const CheckedModule &checked);

// From tiled to buffers, on memory.

/// Loops, tiles and what they take as operands, and nothing else.
llvm::LogicalResult checkTiledOps(const CheckedModule &checked);
/// Loops, vectors and what they take as operands, and nothing else.
llvm::LogicalResult checkVectorOps(const CheckedModule &checked);
/// Every buffer is an entry's argument, of static size, or a view of another.
llvm::LogicalResult checkBuffers(const CheckedModule &checked);
/// scf.forall is the only parallelism, and its body can become a function.
llvm::LogicalResult checkParallelLoops(const CheckedModule &checked);
/// Nothing is allocated, and views stay inside the arena and the weights.
llvm::LogicalResult checkArena(const CheckedModule &checked);

// llvm.

/// The LLVM dialect's ops, and nothing else.
llvm::LogicalResult checkLlvmOps(const CheckedModule &checked);
/// Nothing is called but gptc_parallel_for and functions of the module.
llvm::LogicalResult checkCalls(const CheckedModule &checked);

} // namespace gptc

#endif // GPTC_PASSES_VERIFY_CHECKS_H
