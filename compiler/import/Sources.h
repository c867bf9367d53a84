//===- Sources.h - Tell whether a file is still the one that was read -----===//

#ifndef GPTC_COMPILER_IMPORT_SOURCES_H
#define GPTC_COMPILER_IMPORT_SOURCES_H

#include "dialect/Gpt.h"
#include "llvm/Support/Error.h"

namespace gptc {

class Checkpoint;

/// XXH3-128, in hexadecimal.
std::string hashBytes(llvm::StringRef bytes);

/// The hash of the hashes of chunks, made on all cores.
std::string hashContent(llvm::StringRef bytes);

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

/// Writes the content hashes that the model's sources have not got, which
/// `checkpoint` was opened from, into `model`.
void fillContentHashes(gpt::ModelOp model, const Checkpoint &checkpoint);

/// Refuses a source that would leave its directory.
llvm::Error checkFileName(gpt::SourceAttr source);

/// The error of a file at `path` whose `part` hashes to `found` instead of
/// `expected`.
llvm::Error checkHash(llvm::StringRef path, llvm::StringRef part,
                      llvm::StringRef expected, llvm::StringRef found);

} // namespace gptc

#endif // GPTC_COMPILER_IMPORT_SOURCES_H
