//===- Tokenizer.h - Find and compile a model's tokenizer -----------------===//

#ifndef GPTC_COMPILER_TOKENIZER_TOKENIZER_H
#define GPTC_COMPILER_TOKENIZER_TOKENIZER_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <optional>
#include <string>
#include <vector>

namespace gptc {

/// The file in the folder `directory` that a tokenizer starts with:
/// "tokenizer.json", else "tokenizer.model", else "vocab.json" (beside which
/// "merges.txt" must lie), else none.
llvm::Expected<std::optional<std::string>>
findTokenizer(llvm::StringRef directory);

/// Reads the tokenizer of `file`, one that findTokenizer found or a GGUF file,
/// and lays it out for the runtime (runtime/text/TokenizerFormat.h). What would
/// make other ids than Hugging Face's tokenizers, or for GGUF llama.cpp, is
/// refused, never passed over.
llvm::Expected<std::vector<char>> compileTokenizer(llvm::StringRef directory,
                                                   llvm::StringRef file);

} // namespace gptc

#endif // GPTC_COMPILER_TOKENIZER_TOKENIZER_H
