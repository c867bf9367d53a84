//===- Input.h - Reads untrusted files ------------------------------------===//

#ifndef GPTC_COMPILER_CHECKPOINT_INPUT_H
#define GPTC_COMPILER_CHECKPOINT_INPUT_H

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"

namespace gptc {

/// Returns the error "PATH: WHAT: found FOUND, expected EXPECTED".
llvm::Error inputError(const llvm::Twine &path, const llvm::Twine &what,
                       const llvm::Twine &found, const llvm::Twine &expected);

/// Maps a regular file read-only. Its bytes are not NUL-terminated. Sets
/// `mapped`, if not null, to the state of the file that was mapped.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
mapFile(const llvm::Twine &path, llvm::sys::fs::file_status *mapped = nullptr);

/// Refuses a file that another has replaced, or that was written to, since it
/// was `mapped`.
llvm::Error checkUnchanged(const llvm::Twine &path,
                           const llvm::sys::fs::file_status &mapped);

std::string joinPath(llvm::StringRef directory, llvm::StringRef file);

/// Parses the JSON text of the file at `path`. The nesting is bounded, since
/// the parser recurses, and a duplicate key in an object is an error, since the
/// parser would keep the last one.
llvm::Expected<llvm::json::Value> parseJson(llvm::StringRef text,
                                            const llvm::Twine &path);

/// Quotes a text of any bytes for a one-line message.
std::string quoted(llvm::StringRef text);

/// Formats a value, or null for a missing one, for a one-line message.
std::string describe(const llvm::json::Value *value);

} // namespace gptc

#endif // GPTC_COMPILER_CHECKPOINT_INPUT_H
