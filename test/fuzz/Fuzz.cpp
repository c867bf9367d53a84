//===- Fuzz.cpp - Helpers of the fuzzers ----------------------------------===//

#include "test/fuzz/Fuzz.h"

#include <cstdio>
#include <cstdlib>
#include <sys/mman.h>
#include <unistd.h>

using namespace gptc;

static size_t accepted = 0;

void fuzz::noteAccepted() { ++accepted; }

size_t fuzz::acceptedInputs() { return accepted; }

fuzz::MemoryFile::MemoryFile(const uint8_t *data, size_t size)
    : descriptor(memfd_create("input", MFD_CLOEXEC)) {
  require(descriptor >= 0, "a file in memory");
  for (size_t done = 0; done < size;) {
    ssize_t count = write(descriptor, data + done, size - done);
    require(count > 0, "memory for the input");
    done += static_cast<size_t>(count);
  }
}

fuzz::MemoryFile::~MemoryFile() { close(descriptor); }

std::string fuzz::MemoryFile::path() const {
  return "/proc/self/fd/" + std::to_string(descriptor);
}

void fuzz::require(bool holds, const char *promise) {
  if (holds)
    return;
  fprintf(stderr, "broken: %s\n", promise);
  abort();
}
