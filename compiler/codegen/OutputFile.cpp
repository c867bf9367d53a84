//===- OutputFile.cpp - Writes files atomically ---------------------------===//

#include "compiler/codegen/OutputFile.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Errno.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/raw_ostream.h"
#include <fcntl.h>
#include <unistd.h>

using namespace llvm;
using sys::fs::TempFile;

namespace gptc {

Expected<TempFile> createTemporary(const Twine &model, unsigned permissions) {
  SmallString<128> path;
  sys::fs::createUniquePath(model, path, /*MakeAbsolute=*/false);
  sys::RemoveFileOnSignal(path); // before the file exists
  auto file = TempFile::create(path, permissions);
  if (!file)
    sys::DontRemoveFileOnSignal(path);
  return file;
}

Expected<TempFile> createSystemTemporary(StringRef suffix) {
  SmallString<128> model;
  sys::path::system_temp_directory(/*ErasedOnReboot=*/true, model);
  sys::path::append(model, "gptc-%%%%%%%%" + suffix);
  auto file = createTemporary(model);
  if (!file)
    return createStringError("cannot write a temporary file '" + model +
                             "': " + toString(file.takeError()));
  return file;
}

static Error cannotWrite(StringRef path, const Twine &why) {
  return createStringError("cannot write '" + path + "': " + why);
}

Expected<OutputFile> OutputFile::create(StringRef path, Mode mode) {
  // If `path` is a link, finish() replaces the file that it points to.
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
  auto file = createTemporary(resolved + ".%%%%%%%%", permissions);
  if (!file)
    return cannotWrite(path, toString(file.takeError()));
  return OutputFile(resolved, std::move(*file));
}

OutputFile::~OutputFile() {
  if (file)
    consumeError(file->discard()); // a previous error has been reported
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
