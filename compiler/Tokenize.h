//===- Tokenize.h - gptc --tokenize and --detokenize ----------------------===//

#ifndef GPTC_COMPILER_TOKENIZE_H
#define GPTC_COMPILER_TOKENIZE_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>

namespace llvm {
class raw_ostream;
}

namespace gptc {

/// A file that compileTokenizer takes.
struct TokenizerPlace {
  std::string directory, file;
};

/// The tokenizer of a folder, which need not be a model.
llvm::Expected<TokenizerPlace> placeTokenizer(llvm::StringRef directory);

/// Writes the ids of the bytes of `inputFile` ("-": stdin) joined by commas,
/// then a newline. Special tokens in the text are recognised; none is added.
llvm::Error tokenizeFile(const TokenizerPlace &place, llvm::StringRef inputFile,
                         llvm::raw_ostream &out);

/// Reads such a line and writes the bytes that the ids stand for. Special
/// tokens write their text, so what was tokenized comes back whole, as far as
/// the tokenizer does not normalize it.
llvm::Error detokenizeFile(const TokenizerPlace &place,
                           llvm::StringRef inputFile, llvm::raw_ostream &out);

} // namespace gptc

#endif // GPTC_COMPILER_TOKENIZE_H
