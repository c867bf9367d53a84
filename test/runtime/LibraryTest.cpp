//===- LibraryTest.cpp - Tests of gptc.h with the fake model --------------===//

#include "runtime/gptc.h"

#include "test/runtime/FakeContainer.h"
#include "test/runtime/FakeModel.h"

#include "runtime/engine/Sampler.h"

#include "gtest/gtest.h"

#include <numeric>
#include <pthread.h>
#include <thread>

using namespace gptc;
using namespace gptc::test;

namespace {

struct Options {
  int32_t positions = 0, sequences = 0, threads = 0;

  operator gptc_context_options() const {
    return {positions, sequences, threads};
  }
};

class Library : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_EQ(open(fakeContainer(), &model), GPTC_OK) << gptc_last_error();
  }
  void TearDown() override { gptc_model_close(model); }

  gptc_status open(const std::string &container, struct gptc_model **result) {
    return gptc_model_open(folder.write("weights", container).c_str(), result);
  }

  gptc_context *openContext(Options options) {
    gptc_context_options chosen = options;
    gptc_context *context;
    EXPECT_EQ(gptc_context_open(model, &chosen, &context), GPTC_OK)
        << gptc_last_error();
    return context;
  }

  /// Returns the error of opening a context.
  std::string problem(Options options) {
    gptc_context_options chosen = options;
    gptc_context *context;
    EXPECT_EQ(gptc_context_open(model, &chosen, &context), GPTC_INVALID);
    EXPECT_EQ(context, nullptr);
    return gptc_last_error();
  }

  TemporaryFolder folder;
  struct gptc_model *model = nullptr;
};

/// Rows to evaluate, and those whose logits are wanted.
struct Rows {
  std::vector<int32_t> tokens = {}, sequences = {}, positions = {}, wanted = {};

  gptc_batch batch() const {
    return {static_cast<int32_t>(tokens.size()), tokens.data(),
            sequences.empty() ? nullptr : sequences.data(),
            positions.empty() ? nullptr : positions.data()};
  }
  gptc_status evaluate(gptc_context *context,
                       std::vector<float> &logits) const {
    logits.assign(wanted.size() * fakeTokens, -1);
    gptc_batch rows = batch();
    return gptc_evaluate(context, &rows, wanted.data(),
                         static_cast<int32_t>(wanted.size()), logits.data());
  }
  /// Returns the error of evaluating the rows.
  std::string problem(gptc_context *context,
                      gptc_status expected = GPTC_INVALID) const {
    std::vector<float> logits;
    EXPECT_EQ(evaluate(context, logits), expected);
    return gptc_last_error();
  }
};

std::vector<float> row(const std::vector<float> &logits, size_t index) {
  auto begin = logits.begin() + index * fakeTokens;
  return {begin, begin + fakeTokens};
}

std::vector<int32_t> idsOf(std::string_view text) {
  return {text.begin(), text.end()};
}

} // namespace

TEST_F(Library, says_what_the_model_is) {
  EXPECT_EQ(gptc_interface(), GPTC_INTERFACE);
  EXPECT_EQ(gptc_vocabulary(model), fakeTokens);
  EXPECT_EQ(gptc_model_context(model), fakeContext);
  EXPECT_EQ(gptc_bos(model), fakeEnd);
  EXPECT_EQ(gptc_prompt_start(model), -1);
  EXPECT_TRUE(gptc_is_end(model, fakeEnd));
  EXPECT_FALSE(gptc_is_end(model, 'a'));
  EXPECT_FALSE(gptc_is_end(model, -1));
  size_t size;
  const char *text = gptc_metadata(model, &size);
  EXPECT_EQ(std::string(text, size), "model: fake\n");
  EXPECT_TRUE(gptc_has_tokenizer(model));
}

TEST_F(Library, refuses_weights_that_are_not_there) {
  struct gptc_model *other = model;
  EXPECT_EQ(gptc_model_open(folder.path("none\n").c_str(), &other),
            GPTC_FAILED);
  EXPECT_EQ(other, nullptr);
  EXPECT_EQ(gptc_last_error(),
            folder.path("none?: No such file or directory"));
  EXPECT_EQ(open(fakeContainer().substr(0, 100), &other), GPTC_FAILED);
  EXPECT_EQ(other, nullptr);
  // Nothing follows the ELF part of the test program.
  EXPECT_EQ(gptc_model_open(nullptr, &other), GPTC_FAILED);
  EXPECT_TRUE(std::string_view(gptc_last_error()).starts_with("no weights: "))
      << gptc_last_error();
}

TEST_F(Library, close_takes_null) {
  gptc_model_close(nullptr);
  gptc_context_close(nullptr);
  gptc_sampler_close(nullptr);
}

TEST_F(Library, turns_text_to_tokens_and_back) {
  constexpr std::string_view text = "a<|end|>b";
  int32_t tokens[16];
  size_t count;
  ASSERT_EQ(gptc_tokenize(model, text.data(), text.size(), GPTC_SPECIAL, tokens, 16,
                          &count),
            GPTC_OK);
  EXPECT_EQ(std::vector<int32_t>(tokens, tokens + count),
            (std::vector<int32_t>{'a', fakeEnd, 'b'}));
  char bytes[16];
  size_t size;
  ASSERT_EQ(gptc_detokenize(model, tokens, count, GPTC_SPECIAL, bytes, 16, &size),
            GPTC_OK);
  EXPECT_EQ(std::string_view(bytes, size), text);
  ASSERT_EQ(gptc_detokenize(model, tokens, count, 0, bytes, 16, &size),
            GPTC_OK);
  EXPECT_EQ(std::string_view(bytes, size), "ab");
  // In plain text a special token is not recognized.
  EXPECT_EQ(gptc_tokenize(model, text.data(), text.size(), 0, tokens, 16,
                          &count),
            GPTC_OK);
  EXPECT_EQ(count, text.size());
  EXPECT_EQ(gptc_special_token(model, "<|end|>"), fakeEnd);
  EXPECT_EQ(gptc_special_token(model, "a"), -1);
  EXPECT_EQ(gptc_special_token(model, "<|end|>b"), -1);
  EXPECT_EQ(gptc_special_token(model, ""), -1);
}

TEST_F(Library, says_how_much_memory_a_text_takes) {
  size_t count = 0, size = 0;
  EXPECT_EQ(gptc_tokenize(model, "abc", 3, 0, nullptr, 0, &count),
            GPTC_TOO_SMALL);
  EXPECT_EQ(count, 3u);
  int32_t tokens[3] = {-1, -1, -1};
  EXPECT_EQ(gptc_tokenize(model, "abc", 3, 0, tokens, 2, &count),
            GPTC_TOO_SMALL);
  EXPECT_STREQ(gptc_last_error(), "room for 2, needed for 3");
  EXPECT_EQ(tokens[0], -1);
  EXPECT_EQ(gptc_tokenize(model, "", 0, 0, nullptr, 0, &count), GPTC_OK);
  EXPECT_EQ(count, 0u);
  tokens[0] = fakeThe;
  EXPECT_EQ(gptc_detokenize(model, tokens, 1, 0, nullptr, 0, &size),
            GPTC_TOO_SMALL);
  EXPECT_EQ(size, 3u);
  EXPECT_EQ(gptc_detokenize(model, nullptr, 0, 0, nullptr, 0, &size), GPTC_OK);
  tokens[0] = fakeTokens;
  EXPECT_EQ(gptc_detokenize(model, tokens, 1, 0, nullptr, 0, &size),
            GPTC_INVALID);
  EXPECT_STREQ(gptc_last_error(), "token 258 is none of the model's 258");
}

TEST_F(Library, has_no_text_without_a_tokenizer) {
  struct gptc_model *plain;
  ASSERT_EQ(open(fakeContainer(/*withTokenizer=*/false), &plain), GPTC_OK);
  size_t count;
  EXPECT_FALSE(gptc_has_tokenizer(plain));
  EXPECT_EQ(gptc_tokenize(plain, "a", 1, 0, nullptr, 0, &count), GPTC_INVALID);
  EXPECT_STREQ(gptc_last_error(), "the model has no tokenizer");
  EXPECT_EQ(gptc_detokenize(plain, nullptr, 0, 0, nullptr, 0, &count),
            GPTC_INVALID);
  EXPECT_EQ(gptc_special_token(plain, "<|end|>"), -1);
  gptc_model_close(plain);
}

TEST_F(Library, evaluates_two_sequences_in_one_call) {
  std::string first = "once upon a time there was", second = "the end";
  for (int32_t threads : {1, 2, 3}) {
    gptc_context *context =
        openContext({.positions = 64, .sequences = 2, .threads = threads});
    Rows rows;
    rows.tokens = idsOf(second + first); // more than the fake model's 8 rows
    rows.sequences.assign(second.size(), 1);
    rows.sequences.resize(rows.tokens.size(), 0);
    rows.wanted.resize(rows.tokens.size());
    std::iota(rows.wanted.begin(), rows.wanted.end(), 0);
    std::vector<float> logits;
    ASSERT_EQ(rows.evaluate(context, logits), GPTC_OK) << gptc_last_error();
    for (size_t i = 0; i < rows.tokens.size(); ++i) {
      bool isSecond = i < second.size();
      std::string seen = isSecond ? second.substr(0, i + 1)
                                  : first.substr(0, i + 1 - second.size());
      EXPECT_EQ(row(logits, i), fakeLogits(idsOf(seen))) << i;
    }
    EXPECT_EQ(gptc_length(context, 0), static_cast<int32_t>(first.size()));
    EXPECT_EQ(gptc_length(context, 1), static_cast<int32_t>(second.size()));
    gptc_context_close(context);
  }
}

TEST_F(Library, goes_on_where_a_sequence_ended_and_gives_chosen_rows) {
  gptc_context *context = openContext({.positions = 64, .threads = 1});
  std::vector<float> logits;
  Rows rows{.tokens = idsOf("abcdefghijkl"), .wanted = {2, 7, 8, 11}};
  ASSERT_EQ(rows.evaluate(context, logits), GPTC_OK);
  EXPECT_EQ(row(logits, 0), fakeLogits(idsOf("abc")));
  EXPECT_EQ(row(logits, 1), fakeLogits(idsOf("abcdefgh")));
  EXPECT_EQ(row(logits, 2), fakeLogits(idsOf("abcdefghi")));
  EXPECT_EQ(row(logits, 3), fakeLogits(idsOf("abcdefghijkl")));
  ASSERT_EQ((Rows{.tokens = {'m'}}.evaluate(context, logits)), GPTC_OK);
  Rows next{.tokens = {'n'}, .wanted = {0}};
  ASSERT_EQ(next.evaluate(context, logits), GPTC_OK);
  EXPECT_EQ(logits, fakeLogits(idsOf("abcdefghijklmn")));
  gptc_context_close(context);
}

TEST_F(Library, rewinds_and_releases) {
  gptc_context *context =
      openContext({.positions = 64, .sequences = 2, .threads = 1});
  std::vector<float> logits;
  Rows rows{.tokens = idsOf("abcdef")};
  ASSERT_EQ(rows.evaluate(context, logits), GPTC_OK);
  Rows again{.tokens = idsOf("xy"), .positions = {3, 4}, .wanted = {1}};
  ASSERT_EQ(again.evaluate(context, logits), GPTC_OK);
  EXPECT_EQ(logits, fakeLogits(idsOf("abcxy")));
  EXPECT_EQ(gptc_length(context, 0), 5);
  gptc_release(context, 0);
  EXPECT_EQ(gptc_length(context, 0), 0);
  Rows fresh{.tokens = idsOf("z"), .wanted = {0}};
  ASSERT_EQ(fresh.evaluate(context, logits), GPTC_OK);
  EXPECT_EQ(logits, fakeLogits(idsOf("z")));
  EXPECT_EQ(gptc_length(context, 2), -1);
  EXPECT_EQ(gptc_length(context, -1), -1);
  gptc_release(context, 2);
  gptc_context_close(context);
}

TEST_F(Library, refuses_rows_and_leaves_all_as_it_was) {
  gptc_context *context =
      openContext({.positions = 8, .sequences = 2, .threads = 1});
  std::vector<float> logits;
  ASSERT_EQ((Rows{.tokens = idsOf("ab")}.evaluate(context, logits)), GPTC_OK);
  EXPECT_EQ(Rows{}.problem(context),
            "count: found 0, expected 1 to 2147483647");
  EXPECT_EQ((Rows{.tokens = {'a', 258}}.problem(context)),
            "row 1: token 258 is none of the model's 258");
  EXPECT_EQ((Rows{.tokens = {-1}}.problem(context)),
            "row 0: token -1 is none of the model's 258");
  EXPECT_EQ((Rows{.tokens = {'a'}, .sequences = {2}}.problem(context)),
            "row 0: sequence 2 is none of the context's 2");
  EXPECT_EQ((Rows{.tokens = {'a', 'b', 'c'}, .sequences = {0, 1, 0}}.problem(
                context)),
            "row 2: the other rows of sequence 0 are not beside it");
  EXPECT_EQ((Rows{.tokens = {'a'}, .positions = {3}}.problem(context)),
            "row 0: position 3 of sequence 0, expected 0 to 2");
  EXPECT_EQ((Rows{.tokens = {'a', 'b'}, .positions = {1, 3}}.problem(context)),
            "row 1: position 3 of sequence 0, expected 2 to 2");
  EXPECT_EQ((Rows{.tokens = {'a', 'b'}, .wanted = {1, 1}}.problem(context)),
            "rows: found 1, expected 2 to 1");
  EXPECT_EQ((Rows{.tokens = {'a'}, .wanted = {1}}.problem(context)),
            "rows: found 1, expected 0 to 0");
  EXPECT_EQ((Rows{.tokens = idsOf("1234567")}.problem(context, GPTC_FULL)),
            "row 6: sequence 0 has no room for more than 8 positions");
  EXPECT_EQ(gptc_length(context, 0), 2);
  Rows rest{.tokens = idsOf("cdefgh"), .wanted = {5}};
  ASSERT_EQ(rest.evaluate(context, logits), GPTC_OK) << gptc_last_error();
  EXPECT_EQ(logits, fakeLogits(idsOf("abcdefgh")));
  EXPECT_EQ((Rows{.tokens = {'i'}}.problem(context, GPTC_FULL)),
            "row 0: sequence 0 has no room for more than 8 positions");
  gptc_context_close(context);
}

TEST_F(Library, refuses_contexts_that_cannot_be) {
  EXPECT_EQ(problem({.positions = fakeContext + 1}),
            "positions: found 97, expected 0 to 96");
  EXPECT_EQ(problem({.positions = -1}),
            "positions: found -1, expected 0 to 96");
  EXPECT_EQ(problem({.sequences = -1}),
            "sequences: found -1, expected 0 to 2147483647");
  EXPECT_EQ(problem({.positions = 96, .sequences = INT32_MAX}),
            "sequences: found 2147483647, expected at most 715827882 of 96 "
            "positions");
  EXPECT_EQ(problem({.threads = 1025}),
            "threads: found 1025, expected 0 to 1024");
  gptc_context *context = openContext({});
  EXPECT_EQ(gptc_context_positions(context), fakeContext);
  gptc_context_close(context);
}

TEST_F(Library, refuses_a_stack_that_is_too_small) {
  gptc_context *context = openContext({.threads = 1});
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 96 << 10);
  pthread_t thread;
  auto run = [](void *argument) -> void * {
    std::string line =
        Rows{.tokens = {'a'}}.problem(static_cast<gptc_context *>(argument),
                                      GPTC_FAILED);
    EXPECT_TRUE(line.starts_with("the stack of this thread has ")) << line;
    return nullptr;
  };
  // Sanitizers may require more stack than that.
  if (pthread_create(&thread, &attributes, run, context) == 0)
    pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
  EXPECT_EQ(gptc_length(context, 0), 0);
  gptc_context_close(context);
}

TEST_F(Library, is_shared_by_threads) {
  auto run = [&](int32_t number) {
    std::string text = "story " + std::to_string(number);
    int32_t tokens[16];
    size_t count;
    EXPECT_EQ(gptc_tokenize(model, text.data(), text.size(), 0, tokens, 16,
                            &count),
              GPTC_OK);
    gptc_context *context = openContext({.threads = 2});
    Rows rows{.tokens = {tokens, tokens + count},
              .wanted = {static_cast<int32_t>(count) - 1}};
    std::vector<float> logits;
    EXPECT_EQ(rows.evaluate(context, logits), GPTC_OK);
    EXPECT_EQ(logits, fakeLogits(rows.tokens));
    // Each thread has its own error message.
    EXPECT_EQ((Rows{.tokens = {1000 + number}}.problem(context)),
              "row 0: token " + std::to_string(1000 + number) +
                  " is none of the model's 258");
    gptc_context_close(context);
  };
  std::thread first(run, 1), second(run, 2);
  first.join();
  second.join();
}

TEST_F(Library, samples_as_a_program_does) {
  gptc_sampler_options options;
  gptc_sampler_defaults(&options);
  EXPECT_EQ(options.temperature, 0.8);
  EXPECT_EQ(options.top_k, 40);
  options.seed = 7;
  std::vector<float> logits = fakeLogits(idsOf("once upon a time"));
  gptc_sampler *sampler;
  ASSERT_EQ(gptc_sampler_open(model, &options, &sampler), GPTC_OK);
  Sampler expected(SamplerOptions{.seed = 7});
  for (int i = 0; i < 50; ++i) {
    int32_t token = gptc_sample(sampler, logits.data());
    EXPECT_EQ(token, expected.sample(logits));
    gptc_accept(sampler, token);
    expected.accept(token);
  }
  gptc_accept(sampler, fakeTokens);
  gptc_accept(sampler, -1);
  gptc_sampler_close(sampler);

  options.temperature = 0;
  options.repeat_penalty = 2;
  ASSERT_EQ(gptc_sampler_open(model, &options, &sampler), GPTC_OK);
  int32_t likeliest = gptc_sample(sampler, logits.data());
  EXPECT_EQ(likeliest, fakeGreedy(idsOf("once upon a time")));
  gptc_accept(sampler, likeliest);
  EXPECT_NE(gptc_sample(sampler, logits.data()), likeliest);
  gptc_sampler_close(sampler);
}

TEST_F(Library, refuses_samplers_that_cannot_be) {
  auto problem = [&](auto change) {
    gptc_sampler_options options;
    gptc_sampler_defaults(&options);
    change(options);
    gptc_sampler *sampler;
    EXPECT_EQ(gptc_sampler_open(model, &options, &sampler), GPTC_INVALID);
    EXPECT_EQ(sampler, nullptr);
    return std::string(gptc_last_error());
  };
  EXPECT_EQ(problem([](auto &o) { o.top_p = 1.5; }),
            "top_p: found 1.5, expected a number from 0 to 1");
  EXPECT_EQ(problem([](auto &o) { o.min_p = -0.5; }),
            "min_p: found -0.5, expected a number from 0 to 1");
  EXPECT_TRUE(problem([](auto &o) {
                o.temperature = std::numeric_limits<double>::quiet_NaN();
              }).starts_with("temperature: found nan"));
  EXPECT_TRUE(problem([](auto &o) { o.repeat_penalty = -1; })
                  .starts_with("repeat_penalty: found -1"));
  EXPECT_EQ(problem([](auto &o) { o.top_k = -1; }),
            "top_k: found -1, expected 0 to 2147483647");
  EXPECT_EQ(problem([](auto &o) { o.repeat_last_n = -1; }),
            "repeat_last_n: found -1, expected 0 to 2147483647");
}
