//===- GeneratorTest.cpp - Encoding and stop strings ----------------------===//

#include "runtime/Generator.h"

#include "FakeContainer.h"
#include "FakeModel.h"

#include "gtest/gtest.h"

using namespace gptc;
using namespace gptc::test;

TEST(Encode, refuses_tokens_that_the_model_lacks) {
  std::string section = fakeTokenizerSection();
  Tokenizer tokenizer;
  ASSERT_EQ(Tokenizer::open(std::as_bytes(std::span(section)), tokenizer),
            nullptr);
  gptc_model_info model = gptc_model;
  std::vector<int32_t> ids;
  EXPECT_FALSE(encode(tokenizer, model, "-p", "a<|end|>", true, ids));
  EXPECT_EQ(ids, (std::vector<int32_t>{'a', fakeEnd}));
  model.vocabulary = fakeEnd;
  EXPECT_EQ(encode(tokenizer, model, "-p", "a<|end|>", true, ids).message(),
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
