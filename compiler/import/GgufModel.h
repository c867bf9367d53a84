//===- GgufModel.h - Reads a model from a GGUF file -----------------------===//

#ifndef GPTC_COMPILER_IMPORT_GGUFMODEL_H
#define GPTC_COMPILER_IMPORT_GGUFMODEL_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/Error.h"

namespace gptc {

/// Imports the model from the GGUF file at `path`, or from all files of a model
/// whose first file it is, as a module of the phase `graph`. Unknown keys of
/// its architecture are errors, because they may change the model.
llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>>
importGguf(llvm::StringRef path, mlir::MLIRContext &context);

} // namespace gptc

#endif // GPTC_COMPILER_IMPORT_GGUFMODEL_H
