//===- Rotary.h - Computes the frequencies of rotary embedding ------------===//

#ifndef GPTC_COMPILER_IMPORT_ROTARY_H
#define GPTC_COMPILER_IMPORT_ROTARY_H

#include "llvm/ADT/SmallVector.h"

#include <cstdint>
#include <optional>

namespace gptc {

/// The parameters of gpt.rotary_table.
struct RotaryParameters {
  /// The angle per position in radians, for each pair of a head's channels.
  llvm::SmallVector<float> frequencies;
  float magnitude = 1;
};

/// The scaling of frequencies for contexts that are longer than in training.
struct RotaryScaling {
  enum class Kind {
    none,
    /// Divides all frequencies by the factor (Chen et al. 2023,
    /// arXiv:2306.15595).
    linear,
    /// Divides low frequencies by the factor, keeps high ones, and blends those
    /// between, as in Llama 3.1.
    llama3,
    /// Divides or keeps a frequency by the number of rotations that its pair
    /// makes in the original context (Peng et al. 2023, arXiv:2309.00071).
    yarn,
  };
  Kind kind = Kind::none;
  double factor = 1;
  /// The context length in training, in positions.
  double originalContext = 0;
  /// llama3: pairs with more rotations than `highFrequency` keep their
  /// frequency; those with fewer than `lowFrequency` are scaled.
  double lowFrequency = 1, highFrequency = 4;
  /// yarn: the same limits, and the factor of cosines and sines.
  double betaFast = 32, betaSlow = 1, attentionFactor = 1;
  /// yarn: whether the limits are rounded to whole pairs.
  bool truncate = true;
};

/// Computes the frequencies base^(-2i / channels), scaled as transformers does
/// (modeling_rope_utils.py). `channels`, the number of rotated channels of a
/// head, must be even.
RotaryParameters computeRotary(double base, int64_t channels,
                               const RotaryScaling &scaling);

/// Returns YaRN's default attention factor, 0.1 m ln(factor) + 1.
double yarnMagnitude(double factor, double m = 1);

} // namespace gptc

#endif // GPTC_COMPILER_IMPORT_ROTARY_H
