//===- TensorFiles.h - Writes NPY and safetensors files ---------*- C++ -*-===//

#ifndef GPTC_COMPILER_TENSORFILES_H
#define GPTC_COMPILER_TENSORFILES_H

#include "dialect/Interpreter.h"

namespace gptc {

/// Writes a matrix in the format in which a program writes its logits.
llvm::Error writeNpy(llvm::StringRef path, const Tensor &matrix);

/// Writes a safetensors file of float32 tensors.
llvm::Error
writeSafetensors(llvm::StringRef path,
                 llvm::ArrayRef<std::pair<std::string, Tensor>> tensors);

} // namespace gptc

#endif // GPTC_COMPILER_TENSORFILES_H
