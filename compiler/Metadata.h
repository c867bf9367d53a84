//===- Metadata.h - What a program says about itself ----------------------===//

#ifndef GPTC_COMPILER_METADATA_H
#define GPTC_COMPILER_METADATA_H

#include "mlir/IR/BuiltinOps.h"
#include <string>

namespace gptc {

class Target;

/// The text that --about prints first: the model of `module`, whose weights
/// are packed, its parameters by matrix, its source files, and what compiled
/// it for what.
std::string describeProgram(mlir::ModuleOp module, const Target &target);

} // namespace gptc

#endif // GPTC_COMPILER_METADATA_H
