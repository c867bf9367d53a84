//===- Tokenizer.h - Finds and compiles a model's tokenizer ---------------===//

#ifndef GPTC_COMPILER_TOKENIZER_TOKENIZER_H
#define GPTC_COMPILER_TOKENIZER_TOKENIZER_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <optional>
#include <string>
#include <vector>

namespace gptc {

/// Returns the main file of the tokenizer in the folder `directory`:
/// "tokenizer.json", else "tokenizer.model", else "vocab.json" (with
/// "merges.txt" in the same folder), else nothing.
llvm::Expected<std::optional<std::string>>
findTokenizer(llvm::StringRef directory);

/// Reads the tokenizer of `file`, which findTokenizer() has found or which is a
/// GGUF file, and lays it out for the runtime (runtime/text/TokenizerFormat.h).
/// A setting that would give other ids than in Hugging Face's tokenizers, or
/// for GGUF in llama.cpp, is an error and never ignored.
llvm::Expected<std::vector<char>> compileTokenizer(llvm::StringRef directory,
                                                   llvm::StringRef file);

} // namespace gptc

#endif // GPTC_COMPILER_TOKENIZER_TOKENIZER_H
