//===- Sampler.cpp - Chooses the next token -------------------------------===//

#include "runtime/engine/Sampler.h"

#include "runtime/engine/Math.h"

#include <algorithm>
#include <bit>
#include <limits>

using namespace gptc;

bool Sampler::better(const Candidate &a, const Candidate &b) {
  return a.logit > b.logit || (a.logit == b.logit && a.id < b.id);
}

/// Clamps a logit to finite values, so that sums stay finite even for a broken
/// model. NaN becomes the least likely logit.
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
  // The repetition penalty of N. Keskar et al., "CTRL" (2019), with llama.cpp's
  // rule for logits below 0.
  for (int32_t id : distinct) {
    double logit = finite(logits[id]);
    penalized[id] =
        static_cast<float>(logit > 0 ? logit / options.repeatPenalty
                                     : logit * options.repeatPenalty);
  }
  return penalized;
}

/// Leaves the `topK` most likely tokens in `candidates`, sorted.
void Sampler::keepTopK(std::span<const float> logits) {
  size_t kept = std::min(logits.size(), static_cast<size_t>(options.topK));
  candidates.clear();
  for (size_t id = 0; id < kept; ++id)
    candidates.push_back({finite(logits[id]), static_cast<int32_t>(id)});
  // A heap with the least likely candidate on top. Ids ascend, so of two equal
  // logits the lower id stays.
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

/// Applies top-p and min-p to `candidates`.
void Sampler::keepLikely() {
  if (options.topP >= 1 && options.minP <= 0)
    return;
  double largest = candidates.front().logit;
  double enough = std::numeric_limits<double>::infinity();
  if (options.topP < 1) {
    enough = 0;
    for (const Candidate &candidate : candidates)
      enough += exponential(candidate.logit - largest);
    enough *= options.topP;
  }
  double least = largest + logarithm(options.minP);
  double sum = 0;
  size_t kept = 0;
  do
    sum += exponential(candidates[kept++].logit - largest);
  while (kept < candidates.size() && sum < enough &&
         candidates[kept].logit >= least);
  candidates.resize(kept);
}

int32_t Sampler::draw() {
  double largest = candidates.front().logit;
  sums.clear();
  double sum = 0;
  for (const Candidate &candidate : candidates) {
    sum += exponential((candidate.logit - largest) / options.temperature);
    sums.push_back(sum);
  }
  auto chosen =
      std::upper_bound(sums.begin(), sums.end(), random.uniform() * sum);
  return candidates[chosen - sums.begin()].id;
}

/// Returns an integer that is ordered as the floats are. valueOf() inverts it.
static int32_t orderOf(float value) {
  int32_t bits = std::bit_cast<int32_t>(value);
  return bits ^ ((bits >> 31) & 0x7fffffff);
}
static float valueOf(int32_t order) {
  return std::bit_cast<float>(order ^ ((order >> 31) & 0x7fffffff));
}

/// Fills `finiteLogits` and returns the largest and the smallest of them.
std::pair<float, float> Sampler::takeFinite(std::span<const float> logits) {
  finiteLogits.resize(logits.size());
  float *values = finiteLogits.data();
  int32_t largest = std::numeric_limits<int32_t>::min();
  int32_t smallest = std::numeric_limits<int32_t>::max();
  for (size_t id = 0; id < logits.size(); ++id) {
    values[id] = finite(logits[id]) + 0.0f; // turns -0 into 0
    int32_t order = orderOf(values[id]);
    largest = std::max(largest, order);
    smallest = std::min(smallest, order);
  }
  return {valueOf(largest), valueOf(smallest)};
}

static void weighAbove(std::span<const float> logits, float largest,
                       float inverse, float least, float *weights) {
  for (size_t i = 0; i < logits.size(); ++i) {
    float weight = exponentialOfNegative((logits[i] - largest) * inverse);
    weights[i] = logits[i] >= least ? weight : 0;
  }
}

/// Fills `weights` with the softmax numerators, 0 for tokens outside the cut.
void Sampler::weigh(float largest, double temperature, const Cut &cut) {
  weights.resize(finiteLogits.size());
  // The clamp keeps the inverse finite, so that 0 times it is 0.
  float inverse =
      static_cast<float>(1 / std::clamp(temperature, 0x1p-126, 0x1p126));
  std::span<const float> logits = finiteLogits;
  weighAbove(logits.first(cut.equalEnd), largest, inverse, cut.least,
             weights.data());
  weighAbove(logits.subspan(cut.equalEnd), largest, inverse,
             valueOf(orderOf(cut.least) + 1), weights.data() + cut.equalEnd);
}

static constexpr size_t groupCount = 2048;

/// Sorts logits into groups by their distance from `largest`. Of two logits the
/// larger one is never in a later group.
static void groupLogits(std::span<const float> logits, float largest,
                        float range, int32_t *groups) {
  constexpr float last = groupCount - 1;
  float scale = range > 0 ? last / range : 0;
  for (size_t i = 0; i < logits.size(); ++i)
    groups[i] = static_cast<int32_t>( // `last` comes first, so NaN yields it
        std::min(last, (largest - logits[i]) * scale));
}

/// Sums the weights of each group into `masses`.
static void sumGroups(std::span<const int32_t> groups, const float *weights,
                      std::vector<double> &masses) {
  // Four tables are used in rotation, so that an addition need not wait for the
  // previous one to the same group.
  constexpr size_t tables = 4;
  masses.assign(tables * groupCount, 0);
  double *mass = masses.data();
  size_t i = 0;
  for (; i + tables <= groups.size(); i += tables)
    for (size_t table = 0; table < tables; ++table)
      mass[table * groupCount + groups[i + table]] += weights[i + table];
  for (; i < groups.size(); ++i)
    mass[groups[i]] += weights[i];
  for (size_t table = 1; table < tables; ++table)
    for (size_t group = 0; group < groupCount; ++group)
      mass[group] += mass[table * groupCount + group];
  masses.resize(groupCount);
}

/// Filters `ids` to those in group `chosen` with a weight above 0, in order. If
/// `ids` is empty, every index counts as an id.
static void keepGroup(std::span<const int32_t> groups, int32_t chosen,
                      std::span<const float> weights,
                      std::vector<uint32_t> &ids) {
  bool all = ids.empty();
  size_t kept = 0;
  auto test = [&](size_t i) {
    uint32_t id = all ? static_cast<uint32_t>(i) : ids[i];
    if (groups[i] != chosen || !(weights[id] > 0))
      return;
    if (all)
      ids.push_back(id);
    else
      ids[kept++] = id;
  };
  constexpr size_t block = 16; // most blocks hold none of the group
  size_t i = 0;
  for (; i + block <= groups.size(); i += block) {
    int32_t any = 0;
    for (size_t j = 0; j < block; ++j)
      any |= groups[i + j] == chosen;
    if (any)
      for (size_t j = 0; j < block; ++j)
        test(i + j);
  }
  for (; i < groups.size(); ++i)
    test(i);
  if (!all)
    ids.resize(kept);
}

/// Returns the cut after the fewest most likely tokens whose weights sum up to
/// the fraction `share` of all weights, or to `most` if that is less. No logit
/// with a weight above 0 is more than `range` below `largest`. The cut is found
/// by histograms: the weights of groups of close logits tell in which group the
/// cut lies, and that group is divided again until it is short enough to sort.
Sampler::Cut Sampler::cutAfter(double share, double most, float largest,
                               float range) {
  constexpr size_t longestSort = 512;
  constexpr float finest = 0x1p-110f; // the smallest range that still divides
  std::span<const float> logits = finiteLogits, weighed = weights;
  double before = 0, enough = 0;
  members.clear();
  do {
    range = std::min(range, std::numeric_limits<float>::max());
    groups.resize(logits.size());
    groupLogits(logits, largest, range, groups.data());
    sumGroups(groups, weighed.data(), masses);
    if (members.empty()) {
      double total = 0;
      for (double mass : masses)
        total += mass;
      enough = std::min(share * total, most);
    }
    // If rounding keeps the sum below `enough`, this ends at the last group
    // with a weight above 0.
    size_t chosen = 0;
    double sum = before;
    for (size_t group = 0; group < groupCount; ++group)
      if (masses[group] > 0) {
        chosen = group;
        before = sum;
        sum += masses[group];
        if (sum >= enough)
          break;
      }
    keepGroup(groups, static_cast<int32_t>(chosen), weights, members);
    memberLogits.clear();
    memberWeights.clear();
    for (uint32_t id : members) {
      memberLogits.push_back(finiteLogits[id]);
      memberWeights.push_back(weights[id]);
    }
    logits = memberLogits;
    weighed = memberWeights;
    auto ends = std::minmax_element(logits.begin(), logits.end());
    largest = *ends.second;
    range = largest - *ends.first;
  } while (members.size() > longestSort && range > finest);
  if (range > 0)
    std::sort(members.begin(), members.end(), [&](uint32_t a, uint32_t b) {
      return better({finiteLogits[a], static_cast<int32_t>(a)},
                    {finiteLogits[b], static_cast<int32_t>(b)});
    });
  size_t kept = 0;
  do
    before += weights[members[kept++]];
  while (kept < members.size() && before < enough);
  uint32_t last = members[kept - 1];
  return {finiteLogits[last], last + size_t(1)};
}

/// Draws an id in proportion to `weights`: first a block of ids, then an id in
/// it.
int32_t Sampler::drawByWeight() {
  constexpr size_t block = 256, lanes = 8;
  sums.clear();
  double sum = 0;
  for (size_t begin = 0; begin < weights.size(); begin += block) {
    size_t end = std::min(begin + block, weights.size());
    double lane[lanes] = {};
    size_t id = begin;
    for (; id + lanes <= end; id += lanes)
      for (size_t i = 0; i < lanes; ++i)
        lane[i] += weights[id + i];
    for (; id < end; ++id)
      lane[0] += weights[id];
    for (double part : lane)
      sum += part;
    sums.push_back(sum);
  }
  double point = random.uniform() * sum;
  size_t chosen =
      std::upper_bound(sums.begin(), sums.end(), point) - sums.begin();
  sum = chosen == 0 ? 0 : sums[chosen - 1];
  size_t id = chosen * block;
  size_t end = std::min(id + block, weights.size());
  // If rounding keeps the sum below `point`, this ends at the last id with a
  // weight above 0.
  size_t last = id;
  for (; id < end && sum <= point; ++id)
    if (weights[id] > 0) {
      last = id;
      sum += weights[id];
    }
  return static_cast<int32_t>(last);
}

/// Returns the smallest float that is not below `value`.
static float floatFrom(double value) {
  float rounded = static_cast<float>(value);
  return rounded < value ? valueOf(orderOf(rounded) + 1) : rounded;
}

int32_t Sampler::sampleUnsorted(std::span<const float> logits) {
  constexpr float negligible = 87; // exponentialOfNegative() is 0 below -87
  constexpr double unlimited = std::numeric_limits<double>::infinity();
  auto [largest, smallest] = takeFinite(logits);
  Cut cut = {smallest, logits.size()};
  if (options.topK > 0 && options.topK < static_cast<int64_t>(logits.size())) {
    weights.assign(logits.size(), 1);
    cut = cutAfter(1, static_cast<double>(options.topK), largest,
                   largest - smallest);
  }
  if (options.topP < 1) {
    weigh(largest, 1, cut);
    cut = cutAfter(options.topP, unlimited, largest,
                   std::min(largest - cut.least, negligible));
  }
  if (options.minP > 0) {
    float least =
        std::min(floatFrom(largest + logarithm(options.minP)), largest);
    if (least > cut.least)
      cut = {least, logits.size()};
  }
  weigh(largest, options.temperature, cut);
  return drawByWeight();
}

int32_t Sampler::sample(std::span<const float> logits) {
  logits = penalize(logits);
  if (options.temperature <= 0)
    return mostLikely(logits);
  // Up to this length a heap is cheaper than passes over all logits.
  constexpr int64_t longest = 1000;
  if (options.topK <= 0 || options.topK > longest)
    return sampleUnsorted(logits);
  keepTopK(logits);
  keepLikely();
  return draw();
}
