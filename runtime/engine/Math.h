//===- Math.h - exp and log with the same bits on every target ------------===//
//
// The sampler and --perplexity use these functions because the results of libm
// differ from one libc to the next. They use plain IEEE operations in a fixed
// order, so compile with -ffp-contract=off. The functions in double are within
// one unit in the last place of the true value
// (test/runtime/engine/MathTest.cpp).
//
//===----------------------------------------------------------------------===//

#ifndef GPTC_RUNTIME_ENGINE_MATH_H
#define GPTC_RUNTIME_ENGINE_MATH_H

#include <bit>
#include <cstdint>
#include <limits>

namespace gptc {

// log(2) as a sum. The upper part has 32 significant bits, so its product with
// an exponent is exact.
inline constexpr double log2Upper = 0x1.62e42feep-1;
inline constexpr double log2Lower = 0x1.a39ef35793c76p-33;

/// Returns e^x; 0 below -708 and infinity above 709, so no result is denormal.
inline double exponential(double x) {
  if (x < -708)
    return 0;
  if (x > 709)
    return std::numeric_limits<double>::infinity();
  // x = exponent · log(2) + r with |r| <= log(2) / 2. Adding 1.5 · 2^52 rounds
  // to an integer and leaves it in the low bits of the mantissa.
  constexpr double rounding = 0x1.8p52;
  double shifted = x * 0x1.71547652b82fep0 + rounding;
  double exponent = shifted - rounding;
  double r = (x - exponent * log2Upper) - exponent * log2Lower;
  // The Taylor series of (e^r - 1 - r) / r². The first omitted term is below
  // 2^-57.
  double series = 1.0 / 6227020800;
  series = series * r + 1.0 / 479001600;
  series = series * r + 1.0 / 39916800;
  series = series * r + 1.0 / 3628800;
  series = series * r + 1.0 / 362880;
  series = series * r + 1.0 / 40320;
  series = series * r + 1.0 / 5040;
  series = series * r + 1.0 / 720;
  series = series * r + 1.0 / 120;
  series = series * r + 1.0 / 24;
  series = series * r + 1.0 / 6;
  series = series * r + 0.5;
  double power = 1 + (r + r * r * series);
  uint64_t scale = (std::bit_cast<uint64_t>(shifted) + 1023) << 52;
  return power * std::bit_cast<double>(scale);
}

/// Returns e^x for x <= 0, within 2^-23 of it; 0 below -87, so no result is
/// denormal. It has no branch and works in float, so that loops over a
/// vocabulary are vectorized.
inline float exponentialOfNegative(float x) {
  // As above, but the upper part of log(2) has 15 significant bits.
  constexpr float rounding = 0x1.8p23f;
  float shifted = x * 0x1.715476p0f + rounding;
  float exponent = shifted - rounding;
  float r = (x - exponent * 0x1.62e4p-1f) - exponent * 0x1.7f7d1cp-20f;
  float series = 1.0f / 5040;
  series = series * r + 1.0f / 720;
  series = series * r + 1.0f / 120;
  series = series * r + 1.0f / 24;
  series = series * r + 1.0f / 6;
  series = series * r + 0.5f;
  float power = 1 + (r + r * r * series);
  uint32_t scale = (std::bit_cast<uint32_t>(shifted) + 127) << 23;
  float result = power * std::bit_cast<float>(scale);
  return x < -87 ? 0 : result;
}

/// Returns the natural logarithm of a number > 0; -infinity for 0.
inline double logarithm(double x) {
  if (x == 0)
    return -std::numeric_limits<double>::infinity();
  if (!(x > 0) || x == std::numeric_limits<double>::infinity())
    return x < 0 ? std::numeric_limits<double>::quiet_NaN() : x;
  int64_t exponent = 0;
  if (x < std::numeric_limits<double>::min()) {
    x *= 0x1p54;
    exponent = -54;
  }
  // x = 2^exponent · m with m in [sqrt(1/2), sqrt(2)).
  constexpr uint64_t halfRoot = 0x3fe6a09e667f3bcd;
  uint64_t bits = std::bit_cast<uint64_t>(x) - halfRoot;
  exponent += static_cast<int64_t>(bits) >> 52;
  double m = std::bit_cast<double>((bits & 0xfffffffffffff) + halfRoot);
  // log(m) = 2 · artanh(s), where |s| is below 0.172.
  double f = m - 1;
  double s = f / (2 + f);
  double z = s * s;
  double series = 1.0 / 21;
  series = series * z + 1.0 / 19;
  series = series * z + 1.0 / 17;
  series = series * z + 1.0 / 15;
  series = series * z + 1.0 / 13;
  series = series * z + 1.0 / 11;
  series = series * z + 1.0 / 9;
  series = series * z + 1.0 / 7;
  series = series * z + 1.0 / 5;
  series = series * z + 1.0 / 3;
  // 2 s = f - s f, so the leading term of log(m) is f without rounding.
  double rest = s * (f - 2 * (z * series));
  double scale = static_cast<double>(exponent);
  return scale * log2Upper + (f - (rest - scale * log2Lower));
}

} // namespace gptc

#endif // GPTC_RUNTIME_ENGINE_MATH_H
