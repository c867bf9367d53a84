//===- Source.h - Hashes the files of a tokenizer -------------------------===//

#ifndef GPTC_COMPILER_TOKENIZER_SOURCE_H
#define GPTC_COMPILER_TOKENIZER_SOURCE_H

#include "dialect/Gpt.h"
#include "llvm/Support/Error.h"

namespace gptc {

/// Returns the source of the tokenizer in `directory` whose main file is
/// `file`. Its header hash covers that whole file, plus merges.txt for
/// vocab.json; of a GGUF file it covers the bytes before the tensors' data.
llvm::Expected<gpt::SourceAttr> makeTokenizerSource(mlir::MLIRContext &context,
                                                    llvm::StringRef directory,
                                                    llvm::StringRef file);

/// Returns an error if the tokenizer in `directory` has changed since the
/// module was created.
llvm::Error checkTokenizer(gpt::TokenizerOp tokenizer,
                           llvm::StringRef directory);

} // namespace gptc

#endif // GPTC_COMPILER_TOKENIZER_SOURCE_H
