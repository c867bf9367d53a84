//===- Interpret.h - gptc --interpret ---------------------------*- C++ -*-===//

#ifndef GPTC_COMPILER_INTERPRET_H
#define GPTC_COMPILER_INTERPRET_H

#include "dialect/Interpreter.h"

namespace gptc {

/// Token ids joined by `,`, each below `vocabulary`.
llvm::Expected<std::vector<int32_t>> parseTokens(llvm::StringRef text,
                                                 int64_t vocabulary);

/// Runs `module`, of a phase from `graph` to `packed`, on one sequence of
/// one token or more, from position 0. Writes a row of logits per token to
/// `logitsFile` (NPY) and what every named op computed to `activationsFile`
/// (safetensors); an empty name asks for no file.
llvm::Error interpretModel(mlir::ModuleOp module, WeightReader readWeight,
                           llvm::ArrayRef<int32_t> tokens,
                           llvm::StringRef logitsFile,
                           llvm::StringRef activationsFile);

} // namespace gptc

#endif // GPTC_COMPILER_INTERPRET_H
