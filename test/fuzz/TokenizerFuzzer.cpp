//===- TokenizerFuzzer.cpp - Reads any bytes as a tokenizer file ----------===//
//
// There is one build for each file format, with FUZZED_FILE as the file's name.
// The runtime must accept every tokenizer that the compiler accepts.
//
//===----------------------------------------------------------------------===//

#include "compiler/tokenizer/Tokenizer.h"
#include "runtime/text/Tokenizer.h"
#include "test/fuzz/Fuzz.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"

#include <span>
#include <unistd.h>

using namespace gptc;

namespace {
/// A folder in which FUZZED_FILE is a link to the input.
class TokenizerFolder {
public:
  TokenizerFolder() {
    fuzz::require(!llvm::sys::fs::createUniqueDirectory("gptc-fuzz", path),
                  "a temporary folder");
  }
  ~TokenizerFolder() { llvm::sys::fs::remove_directories(path); }

  void lead(const std::string &input) {
    std::string link = (path + "/" FUZZED_FILE).str();
    unlink(link.c_str());
    fuzz::require(symlink(input.c_str(), link.c_str()) == 0, "a link");
  }

  llvm::SmallString<128> path;
};
} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static TokenizerFolder folder;
  fuzz::MemoryFile input(data, size);
  folder.lead(input.path());
  auto section = compileTokenizer(folder.path, FUZZED_FILE);
  if (!section) {
    llvm::consumeError(section.takeError());
    return 0;
  }
  fuzz::noteAccepted();
  Tokenizer tokenizer;
  const char *problem =
      Tokenizer::open(std::as_bytes(std::span(*section)), tokenizer);
  fuzz::require(!problem, problem ? problem : "");

  static constexpr std::string_view text =
      "It's 12 o'clock,  \xc3\xa9\xf0\x9f\x98\x80 \xff<s>\n\n abc";
  for (bool special : {false, true}) {
    std::vector<int32_t> ids;
    tokenizer.encode(text, special, ids);
    for (int32_t id : ids) {
      fuzz::require(id >= 0 && id < tokenizer.size(), "ids of the vocabulary");
      (void)tokenizer.atStart(tokenizer.bytes(id));
      (void)tokenizer.text(id);
    }
  }
  return 0;
}
