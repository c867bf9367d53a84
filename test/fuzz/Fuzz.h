//===- Fuzz.h - What the fuzzers of the readers share ---------------------===//

#ifndef GPTC_TEST_FUZZ_FUZZ_H
#define GPTC_TEST_FUZZ_FUZZ_H

#include <cstddef>
#include <cstdint>
#include <string>

/// libFuzzer's entry, one in each fuzzer: reads `data` as a file would be read.
/// Whatever the bytes, nothing may crash, hang or be undefined.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

namespace gptc::fuzz {

/// Each fuzzer calls it for an input that its reader takes. A corpus of which
/// nothing is taken tests the first lines of the reader alone.
void noteAccepted();

/// Inputs that were taken so far.
size_t acceptedInputs();

/// A file in memory, which the readers map as any other.
class MemoryFile {
public:
  MemoryFile(const uint8_t *data, size_t size);
  ~MemoryFile();
  MemoryFile(const MemoryFile &) = delete;

  std::string path() const;

private:
  int descriptor;
};

/// Ends the process where what a reader promised does not hold.
void require(bool holds, const char *promise);

} // namespace gptc::fuzz

#endif // GPTC_TEST_FUZZ_FUZZ_H
