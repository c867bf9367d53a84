//===- Tokenize.h - Implements gptc --tokenize and --detokenize -----------===//

#ifndef GPTC_COMPILER_TOKENIZE_H
#define GPTC_COMPILER_TOKENIZE_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>

namespace llvm {
class raw_ostream;
}

namespace gptc {

/// The file of a tokenizer, in the form that compileTokenizer() takes.
struct TokenizerPlace {
  std::string directory, file;
};

/// Finds the tokenizer of a folder, which need not hold a model.
llvm::Expected<TokenizerPlace> placeTokenizer(llvm::StringRef directory);

/// Writes the ids of the bytes of `inputFile` ("-" means stdin) separated by
/// commas, then a newline. Special tokens in the text are recognized; none is
/// added.
llvm::Error tokenizeFile(const TokenizerPlace &place, llvm::StringRef inputFile,
                         llvm::raw_ostream &out);

/// Reads such a line and writes the text of the ids, including that of special
/// tokens. So it restores the tokenized text, unless the tokenizer normalizes
/// it.
llvm::Error detokenizeFile(const TokenizerPlace &place,
                           llvm::StringRef inputFile, llvm::raw_ostream &out);

} // namespace gptc

#endif // GPTC_COMPILER_TOKENIZE_H
