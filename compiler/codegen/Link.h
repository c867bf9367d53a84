//===- Link.h - Links a program or library in process ---------------------===//

#ifndef GPTC_COMPILER_CODEGEN_LINK_H
#define GPTC_COMPILER_CODEGEN_LINK_H

#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"
#include <memory>
#include <string>

namespace gptc {

class Target;

/// Returns the folder lib/gptc beside the tool's bin folder. It has a subfolder
/// for each target, with the runtime and all else that linking needs. `anchor`
/// is any function of the tool.
std::string findResourceFolder(const char *argv0, void *anchor);

/// Links the object code of a model with the runtime into a program that
/// depends only on libc. The same object gives the same bytes.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
linkProgram(llvm::StringRef object, const Target &target,
            llvm::StringRef resourceFolder);

/// Links the object code with the runtime into a library that exports only the
/// functions of runtime/gptc.h: an archive, or a shared library with the soname
/// `name`.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
linkStaticLibrary(llvm::StringRef object, const Target &target,
                  llvm::StringRef resourceFolder);
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
linkSharedLibrary(llvm::StringRef object, const Target &target,
                  llvm::StringRef resourceFolder, llvm::StringRef name);

} // namespace gptc

#endif // GPTC_COMPILER_CODEGEN_LINK_H
