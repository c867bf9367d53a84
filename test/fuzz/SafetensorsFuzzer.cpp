//===- SafetensorsFuzzer.cpp - Reads any bytes as a safetensors file ------===//

#include "compiler/checkpoint/Checkpoint.h"
#include "test/fuzz/Fuzz.h"

using namespace gptc;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz::MemoryFile input(data, size);
  auto file = SafetensorsFile::open(input.path());
  if (!file) {
    llvm::consumeError(file.takeError());
    return 0;
  }
  fuzz::noteAccepted();
  size_t bytes = file->getHeader().size();
  for (const StoredTensor &tensor : file->getTensors()) {
    (void)describe(tensor);
    bytes += tensor.bytes.size();
    if (!tensor.bytes.empty()) { // both ends must be mapped
      volatile char first = tensor.bytes.front(), last = tensor.bytes.back();
      (void)first, (void)last;
    }
  }
  fuzz::require(bytes == size, "header and tensors are the whole file");
  return 0;
}
