//===- limits.cpp - What one core of this machine can do ------------------===//
//
// Prints the rate of fused multiply-adds in registers, in GFLOP/s, and the rate
// at which 512 MiB are read, in GB/s: the median of several turns each.
//
//===----------------------------------------------------------------------===//

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

/// As wide as the machine's registers, whatever it was compiled for.
#if defined(__AVX512F__)
typedef float Vector __attribute__((vector_size(64)));
#elif defined(__AVX__)
typedef float Vector __attribute__((vector_size(32)));
#else
typedef float Vector __attribute__((vector_size(16)));
#endif
static constexpr int width = sizeof(Vector) / sizeof(float);

static double now() {
  using namespace std::chrono;
  return duration<double>(steady_clock::now().time_since_epoch()).count();
}

template <typename Work>
static double medianRate(int turns, double amount, Work work) {
  std::vector<double> rates;
  for (int turn = 0; turn < turns; ++turn) {
    double start = now();
    work();
    rates.push_back(amount / (now() - start) * 1e-9);
  }
  std::nth_element(rates.begin(), rates.begin() + turns / 2, rates.end());
  return rates[turns / 2];
}

/// Keeps a value alive: the compiler may not know that nobody reads it.
template <typename T>
static void use(T &value) {
  asm volatile("" : "+x"(value));
}

static double measureFma() {
  constexpr int sums = 12;
  constexpr long steps = 5'000'000;
  Vector sum[sums], factor = {}, term = {};
  for (Vector &s : sum)
    s = Vector{} + 1.0f;
  factor += 0.999f;
  term += 0.001f;
  return medianRate(9, 2.0 * steps * sums * width, [&] {
    for (long step = 0; step < steps; ++step)
      for (Vector &s : sum) {
        s = __builtin_elementwise_fma(s, factor, term);
        use(s);
      }
  });
}

static double measureRead() {
  constexpr size_t bytes = size_t(512) << 20;
  auto *memory = static_cast<char *>(std::aligned_alloc(4096, bytes));
  if (!memory)
    return 0;
  std::memset(memory, 1, bytes);
  double rate = medianRate(9, bytes, [&] {
    Vector sum[8] = {};
    for (size_t at = 0; at < bytes; at += sizeof(sum))
      for (int i = 0; i < 8; ++i)
        sum[i] += *reinterpret_cast<Vector *>(memory + at + i * sizeof(Vector));
    for (Vector &s : sum)
      use(s);
  });
  std::free(memory);
  return rate;
}

int main() { std::printf("%.2f %.2f\n", measureFma(), measureRead()); }
