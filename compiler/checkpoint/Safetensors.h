//===- Safetensors.h - A file of tensors ----------------------------------===//

#ifndef GPTC_COMPILER_CHECKPOINT_SAFETENSORS_H
#define GPTC_COMPILER_CHECKPOINT_SAFETENSORS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"

namespace gptc {

/// A tensor as it lies in its file, row-major and little-endian, at any
/// address.
struct StoredTensor {
  std::string name;
  /// The element type in the file's own spelling, such as "BF16".
  std::string type;
  llvm::SmallVector<int64_t, 2> shape;
  llvm::ArrayRef<char> bytes;
};

/// A safetensors file, mapped: the header's length (u64), the header (a JSON
/// object that says where each tensor stands), the data. As the format asks,
/// the tensors cover the data without a hole or an overlap
/// (github.com/huggingface/safetensors, README.md).
class SafetensorsFile {
public:
  static llvm::Expected<SafetensorsFile> open(const llvm::Twine &path);

  llvm::StringRef getPath() const { return path; }
  /// In the order of their data.
  llvm::ArrayRef<StoredTensor> getTensors() const { return tensors; }
  /// The length and the header: what says what stands where.
  llvm::StringRef getHeader() const {
    return buffer->getBuffer().take_front(headerEnd);
  }
  llvm::StringRef getContent() const { return buffer->getBuffer(); }

private:
  llvm::Error readHeader();
  llvm::Error readTensors();
  llvm::Error checkCoverage() const;

  std::string path;
  std::unique_ptr<llvm::MemoryBuffer> buffer;
  size_t headerEnd = 0;
  std::vector<StoredTensor> tensors;
};

} // namespace gptc

#endif // GPTC_COMPILER_CHECKPOINT_SAFETENSORS_H
