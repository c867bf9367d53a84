//===- Tensors.h - Reads the files of gptc-compare --------------*- C++ -*-===//

#ifndef GPTC_TEST_COMPARE_TENSORS_H
#define GPTC_TEST_COMPARE_TENSORS_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"
#include <map>
#include <string>
#include <vector>

namespace gptc {

/// A row-major tensor. The files of this project store it as float32.
struct Tensor {
  llvm::SmallVector<int64_t> shape;
  std::vector<double> values;

  int64_t columns() const { return shape.empty() ? 1 : shape.back(); }
  int64_t rows() const { return columns() ? values.size() / columns() : 0; }
};

llvm::Expected<Tensor> readNpy(llvm::StringRef path);
llvm::Expected<std::map<std::string, Tensor>>
readSafetensors(llvm::StringRef path);
llvm::Expected<llvm::json::Value> readJson(llvm::StringRef path);

/// Converts a number, or a list of lists of numbers, all of the same length.
llvm::Expected<Tensor> toTensor(const llvm::json::Value &value);

} // namespace gptc

#endif // GPTC_TEST_COMPARE_TENSORS_H
