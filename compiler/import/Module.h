//===- Module.h - Make a model's module -----------------------------------===//

#ifndef GPTC_COMPILER_IMPORT_MODULE_H
#define GPTC_COMPILER_IMPORT_MODULE_H

#include "compiler/checkpoint/Checkpoint.h"
#include "compiler/import/Config.h"
#include "mlir/IR/OwningOpRef.h"

namespace gptc {

/// What a model's files say of it.
struct ImportedModel {
  std::string name;
  /// Where its files lie, absolute.
  std::string directory;
  Config config;
  /// Null for a configuration alone.
  const Checkpoint *checkpoint = nullptr;
  /// Null if there is none.
  gpt::SourceAttr tokenizer = {};
  gpt::ChatAttr chat = {};
};

/// The model's module after the phase `graph`.
llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>>
makeModule(const ImportedModel &model, mlir::MLIRContext &context);

/// Loads the dialects of such a module, which attributes need before.
void loadDialects(mlir::MLIRContext &context);

} // namespace gptc

#endif // GPTC_COMPILER_IMPORT_MODULE_H
