//===- FakeModel.h - A model whose entries are written by hand ------------===//
//
// Stands where compiled code stands: its logits depend on every token of the
// sequence and its position, read back from the cache through the block table,
// so a wrong chunk, position, row or block shows.
//
//===----------------------------------------------------------------------===//

#ifndef GPTC_TEST_RUNTIME_FAKEMODEL_H
#define GPTC_TEST_RUNTIME_FAKEMODEL_H

#include "runtime/engine/Abi.h"

#include <cstdint>
#include <span>
#include <vector>

namespace gptc::test {

/// The bytes are their own tokens.
enum FakeToken : int32_t {
  fakeThe = 256,    ///< "the"
  fakeEnd = 257,    ///< special: begin and end of text
  fakeTokens = 258, ///< the vocabulary
};

inline constexpr int64_t fakeContext = 96;
inline constexpr int64_t fakePromptCapacity = 8;
inline constexpr int64_t fakeUnembedCapacity = 3;

/// The positions that the model looks back, the row's own included; 0: all.
/// Who sets it gives the engine a model that says so.
int64_t &fakeWindow();

/// The weights section: added to the logits. Favours lower-case letters.
std::vector<float> fakeWeights();

/// What the model says after `tokens`, straight from them. After '!' the text
/// ends; after the first byte of "é" comes the second.
std::vector<float> fakeLogits(std::span<const int32_t> tokens);

/// The likeliest next token.
int32_t fakeGreedy(std::span<const int32_t> tokens);

/// The entries that this thread has called: one name per call, with its count.
struct FakeCall {
  char entry; ///< p, t or u
  int64_t count;
  bool operator==(const FakeCall &) const = default;
};
std::vector<FakeCall> &fakeCalls();

} // namespace gptc::test

#endif // GPTC_TEST_RUNTIME_FAKEMODEL_H
