//===- GgufModel.h - Read a model from a GGUF file ------------------------===//

#ifndef GPTC_COMPILER_IMPORT_GGUFMODEL_H
#define GPTC_COMPILER_IMPORT_GGUFMODEL_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/Error.h"

namespace gptc {

/// The model in the GGUF file at `path`, or in all files of which it is the
/// first, after the phase `graph`. Keys of its architecture that are not known
/// are errors: they may say that it is another model.
llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>>
importGguf(llvm::StringRef path, mlir::MLIRContext &context);

} // namespace gptc

#endif // GPTC_COMPILER_IMPORT_GGUFMODEL_H
