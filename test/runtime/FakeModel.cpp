//===- FakeModel.cpp - A model whose entries are C++ functions ------------===//

#include "test/runtime/FakeModel.h"

#include "runtime/engine/Random.h"

#include <algorithm>

using namespace gptc;
using namespace gptc::test;

namespace {

/// The result of a row in the arena.
struct Hidden {
  uint64_t hash;
  int64_t lastToken;
};

/// A block of the KV cache.
struct Block {
  int64_t tokens[GPTC_BLOCK_POSITIONS];
};

constexpr int64_t logitsOffset = fakePromptCapacity * sizeof(Hidden);
constexpr int64_t logitsStride = 272;

uint64_t extend(uint64_t hash, int64_t position, int64_t token) {
  return SplitMix64(hash ^ static_cast<uint64_t>(position * 1000 + token))
      .next();
}

void computeLogits(const Hidden &hidden, const float *weights, float *logits) {
  for (int64_t id = 0; id < fakeTokens; ++id) {
    uint64_t random =
        SplitMix64(hidden.hash + static_cast<uint64_t>(id)).next();
    logits[id] = weights[id] + static_cast<float>(random >> 40) * 0x1p-22f;
  }
  if (hidden.lastToken == '!')
    logits[fakeEnd] = 100;
  if (hidden.lastToken == 0xc3)
    logits[0xa9] = 100;
}

/// Returns the first position that a row at `position` attends to.
int64_t firstSeen(int64_t position) {
  int64_t window = fakeWindow();
  return window == 0 ? 0 : std::max<int64_t>(position - window + 1, 0);
}

Block &blockOf(const gptc_arguments &arguments, int64_t row, int64_t position) {
  int32_t block =
      arguments
          .block_table[arguments.sequences[row] * arguments.block_table_stride +
                       position / GPTC_BLOCK_POSITIONS];
  return static_cast<Block *>(arguments.cache)[block];
}

/// Returns whether the positions that `row` attends to are in distinct blocks.
/// A block that was freed too early may still hold the values that are read.
bool blocksAreApart(const gptc_arguments &arguments, int64_t row) {
  constexpr int64_t size = GPTC_BLOCK_POSITIONS;
  int64_t last = arguments.positions[row];
  for (int64_t p = firstSeen(last) / size * size; p <= last; p += size)
    for (int64_t q = p + size; q / size <= last / size; q += size)
      if (&blockOf(arguments, row, p) == &blockOf(arguments, row, q))
        return false;
  return true;
}

void evaluateRows(void *context, int64_t first, int64_t last, int64_t) {
  const auto &arguments = *static_cast<const gptc_arguments *>(context);
  for (int64_t row = first; row < last; ++row) {
    Hidden hidden = {};
    int64_t last = arguments.positions[row];
    for (int64_t p = firstSeen(last); p <= last; ++p) {
      hidden.lastToken =
          blockOf(arguments, row, p).tokens[p % GPTC_BLOCK_POSITIONS];
      hidden.hash = extend(hidden.hash, p, hidden.lastToken);
    }
    if (!blocksAreApart(arguments, row))
      hidden = {};
    static_cast<Hidden *>(arguments.arena)[row] = hidden;
  }
}

void evaluate(const gptc_arguments *arguments) {
  for (int64_t row = 0; row < arguments->count; ++row) {
    int64_t position = arguments->positions[row];
    blockOf(*arguments, row, position).tokens[position % GPTC_BLOCK_POSITIONS] =
        arguments->tokens[row];
  }
  gptc_parallel_for(arguments->pool, evaluateRows,
                    const_cast<gptc_arguments *>(arguments), arguments->count);
}

void prompt(const gptc_arguments *arguments) {
  fakeCalls().push_back({'p', arguments->count});
  evaluate(arguments);
}

void token(const gptc_arguments *arguments) {
  fakeCalls().push_back({'t', arguments->count});
  evaluate(arguments);
}

void unembed(const gptc_arguments *arguments) {
  fakeCalls().push_back({'u', arguments->count});
  auto *arena = static_cast<std::byte *>(arguments->arena);
  auto *logits = reinterpret_cast<float *>(arena + logitsOffset);
  for (int64_t i = 0; i < arguments->count; ++i)
    computeLogits(reinterpret_cast<Hidden *>(arena)[arguments->rows[i]],
                  static_cast<const float *>(arguments->weights),
                  logits + i * logitsStride);
}

constexpr int32_t endTokens[] = {fakeEnd};

constexpr uint32_t tokenRoles = GPTC_TOKENS | GPTC_POSITIONS | GPTC_SEQUENCES;

constexpr gptc_entry entries[] = {
    {"prompt", fakePromptCapacity, tokenRoles, GPTC_HIDDEN, prompt},
    {"token", 1, tokenRoles, GPTC_HIDDEN, token},
    {"unembed", fakeUnembedCapacity, GPTC_ROWS, GPTC_LOGITS, unembed},
};

} // namespace

extern "C" constexpr gptc_model_info gptc_model = {
    .abi_version = GPTC_ABI_VERSION,
    .flags = GPTC_LEARNED_POSITIONS,
    .fingerprint = 0x0123456789abcdef,
    .context = fakeContext,
    .vocabulary = fakeTokens,
    .window = 0,
    .bos = fakeEnd,
    .end_token_count = std::size(endTokens),
    .end_tokens = endTokens,
    .weights_bytes = fakeTokens * sizeof(float),
    .arena_bytes =
        logitsOffset + fakeUnembedCapacity * logitsStride * sizeof(float),
    .scratch_bytes = 4096,
    .block_bytes = sizeof(Block),
    .logits_offset = logitsOffset,
    .logits_stride = logitsStride,
    .features = "",
    .cpu = "fake",
    .target = "fake-linux-gnu",
    .entry_count = std::size(entries),
    .entries = entries,
};

std::vector<float> gptc::test::fakeWeights() {
  std::vector<float> weights(fakeTokens, -20);
  for (char letter = 'a'; letter <= 'z'; ++letter)
    weights[letter] = 0;
  weights[fakeThe] = weights[' '] = 1;
  return weights;
}

std::vector<float> gptc::test::fakeLogits(std::span<const int32_t> tokens) {
  Hidden hidden = {};
  int64_t last = static_cast<int64_t>(tokens.size()) - 1;
  for (int64_t p = firstSeen(last); p <= last; ++p)
    hidden = {extend(hidden.hash, p, tokens[p]), tokens[p]};
  std::vector<float> logits(fakeTokens);
  computeLogits(hidden, fakeWeights().data(), logits.data());
  return logits;
}

int32_t gptc::test::fakeGreedy(std::span<const int32_t> tokens) {
  std::vector<float> logits = fakeLogits(tokens);
  return static_cast<int32_t>(std::max_element(logits.begin(), logits.end()) -
                              logits.begin());
}

int64_t &gptc::test::fakeWindow() {
  static int64_t window = 0;
  return window;
}

std::vector<FakeCall> &gptc::test::fakeCalls() {
  static thread_local std::vector<FakeCall> calls;
  return calls;
}
