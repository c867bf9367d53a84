//===- TokenizerSectionFuzzer.cpp - Any bytes as a tokenizer section ------===//
//
// A program reads this section from a file that may have been changed.
//
//===----------------------------------------------------------------------===//

#include "runtime/text/Tokenizer.h"
#include "test/fuzz/Fuzz.h"

#include <cstdlib>
#include <cstring>
#include <memory>

using namespace gptc;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  // The copy is 8-byte aligned, as sections are, and ends where the input ends.
  std::unique_ptr<void, decltype(&free)> copy(malloc(size), free);
  std::memcpy(copy.get(), data, size);
  Tokenizer tokenizer;
  if (Tokenizer::open({static_cast<const std::byte *>(copy.get()), size},
                      tokenizer))
    return 0;
  fuzz::noteAccepted();

  // The text consists of the input's own bytes, which hold its tokens.
  size_t length = std::min<size_t>(size, 4096);
  std::string_view text(reinterpret_cast<const char *>(data) + size - length,
                        length);
  for (bool special : {false, true}) {
    std::vector<int32_t> ids;
    tokenizer.encode(text, special, ids);
    for (int32_t id : ids) {
      fuzz::require(id >= 0 && id < tokenizer.size(), "ids of the vocabulary");
      (void)tokenizer.atStart(tokenizer.text(id));
      (void)tokenizer.isSpecial(id);
    }
  }
  for (int32_t id : {-1, 0, tokenizer.size() - 1, tokenizer.size()})
    (void)tokenizer.bytes(id);
  fuzz::require(tokenizer.find("") < tokenizer.size(), "a token or none");
  return 0;
}
