//===- Model.h - A module with its checkpoint -----------------------------===//

#ifndef GPTC_COMPILER_MODEL_H
#define GPTC_COMPILER_MODEL_H

#include "compiler/checkpoint/Checkpoint.h"
#include "mlir/IR/OwningOpRef.h"

namespace gptc {

/// Registers the dialects of all phases.
void registerDialects(mlir::DialectRegistry &registry);

/// A module and the checkpoint that holds its weights and its tokenizer.
class Model {
public:
  /// Loads the model at `path`, a Hugging Face folder, a .gguf file, a
  /// config.json or a file of IR. If `isDump`, it is IR whatever its name.
  /// `weightsFolder`, if not empty, is the folder that holds the checkpoint of
  /// the IR now. `context` reports errors in the IR.
  static llvm::Expected<Model> load(llvm::StringRef path, bool isDump,
                                    llvm::StringRef weightsFolder,
                                    mlir::MLIRContext &context);

  mlir::ModuleOp getModule() const { return *module; }
  gpt::ModelOp getOp() const { return gpt::getModel(*module); }
  /// Returns the folder that holds the checkpoint.
  llvm::StringRef getFolder() const { return folder; }

  /// Returns false for a model that was loaded from a config.json alone.
  bool hasWeights() const { return !getOp().getSources().empty(); }

  /// Returns the checkpoint, which the first call opens. Fails if headers of
  /// its files have changed.
  llvm::Expected<const Checkpoint *> getCheckpoint();

  /// Compares `hashes`, the content hashes of the checkpoint's files, with
  /// those in the module, and adds those that the module lacks. Fails if a file
  /// has changed.
  llvm::Error takeContentHashes(llvm::ArrayRef<std::string> hashes);

  /// If the module lacks a content hash, reads the files to compute all of them
  /// and calls takeContentHashes().
  llvm::Error fillContentHashes();

  /// Does the same if the module has a content hash.
  llvm::Error checkContent();

  /// Returns the name of the tokenizer's first file in the folder, or nothing
  /// for a model without a tokenizer. Fails if the file has changed.
  llvm::Expected<std::optional<std::string>> findTokenizer() const;

private:
  llvm::Error makeContentHashes();

  std::string path, folder;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::optional<Checkpoint> checkpoint;
};

/// Returns the name of the model at `path`: the name of its folder, or of its
/// file without the extension.
std::string getModelName(llvm::StringRef path);

} // namespace gptc

#endif // GPTC_COMPILER_MODEL_H
