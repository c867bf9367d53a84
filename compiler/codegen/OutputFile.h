//===- OutputFile.h - Writes files atomically -----------------------------===//

#ifndef GPTC_COMPILER_CODEGEN_OUTPUTFILE_H
#define GPTC_COMPILER_CODEGEN_OUTPUTFILE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/FileSystem.h"
#include <optional>
#include <string>

namespace gptc {

/// Does the same as TempFile::create, but also removes the file on a signal.
llvm::Expected<llvm::sys::fs::TempFile>
createTemporary(const llvm::Twine &model,
                unsigned permissions = llvm::sys::fs::all_read |
                                       llvm::sys::fs::all_write);
/// Creates `gptc-%%%%%%%%` plus `suffix` in the system's temporary folder.
llvm::Expected<llvm::sys::fs::TempFile>
createSystemTemporary(llvm::StringRef suffix);

/// Writes to a temporary file beside `path`, which finish() renames to `path`.
/// Without finish(), or if a signal ends the process, no file is left.
class OutputFile {
public:
  enum class Mode { data, executable };

  /// `path` must not exist or be a regular file, which finish() replaces.
  static llvm::Expected<OutputFile> create(llvm::StringRef path, Mode mode);
  OutputFile(OutputFile &&);
  ~OutputFile();

  /// Allocates `size` > 0 zero bytes on disk, so that a full disk fails early.
  llvm::Error reserve(uint64_t size);
  /// Writes `bytes` at `offset`. Several threads may write at once.
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
