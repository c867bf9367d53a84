//===- OutputFile.cpp - A file that appears when it is complete -----------===//

#include "compiler/codegen/OutputFile.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Errno.h"
#include "llvm/Support/raw_ostream.h"
#include <fcntl.h>
#include <unistd.h>

using namespace llvm;

namespace gptc {

static Error cannotWrite(StringRef path, const Twine &why) {
  return createStringError("cannot write '" + path + "': " + why);
}

Expected<OutputFile> OutputFile::create(StringRef path, Mode mode) {
  // Of a link, finish replaces what it leads to.
  SmallString<128> resolved;
  if (sys::fs::real_path(path, resolved))
    resolved = path;
  sys::fs::file_status status;
  if (!sys::fs::status(resolved, status) && !sys::fs::is_regular_file(status))
    return cannotWrite(path, sys::fs::is_directory(status)
                                 ? "it is a folder"
                                 : "it is not a regular file");

  unsigned permissions = sys::fs::all_read | sys::fs::all_write;
  if (mode == Mode::executable)
    permissions |= sys::fs::all_exe;
  auto file = sys::fs::TempFile::create(resolved + ".%%%%%%%%", permissions);
  if (!file)
    return cannotWrite(path, toString(file.takeError()));
  return OutputFile(resolved, std::move(*file));
}

OutputFile::~OutputFile() {
  if (file)
    consumeError(file->discard()); // an error has been reported before
}

OutputFile::OutputFile(OutputFile &&other)
    : path(std::move(other.path)),
      file(std::exchange(other.file, std::nullopt)) {}

Error OutputFile::reserve(uint64_t size) {
  int code = size <= INT64_MAX ? posix_fallocate(file->FD, 0, size) : EFBIG;
  return code ? cannotWrite(path, sys::StrError(code)) : Error::success();
}

Error OutputFile::write(uint64_t offset, ArrayRef<char> bytes) const {
  while (!bytes.empty()) {
    ssize_t written = sys::RetryAfterSignal(-1, pwrite, file->FD, bytes.data(),
                                            bytes.size(), offset);
    if (written < 0)
      return cannotWrite(path, sys::StrError());
    bytes = bytes.drop_front(written);
    offset += written;
  }
  return Error::success();
}

Error OutputFile::finish() {
  Error error = file->keep(path);
  file.reset();
  return error ? cannotWrite(path, toString(std::move(error)))
               : Error::success();
}

Error writeFile(StringRef path, StringRef bytes, OutputFile::Mode mode) {
  sys::fs::file_status status;
  if (!sys::fs::status(path, status) && sys::fs::is_other(status)) {
    std::error_code code;
    raw_fd_ostream stream(path, code);
    stream << bytes;
    stream.close();
    if (!code)
      code = stream.error();
    stream.clear_error();
    return code ? cannotWrite(path, code.message()) : Error::success();
  }

  auto file = OutputFile::create(path, mode);
  if (!file)
    return file.takeError();
  if (Error error = file->write(0, arrayRefFromStringRef<char>(bytes)))
    return error;
  return file->finish();
}

} // namespace gptc
