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

/// The kind of hardware that the kernels run on, a column of the table of
/// phases.
enum class Column { cpu };
inline constexpr size_t numColumns = 1;

struct PipelineOptions {
  const Target &target;
  Column column = Column::cpu;
  /// The element type of packed weights: "stored", "f32" or "bf16".
  std::string dtype = "stored";
  /// Tile sizes that replace those of the tile table, as "KERNEL:MxN".
  std::vector<std::string> tiles;
  /// The folder that receives one NN-PHASE.mlir file per phase; empty for none.
  std::string dumpFolder;
  /// Measures each phase that runs, with its check and its dump, as one step;
  /// may be null.
  Stopwatch *watch = nullptr;
};

/// Returns the names of the phases in order, from "graph" to "llvm".
llvm::ArrayRef<llvm::StringRef> getPhaseNames();

/// Returns true if `name` is the name of a phase.
bool isPhase(llvm::StringRef name);

/// Runs the phases after `from`, the last phase that `module` has been through,
/// up to and including `until`. A module from `from` is checked first. `from`
/// is empty for a module that the importer has just made or a user wrote; the
/// phase "graph" then only checks it.
mlir::LogicalResult runPhases(mlir::ModuleOp module, llvm::StringRef from,
                              llvm::StringRef until,
                              const PipelineOptions &options);

/// Registers a pass pipeline for each phase, gptc-graph to gptc-llvm. It has
/// the passes of the phase, the check of what holds after it, and the driver's
/// options.
void registerPhasePipelines();

/// Adds the passes of the phase "llvm" that follow LowerEntries. They lower
/// the bodies of LLVM functions, which compute on buffers, to the LLVM dialect.
void lowerToLlvm(mlir::OpPassManager &pm);

/// Returns the name of the rows for `target` in the tile table
/// (passes/cpu/TileTable.h).
llvm::StringRef getIsa(const Target &target);

/// Prints `module` as in a dump, with the name of every op as its location.
void printModule(mlir::ModuleOp module, llvm::raw_ostream &out);

/// Removes the ops that are data for the packer, so that only the LLVM dialect
/// is left.
void eraseDeclarations(mlir::ModuleOp module);

} // namespace gptc

#endif // GPTC_COMPILER_PIPELINE_H
