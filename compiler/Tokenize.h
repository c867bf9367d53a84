//===- Tokenize.h - gptc --tokenize and --detokenize ----------------------===//

#ifndef GPTC_COMPILER_TOKENIZE_H
#define GPTC_COMPILER_TOKENIZE_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace llvm {
class raw_ostream;
}

namespace gptc {

/// Writes the ids of the bytes of `inputFile` ("-": stdin) joined by commas,
/// then a newline. Special tokens in the text are recognised; none is added.
llvm::Error tokenizeFile(llvm::StringRef modelDirectory,
                         llvm::StringRef inputFile, llvm::raw_ostream &out);

/// Reads such a line and writes the bytes that the ids stand for. Special
/// tokens write their text, so what was tokenized comes back whole.
llvm::Error detokenizeFile(llvm::StringRef modelDirectory,
                           llvm::StringRef inputFile, llvm::raw_ostream &out);

} // namespace gptc

#endif // GPTC_COMPILER_TOKENIZE_H
