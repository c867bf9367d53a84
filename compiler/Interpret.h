//===- Interpret.h - Implements gptc --interpret ----------------*- C++ -*-===//

#ifndef GPTC_COMPILER_INTERPRET_H
#define GPTC_COMPILER_INTERPRET_H

#include "dialect/Interpreter.h"

namespace gptc {

/// Parses token ids separated by `,`, each below `vocabulary`.
llvm::Expected<std::vector<int32_t>> parseTokens(llvm::StringRef text,
                                                 int64_t vocabulary);

/// Runs `module`, of a phase from `graph` to `packed`, on one sequence of at
/// least one token, from position 0. Writes a row of logits per token to
/// `logitsFile` (NPY) and the result of every named op to `activationsFile`
/// (safetensors); an empty name means no file.
llvm::Error interpretModel(mlir::ModuleOp module, WeightReader readWeight,
                           llvm::ArrayRef<int32_t> tokens,
                           llvm::StringRef logitsFile,
                           llvm::StringRef activationsFile);

} // namespace gptc

#endif // GPTC_COMPILER_INTERPRET_H
