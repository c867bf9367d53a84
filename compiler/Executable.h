//===- Executable.h - Write a compiled model with its weights -------------===//

#ifndef GPTC_COMPILER_EXECUTABLE_H
#define GPTC_COMPILER_EXECUTABLE_H

#include "compiler/Model.h"

namespace gptc {

class Target;

struct ExecutableOptions {
  std::string path;
  /// Weights go to `path`.weights.
  bool externalWeights;
  /// The file may be run or loaded; an archive may not.
  bool executable;
  /// Say what packing and running take.
  bool verbose;
};

/// Writes `program`, the linked code of `model`, with the model's metadata,
/// tokenizer and packed weights. On failure no file is left.
llvm::Error writeExecutable(Model &model, const Target &target,
                            llvm::StringRef program,
                            const ExecutableOptions &options);

} // namespace gptc

#endif // GPTC_COMPILER_EXECUTABLE_H
