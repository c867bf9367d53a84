//===- Config.h - Read config.json ----------------------------------------===//

#ifndef GPTC_COMPILER_IMPORT_CONFIG_H
#define GPTC_COMPILER_IMPORT_CONFIG_H

#include "compiler/import/Families.h"
#include "llvm/Support/Error.h"

namespace gptc {

/// What config.json says.
struct Config {
  std::string path;
  const Family *family;
  Hyperparameters hyperparameters;
  /// The element type of weights, for a model that has none yet.
  mlir::Type elementType;
};

llvm::Expected<Config> readConfig(llvm::StringRef path,
                                  mlir::MLIRContext &context);

/// Adds the tokens that end a text by generation_config.json, where models of
/// dialogue name theirs, to those of config.json.
llvm::Error readGenerationConfig(llvm::StringRef path, Hyperparameters &result);

} // namespace gptc

#endif // GPTC_COMPILER_IMPORT_CONFIG_H
