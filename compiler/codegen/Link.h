//===- Link.h - Object to executable, in process --------------------------===//

#ifndef GPTC_COMPILER_CODEGEN_LINK_H
#define GPTC_COMPILER_CODEGEN_LINK_H

#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"
#include <memory>
#include <string>

namespace gptc {

class Target;

/// The folder lib/gptc beside the tool's bin folder: a subfolder for each
/// target with the runtime and what else linking needs. `anchor` is any
/// function of the tool.
std::string findResourceFolder(const char *argv0, void *anchor);

/// Links the object code of a model with the runtime into a program that needs
/// libc and nothing else. The same object gives the same bytes.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
linkProgram(llvm::StringRef object, const Target &target,
            llvm::StringRef resourceFolder);

} // namespace gptc

#endif // GPTC_COMPILER_CODEGEN_LINK_H
