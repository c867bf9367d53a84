//===- WeightImport.h - Name a model's weights ----------------------------===//

#ifndef GPTC_COMPILER_IMPORT_WEIGHTIMPORT_H
#define GPTC_COMPILER_IMPORT_WEIGHTIMPORT_H

#include "compiler/checkpoint/Checkpoint.h"
#include "compiler/import/Config.h"
#include "mlir/IR/Builders.h"

namespace gptc {

/// Adds a gpt.weight for each weight that the family's row gives the model,
/// with the plan that makes it from `checkpoint`. Where that is null, weights
/// have the element type and, with it, the tensors that the configuration asks
/// for. Every tensor of the checkpoint must be understood.
llvm::Error importWeights(mlir::OpBuilder &builder, const Config &config,
                          const Checkpoint *checkpoint);

} // namespace gptc

#endif // GPTC_COMPILER_IMPORT_WEIGHTIMPORT_H
