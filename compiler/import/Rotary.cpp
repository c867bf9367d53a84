//===- Rotary.cpp - Computes the frequencies of rotary embedding ----------===//

#include "compiler/import/Rotary.h"

#include <algorithm>
#include <cmath>
#include <numbers>

using namespace gptc;

static constexpr double twoPi = 2 * std::numbers::pi;

double gptc::yarnMagnitude(double factor, double m) {
  return factor <= 1 ? 1 : 0.1 * m * std::log(factor) + 1;
}

static double scaleLlama3(double frequency, const RotaryScaling &scaling) {
  double rotations = scaling.originalContext * frequency / twoPi;
  double part = (rotations - scaling.lowFrequency) /
                (scaling.highFrequency - scaling.lowFrequency);
  if (rotations > scaling.highFrequency)
    part = 1;
  else if (rotations < scaling.lowFrequency)
    part = 0;
  return (1 - part) * frequency / scaling.factor + part * frequency;
}

namespace {
/// The channel pairs over which YaRN blends from the original to the
/// interpolated frequency.
struct YarnRamp {
  YarnRamp(double base, int64_t channels, const RotaryScaling &scaling) {
    auto pairOf = [&](double rotations) {
      return channels *
             std::log(scaling.originalContext / (rotations * twoPi)) /
             (2 * std::log(base));
    };
    first = pairOf(scaling.betaFast);
    last = pairOf(scaling.betaSlow);
    if (scaling.truncate) {
      first = std::floor(first);
      last = std::ceil(last);
    }
    first = std::max(first, 0.0);
    last = std::min(last, static_cast<double>(channels - 1));
    if (first == last)
      last += 0.001;
  }

  /// Returns the weight of the interpolated frequency.
  double operator()(int64_t pair) const {
    return std::clamp((pair - first) / (last - first), 0.0, 1.0);
  }

  double first, last;
};
} // namespace

RotaryParameters gptc::computeRotary(double base, int64_t channels,
                                     const RotaryScaling &scaling) {
  RotaryParameters result;
  bool isYarn = scaling.kind == RotaryScaling::Kind::yarn;
  YarnRamp ramp(base, channels, scaling);
  for (int64_t pair = 0; pair < channels / 2; ++pair) {
    double frequency = std::pow(base, -2.0 * pair / channels);
    switch (scaling.kind) {
    case RotaryScaling::Kind::none:
      break;
    case RotaryScaling::Kind::linear:
      frequency /= scaling.factor;
      break;
    case RotaryScaling::Kind::llama3:
      frequency = scaleLlama3(frequency, scaling);
      break;
    case RotaryScaling::Kind::yarn:
      frequency *= ramp(pair) / scaling.factor + (1 - ramp(pair));
      break;
    }
    result.frequencies.push_back(frequency);
  }
  if (isYarn)
    result.magnitude = scaling.attentionFactor;
  return result;
}
