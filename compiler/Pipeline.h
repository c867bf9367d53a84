//===- Pipeline.h - The compiler, phase by phase --------------------------===//

#ifndef GPTC_COMPILER_PIPELINE_H
#define GPTC_COMPILER_PIPELINE_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"
#include <string>
#include <vector>

namespace gptc {

class Stopwatch;
class Target;

/// What the kernels run on: a column of the table of phases.
enum class Column { cpu };
inline constexpr size_t numColumns = 1;

struct PipelineOptions {
  const Target &target;
  Column column = Column::cpu;
  /// What weights are packed as: "stored", "f32" or "bf16".
  std::string dtype = "stored";
  /// Rows of the tile table to use instead, "KERNEL:MxN".
  std::vector<std::string> tiles;
  /// Folder that receives one NN-PHASE.mlir file per phase; empty means none.
  std::string dumpFolder;
  /// Where each phase that runs is a step, with its check and its dump; null
  /// for nowhere.
  Stopwatch *watch = nullptr;
};

/// The names of the phases, in order, from "graph" to "llvm".
llvm::ArrayRef<llvm::StringRef> getPhaseNames();

/// True if `name` is a phase's.
bool isPhase(llvm::StringRef name);

/// Runs the phases after `from`, which `module` has been through, up to and
/// with `until`; both are phases' names. "graph" itself is what the importer
/// makes: `from` is empty for a module that it has just made, or that a user
/// wrote, and is then checked first.
mlir::LogicalResult runPhases(mlir::ModuleOp module, llvm::StringRef from,
                              llvm::StringRef until,
                              const PipelineOptions &options);

/// Makes a pass pipeline of each phase, gptc-graph to gptc-llvm: its passes and
/// the check of what it promises. Their options are the driver's.
void registerPhasePipelines();

/// The passes of the phase "llvm" that follow the entries' ABI: they make LLVM
/// dialect of what LLVM functions compute on buffers.
void lowerToLlvm(mlir::OpPassManager &pm);

/// The row of the tile table (passes/cpu/TileTable.h) for `target`.
llvm::StringRef getIsa(const Target &target);

/// Prints `module` as dumps show it: every op's name as its location.
void printModule(mlir::ModuleOp module, llvm::raw_ostream &out);

/// Removes what is data for the packer, so that the LLVM dialect is left.
void eraseDeclarations(mlir::ModuleOp module);

} // namespace gptc

#endif // GPTC_COMPILER_PIPELINE_H
