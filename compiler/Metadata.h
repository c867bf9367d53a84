//===- Metadata.h - Describes a program for --about -----------------------===//

#ifndef GPTC_COMPILER_METADATA_H
#define GPTC_COMPILER_METADATA_H

#include "mlir/IR/BuiltinOps.h"
#include <string>

namespace gptc {

class Target;

/// Returns the text that --about prints first: the model of `module`, whose
/// weights must be packed; its parameters by matrix; its source files; the
/// compiler and its target. The text is as long with the hashes of the
/// source files as without.
std::string describeProgram(mlir::ModuleOp module, const Target &target);

} // namespace gptc

#endif // GPTC_COMPILER_METADATA_H
