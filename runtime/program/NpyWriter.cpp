//===- NpyWriter.cpp - Writes rows of floats to a .npy file ---------------===//
//
// The file has format 1.0 of
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html:
// magic, version, length of the header, a Python dict padded with spaces to a
// multiple of 64, then the data.
//
//===----------------------------------------------------------------------===//

#include "runtime/program/NpyWriter.h"

#include <bit>
#include <cstring>
#include <sys/stat.h>
#include <unistd.h>

using namespace gptc;

static_assert(std::endian::native == std::endian::little);

/// The header has room for the largest shape.
static constexpr size_t headerSize = 128;

NpyWriter::~NpyWriter() {
  if (!file)
    return;
  fclose(file);
  if (!temporary.empty())
    unlink(temporary.c_str());
}

Error NpyWriter::failed() { return Error::system(path); }

Error NpyWriter::open(const std::string &name, int64_t width) {
  path = name;
  columns = width;
  struct stat status;
  bool device = stat(name.c_str(), &status) == 0 && !S_ISREG(status.st_mode);
  if (!device)
    temporary = name + ".tmp" + std::to_string(getpid());
  file =
      fopen(device ? name.c_str() : temporary.c_str(), device ? "we" : "wxe");
  // The header is written last, so the file must be seekable.
  if (!file || fseek(file, 0, SEEK_SET) != 0)
    return failed();
  char header[headerSize] = {};
  return fwrite(header, 1, headerSize, file) == headerSize ? Error() : failed();
}

Error NpyWriter::writeRow(const float *row) {
  ++rows;
  size_t count = static_cast<size_t>(columns);
  return fwrite(row, sizeof(float), count, file) == count ? Error() : failed();
}

Error NpyWriter::commit() {
  char header[headerSize];
  std::memset(header, ' ', headerSize);
  std::memcpy(header, "\x93NUMPY\x01\x00", 8);
  header[8] = headerSize - 10;
  header[9] = 0;
  char dict[headerSize];
  int size =
      snprintf(dict, sizeof(dict),
               "{'descr': '<f4', 'fortran_order': False, "
               "'shape': (%lld, %lld), }",
               static_cast<long long>(rows), static_cast<long long>(columns));
  std::memcpy(header + 10, dict, size);
  header[headerSize - 1] = '\n';
  if (fseek(file, 0, SEEK_SET) != 0 ||
      fwrite(header, 1, headerSize, file) != headerSize || fflush(file) != 0)
    return failed();
  if (!temporary.empty() && rename(temporary.c_str(), path.c_str()) != 0)
    return failed();
  temporary.clear();
  fclose(file);
  file = nullptr;
  return Error();
}
