//===- NpyWriter.h - Writes rows of floats to a .npy file -----------------===//

#ifndef GPTC_RUNTIME_PROGRAM_NPYWRITER_H
#define GPTC_RUNTIME_PROGRAM_NPYWRITER_H

#include "runtime/engine/Error.h"

#include <cstdint>
#include <cstdio>
#include <string>

namespace gptc {

/// Writes a float32 matrix whose number of rows is known only at the end. The
/// file gets its name in commit(); until then, and after a failure, no file of
/// that name is created.
class NpyWriter {
public:
  NpyWriter() = default;
  NpyWriter(const NpyWriter &) = delete;
  NpyWriter &operator=(const NpyWriter &) = delete;
  ~NpyWriter();

  Error open(const std::string &path, int64_t columns);
  Error writeRow(const float *row);
  Error commit();

private:
  Error failed();

  FILE *file = nullptr;
  std::string path;
  std::string temporary; ///< empty if `path` is a device
  int64_t columns = 0;
  int64_t rows = 0;
};

} // namespace gptc

#endif // GPTC_RUNTIME_PROGRAM_NPYWRITER_H
