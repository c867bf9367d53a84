//===- Graph.h - Builds a model's forward pass ----------------------------===//

#ifndef GPTC_COMPILER_IMPORT_GRAPH_H
#define GPTC_COMPILER_IMPORT_GRAPH_H

#include "compiler/import/Families.h"

namespace gptc {

/// Adds `func.func @forward` to a module that holds the model's weights. It has
/// one op per concept of the model, whose location is its name.
void buildForward(mlir::ModuleOp module, const Family &family,
                  const Hyperparameters &hyperparameters);

} // namespace gptc

#endif // GPTC_COMPILER_IMPORT_GRAPH_H
