//===- SessionTest.cpp - Tests of chunks, shifts, entries and memory ------===//

#include "runtime/engine/Session.h"

#include "test/runtime/FakeModel.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <limits>

using namespace gptc;
using namespace gptc::test;

namespace {
/// A session of the fake model.
struct FakeSession {
  explicit FakeSession(int64_t context, int64_t chunk, int threads = 1,
                       int64_t window = 0)
      : session(open({.context = context, .threads = threads, .chunk = chunk},
                     window),
                chunk) {
    fakeCalls().clear();
  }
  ~FakeSession() { fakeWindow() = 0; }

  Engine &open(const EngineOptions &options, int64_t window) {
    model.window = fakeWindow() = window;
    EXPECT_FALSE(
        engine.open(model, std::as_bytes(std::span(weights)), options));
    return engine;
  }

  /// Returns the logits of every token, as rows.
  std::vector<std::vector<float>> evaluate(std::span<const int32_t> tokens) {
    std::vector<std::vector<float>> rows;
    while (!tokens.empty()) {
      int64_t count = session.evaluate(tokens);
      for (int64_t first = 0; first < count;
           first += session.logitsCapacity()) {
        int64_t size = std::min(session.logitsCapacity(), count - first);
        Logits logits = session.logits(first, size);
        for (int64_t row = 0; row < size; ++row)
          rows.emplace_back(logits.row(row), logits.row(row) + fakeTokens);
      }
      tokens = tokens.subspan(count);
    }
    return rows;
  }

  gptc_model_info model = gptc_model;
  std::vector<float> weights = fakeWeights();
  Engine engine;
  Session session;
};
} // namespace

static std::vector<int32_t> someTokens(int64_t count) {
  std::vector<int32_t> tokens;
  for (int64_t i = 0; i < count; ++i)
    tokens.push_back(static_cast<int32_t>(i * 37 % 256));
  return tokens;
}

TEST(Session, logits_are_the_models_whatever_the_chunk_and_the_threads) {
  std::vector<int32_t> tokens = someTokens(90);
  for (int threads : {1, 3})
    for (int64_t chunk : {1, 3, 7, 8}) {
      FakeSession fake(96, chunk, threads);
      std::vector<std::vector<float>> rows = fake.evaluate(tokens);
      ASSERT_EQ(rows.size(), tokens.size());
      for (size_t i = 0; i < tokens.size(); ++i)
        ASSERT_EQ(rows[i], fakeLogits(std::span(tokens).first(i + 1)))
            << "chunk " << chunk << ", position " << i;
    }
}

TEST(Session, chooses_the_entry_by_the_number_of_rows) {
  std::vector<int32_t> tokens = someTokens(17);
  FakeSession fake(96, 8);
  for (std::span<const int32_t> rest = tokens; !rest.empty();)
    rest = rest.subspan(fake.session.evaluate(rest));
  EXPECT_EQ(fakeCalls(), (std::vector<FakeCall>{{'p', 8}, {'p', 8}, {'t', 1}}));
}

TEST(Session, a_chunk_of_one_uses_the_entry_of_one_token) {
  std::vector<int32_t> tokens = someTokens(3);
  FakeSession fake(96, 1);
  for (std::span<const int32_t> rest = tokens; !rest.empty();)
    rest = rest.subspan(fake.session.evaluate(rest));
  EXPECT_EQ(fakeCalls(), (std::vector<FakeCall>{{'t', 1}, {'t', 1}, {'t', 1}}));
}

TEST(Session, a_chunk_is_at_most_the_capacity) {
  std::vector<int32_t> tokens = someTokens(20);
  FakeSession fake(96, 1000);
  EXPECT_EQ(fake.session.evaluate(tokens), fakePromptCapacity);
}

TEST(Session, a_text_of_exactly_the_context_does_not_shift) {
  for (int64_t context : {1, 31, 32, 33}) {
    std::vector<int32_t> tokens = someTokens(context);
    FakeSession fake(context, 8);
    EXPECT_EQ(fake.evaluate(tokens).back(), fakeLogits(tokens));
    EXPECT_TRUE(fake.session.full());
  }
}

TEST(Session, a_full_context_keeps_the_last_half_and_starts_anew) {
  for (int64_t context : {2, 3, 10, 33, 64})
    for (int64_t chunk : {1, 8}) {
      std::vector<int32_t> tokens = someTokens(context + 1);
      FakeSession fake(context, chunk);
      std::vector<float> last = fake.evaluate(tokens).back();
      // The token at position `context` belongs to the kept ones.
      std::span<const int32_t> kept = std::span(tokens).last(context / 2);
      EXPECT_EQ(last, fakeLogits(kept)) << context;
      EXPECT_EQ(fake.session.length(), context / 2);
    }
}

TEST(Session, a_context_of_one_sees_one_token) {
  std::vector<int32_t> tokens = someTokens(5);
  FakeSession fake(1, 8);
  std::vector<std::vector<float>> rows = fake.evaluate(tokens);
  for (size_t i = 0; i < tokens.size(); ++i)
    EXPECT_EQ(rows[i], fakeLogits(std::span(tokens).subspan(i, 1)));
}

TEST(Session, shifting_does_not_depend_on_the_chunk) {
  std::vector<int32_t> tokens = someTokens(200);
  FakeSession one(40, 1), eight(40, 8);
  EXPECT_EQ(one.evaluate(tokens), eight.evaluate(tokens));
}

TEST(Session, forgets_all_when_it_is_reset) {
  std::vector<int32_t> tokens = someTokens(40);
  FakeSession fake(96, 8);
  fake.evaluate(someTokens(70));
  fake.session.reset();
  EXPECT_EQ(fake.session.length(), 0);
  EXPECT_EQ(fake.evaluate(tokens).back(), fakeLogits(tokens));
}

// The engine has no spare block (Engine.states_the_memory_it_takes), so a block
// that is kept too long leaves too few, and one that is freed too early changes
// the logits.
TEST(Session, a_window_sees_what_the_model_sees_in_fewer_blocks) {
  std::vector<int32_t> tokens = someTokens(700);
  for (int64_t window : {1, 2, 31, 32, 33, 40, 64})
    for (int64_t chunk : {1, 3, 8}) {
      FakeSession fake(1000, chunk, 1, window);
      std::vector<std::vector<float>> rows = fake.evaluate(tokens);
      ASSERT_EQ(rows.size(), tokens.size());
      for (size_t i = 0; i < tokens.size(); ++i)
        ASSERT_EQ(rows[i], fakeLogits(std::span(tokens).first(i + 1)))
            << "window " << window << ", chunk " << chunk << ", position " << i;
    }
}

TEST(Session, a_window_shifts_and_starts_again) {
  std::vector<int32_t> tokens = someTokens(71);
  FakeSession fake(70, 8, 1, 20);
  std::vector<float> last = fake.evaluate(tokens).back();
  EXPECT_EQ(last, fakeLogits(std::span(tokens).last(35)));
  fake.session.reset();
  EXPECT_EQ(fake.evaluate(std::span(tokens).first(50)).back(),
            fakeLogits(std::span(tokens).first(50)));
}

TEST(Engine, evaluates_rows_of_several_sequences) {
  std::vector<float> weights = fakeWeights();
  Engine engine;
  ASSERT_FALSE(engine.open(gptc_model, std::as_bytes(std::span(weights)),
                           {.context = 40, .sequences = 2}));
  std::vector<int32_t> first = {1, 2, 3}, second = {9, 8};
  std::vector<int32_t> tokens = {1, 2, 3, 9, 8}, positions = {0, 1, 2, 0, 1},
                       sequences = {0, 0, 0, 1, 1}, rows = {4, 2};
  ASSERT_TRUE(engine.evaluate({tokens, positions, sequences}));
  Logits logits = engine.unembed(rows);
  EXPECT_TRUE(std::ranges::equal(std::span(logits.row(0), fakeTokens),
                                 fakeLogits(second)));
  EXPECT_TRUE(std::ranges::equal(std::span(logits.row(1), fakeTokens),
                                 fakeLogits(first)));
}

TEST(Engine, refuses_another_abi) {
  gptc_model_info model = gptc_model;
  model.abi_version = 77;
  Engine engine;
  EXPECT_EQ(engine.open(model, {}, {.context = 32}).message(),
            "compiled code of ABI version 77, expected 4");
}

TEST(Engine, names_a_missing_entry) {
  gptc_model_info model = gptc_model;
  model.entry_count = 2;
  Engine engine;
  EXPECT_EQ(engine.open(model, {}, {.context = 32}).message(),
            "compiled code without the entry 'unembed'");
}

TEST(Engine, names_an_entry_of_other_roles) {
  std::vector<gptc_entry> entries(gptc_model.entries,
                                  gptc_model.entries + gptc_model.entry_count);
  entries[1].takes = GPTC_ROWS;
  gptc_model_info model = gptc_model;
  model.entries = entries.data();
  Engine engine;
  EXPECT_EQ(engine.open(model, {}, {.context = 32}).message(),
            "the entry 'token' of the compiled code takes and leaves 0x8 and "
            "0x10, expected 0x7 and 0x10");
}

TEST(Engine, a_window_takes_blocks_for_what_a_chunk_looks_back_at) {
  gptc_model_info model = gptc_model;
  auto blocks = [&](int64_t window, EngineOptions options) {
    model.window = window;
    return Engine::memoryUse(model, options).blocks;
  };
  // 40 + 8 - 1 positions span at most 3 blocks.
  EXPECT_EQ(blocks(40, {.context = 1000}), 3);
  EXPECT_EQ(blocks(40, {.context = 1000, .sequences = 5}), 15);
  EXPECT_EQ(blocks(34, {.context = 1000, .chunk = 8}), 3);
  EXPECT_EQ(blocks(33, {.context = 1000, .chunk = 1}), 2);
  EXPECT_EQ(blocks(1, {.context = 1000, .chunk = 1}), 1);
  EXPECT_EQ(blocks(40, {.context = 1000, .chunk = 100}), 3) << "the capacity";
  EXPECT_EQ(blocks(40, {.context = 64}), 2) << "never more than all";
  EXPECT_EQ(blocks(std::numeric_limits<int64_t>::max(), {.context = 1000}), 32);
  EXPECT_EQ(blocks(0, {.context = 1000}), 32);
}

TEST(Engine, states_the_memory_it_takes) {
  MemoryUse use = Engine::memoryUse(gptc_model, {.context = 33, .threads = 3});
  EXPECT_EQ(use.blocks, 2);
  EXPECT_EQ(use.scratch(), 3 * gptc_model.scratch_bytes);
  EXPECT_EQ(use.total(), gptc_model.weights_bytes + gptc_model.arena_bytes +
                             3 * gptc_model.scratch_bytes +
                             2 * gptc_model.block_bytes);
}
