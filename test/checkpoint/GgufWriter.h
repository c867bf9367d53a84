//===- GgufWriter.h - Creates GGUF files for tests ------------------------===//

#ifndef GPTC_TEST_CHECKPOINT_GGUFWRITER_H
#define GPTC_TEST_CHECKPOINT_GGUFWRITER_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/MathExtras.h"

#include <cstring>
#include <string>
#include <vector>

namespace gptc {

/// Returns the bytes of a number, little-endian.
template <typename T>
std::string bytesOf(T value) {
  std::string bytes(sizeof(T), 0);
  std::memcpy(bytes.data(), &value, sizeof(T));
  return bytes;
}

/// Returns a text in the file's format: its length, then its bytes.
inline std::string ggufText(llvm::StringRef text) {
  return bytesOf<uint64_t>(text.size()) + text.str();
}

/// Writes files by GGUF's specification (github.com/ggml-org/ggml,
/// docs/gguf.md); tests may also write malformed ones. Types are numbers: those
/// of metadata as in Gguf.h, those of tensors as in ggml.h.
struct GgufWriter {
  uint32_t version = 3;
  uint64_t alignment = 32;
  std::string keys, tensors, data;
  uint64_t keyCount = 0, tensorCount = 0;

  /// Adds a key; `value` holds the bytes after the type.
  GgufWriter &key(llvm::StringRef name, uint32_t type,
                  const std::string &value) {
    keys += ggufText(name) + bytesOf(type) + value;
    ++keyCount;
    return *this;
  }
  GgufWriter &u32(llvm::StringRef name, uint32_t value) {
    return key(name, 4, bytesOf(value));
  }
  GgufWriter &f32(llvm::StringRef name, float value) {
    return key(name, 6, bytesOf(value));
  }
  GgufWriter &text(llvm::StringRef name, llvm::StringRef value) {
    return key(name, 8, ggufText(value));
  }
  GgufWriter &array(llvm::StringRef name, uint32_t type, uint64_t count,
                    const std::string &values) {
    return key(name, 9, bytesOf(type) + bytesOf(count) + values);
  }

  /// Adds an entry to the table of tensors; `shape` is row-major.
  GgufWriter &entry(llvm::StringRef name, std::vector<uint64_t> shape,
                    uint32_t type, uint64_t offset) {
    tensors += ggufText(name) + bytesOf<uint32_t>(shape.size());
    for (auto size = shape.rbegin(); size != shape.rend(); ++size)
      tensors += bytesOf(*size);
    tensors += bytesOf(type) + bytesOf(offset);
    ++tensorCount;
    return *this;
  }

  /// Adds a tensor and appends its data.
  GgufWriter &tensor(llvm::StringRef name, std::vector<uint64_t> shape,
                     uint32_t type, llvm::StringRef bytes) {
    entry(name, std::move(shape), type, data.size());
    data += bytes;
    data.resize(llvm::alignTo(data.size(), alignment));
    return *this;
  }

  std::string file() const {
    std::string bytes = "GGUF" + bytesOf(version) + bytesOf(tensorCount) +
                        bytesOf(keyCount) + keys + tensors;
    bytes.resize(llvm::alignTo(bytes.size(), alignment));
    return bytes + data;
  }
};

} // namespace gptc

#endif // GPTC_TEST_CHECKPOINT_GGUFWRITER_H
