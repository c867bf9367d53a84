//===- Sampler.h - Chooses the next token ---------------------------------===//

#ifndef GPTC_RUNTIME_SAMPLER_H
#define GPTC_RUNTIME_SAMPLER_H

#include "runtime/Random.h"

#include <cstdint>
#include <span>
#include <vector>

namespace gptc {

/// The defaults are llama-cli's.
struct SamplerOptions {
  double temperature = 0.8; ///< 0 takes the most likely token
  int64_t topK = 40;        ///< 0 keeps all
  double topP = 0.95;       ///< 1 keeps all
  double minP = 0.05;       ///< 0 keeps all
  double repeatPenalty = 1; ///< 1 changes nothing
  int64_t repeatLastN = 64; ///< tokens that are penalized
  uint64_t seed = 0;
};

/// In this order: the penalty of tokens seen lately; the `topK` most likely;
/// of these the fewest that have together a probability of `topP`; of these
/// the ones at least `minP` times as likely as the likeliest; one of them,
/// drawn with the logits divided by the temperature.
///
/// Equal logits rank by id, the lower first. The arithmetic is in double and
/// in a fixed order, so the same logits and seed choose the same token
/// everywhere.
class Sampler {
public:
  explicit Sampler(const SamplerOptions &options)
      : options(options), random(options.seed) {}

  /// Makes `token` one of those seen lately.
  void accept(int32_t token);

  int32_t sample(std::span<const float> logits);

private:
  struct Candidate {
    float logit;
    int32_t id;
  };

  static bool better(const Candidate &a, const Candidate &b);
  std::span<const float> penalize(std::span<const float> logits);
  void keepTopK(std::span<const float> logits);
  void keepLikely();
  int32_t draw();

  SamplerOptions options;
  Random random;
  std::vector<int32_t> recent; ///< a ring once `repeatLastN` are there
  size_t oldest = 0;
  std::vector<float> penalized;
  std::vector<int32_t> distinct;
  std::vector<Candidate> candidates;
  std::vector<double> weights;
};

} // namespace gptc

#endif // GPTC_RUNTIME_SAMPLER_H
