//===- Support.h - Creates checkpoints for tests --------------------------===//

#ifndef GPTC_TEST_CHECKPOINT_SUPPORT_H
#define GPTC_TEST_CHECKPOINT_SUPPORT_H

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

#include <map>
#include <random>

namespace gptc {

/// A temporary folder that is removed with the object.
class TemporaryFolder {
public:
  TemporaryFolder() {
    EXPECT_FALSE(llvm::sys::fs::createUniqueDirectory("gptc-import", folder));
  }
  ~TemporaryFolder() { llvm::sys::fs::remove_directories(folder); }

  std::string path(llvm::StringRef file = "") const {
    llvm::SmallString<128> result(folder);
    if (!file.empty())
      llvm::sys::path::append(result, file);
    return result.str().str();
  }

  /// Writes a file and returns its path.
  std::string write(llvm::StringRef file, llvm::StringRef bytes) const {
    std::error_code code;
    llvm::raw_fd_ostream(path(file), code) << bytes;
    EXPECT_FALSE(code) << code.message();
    return path(file);
  }

private:
  llvm::SmallString<128> folder;
};

/// Returns the bytes of a safetensors file with this header.
inline std::string safetensors(llvm::StringRef header, llvm::StringRef data) {
  std::string bytes(8, 0);
  llvm::support::endian::write64le(bytes.data(), header.size());
  return bytes + (header + data).str();
}

struct TestTensor {
  std::string type;
  std::vector<int64_t> shape;
  std::string bytes;
};

using TestTensors = std::map<std::string, TestTensor>;

inline std::string safetensors(const TestTensors &tensors) {
  llvm::json::Object header;
  std::string data;
  for (const auto &[name, tensor] : tensors) {
    size_t begin = data.size();
    data += tensor.bytes;
    header[name] = llvm::json::Object{
        {"dtype", tensor.type},
        {"shape", llvm::json::Array(tensor.shape)},
        {"data_offsets", llvm::json::Array{begin, data.size()}}};
  }
  return safetensors(
      llvm::formatv("{0}", llvm::json::Value(std::move(header))).str(), data);
}

/// Returns a tensor of random finite numbers, of type F32, F16 or BF16.
inline TestTensor randomTensor(llvm::StringRef type, std::vector<int64_t> shape,
                               std::mt19937 &random) {
  size_t elementBytes = type == "F32" ? 4 : 2, count = 1;
  for (int64_t size : shape)
    count *= size;
  TestTensor tensor{type.str(), shape, std::string(count * elementBytes, 0)};
  std::normal_distribution<float> normal;
  for (size_t i = 0; i < count; ++i) {
    if (type == "F16") {
      // Covers every sign, mantissa and exponent but infinity's; also
      // subnormals.
      uint16_t bits = random() % 0x7C00 | (random() % 2 << 15);
      std::memcpy(&tensor.bytes[2 * i], &bits, 2);
      continue;
    }
    float value = normal(random);
    std::memcpy(&tensor.bytes[elementBytes * i],
                reinterpret_cast<const char *>(&value) + 4 - elementBytes,
                elementBytes);
  }
  return tensor;
}

/// Returns the error's message, which must be one line, or "" for success.
inline std::string messageOf(llvm::Error error) {
  std::string message = llvm::toString(std::move(error));
  EXPECT_EQ(message.find('\n'), std::string::npos) << message;
  return message;
}

} // namespace gptc

#endif // GPTC_TEST_CHECKPOINT_SUPPORT_H
