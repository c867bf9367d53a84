//===- ContainerFuzzer.cpp - Reads any bytes as a program with weights ----===//

#include "runtime/engine/Container.h"
#include "test/fuzz/Fuzz.h"

using namespace gptc;

/// The fingerprint of the containers in the corpus, as in seeds.py.
static constexpr uint64_t fingerprint = 0x0123456789abcdef;
static constexpr int64_t weightsBytes = 64;

/// Reads both ends of a section, which must be mapped.
static void touch(const char *data, size_t size) {
  if (size == 0)
    return;
  volatile char first = data[0], last = data[size - 1];
  (void)first, (void)last;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  gptc_model_info model = {};
  model.fingerprint = fingerprint;
  model.weights_bytes = weightsBytes;
  fuzz::MemoryFile input(data, size);
  Container container;
  if (Error error = Container::open(input.path().c_str(), "input", model,
                                    container))
    return 0;
  fuzz::noteAccepted();
  fuzz::require(container.weights().size() == weightsBytes,
                "weights of the model's size");
  touch(container.metadata().data(), container.metadata().size());
  touch(reinterpret_cast<const char *>(container.weights().data()),
        container.weights().size());
  if (auto chat = container.chat())
    touch(chat->data(), chat->size());
  if (auto tokenizer = container.tokenizer())
    touch(reinterpret_cast<const char *>(tokenizer->data()), tokenizer->size());
  return 0;
}
