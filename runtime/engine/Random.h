//===- Random.h - The random number generator of the sampler --------------===//
//
// xoshiro256++ 1.0, seeded by SplitMix64: D. Blackman and S. Vigna, "Scrambled
// Linear Pseudorandom Number Generators", ACM Transactions on Mathematical
// Software 47 (2021); https://prng.di.unimi.it.
//
//===----------------------------------------------------------------------===//

#ifndef GPTC_RUNTIME_ENGINE_RANDOM_H
#define GPTC_RUNTIME_ENGINE_RANDOM_H

#include <array>
#include <bit>
#include <cstdint>

namespace gptc {

class SplitMix64 {
public:
  explicit SplitMix64(uint64_t seed) : state(seed) {}

  uint64_t next() {
    uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

private:
  uint64_t state;
};

class Random {
public:
  explicit Random(const std::array<uint64_t, 4> &state) : state(state) {}
  explicit Random(uint64_t seed) {
    SplitMix64 seeder(seed);
    for (uint64_t &word : state)
      word = seeder.next();
  }

  uint64_t next() {
    uint64_t result = std::rotl(state[0] + state[3], 23) + state[0];
    uint64_t shifted = state[1] << 17;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= shifted;
    state[3] = std::rotl(state[3], 45);
    return result;
  }

  /// Returns one of the 2^53 multiples of 2^-53 in [0, 1), uniformly
  /// distributed.
  double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }

private:
  std::array<uint64_t, 4> state;
};

} // namespace gptc

#endif // GPTC_RUNTIME_ENGINE_RANDOM_H
