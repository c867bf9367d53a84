//===- WeightImport.h - Declares a model's weights ------------------------===//

#ifndef GPTC_COMPILER_IMPORT_WEIGHTIMPORT_H
#define GPTC_COMPILER_IMPORT_WEIGHTIMPORT_H

#include "compiler/checkpoint/Checkpoint.h"
#include "compiler/import/Config.h"
#include "mlir/IR/Builders.h"

namespace gptc {

/// Adds a gpt.weight for each weight of the family's row that the model has,
/// with the plan that makes it from `checkpoint`. If that is null, the
/// configuration determines the element type and which tensors there are. A
/// tensor of the checkpoint that no weight uses is an error.
llvm::Error importWeights(mlir::OpBuilder &builder, const Config &config,
                          const Checkpoint *checkpoint);

} // namespace gptc

#endif // GPTC_COMPILER_IMPORT_WEIGHTIMPORT_H
