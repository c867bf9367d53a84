//===- MathTest.cpp - Tests of exp and log against long double ------------===//

#include "runtime/engine/Math.h"
#include "runtime/engine/Random.h"

#include "gtest/gtest.h"

#include <cmath>

using namespace gptc;

/// Returns the error in units in the last place of `exact`, which has more
/// bits.
static double error(double value, long double exact) {
  int exponent;
  std::frexp(static_cast<double>(exact), &exponent);
  long double unit = std::ldexp(1.0L, exponent - 53);
  return static_cast<double>(std::fabs((value - exact) / unit));
}

TEST(Math, exponential_is_within_one_unit) {
  Random random(1);
  double worst = 0;
  for (int i = 0; i < 1'000'000; ++i) {
    double range = i % 2 ? 708 : 3;
    double x = (2 * random.uniform() - 1) * range;
    worst = std::max(worst, error(exponential(x), std::exp((long double)x)));
  }
  EXPECT_LT(worst, 1);
  RecordProperty("worst", std::to_string(worst));
}

TEST(Math, logarithm_is_within_one_unit) {
  Random random(2);
  double worst = 0;
  for (int i = 0; i < 1'000'000; ++i) {
    double x = i % 2
                   ? 0.5 + random.uniform()
                   : std::ldexp(1 + random.uniform(),
                                static_cast<int>(random.next() % 2040) - 1020);
    worst = std::max(worst, error(logarithm(x), std::log((long double)x)));
  }
  EXPECT_LT(worst, 1);
  RecordProperty("worst", std::to_string(worst));
}

TEST(Math, exponential_at_the_edges) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(exponential(0), 1);
  EXPECT_EQ(exponential(-infinity), 0);
  EXPECT_EQ(exponential(-708.5), 0);
  EXPECT_GE(exponential(-708), std::numeric_limits<double>::min());
  EXPECT_LT(exponential(709), infinity);
  EXPECT_EQ(exponential(710), infinity);
  EXPECT_TRUE(std::isnan(exponential(std::nan(""))));
}

TEST(Math, logarithm_at_the_edges) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(logarithm(1), 0);
  EXPECT_EQ(logarithm(0), -infinity);
  EXPECT_EQ(logarithm(infinity), infinity);
  EXPECT_TRUE(std::isnan(logarithm(-1)));
  EXPECT_TRUE(std::isnan(logarithm(std::nan(""))));
  EXPECT_LT(error(logarithm(5e-324), std::log((long double)5e-324)), 1);
}
