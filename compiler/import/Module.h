//===- Module.h - Creates a model's module --------------------------------===//

#ifndef GPTC_COMPILER_IMPORT_MODULE_H
#define GPTC_COMPILER_IMPORT_MODULE_H

#include "compiler/checkpoint/Checkpoint.h"
#include "compiler/import/Config.h"
#include "mlir/IR/OwningOpRef.h"

namespace gptc {

/// The description of a model that its files give.
struct ImportedModel {
  std::string name;
  /// The absolute path of its folder.
  std::string directory;
  Config config;
  /// Null if there is only a configuration.
  const Checkpoint *checkpoint = nullptr;
  /// Null if the model has none.
  gpt::SourceAttr tokenizer = {};
  gpt::ChatAttr chat = {};
};

/// Creates the model's module of the phase `graph`.
llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>>
makeModule(const ImportedModel &model, mlir::MLIRContext &context);

/// Loads the dialects of such a module, which creating its attributes requires.
void loadDialects(mlir::MLIRContext &context);

} // namespace gptc

#endif // GPTC_COMPILER_IMPORT_MODULE_H
