//===- HuggingFace.h - Reads a Hugging Face model -------------------------===//

#ifndef GPTC_COMPILER_IMPORT_HUGGINGFACE_H
#define GPTC_COMPILER_IMPORT_HUGGINGFACE_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/Error.h"

namespace gptc {

/// Imports the model at `path` as a module of the phase `graph`: a directory
/// with config.json and model.safetensors, or a config.json alone, which gives
/// a model without sources. Weights stay in the checkpoint; the module refers
/// to them.
llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>>
importModel(llvm::StringRef path, mlir::MLIRContext &context);

} // namespace gptc

#endif // GPTC_COMPILER_IMPORT_HUGGINGFACE_H
