//===- Model.h - The model that gptc was given ----------------------------===//

#ifndef GPTC_COMPILER_MODEL_H
#define GPTC_COMPILER_MODEL_H

#include "compiler/checkpoint/Checkpoint.h"
#include "mlir/IR/OwningOpRef.h"

namespace gptc {

/// Adds the dialects that a module holds at any phase.
void registerDialects(mlir::DialectRegistry &registry);

/// A module, and the checkpoint that its weights and its tokenizer are in.
class Model {
public:
  /// `path` is a Hugging Face folder, a .gguf file, a config.json or a file of
  /// IR; it is IR, whatever its name, if `isDump`. `weightsFolder`, if not empty, is where
  /// the checkpoint of IR lies now. Where IR is wrong, `context` has been told.
  static llvm::Expected<Model> load(llvm::StringRef path, bool isDump,
                                    llvm::StringRef weightsFolder,
                                    mlir::MLIRContext &context);

  mlir::ModuleOp getModule() const { return *module; }
  gpt::ModelOp getOp() const { return gpt::getModel(*module); }
  /// Where the checkpoint lies.
  llvm::StringRef getFolder() const { return folder; }

  /// A config.json alone gives a model without weights.
  bool hasWeights() const { return !getOp().getSources().empty(); }

  /// Opens the checkpoint, once, and refuses one whose headers have changed.
  llvm::Expected<const Checkpoint *> getCheckpoint();

  /// Takes the content hashes of the checkpoint's files: refuses a checkpoint
  /// that has changed and writes those that the module has not got into it.
  llvm::Error takeContentHashes(llvm::ArrayRef<std::string> hashes);

  /// Makes them, which reads the files, and takes them if the module has not got
  /// all of them.
  llvm::Error fillContentHashes();

  /// The same if the module has some.
  llvm::Error checkContent();

  /// The file in the folder that the tokenizer starts with, which must not
  /// have changed; none if the model has no tokenizer.
  llvm::Expected<std::optional<std::string>> findTokenizer() const;

private:
  llvm::Error makeContentHashes();

  std::string path, folder;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::optional<Checkpoint> checkpoint;
};

/// The name of the model at `path`: of its folder, or of its file without the
/// extension.
std::string getModelName(llvm::StringRef path);

} // namespace gptc

#endif // GPTC_COMPILER_MODEL_H
