//===- TestTokenizer.h - Helpers of the tokenizer tests -------------------===//

#ifndef GPTC_TEST_TOKENIZER_TESTTOKENIZER_H
#define GPTC_TEST_TOKENIZER_TESTTOKENIZER_H

#include "runtime/text/Tokenizer.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/JSON.h"

#include <string>
#include <vector>

namespace gptc::test {

/// A temporary folder that is removed with the object.
class TemporaryFolder {
public:
  TemporaryFolder();
  ~TemporaryFolder();
  void write(llvm::StringRef name, llvm::StringRef content) const;
  std::string path(llvm::StringRef name = "") const;

private:
  llvm::SmallString<128> folder;
};

/// A compiled tokenizer and a view of it.
struct OpenTokenizer {
  std::vector<char> section;
  Tokenizer tokenizer;

  std::vector<int32_t> encode(std::string_view text, bool special = true) const;
  TokenizerHeader header() const;
};

/// These open a tokenizer and fail the test on an error.
OpenTokenizer openFile(llvm::StringRef folder, llvm::StringRef file);
OpenTokenizer openFolder(llvm::StringRef folder);
OpenTokenizer openJson(const llvm::json::Value &tokenizerJson);

/// Returns the error for the tokenizer of a folder, or of `file` in it, without
/// the folder's path.
std::string errorOf(const TemporaryFolder &folder, llvm::StringRef file = "");

/// Returns a tokenizer.json with the 256 bytes (as their ids), "ab" 256 and
/// "abc" 257 by merges, and the special token <s> 258.
llvm::json::Object smallTokenizer();

/// Returns the value at a path such as "model.vocab" or "added_tokens.0.id".
llvm::json::Value &at(llvm::json::Object &root, llvm::StringRef path);

std::string sourceFolder();

/// Return the folder of a model of this project, or of shared data, which may
/// be absent.
std::string modelFolder(llvm::StringRef name);
std::string sharedData(llvm::StringRef name);

/// A generator of deterministic numbers.
class Generator {
public:
  uint32_t below(uint32_t limit) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return static_cast<uint32_t>((state >> 32) * limit >> 32);
  }

private:
  uint64_t state = 20240229;
};

} // namespace gptc::test

#endif // GPTC_TEST_TOKENIZER_TESTTOKENIZER_H
