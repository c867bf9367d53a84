//===- Safetensors.h - Reads safetensors files ----------------------------===//

#ifndef GPTC_COMPILER_CHECKPOINT_SAFETENSORS_H
#define GPTC_COMPILER_CHECKPOINT_SAFETENSORS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"

namespace gptc {

/// A tensor as stored in its file: row-major, little-endian and unaligned.
struct StoredTensor {
  std::string name;
  /// The element type as the file spells it, such as "BF16".
  std::string type;
  llvm::SmallVector<int64_t, 2> shape;
  llvm::ArrayRef<char> bytes;
};

/// A mapped safetensors file: the header's length (u64), the header (a JSON
/// object with the place of each tensor), the data. As the format requires, the
/// tensors cover the data without gaps or overlaps
/// (github.com/huggingface/safetensors, README.md).
class SafetensorsFile {
public:
  static llvm::Expected<SafetensorsFile> open(const llvm::Twine &path);

  llvm::StringRef getPath() const { return path; }
  /// Returns the tensors in the order of their data.
  llvm::ArrayRef<StoredTensor> getTensors() const { return tensors; }
  /// Returns the length and the header, which describe the tensors.
  llvm::StringRef getHeader() const {
    return buffer->getBuffer().take_front(headerEnd);
  }
  llvm::StringRef getContent() const { return buffer->getBuffer(); }
  /// Of the file when it was mapped.
  const llvm::sys::fs::file_status &getStatus() const { return status; }

private:
  llvm::Error readHeader();
  llvm::Error readTensors();
  llvm::Error checkCoverage() const;

  std::string path;
  std::unique_ptr<llvm::MemoryBuffer> buffer;
  llvm::sys::fs::file_status status;
  size_t headerEnd = 0;
  std::vector<StoredTensor> tensors;
};

} // namespace gptc

#endif // GPTC_COMPILER_CHECKPOINT_SAFETENSORS_H
