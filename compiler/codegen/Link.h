//===- Link.h - Object to program or library, in process ------------------===//

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

/// Links them into a library that has the functions of runtime/gptc.h and no
/// other names: an archive, or a shared library that is called `name` where it
/// is needed.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
linkStaticLibrary(llvm::StringRef object, const Target &target,
                  llvm::StringRef resourceFolder);
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
linkSharedLibrary(llvm::StringRef object, const Target &target,
                  llvm::StringRef resourceFolder, llvm::StringRef name);

} // namespace gptc

#endif // GPTC_COMPILER_CODEGEN_LINK_H
