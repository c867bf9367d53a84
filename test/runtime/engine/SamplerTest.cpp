//===- SamplerTest.cpp - Tests of distributions and filters ---------------===//

#include "runtime/engine/Sampler.h"

#include "runtime/engine/Math.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <string>

using namespace gptc;

static std::vector<float> someLogits(size_t count, uint64_t seed) {
  Random random(seed);
  std::vector<float> logits(count);
  for (float &logit : logits) // coarse, so that some logits are equal
    logit = static_cast<float>(static_cast<int>(random.next() % 64)) / 8 - 4;
  return logits;
}

/// Returns the probabilities that Sampler.h specifies, by a full sort and libm.
static std::map<int32_t, double> distribution(const std::vector<float> &logits,
                                              const SamplerOptions &options) {
  std::vector<int32_t> ids(logits.size());
  std::iota(ids.begin(), ids.end(), 0);
  std::sort(ids.begin(), ids.end(), [&](int32_t a, int32_t b) {
    return logits[a] > logits[b] || (logits[a] == logits[b] && a < b);
  });
  if (options.topK > 0 && options.topK < static_cast<int64_t>(ids.size()))
    ids.resize(options.topK);
  double largest = logits[ids[0]], total = 0, sum = 0;
  for (int32_t id : ids)
    total += std::exp(logits[id] - largest);
  size_t kept = 0;
  while (kept < ids.size() &&
         (kept == 0 || options.topP >= 1 || sum < options.topP * total)) {
    double probability = std::exp(logits[ids[kept]] - largest);
    if (kept > 0 && probability < options.minP)
      break;
    sum += probability;
    ++kept;
  }
  ids.resize(kept);
  std::map<int32_t, double> result;
  sum = 0;
  for (int32_t id : ids)
    sum += result[id] = std::exp((logits[id] - largest) / options.temperature);
  for (auto &[id, probability] : result)
    probability /= sum;
  return result;
}

/// Compares the counts of many draws with the distribution by a chi-square test
/// with a limit of five standard deviations.
static void expectDistribution(const std::vector<float> &logits,
                               const SamplerOptions &options) {
  constexpr int draws = 30'000;
  std::map<int32_t, double> expected = distribution(logits, options);
  Sampler sampler(options);
  std::map<int32_t, int> counts;
  for (int i = 0; i < draws; ++i)
    ++counts[sampler.sample(logits)];
  double statistic = 0;
  for (auto [id, probability] : expected) {
    double difference = counts[id] - draws * probability;
    statistic += difference * difference / (draws * probability);
  }
  for (auto [id, count] : counts)
    EXPECT_EQ(expected.count(id), 1u) << id << " must not be drawn";
  double freedom = static_cast<double>(expected.size()) - 1;
  EXPECT_LE(statistic, freedom + 5 * std::sqrt(2 * freedom));
}

static SamplerOptions plain() {
  return {.temperature = 1, .topK = 0, .topP = 1, .minP = 0, .seed = 7};
}

TEST(Sampler, temperature_zero_takes_the_likeliest_and_of_equals_the_first) {
  Sampler sampler({.temperature = 0});
  std::vector<float> logits = {1, 3, -2, 3, 0};
  EXPECT_EQ(sampler.sample(logits), 1);
}

TEST(Sampler, draws_from_the_softmax) {
  expectDistribution(someLogits(50, 1), plain());
}

TEST(Sampler, temperature_divides_the_logits) {
  for (double temperature : {0.3, 0.8, 2.0}) {
    SamplerOptions options = plain();
    options.temperature = temperature;
    expectDistribution(someLogits(50, 2), options);
  }
}

TEST(Sampler, top_k_keeps_the_k_likeliest_and_of_equals_the_first) {
  for (int64_t topK : {1, 2, 5, 17, 49, 50, 1000}) {
    SamplerOptions options = plain();
    options.topK = topK;
    expectDistribution(someLogits(50, 3), options);
  }
}

TEST(Sampler, top_p_keeps_the_fewest_that_are_likely_enough) {
  for (double topP : {0.0, 0.1, 0.5, 0.9}) {
    SamplerOptions options = plain();
    options.topP = topP;
    expectDistribution(someLogits(50, 4), options);
  }
}

TEST(Sampler, min_p_is_relative_to_the_likeliest) {
  for (double minP : {0.01, 0.3, 1.0}) {
    SamplerOptions options = plain();
    options.minP = minP;
    expectDistribution(someLogits(50, 5), options);
  }
}

TEST(Sampler, all_together_as_by_default) {
  SamplerOptions options;
  options.seed = 8;
  for (uint64_t seed = 0; seed < 8; ++seed)
    expectDistribution(someLogits(300, seed), options);
}

/// Draws twenty times per expected id and returns the ids drawn; an unexpected
/// id is an error.
static std::set<int32_t>
expectDrawsFrom(const std::map<int32_t, double> &expected,
                const std::vector<float> &logits,
                const SamplerOptions &options) {
  Sampler sampler(options);
  std::set<int32_t> drawn;
  for (size_t i = 0; i < 20 * expected.size(); ++i)
    drawn.insert(sampler.sample(logits));
  for (int32_t id : drawn)
    EXPECT_EQ(expected.count(id), 1u) << "id " << id;
  return drawn;
}

TEST(Sampler, keeps_what_a_full_sort_keeps) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    std::vector<float> logits = someLogits(1 + random.next() % 400, seed);
    SamplerOptions options;
    options.temperature = 50; // nearly uniform, so that every id is drawn
    options.topK = static_cast<int64_t>(random.next() % 30);
    options.topP = random.uniform();
    options.minP = random.next() % 2 ? random.uniform() : 0;
    options.seed = seed;
    std::map<int32_t, double> expected = distribution(logits, options);
    std::set<int32_t> drawn = expectDrawsFrom(expected, logits, options);
    EXPECT_TRUE(drawn.count(expected.begin()->first) || expected.size() > 5);
  }
}

TEST(Sampler, keeps_what_a_full_sort_keeps_of_a_large_vocabulary) {
  for (uint64_t seed = 0; seed < 24; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    std::vector<float> logits = someLogits(1200 + random.next() % 300, seed);
    if (seed % 3 == 0) // adjacent logits are equal
      for (size_t id = 0; id < logits.size(); ++id)
        logits[id] = logits[id - id % 4];
    if (seed % 3 == 1) { // all different and close, except one
      for (float &logit : logits)
        logit = static_cast<float>(random.uniform() / 1000);
      logits[9] = 1;
    }
    if (seed % 3 == 2) { // all others are close relative to these
      logits[7] = -std::numeric_limits<float>::max();
      logits[8] = -1e20f;
    }
    SamplerOptions options = plain();
    options.temperature = 50; // nearly uniform, so that every id is drawn
    if (seed % 2)
      options.topK = static_cast<int64_t>(1001 + random.next() % 190);
    if (seed % 4 > 1)
      options.topP = random.uniform() / 10;
    if (seed % 8 > 3)
      options.minP = random.uniform();
    if (seed % 3 == 2 && options.topK == 0)
      options.minP = 0.01; // drops tokens 7 and 8
    std::map<int32_t, double> expected = distribution(logits, options);
    std::set<int32_t> drawn = expectDrawsFrom(expected, logits, options);
    EXPECT_EQ(drawn.size(), expected.size());
  }
}

TEST(Sampler, a_large_vocabulary_is_drawn_by_probability) {
  SamplerOptions options = plain();
  options.temperature = 4; // rare tokens would spoil the chi-square test
  expectDistribution(someLogits(3000, 6), options);
  options.topK = 1500;
  expectDistribution(someLogits(3000, 6), options);
  options.topP = 0.9;
  expectDistribution(someLogits(3000, 6), options);
}

TEST(Sampler, the_float_exponential_is_within_two_parts_of_2_to_the_24) {
  double largest = 0;
  for (int i = 0; i <= 870'000; ++i) {
    float x = static_cast<float>(i) * -1e-4f;
    if (x < -87)
      continue;
    double exact = std::exp(static_cast<double>(x));
    largest = std::max(largest,
                       std::abs(exponentialOfNegative(x) - exact) / exact);
  }
  EXPECT_LE(largest, 0x1p-23);
  EXPECT_EQ(exponentialOfNegative(0), 1);
  EXPECT_EQ(exponentialOfNegative(-88), 0);
  EXPECT_EQ(exponentialOfNegative(-std::numeric_limits<float>::infinity()), 0);
}

TEST(Sampler, the_same_seed_draws_the_same_tokens) {
  SamplerOptions options;
  options.seed = 1234;
  Sampler sampler(options);
  std::vector<int32_t> drawn;
  for (uint64_t i = 0; i < 12; ++i)
    drawn.push_back(sampler.sample(someLogits(1000, i)));
  // These were recorded once; every build and target must draw the same.
  EXPECT_EQ(drawn, (std::vector<int32_t>{367, 65, 153, 53, 542, 736, 682, 566,
                                         469, 127, 544, 534}));
}

TEST(Sampler, the_same_seed_draws_the_same_tokens_without_top_k) {
  SamplerOptions options;
  options.topK = 0;
  options.minP = 0;
  options.seed = 1234;
  Sampler sampler(options);
  std::vector<int32_t> drawn;
  for (uint64_t i = 0; i < 12; ++i)
    drawn.push_back(sampler.sample(someLogits(5000, i)));
  // These were recorded once, too.
  EXPECT_EQ(drawn, (std::vector<int32_t>{3646, 2060, 4723, 43, 3480, 1649,
                                         1313, 4610, 4578, 409, 4463, 1304}));
}

TEST(Sampler, penalizes_the_tokens_seen_lately) {
  SamplerOptions options;
  options.temperature = 0;
  options.repeatPenalty = 2;
  options.repeatLastN = 2;
  Sampler sampler(options);
  std::vector<float> logits = {4, 3, 2.5, -1};
  EXPECT_EQ(sampler.sample(logits), 0);
  sampler.accept(0);
  sampler.accept(0); // seen twice, penalized once: 4 / 2
  EXPECT_EQ(sampler.sample(logits), 1);
  sampler.accept(1); // 3 / 2
  EXPECT_EQ(sampler.sample(logits), 2);
  sampler.accept(2); // 0 leaves the window
  EXPECT_EQ(sampler.sample(logits), 0);
}

TEST(Sampler, a_penalty_lowers_logits_below_zero_too) {
  SamplerOptions options;
  options.temperature = 0;
  options.repeatPenalty = 3;
  Sampler sampler(options);
  sampler.accept(0);
  EXPECT_EQ(sampler.sample(std::vector<float>{-1, -2}), 1);
}

TEST(Sampler, survives_logits_that_are_no_numbers) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  float nan = std::nanf("");
  for (SamplerOptions options : {SamplerOptions(), plain()}) {
    for (double temperature : {0.0, 1e-300, 1.0, 1e300}) {
      options.temperature = temperature;
      options.repeatPenalty = 1e300;
      Sampler sampler(options);
      sampler.accept(1);
      EXPECT_EQ(sampler.sample(std::vector<float>{nan, infinity, nan, 0, 0}) <
                    5,
                true);
      EXPECT_LT(sampler.sample(std::vector<float>(100, nan)), 100);
      EXPECT_LT(sampler.sample(std::vector<float>(100, -infinity)), 100);
      EXPECT_LT(sampler.sample(std::vector<float>(100, infinity)), 100);
    }
  }
  Sampler greedy({.temperature = 0});
  EXPECT_EQ(greedy.sample(std::vector<float>{nan, 1, nan, 2}), 3);
}
