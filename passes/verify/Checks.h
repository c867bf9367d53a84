//===- Checks.h - Checks of what holds after a phase ----------------------===//

#ifndef GPTC_PASSES_VERIFY_CHECKS_H
#define GPTC_PASSES_VERIFY_CHECKS_H

#include "passes/Passes.h"

namespace gptc {

/// A module to check, and the phase that it is said to have been through.
struct CheckedModule {
  mlir::ModuleOp module;
  llvm::StringRef phase;

  /// Emits the error that `op` breaks what holds after the phase, and fails.
  llvm::LogicalResult broken(mlir::Operation *op, const llvm::Twine &found,
                             const llvm::Twine &expected) const;

  /// Calls `check` on every `Op`, by default every op, up to the first failure.
  template <typename Op = mlir::Operation *, typename Check>
  llvm::LogicalResult each(Check check) const {
    mlir::WalkResult result =
        module->walk<mlir::WalkOrder::PreOrder>([&](Op op) {
          return llvm::failed(check(op)) ? mlir::WalkResult::interrupt()
                                         : mlir::WalkResult::advance();
        });
    return llvm::failure(result.wasInterrupted());
  }

  /// Calls the check on the type of every value, a result of `op` or an
  /// argument of one of its blocks.
  llvm::LogicalResult eachType(
      llvm::function_ref<llvm::LogicalResult(mlir::Operation *op, mlir::Type)>
          check) const;
};

/// Fails with one error if the module breaks a property that holds after its
/// phase.
using Check = llvm::LogicalResult (*)(const CheckedModule &);

/// Returns true if `op` is the module itself, or an op that stays in it to the
/// end as data for the packer.
bool isDeclaration(mlir::Operation *op);

/// Returns true if `op` is of the gpt dialect.
bool isGptOp(mlir::Operation *op);

/// Returns true if `op` is a gpt.tile op.
bool isTile(mlir::Operation *op);

/// Returns the type as it is printed.
std::string print(mlir::Type type);

// These checks are for the phases graph to packed, on tensors.

/// Checks that functions hold only ops of the gpt dialect on tensors.
llvm::LogicalResult checkGraphOps(const CheckedModule &checked);
/// Checks that each op computes only one concept of the model.
llvm::LogicalResult checkConcepts(const CheckedModule &checked);
/// Checks that no weight is packed yet.
llvm::LogicalResult checkUnpacked(const CheckedModule &checked);
/// Checks that no pass of the phase `fused` would change the module.
llvm::LogicalResult checkFused(const CheckedModule &checked);
llvm::LogicalResult checkStaticShapes(const CheckedModule &checked);
/// Checks that weights are f32 or bf16, and that each product has the
/// arithmetic of its weight's element type.
llvm::LogicalResult checkArithmetic(const CheckedModule &checked);
/// Checks that all weights are packed.
llvm::LogicalResult checkPacked(const CheckedModule &checked);
/// Checks that layers, positions and sequences are those of the loop and the
/// call, and that attention follows the gpt.kv_append of its rows.
llvm::LogicalResult checkOperands(const CheckedModule &checked);
/// Checks that tables and logits have the sizes that gpt.model states.
llvm::LogicalResult checkSizes(const CheckedModule &checked);
/// Checks that the functions are prompt, token and unembed, each with the roles
/// and the memory that it has in the phase.
llvm::LogicalResult checkEntries(const CheckedModule &checked);

// These checks are for the phases tiled to buffers, on memory.

/// Checks that entries hold only loops, tiles and the ops of their operands.
llvm::LogicalResult checkTiledOps(const CheckedModule &checked);
/// Checks that entries hold only loops, vector ops and the ops of their
/// operands.
llvm::LogicalResult checkVectorOps(const CheckedModule &checked);
/// Checks that every buffer is an argument of an entry, has a static size, or
/// is a view of another.
llvm::LogicalResult checkBuffers(const CheckedModule &checked);
/// Checks that scf.forall is the only parallelism, and that its body can become
/// a function.
llvm::LogicalResult checkParallelLoops(const CheckedModule &checked);
/// Checks that nothing is allocated, and that views stay inside the arena and
/// the weights.
llvm::LogicalResult checkArena(const CheckedModule &checked);
/// Checks that names, types and order of the weights are those of `packed`, by
/// which offsets and kernels were made.
llvm::LogicalResult checkWeights(const CheckedModule &checked);

// These checks are for the phase llvm.

/// Checks that the module holds only ops of the LLVM dialect.
llvm::LogicalResult checkLlvmOps(const CheckedModule &checked);
/// Checks that calls are only to gptc_parallel_for and to functions of the
/// module.
llvm::LogicalResult checkCalls(const CheckedModule &checked);

} // namespace gptc

#endif // GPTC_PASSES_VERIFY_CHECKS_H
