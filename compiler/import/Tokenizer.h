//===- Tokenizer.h - Read the tokenizer of a Hugging Face folder ----------===//

#ifndef GPTC_COMPILER_IMPORT_TOKENIZER_H
#define GPTC_COMPILER_IMPORT_TOKENIZER_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <optional>
#include <string>
#include <vector>

namespace gptc {

/// The file in `directory` that a tokenizer starts with: "tokenizer.json", else
/// "vocab.json" (beside which "merges.txt" must lie), else none.
llvm::Expected<std::optional<std::string>>
findTokenizer(llvm::StringRef directory);

/// Reads the tokenizer that findTokenizer found and lays it out for the runtime
/// (runtime/TokenizerFormat.h). What would make other ids than Hugging Face's
/// tokenizers is refused, never passed over.
llvm::Expected<std::vector<char>> compileTokenizer(llvm::StringRef directory,
                                                   llvm::StringRef file);

} // namespace gptc

#endif // GPTC_COMPILER_IMPORT_TOKENIZER_H
