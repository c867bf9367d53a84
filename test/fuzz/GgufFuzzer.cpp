//===- GgufFuzzer.cpp - Reads any bytes as a GGUF file --------------------===//

#include "compiler/checkpoint/Checkpoint.h"
#include "compiler/checkpoint/Gguf.h"
#include "test/fuzz/Fuzz.h"

using namespace gptc;

/// Reads the value of `key` as each type; most attempts are errors.
template <typename... T>
static void findAll(const GgufFile &file, llvm::StringRef key) {
  (llvm::consumeError(file.find<T>(key).takeError()), ...);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz::MemoryFile input(data, size);
  auto file = GgufFile::open(input.path());
  if (!file) {
    llvm::consumeError(file.takeError());
    return 0;
  }
  fuzz::noteAccepted();
  for (const auto &[key, value] : file->getMetadata()) {
    (void)describe(value);
    findAll<llvm::StringRef, bool, int64_t, double,
            std::vector<llvm::StringRef>, GgufArray<int64_t>,
            GgufArray<double>>(*file, key);
    auto numbers = file->find<GgufArray<double>>(key);
    if (!numbers) {
      llvm::consumeError(numbers.takeError());
      continue;
    }
    if (*numbers && (*numbers)->size() > 0)
      (void)(**numbers)[(*numbers)->size() - 1];
  }
  fuzz::require(file->getHeader().size() <= size, "a header in the file");
  for (const StoredTensor &tensor : file->getTensors()) {
    (void)describe(tensor);
    if (!tensor.bytes.empty()) { // both ends must be mapped
      volatile char first = tensor.bytes.front(), last = tensor.bytes.back();
      (void)first, (void)last;
    }
  }
  return 0;
}
