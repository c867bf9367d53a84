//===- Replay.cpp - Reads a corpus without libFuzzer ----------------------===//
//
// This is main() of the fuzzers that `make check` runs: each file of the
// folders on the command line is one input. libFuzzer has its own main().
//
//===----------------------------------------------------------------------===//

#include "test/fuzz/Fuzz.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

static std::vector<std::filesystem::path> listFiles(const char *folder) {
  std::vector<std::filesystem::path> files;
  for (const auto &entry : std::filesystem::directory_iterator(folder))
    files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

int main(int argc, char **argv) {
  size_t inputs = 0;
  for (int i = 1; i < argc; ++i)
    for (const std::filesystem::path &path : listFiles(argv[i])) {
      fprintf(stderr, "%s\n", path.c_str()); // the last one has failed
      std::ifstream file(path, std::ios::binary);
      std::vector<char> bytes(std::istreambuf_iterator<char>(file), {});
      LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t *>(bytes.data()),
                             bytes.size());
      ++inputs;
    }
  printf("%zu inputs, %zu accepted\n", inputs, gptc::fuzz::acceptedInputs());
  return 0;
}
