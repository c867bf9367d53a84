//===- Tensors.h - The files that gptc-compare reads ------------*- C++ -*-===//

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

/// Numbers, row-major; files of this project keep them as float32.
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

/// A number, or a list of lists of numbers that are as long as one another.
llvm::Expected<Tensor> toTensor(const llvm::json::Value &value);

} // namespace gptc

#endif // GPTC_TEST_COMPARE_TENSORS_H
