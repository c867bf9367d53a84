//===- Checkpoint.h - The files that hold a model's weights ---------------===//

#ifndef GPTC_COMPILER_CHECKPOINT_CHECKPOINT_H
#define GPTC_COMPILER_CHECKPOINT_CHECKPOINT_H

#include "compiler/checkpoint/Gguf.h"
#include "compiler/checkpoint/Safetensors.h"
#include "dialect/Gpt.h"
#include "llvm/ADT/StringMap.h"

#include <variant>

namespace gptc {

/// Returns a tensor's name in a plan with its `*` replaced by the layer's
/// number.
std::string getTensorName(llvm::StringRef pattern, int64_t layer);

/// Returns f32, f16, bf16 or a block type, or null for types that no weight can
/// be stored in.
mlir::Type getElementType(const StoredTensor &tensor,
                          mlir::MLIRContext *context);

/// Returns a tensor's type and shape for a message, as in F32 [40, 120].
std::string describe(const StoredTensor &tensor);
std::string describe(llvm::ArrayRef<int64_t> shape);

/// A file of tensors, GGUF if its name ends in .gguf, else safetensors.
class CheckpointFile {
public:
  static llvm::Expected<CheckpointFile> open(llvm::StringRef path);

  llvm::StringRef getPath() const {
    return std::visit([](auto &file) { return file.getPath(); }, file);
  }
  llvm::ArrayRef<StoredTensor> getTensors() const {
    return std::visit([](auto &file) { return file.getTensors(); }, file);
  }
  /// Returns the header, which describes the file's tensors and their offsets.
  llvm::StringRef getHeader() const {
    return std::visit([](auto &file) { return file.getHeader(); }, file);
  }
  llvm::StringRef getContent() const {
    return std::visit([](auto &file) { return file.getContent(); }, file);
  }
  /// Checks that the file has not changed since it was opened.
  llvm::Error checkUnchanged() const;
  /// Returns null for a safetensors file.
  const GgufFile *getGguf() const { return std::get_if<GgufFile>(&file); }

private:
  template <typename File>
  explicit CheckpointFile(File file) : file(std::move(file)) {}

  std::variant<SafetensorsFile, GgufFile> file;
};

/// The tensors of a model's files, which stay mapped as long as the object
/// lives.
class Checkpoint {
public:
  static llvm::Expected<Checkpoint> open(llvm::StringRef directory,
                                         llvm::ArrayRef<std::string> files);

  /// Opens the model's sources in `directory`. Fails if a file's header has
  /// changed since the module was made. A caller that reads the contents
  /// compares them with takeContentHashes.
  static llvm::Expected<Checkpoint> open(gpt::ModelOp model,
                                         llvm::StringRef directory);

  llvm::ArrayRef<CheckpointFile> getFiles() const { return files; }

  std::vector<const StoredTensor *> getTensors() const;

  /// Returns the tensor of this name, or null.
  const StoredTensor *find(llvm::StringRef name) const;

  /// Returns the file that has the tensor of this name, or null.
  const CheckpointFile *findFile(llvm::StringRef name) const;

  /// Returns the path that an error about a tensor starts with: its file, or
  /// the directory if no file has the tensor.
  std::string getPath(llvm::StringRef tensor) const;

private:
  std::string directory;
  std::vector<CheckpointFile> files;
  struct Place {
    size_t file, tensor;
  };
  llvm::StringMap<Place> places;
};

/// Returns the content hash of each file of `checkpoint`.
std::vector<std::string> hashContents(const Checkpoint &checkpoint);

/// Compares `hashes`, the content hashes of the files of `checkpoint`, with
/// those in the sources of `model`, which `checkpoint` was opened from, and
/// adds the hash to a source that has none. Fails if a file has changed since
/// the module was made.
llvm::Error takeContentHashes(gpt::ModelOp model, const Checkpoint &checkpoint,
                              llvm::ArrayRef<std::string> hashes);

} // namespace gptc

#endif // GPTC_COMPILER_CHECKPOINT_CHECKPOINT_H
