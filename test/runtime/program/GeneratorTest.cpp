//===- GeneratorTest.cpp - Tests of encoding and stop strings -------------===//

#include "runtime/program/Generator.h"

#include "test/runtime/FakeContainer.h"
#include "test/runtime/FakeModel.h"

#include "gtest/gtest.h"

#include <cstdio>
#include <unistd.h>

using namespace gptc;
using namespace gptc::test;

TEST(Encode, refuses_tokens_that_the_model_lacks) {
  std::string section = fakeTokenizerSection();
  Tokenizer tokenizer;
  ASSERT_EQ(Tokenizer::open(std::as_bytes(std::span(section)), tokenizer),
            nullptr);
  gptc_model_info model = gptc_model;
  std::vector<int32_t> ids;
  EXPECT_FALSE(encode(tokenizer, model, "-p", {"a<|end|>", true}, false, ids));
  EXPECT_EQ(ids, (std::vector<int32_t>{'a', fakeEnd}));
  model.vocabulary = fakeEnd;
  EXPECT_EQ(encode(tokenizer, model, "-p", {"a<|end|>", true}, false, ids).message(),
            "-p: its token 257 is none of the model's 257");
}

static bool reaches(std::vector<std::string_view> strings,
                    std::vector<std::string_view> pieces) {
  StopStrings stops(strings);
  for (size_t i = 0; i + 1 < pieces.size(); ++i)
    if (stops.reachedBy(pieces[i]))
      return false; // too early
  return stops.reachedBy(pieces.back());
}

TEST(StopStrings, are_found_in_and_across_tokens) {
  EXPECT_TRUE(reaches({"end"}, {"the end!"}));
  EXPECT_TRUE(reaches({"end"}, {"the e", "n", "d"}));
  EXPECT_TRUE(reaches({"x"}, {"a", "b", "x"}));
  EXPECT_TRUE(reaches({"abc", "b"}, {"a", "b"}));
  EXPECT_TRUE(reaches({"aab"}, {"aa", "ab"}));
}

TEST(StopStrings, are_not_found_where_they_are_not) {
  EXPECT_FALSE(reaches({"end"}, {"e", "d", "n"}));
  EXPECT_FALSE(reaches({}, {"a", "b"}));
  EXPECT_FALSE(reaches({"ab"}, {"a", "", "c", "b"}));
}

TEST(StopStrings, do_not_reach_over_a_reset) {
  std::vector<std::string_view> strings = {"ab"};
  StopStrings stops(strings);
  EXPECT_FALSE(stops.reachedBy("a"));
  stops.reset();
  EXPECT_FALSE(stops.reachedBy("b"));
}

namespace {
/// A conversation whose answers end at once: '!' precedes the answer, and after
/// it the fake model ends the text.
struct SilentChat {
  SilentChat() {
    std::string name = folder.write("out", "");
    file = fopen(name.c_str(), "r+");
    EXPECT_TRUE(freopen("/dev/null", "r", stdin)); // stdin ends at once
    EXPECT_EQ(Tokenizer::open(std::as_bytes(std::span(section)), tokenizer),
              nullptr);
    EXPECT_FALSE(engine.open(gptc_model, std::as_bytes(std::span(weights)),
                             {.context = fakeContext}));
    options.context = fakeContext;
    options.printIds = true;
    sampling.temperature = 0;
  }
  ~SilentChat() { fclose(file); }

  static constexpr ChatFormat format = {.name = "silent",
                                        .beforeUser = "U",
                                        .afterUser = "!",
                                        .afterAssistant = "{eos};"};
  TemporaryFolder folder;
  FILE *file;
  std::string section = fakeTokenizerSection();
  Tokenizer tokenizer;
  std::vector<float> weights = fakeWeights();
  Engine engine;
  Options options;
  SamplerOptions sampling;
};
} // namespace

TEST(Generator, evaluates_an_end_of_turn_once_and_writes_it_once) {
  SilentChat chat;
  Session session(chat.engine, 8);
  Sampler sampler(chat.sampling);
  Output output(fileno(chat.file), nullptr);
  Chat turns(ChatTemplate::of(SilentChat::format), std::nullopt, gptc_model,
             chat.tokenizer);
  std::vector<int32_t> ends = turns.endTokens();
  EXPECT_EQ(ends, std::vector<int32_t>{fakeEnd});
  Generator generator({gptc_model, chat.options, ends, session, sampler, output,
                       &chat.tokenizer, &turns, nullptr});
  EXPECT_FALSE(generator.converse("a"));
  EXPECT_EQ(session.length(), 3); // U a !
  EXPECT_FALSE(generator.converse("b"));
  EXPECT_EQ(session.length(), 8); // end ; U b !
  EXPECT_EQ(readText(chat.folder.path("out")),
            "85,97,33,257\n,59,85,98,33,257\n");
}
