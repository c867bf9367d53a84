//===- Input.h - Read files that nobody vouches for -----------------------===//

#ifndef GPTC_COMPILER_CHECKPOINT_INPUT_H
#define GPTC_COMPILER_CHECKPOINT_INPUT_H

#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"

namespace gptc {

/// PATH: WHAT: found FOUND, expected EXPECTED
llvm::Error inputError(const llvm::Twine &path, const llvm::Twine &what,
                       const llvm::Twine &found, const llvm::Twine &expected);

/// Maps a regular file read-only; no NUL follows its bytes.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
mapFile(const llvm::Twine &path);

std::string joinPath(llvm::StringRef directory, llvm::StringRef file);

/// Parses the JSON of the file at `path`. Nesting is bounded, since the parser
/// recurses, and a key that stands twice in an object is refused, since the
/// parser would keep the last.
llvm::Expected<llvm::json::Value> parseJson(llvm::StringRef text,
                                            const llvm::Twine &path);

/// Any bytes, in quotes, as part of a one-line message.
std::string quoted(llvm::StringRef text);

/// A value, or null where there is none, as part of a one-line message.
std::string describe(const llvm::json::Value *value);

} // namespace gptc

#endif // GPTC_COMPILER_CHECKPOINT_INPUT_H
