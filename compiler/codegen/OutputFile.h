//===- OutputFile.h - A file that appears when it is complete -------------===//

#ifndef GPTC_COMPILER_CODEGEN_OUTPUTFILE_H
#define GPTC_COMPILER_CODEGEN_OUTPUTFILE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/FileSystem.h"
#include <optional>
#include <string>

namespace gptc {

/// As TempFile::create, but a signal in the middle leaves no file either.
llvm::Expected<llvm::sys::fs::TempFile>
createTemporary(const llvm::Twine &model,
                unsigned permissions = llvm::sys::fs::all_read |
                                       llvm::sys::fs::all_write);
/// `gptc-%%%%%%%%` and `suffix` in the system's folder for temporary files.
llvm::Expected<llvm::sys::fs::TempFile>
createSystemTemporary(llvm::StringRef suffix);

/// Bytes go to a temporary file beside `path`; finish gives it the name.
/// Without finish, or when a signal ends the process, nothing is left.
class OutputFile {
public:
  enum class Mode { data, executable };

  /// `path` is free or a regular file, which finish replaces.
  static llvm::Expected<OutputFile> create(llvm::StringRef path, Mode mode);
  OutputFile(OutputFile &&);
  ~OutputFile();

  /// Takes `size` > 0 bytes of disk now, all zero, rather than fail later.
  llvm::Error reserve(uint64_t size);
  /// Threads may write at once.
  llvm::Error write(uint64_t offset, llvm::ArrayRef<char> bytes) const;
  llvm::Error finish();

private:
  OutputFile(llvm::StringRef path, llvm::sys::fs::TempFile file)
      : path(path), file(std::move(file)) {}

  std::string path;
  std::optional<llvm::sys::fs::TempFile> file;
};

/// Writes a whole file. `path` may also name a device or a pipe.
llvm::Error writeFile(llvm::StringRef path, llvm::StringRef bytes,
                      OutputFile::Mode mode = OutputFile::Mode::data);

} // namespace gptc

#endif // GPTC_COMPILER_CODEGEN_OUTPUTFILE_H
