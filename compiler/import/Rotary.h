//===- Rotary.h - The frequencies of rotary positions ---------------------===//

#ifndef GPTC_COMPILER_IMPORT_ROTARY_H
#define GPTC_COMPILER_IMPORT_ROTARY_H

#include "llvm/ADT/SmallVector.h"

#include <cstdint>
#include <optional>

namespace gptc {

/// What gpt.rotary_table takes.
struct RotaryParameters {
  /// Radians per position, of each pair of a head's channels.
  llvm::SmallVector<float> frequencies;
  float magnitude = 1;
};

/// How frequencies are stretched for longer contexts than the model was
/// trained on.
struct RotaryScaling {
  enum class Kind {
    none,
    /// All by the same factor (Chen et al. 2023, arXiv:2306.15595).
    linear,
    /// Low frequencies by the factor, high ones not, those between in part, as
    /// Llama 3.1 does.
    llama3,
    /// By the turns that a pair makes in the original context (Peng et al.
    /// 2023, arXiv:2309.00071).
    yarn,
  };
  Kind kind = Kind::none;
  double factor = 1;
  /// Positions the model was trained on.
  double originalContext = 0;
  /// llama3: pairs of more turns than `highFrequency` stay, of fewer than
  /// `lowFrequency` are stretched.
  double lowFrequency = 1, highFrequency = 4;
  /// yarn: the same limits, and what multiplies cosines and sines.
  double betaFast = 32, betaSlow = 1, attentionFactor = 1;
  /// yarn: round the limits to whole pairs.
  bool truncate = true;
};

/// The frequencies base^(-2i / channels), stretched as transformers does
/// (modeling_rope_utils.py). `channels`, those of a head that are turned, is
/// even.
RotaryParameters computeRotary(double base, int64_t channels,
                               const RotaryScaling &scaling);

/// YaRN's attention factor where no file gives one: 0.1 m ln(factor) + 1.
double yarnMagnitude(double factor, double m = 1);

} // namespace gptc

#endif // GPTC_COMPILER_IMPORT_ROTARY_H
