//===- limits.cpp - What this machine can do ------------------------------===//
//
//   limits             the rates below as JSON, each at 1 and 2 threads
//   limits fault FILE  seconds to map FILE and touch each of its pages
//
// In registers: `fma` (f32, GFLOP/s), `bf16` (vdpbf16ps, GFLOP/s) and `int8`
// (vpdpbusd, GOP/s), null where the CPU lacks the instruction. From memory:
// `read`, GB/s. Of several turns the best counts. Compile it with
// -march=native -mprefer-vector-width=512.
//
//===----------------------------------------------------------------------===//

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <immintrin.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

/// As wide as the machine's registers.
#if defined(__AVX512F__)
typedef float Vector __attribute__((vector_size(64)));
#else
typedef float Vector __attribute__((vector_size(32)));
#endif

/// Two units with a latency of 4 or 5 need ten sums under way; the operands
/// fill the rest of AVX2's 16 registers.
static constexpr int sums = 12;
static constexpr long steps = 4'000'000;
static constexpr int turns = 5;

static double now() {
  using namespace std::chrono;
  return duration<double>(steady_clock::now().time_since_epoch()).count();
}

/// Seconds that `threads` threads take for `work(thread)`, begun together.
template <typename Work>
static double seconds(int threads, Work work) {
  std::atomic<int> missing = threads;
  auto begin = [&] {
    for (--missing; missing > 0;)
      _mm_pause();
  };
  std::thread second;
  if (threads == 2)
    second = std::thread([&] {
      begin();
      work(1);
    });
  begin();
  double start = now();
  work(0);
  if (second.joinable())
    second.join();
  return now() - start;
}

/// The best of several turns, in `amount` of one thread per nanosecond.
template <typename Work>
static double bestRate(int threads, double amount, Work work) {
  double best = seconds(threads, work);
  for (int turn = 1; turn < turns; ++turn)
    best = std::min(best, seconds(threads, work));
  return threads * amount / best * 1e-9;
}

/// Keeps a value in its register: the compiler may not know that nobody reads
/// it, nor what it is.
template <typename T>
static void keep(T &value) {
  asm volatile("" : "+v"(value));
}

/// `step(sum, a, b)` is one instruction, which does `operations` to each
/// 32-bit lane of a register.
template <typename T, typename Step>
static double measure(int threads, double operations, T start, Step step) {
  double amount = operations * steps * sums * sizeof(T) / 4;
  return bestRate(threads, amount, [=](int) {
    T sum[sums], a = start, b = start;
    std::fill(sum, sum + sums, start);
    keep(a);
    keep(b);
    for (long i = 0; i < steps; ++i)
      for (T &s : sum) {
        s = step(s, a, b);
        keep(s);
      }
  });
}

static double measureFma(int threads) {
  return measure(threads, 2, Vector{} + 0.5f, [](Vector s, Vector a, Vector b) {
    return __builtin_elementwise_fma(s, a, b);
  });
}

static double measureBf16([[maybe_unused]] int threads) {
#if defined(__AVX512BF16__)
  return measure(threads, 4, _mm512_set1_ps(0),
                 [](__m512 s, __m512 a, __m512 b) {
                   return _mm512_dpbf16_ps(s, (__m512bh)a, (__m512bh)b);
                 });
#else
  return 0;
#endif
}

static double measureInt8([[maybe_unused]] int threads) {
#if defined(__AVX512VNNI__)
  return measure(threads, 8, _mm512_set1_epi8(1),
                 [](__m512i s, __m512i a, __m512i b) {
                   return _mm512_dpbusd_epi32(s, a, b);
                 });
#elif defined(__AVXVNNI__)
  return measure(threads, 8, _mm256_set1_epi8(1),
                 [](__m256i s, __m256i a, __m256i b) {
                   return _mm256_dpbusd_avx_epi32(s, a, b);
                 });
#else
  return 0;
#endif
}

/// Reads `bytes` as `streams` streams side by side.
static void read(const char *memory, size_t bytes, int streams) {
  constexpr size_t piece = 256;
  Vector sum[piece / sizeof(Vector)] = {};
  size_t stride = bytes / streams;
  for (size_t at = 0; at < stride; at += piece)
    for (int stream = 0; stream < streams; ++stream)
      for (size_t i = 0; i < std::size(sum); ++i)
        sum[i] +=
            reinterpret_cast<const Vector *>(memory + stream * stride + at)[i];
  for (Vector &s : sum)
    keep(s);
}

/// Each thread reads its half of a buffer of pages of 2 MiB, in several ways,
/// of which the fastest counts.
static double measureRead(int threads, const char *memory, size_t bytes) {
  size_t share = bytes / threads;
  double best = 0;
  for (int streams : {1, 2, 4})
    best = std::max(best, bestRate(threads, share, [=](int thread) {
                      read(memory + thread * share, share, streams);
                    }));
  return best;
}

/// A buffer of at least ten times the last level of cache.
static char *allocate(size_t &bytes) {
  size_t cache = std::max(sysconf(_SC_LEVEL3_CACHE_SIZE), 1l << 25);
  bytes = size_t(1) << 29;
  while (bytes < 10 * cache)
    bytes *= 2;
  void *memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    return nullptr;
  madvise(memory, bytes, MADV_HUGEPAGE);
  std::memset(memory, 1, bytes);
  return static_cast<char *>(memory);
}

static int fault(const char *path) {
  int file = open(path, O_RDONLY);
  struct stat status;
  if (file < 0 || fstat(file, &status) != 0) {
    std::perror(path);
    return 1;
  }
  double begin = now();
  void *memory = mmap(nullptr, status.st_size, PROT_READ, MAP_PRIVATE, file, 0);
  if (memory == MAP_FAILED) {
    std::perror(path);
    return 1;
  }
  for (off_t at = 0; at < status.st_size; at += 4096)
    static_cast<void>(*(static_cast<volatile char *>(memory) + at));
  std::printf("%.6f\n", now() - begin);
  return 0;
}

static void print(const char *name, double one, double two) {
  if (one > 0)
    std::printf("\"%s\": [%.2f, %.2f]", name, one, two);
  else
    std::printf("\"%s\": null", name);
}

int main(int argc, char **argv) {
  if (argc == 3 && std::strcmp(argv[1], "fault") == 0)
    return fault(argv[2]);
  size_t bytes;
  char *memory = allocate(bytes);
  if (!memory) {
    std::perror("limits");
    return 1;
  }
  std::printf("{");
  print("fma", measureFma(1), measureFma(2));
  std::printf(", ");
  print("bf16", measureBf16(1), measureBf16(2));
  std::printf(", ");
  print("int8", measureInt8(1), measureInt8(2));
  std::printf(", ");
  print("read", measureRead(1, memory, bytes), measureRead(2, memory, bytes));
  std::printf("}\n");
}
