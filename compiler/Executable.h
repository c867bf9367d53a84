//===- Executable.h - Writes a compiled model with its weights ------------===//

#ifndef GPTC_COMPILER_EXECUTABLE_H
#define GPTC_COMPILER_EXECUTABLE_H

#include "compiler/Model.h"

namespace gptc {

class Target;

struct ExecutableOptions {
  std::string path;
  /// Whether the weights are written to `path`.weights.
  bool externalWeights;
  /// Whether the file gets execute permission; an archive does not.
  bool executable;
  /// Whether to print the cost of packing and the memory of a run.
  bool verbose;
};

/// Writes `program`, the linked code of `model`, with the model's metadata,
/// tokenizer and packed weights. On failure no file is left.
llvm::Error writeExecutable(Model &model, const Target &target,
                            llvm::StringRef program,
                            const ExecutableOptions &options);

} // namespace gptc

#endif // GPTC_COMPILER_EXECUTABLE_H
