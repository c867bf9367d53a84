//===- Source.h - The files that a tokenizer was read from ----------------===//

#ifndef GPTC_COMPILER_TOKENIZER_SOURCE_H
#define GPTC_COMPILER_TOKENIZER_SOURCE_H

#include "dialect/Gpt.h"
#include "llvm/Support/Error.h"

namespace gptc {

/// The source of the tokenizer in `directory` that starts with `file`. Its
/// header hash covers that whole file, and merges.txt where it is vocab.json;
/// of a GGUF file all before the tensors' data.
llvm::Expected<gpt::SourceAttr> makeTokenizerSource(mlir::MLIRContext &context,
                                                    llvm::StringRef directory,
                                                    llvm::StringRef file);

/// Refuses a tokenizer in `directory` that has changed since the module was
/// made.
llvm::Error checkTokenizer(gpt::TokenizerOp tokenizer,
                           llvm::StringRef directory);

} // namespace gptc

#endif // GPTC_COMPILER_TOKENIZER_SOURCE_H
