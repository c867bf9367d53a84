//===- Explain.h - gptc --explain -----------------------------------------===//

#ifndef GPTC_COMPILER_EXPLAIN_H
#define GPTC_COMPILER_EXPLAIN_H

#include "compiler/Model.h"

namespace gptc {

class Target;

struct ExplainOptions {
  /// Tokens of the prompt; 0 for 512, or the model's context if that is less.
  int32_t prompt = 0;
  /// GFLOP/s and GB/s of one thread; 0 to measure them on this machine.
  double peak = 0, bandwidth = 0;
};

/// What each op of `model`, a module at the phase `packed`, costs at `target`'s
/// limits, as a table for a prompt and one for the token after it. `tiles` are
/// as in PipelineOptions.
llvm::Expected<std::string> explainModel(const Model &model,
                                         const Target &target,
                                         llvm::ArrayRef<std::string> tiles,
                                         const ExplainOptions &options);

} // namespace gptc

#endif // GPTC_COMPILER_EXPLAIN_H
