//===- PerplexityTest.cpp - Tests of losses against libm ------------------===//

#include "runtime/program/Perplexity.h"

#include "test/runtime/FakeModel.h"

#include "gtest/gtest.h"

#include <cmath>

using namespace gptc;
using namespace gptc::test;

/// Returns -log softmax by libm.
static double expectedLoss(std::span<const int32_t> before, int32_t token) {
  std::vector<float> logits = fakeLogits(before);
  double sum = 0;
  for (float logit : logits)
    sum += std::exp(double(logit));
  return std::log(sum) - logits[token];
}

TEST(TokenLoss, is_the_negative_logarithm_of_the_probability) {
  EXPECT_NEAR(tokenLoss(std::vector<float>{0, 0, 0, 0}, 2), std::log(4), 1e-15);
  EXPECT_NEAR(tokenLoss(std::vector<float>{1000, 0}, 1), 1000, 1e-12);
  EXPECT_NEAR(tokenLoss(std::vector<float>{-1000, -1001, -1002}, 0),
              std::log(1 + std::exp(-1) + std::exp(-2)), 1e-12);
}

TEST(Perplexity, scores_every_window_afresh) {
  std::vector<int32_t> text;
  for (int32_t i = 0; i < 75; ++i)
    text.push_back('a' + i * 7 % 26);
  for (int64_t window : {1, 2, 33, 74, 75, 96})
    for (int64_t windows : {1, 2, 1000}) {
      double sum = 0;
      int64_t scored = 0;
      for (int64_t w = 0; w < windows && w * window < 75; ++w) {
        std::span<const int32_t> tokens = std::span(text).subspan(w * window);
        tokens = tokens.first(std::min<size_t>(window, tokens.size()));
        for (size_t i = 1; i < tokens.size(); ++i, ++scored)
          sum += expectedLoss(tokens.first(i), tokens[i]);
      }
      std::vector<float> weights = fakeWeights();
      double losses[2];
      for (int threads : {1, 2}) {
        Engine engine;
        ASSERT_FALSE(engine.open(gptc_model, std::as_bytes(std::span(weights)),
                                 {.context = window, .threads = threads}));
        Session session(engine, fakePromptCapacity);
        Perplexity result;
        ASSERT_FALSE(
            measurePerplexity(engine, session, text, window, windows, result));
        EXPECT_EQ(result.tokens, scored);
        EXPECT_NEAR(result.loss, scored ? sum / scored : 0, 1e-12);
        losses[threads - 1] = result.loss;
      }
      EXPECT_EQ(losses[0], losses[1]);
    }
}
