//===- Sources.h - Tell whether a file is still the one that was read -----===//

#ifndef GPTC_COMPILER_CHECKPOINT_SOURCES_H
#define GPTC_COMPILER_CHECKPOINT_SOURCES_H

#include "dialect/Gpt.h"
#include "llvm/Support/Error.h"

namespace gptc {

/// XXH3-128, in hexadecimal.
std::string hashBytes(llvm::StringRef bytes);

/// The hash of the hashes of chunks, made on all cores.
std::string hashContent(llvm::StringRef bytes);

/// Refuses a source that would leave its directory.
llvm::Error checkFileName(gpt::SourceAttr source);

/// The error of a file at `path` whose `part` hashes to `found` instead of
/// `expected`.
llvm::Error checkHash(llvm::StringRef path, llvm::StringRef part,
                      llvm::StringRef expected, llvm::StringRef found);

} // namespace gptc

#endif // GPTC_COMPILER_CHECKPOINT_SOURCES_H
