//===- Fuzz.h - Helpers of the fuzzers ------------------------------------===//

#ifndef GPTC_TEST_FUZZ_FUZZ_H
#define GPTC_TEST_FUZZ_FUZZ_H

#include <cstddef>
#include <cstdint>
#include <string>

/// The entry point of libFuzzer, defined by each fuzzer: reads `data` as a
/// file. No input may cause a crash, a hang or undefined behavior.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

namespace gptc::fuzz {

/// Counts an input that the reader accepts. A corpus without any accepted input
/// would only test the first lines of the reader.
void noteAccepted();

/// Returns the number of accepted inputs so far.
size_t acceptedInputs();

/// A file in memory, which the readers map like any other.
class MemoryFile {
public:
  MemoryFile(const uint8_t *data, size_t size);
  ~MemoryFile();
  MemoryFile(const MemoryFile &) = delete;

  std::string path() const;

private:
  int descriptor;
};

/// Aborts the process unless `holds`, which the reader promises.
void require(bool holds, const char *promise);

} // namespace gptc::fuzz

#endif // GPTC_TEST_FUZZ_FUZZ_H
