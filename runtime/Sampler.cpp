//===- Sampler.cpp - Chooses the next token -------------------------------===//

#include "runtime/Sampler.h"

#include "runtime/Math.h"

#include <algorithm>
#include <limits>

using namespace gptc;

bool Sampler::better(const Candidate &a, const Candidate &b) {
  return a.logit > b.logit || (a.logit == b.logit && a.id < b.id);
}

/// Sums stay numbers whatever a broken model gives: NaN is the least likely.
static float finite(float logit) {
  constexpr float largest = std::numeric_limits<float>::max();
  return logit > -largest ? std::min(logit, largest) : -largest;
}

static int32_t mostLikely(std::span<const float> logits) {
  size_t best = 0;
  float largest = finite(logits[0]);
  for (size_t id = 1; id < logits.size(); ++id)
    if (logits[id] > largest) { // false for NaN
      best = id;
      largest = logits[id];
    }
  return static_cast<int32_t>(best);
}

void Sampler::accept(int32_t token) {
  if (static_cast<int64_t>(recent.size()) < options.repeatLastN) {
    recent.push_back(token);
  } else if (!recent.empty()) {
    recent[oldest] = token;
    oldest = (oldest + 1) % recent.size();
  }
}

std::span<const float> Sampler::penalize(std::span<const float> logits) {
  if (options.repeatPenalty == 1 || recent.empty())
    return logits;
  penalized.assign(logits.begin(), logits.end());
  distinct = recent;
  std::sort(distinct.begin(), distinct.end());
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  // N. Keskar et al., "CTRL" (2019), with llama.cpp's rule for logits below 0.
  for (int32_t id : distinct) {
    double logit = finite(logits[id]);
    penalized[id] =
        static_cast<float>(logit > 0 ? logit / options.repeatPenalty
                                     : logit * options.repeatPenalty);
  }
  return penalized;
}

/// Leaves the candidates in an order that only the logits decide: by rank, or
/// by id where all are kept.
void Sampler::keepTopK(std::span<const float> logits) {
  size_t kept = logits.size();
  if (options.topK > 0)
    kept = std::min(kept, static_cast<size_t>(options.topK));
  candidates.clear();
  for (size_t id = 0; id < kept; ++id)
    candidates.push_back({finite(logits[id]), static_cast<int32_t>(id)});
  if (kept == logits.size())
    return;
  // A heap whose first is the worst kept so far; ids ascend, so of two equals
  // the first stays.
  std::make_heap(candidates.begin(), candidates.end(), better);
  for (size_t id = kept; id < logits.size(); ++id) {
    float logit = finite(logits[id]);
    if (logit <= candidates.front().logit)
      continue;
    std::pop_heap(candidates.begin(), candidates.end(), better);
    candidates.back() = {logit, static_cast<int32_t>(id)};
    std::push_heap(candidates.begin(), candidates.end(), better);
  }
  std::sort_heap(candidates.begin(), candidates.end(), better);
}

/// Top-p and min-p. Takes candidates from a heap, best first, until enough are
/// there: for a large vocabulary that is far less than sorting it.
void Sampler::keepLikely() {
  if (options.topP >= 1 && options.minP <= 0)
    return;
  double largest =
      std::min_element(candidates.begin(), candidates.end(), better)->logit;
  double enough = std::numeric_limits<double>::infinity();
  if (options.topP < 1) {
    enough = 0;
    for (const Candidate &candidate : candidates)
      enough += exponential(candidate.logit - largest);
    enough *= options.topP;
  }
  double least = largest + logarithm(options.minP);
  auto worse = [](const Candidate &a, const Candidate &b) {
    return better(b, a);
  };
  std::make_heap(candidates.begin(), candidates.end(), worse);
  double sum = 0;
  auto end = candidates.end();
  do {
    std::pop_heap(candidates.begin(), end--, worse);
    sum += exponential(end->logit - largest);
  } while (end != candidates.begin() && sum < enough &&
           candidates.front().logit >= least);
  // The kept ones stand at the end, the best last.
  candidates.erase(candidates.begin(), end);
  std::reverse(candidates.begin(), candidates.end());
}

int32_t Sampler::draw() {
  double largest =
      std::min_element(candidates.begin(), candidates.end(), better)->logit;
  weights.clear();
  double sum = 0;
  for (const Candidate &candidate : candidates) {
    sum += exponential((candidate.logit - largest) / options.temperature);
    weights.push_back(sum);
  }
  auto chosen =
      std::upper_bound(weights.begin(), weights.end(), random.uniform() * sum);
  return candidates[chosen - weights.begin()].id;
}

int32_t Sampler::sample(std::span<const float> logits) {
  logits = penalize(logits);
  if (options.temperature <= 0)
    return mostLikely(logits);
  keepTopK(logits);
  keepLikely();
  return draw();
}
