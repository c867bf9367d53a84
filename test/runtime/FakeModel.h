//===- FakeModel.h - A model whose entries are C++ functions --------------===//
//
// It replaces compiled code. Its logits depend on every token of the sequence
// and its position, which it reads back from the cache through the block table,
// so a wrong chunk, position, row or block changes them.
//
//===----------------------------------------------------------------------===//

#ifndef GPTC_TEST_RUNTIME_FAKEMODEL_H
#define GPTC_TEST_RUNTIME_FAKEMODEL_H

#include "runtime/engine/Abi.h"

#include <cstdint>
#include <span>
#include <vector>

namespace gptc::test {

/// The tokens beyond the bytes, which are their own tokens.
enum FakeToken : int32_t {
  fakeThe = 256,    ///< "the"
  fakeEnd = 257,    ///< special: begin and end of text
  fakeTokens = 258, ///< the vocabulary
};

inline constexpr int64_t fakeContext = 96;
inline constexpr int64_t fakePromptCapacity = 8;
inline constexpr int64_t fakeUnembedCapacity = 3;

/// The window of the model, in positions with the row's own included; 0 means
/// all. A test that sets it must give the engine a model with the same window.
int64_t &fakeWindow();

/// Returns the weights section, which is added to the logits. It favors
/// lower-case letters.
std::vector<float> fakeWeights();

/// Returns the logits after `tokens`, computed without a cache. After '!' the
/// text ends; after the first byte of "é" comes the second.
std::vector<float> fakeLogits(std::span<const int32_t> tokens);

/// Returns the most likely next token.
int32_t fakeGreedy(std::span<const int32_t> tokens);

/// The calls of entries in this thread, with their row counts.
struct FakeCall {
  char entry; ///< p, t or u
  int64_t count;
  bool operator==(const FakeCall &) const = default;
};
std::vector<FakeCall> &fakeCalls();

} // namespace gptc::test

#endif // GPTC_TEST_RUNTIME_FAKEMODEL_H
