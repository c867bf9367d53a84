//===- Gguf.h - Reads GGUF files ------------------------------------------===//

#ifndef GPTC_COMPILER_CHECKPOINT_GGUF_H
#define GPTC_COMPILER_CHECKPOINT_GGUF_H

#include "compiler/checkpoint/Safetensors.h"
#include "llvm/ADT/MapVector.h"

#include <optional>

namespace gptc {

/// The types of metadata values; the enumerators equal the numbers in the file.
enum class GgufType : uint32_t {
  u8,
  i8,
  u16,
  i16,
  u32,
  i32,
  f32,
  boolean,
  string,
  array,
  u64,
  i64,
  f64
};

/// A metadata value as stored in the file: a single value or an array.
struct GgufValue {
  /// The type of each element; never GgufType::array.
  GgufType type;
  bool isArray;
  uint64_t count;
  llvm::StringRef bytes;
};

/// An array of numbers that is read in place. `T` is int64_t for integers of
/// any width, or double for numbers of any type.
template <typename T>
class GgufArray {
public:
  explicit GgufArray(const GgufValue &value) : value(value) {}
  size_t size() const { return value.count; }
  T operator[](size_t index) const;

private:
  GgufValue value;
};

/// A mapped GGUF file: metadata, the table of tensors, the data
/// (github.com/ggml-org/ggml, docs/gguf.md). Supports versions 2 and 3,
/// little-endian, without arrays of arrays.
class GgufFile {
public:
  static llvm::Expected<GgufFile> open(const llvm::Twine &path);

  llvm::StringRef getPath() const { return path; }
  /// Returns the tensors in the order of their data. Shapes are row-major,
  /// which reverses the file's order. Types have ggml's names, such as "Q4_K".
  llvm::ArrayRef<StoredTensor> getTensors() const { return tensors; }
  /// Returns all bytes before the tensors' data: the metadata and the table of
  /// tensors.
  llvm::StringRef getHeader() const {
    return buffer->getBuffer().take_front(headerEnd);
  }
  llvm::StringRef getContent() const { return buffer->getBuffer(); }
  /// Of the file when it was mapped.
  const llvm::sys::fs::file_status &getStatus() const { return status; }

  /// Returns keys and values in the order of the file.
  const llvm::MapVector<llvm::StringRef, GgufValue> &getMetadata() const {
    return metadata;
  }

  /// Returns the value of `key`, or nothing if it is absent. A value of another
  /// type is an error that names the file and the key. `T` is StringRef, bool,
  /// int64_t (from integers of any width), double (from any number),
  /// std::vector<StringRef>, GgufArray<int64_t> or GgufArray<double>. Texts are
  /// views of the file and may hold any bytes.
  template <typename T>
  llvm::Expected<std::optional<T>> find(llvm::StringRef key) const;

  /// Returns the same; an absent key is an error.
  template <typename T>
  llvm::Expected<T> get(llvm::StringRef key) const {
    auto value = find<T>(key);
    if (!value)
      return value.takeError();
    if (!*value)
      return missing(key);
    return std::move(**value);
  }

private:
  llvm::Error missing(llvm::StringRef key) const;
  llvm::Error readTables();
  llvm::Error checkOverlap() const;

  std::string path;
  std::unique_ptr<llvm::MemoryBuffer> buffer;
  llvm::sys::fs::file_status status;
  size_t headerEnd = 0;
  llvm::MapVector<llvm::StringRef, GgufValue> metadata;
  std::vector<StoredTensor> tensors;
};

/// Formats a value for a one-line message.
std::string describe(const GgufValue &value);

} // namespace gptc

#endif // GPTC_COMPILER_CHECKPOINT_GGUF_H
