//===- Explain.h - Implements gptc --explain ------------------------------===//

#ifndef GPTC_COMPILER_EXPLAIN_H
#define GPTC_COMPILER_EXPLAIN_H

#include "compiler/Model.h"

namespace gptc {

class Target;

struct ExplainOptions {
  /// The number of prompt tokens; 0 means 512, or the model's context if that
  /// is less.
  int32_t prompt = 0;
  /// GFLOP/s and GB/s of one thread; 0 means to measure them on this machine.
  double peak = 0, bandwidth = 0;
};

/// Returns a table of what each op of `model`, a module of the phase `packed`,
/// costs at `target`'s limits, for a prompt, and one for the token after it.
/// `tiles` is as in PipelineOptions.
llvm::Expected<std::string> explainModel(const Model &model,
                                         const Target &target,
                                         llvm::ArrayRef<std::string> tiles,
                                         const ExplainOptions &options);

} // namespace gptc

#endif // GPTC_COMPILER_EXPLAIN_H
