//===- Config.h - Reads config.json ---------------------------------------===//

#ifndef GPTC_COMPILER_IMPORT_CONFIG_H
#define GPTC_COMPILER_IMPORT_CONFIG_H

#include "compiler/import/Families.h"
#include "llvm/Support/Error.h"

namespace gptc {

/// The contents of config.json.
struct Config {
  std::string path;
  const Family *family;
  Hyperparameters hyperparameters;
  /// The element type of weights, for a model without a checkpoint.
  mlir::Type elementType;
};

llvm::Expected<Config> readConfig(llvm::StringRef path,
                                  mlir::MLIRContext &context);

/// Adds the tokens that end a text in generation_config.json, where chat models
/// list theirs, to those of config.json.
llvm::Error readGenerationConfig(llvm::StringRef path, Hyperparameters &result);

} // namespace gptc

#endif // GPTC_COMPILER_IMPORT_CONFIG_H
