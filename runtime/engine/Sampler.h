//===- Sampler.h - Chooses the next token ---------------------------------===//

#ifndef GPTC_RUNTIME_ENGINE_SAMPLER_H
#define GPTC_RUNTIME_ENGINE_SAMPLER_H

#include "runtime/engine/Random.h"

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace gptc {

/// The sampling options; the defaults are those of llama-cli.
struct SamplerOptions {
  double temperature = 0.8; ///< 0 takes the most likely token
  int64_t topK = 40;        ///< 0 keeps all
  double topP = 0.95;       ///< 1 keeps all
  double minP = 0.05;       ///< 0 keeps all
  double repeatPenalty = 1; ///< 1 changes nothing
  int64_t repeatLastN = 64; ///< window of the penalty, in tokens
  uint64_t seed = 0;
};

/// Samples in this order: penalizes recent tokens; keeps the `topK` most
/// likely; of these keeps the fewest whose probabilities sum up to `topP`; of
/// these keeps those at least `minP` times as likely as the most likely; draws
/// one of them with the logits divided by the temperature.
///
/// Equal logits rank by id, the lower first. All sums are in double and in a
/// fixed order, so the same logits and seed choose the same token everywhere.
///
/// A short list of the `topK` most likely tokens is sorted, and its
/// probabilities are in double. Otherwise nothing is sorted: each filter is a
/// cut in the ranking, found by histograms, and the probabilities are in float,
/// within 2·10^-5 of their values.
class Sampler {
public:
  explicit Sampler(const SamplerOptions &options)
      : options(options), random(options.seed) {}

  /// Adds `token` to the recent tokens.
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

  /// A prefix of the ranking: the logits above `least`, and of those equal to
  /// it the ones with an id below `equalEnd`.
  struct Cut {
    float least;
    size_t equalEnd;
  };

  int32_t sampleUnsorted(std::span<const float> logits);
  std::pair<float, float> takeFinite(std::span<const float> logits);
  void weigh(float largest, double temperature, const Cut &cut);
  Cut cutAfter(double share, double most, float largest, float range);
  int32_t drawByWeight();

  SamplerOptions options;
  Random random;
  std::vector<int32_t> recent; ///< a ring buffer of `repeatLastN` tokens
  size_t oldest = 0;
  std::vector<float> penalized;
  std::vector<int32_t> distinct;
  std::vector<Candidate> candidates;
  std::vector<double> sums;

  // Buffers of sampleUnsorted(), indexed by token id; those of members hold a
  // subset of the tokens.
  std::vector<float> finiteLogits;
  std::vector<float> weights;
  std::vector<int32_t> groups;
  std::vector<uint32_t> members;
  std::vector<float> memberLogits;
  std::vector<float> memberWeights;
  std::vector<double> masses;
};

} // namespace gptc

#endif // GPTC_RUNTIME_ENGINE_SAMPLER_H
