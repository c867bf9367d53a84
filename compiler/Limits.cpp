//===- Limits.cpp - Measures the peak and the bandwidth of this machine ---===//

#include "compiler/Limits.h"

#include <algorithm>
#include <atomic>
#include <cassert>
#include <chrono>
#include <cstring>
#include <sys/mman.h>
#include <thread>
#include <unistd.h>
#ifdef __x86_64__
#include <emmintrin.h>
#endif

using namespace gptc;

//===----------------------------------------------------------------------===//
// Repetitions
//===----------------------------------------------------------------------===//

static double now() {
  using namespace std::chrono;
  return duration<double>(steady_clock::now().time_since_epoch()).count();
}

/// Returns the seconds that `work(thread)` takes on threads that start
/// together.
template <typename Work>
static double seconds(int threads, Work work) {
  std::atomic<int> missing = threads;
  auto begin = [&] {
    for (--missing; missing > 0;)
      ;
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

/// Returns the best of several repetitions, in `amount` of one thread per
/// nanosecond. The time of `prepare` is not counted.
template <typename Prepare, typename Work>
static double bestRate(Effort effort, double amount, Prepare prepare,
                       Work work) {
  double best = 0;
  for (int i = 0; i < effort.repetitions; ++i) {
    prepare();
    double taken = seconds(effort.threads, work);
    best = std::max(best, effort.threads * amount / taken * 1e-9);
  }
  return best;
}

//===----------------------------------------------------------------------===//
// Peak operations in registers
//===----------------------------------------------------------------------===//

namespace {
struct Probe {
  Instruction instruction;
  bool (*isThere)();
  /// The number of operations of a step.
  int operations;
  void (*run)(long steps);
};
} // namespace

// The instructions are written in assembly, so that the compiler needs no
// machine that has them. A step executes one per accumulator: two units with a
// latency of 4 or 5 cycles need ten independent sums, four units with a latency
// of 4 need sixteen.
#if defined(__x86_64__)

/// `ADD` is an instruction without the number of its destination register.
/// Registers are zeroed before, since no product may be denormal, and after,
/// since dirty upper halves would slow down the code that follows.
#define GPTC_RUN(ADD)                                                          \
  [](long steps) {                                                             \
    asm volatile("vzeroall\n"                                                  \
                 "1:\n"                                                        \
                 ".irp sum, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11\n" ADD        \
                 "\\sum\n"                                                     \
                 ".endr\n"                                                     \
                 "dec %0\n"                                                    \
                 "jnz 1b\n"                                                    \
                 "vzeroall"                                                    \
                 : "+r"(steps)                                                 \
                 :                                                             \
                 : "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5",       \
                   "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12",  \
                   "xmm13", "xmm14", "xmm15");                                 \
  }
#define GPTC_HAS(FEATURE) [] { return __builtin_cpu_supports(FEATURE) != 0; }

static constexpr int sums = 12;
static constexpr Probe probes[] = {
    {Instruction::fma256, GPTC_HAS("fma"), 2 * 8 * sums,
     GPTC_RUN("vfmadd231ps %%ymm14, %%ymm13, %%ymm")},
    {Instruction::fma512, GPTC_HAS("avx512f"), 2 * 16 * sums,
     GPTC_RUN("vfmadd231ps %%zmm14, %%zmm13, %%zmm")},
    {Instruction::bf16, GPTC_HAS("avx512bf16"), 4 * 16 * sums,
     GPTC_RUN("vdpbf16ps %%zmm14, %%zmm13, %%zmm")},
    {Instruction::int8, GPTC_HAS("avxvnni"), 8 * 8 * sums,
     GPTC_RUN("%{vex%} vpdpbusd %%ymm14, %%ymm13, %%ymm")},
    {Instruction::int8Wide, GPTC_HAS("avx512vnni"), 8 * 16 * sums,
     GPTC_RUN("vpdpbusd %%zmm14, %%zmm13, %%zmm")},
};

#elif defined(__aarch64__)

static constexpr int sums = 16;
static constexpr Probe probes[] = {
    {Instruction::fma128, [] { return true; }, 2 * 4 * sums,
     [](long steps) {
       asm volatile("movi v16.4s, #0\n"
                    "1:\n"
                    ".irp sum, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, "
                    "14, 15\n"
                    "fmla v\\sum\\().4s, v16.4s, v16.4s\n"
                    ".endr\n"
                    "subs %0, %0, #1\n"
                    "b.ne 1b"
                    : "+r"(steps)
                    :
                    : "cc", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7",
                      "v8", "v9", "v10", "v11", "v12", "v13", "v14", "v15",
                      "v16");
     }},
};

#endif

static const Probe *findProbe(Instruction instruction) {
  const Probe *probe =
      std::find_if(std::begin(probes), std::end(probes), [&](const Probe &p) {
        return p.instruction == instruction;
      });
  return probe != std::end(probes) && probe->isThere() ? probe : nullptr;
}

bool gptc::hasInstruction(Instruction instruction) {
  return findProbe(instruction);
}

double gptc::measureOperations(Instruction instruction, long steps,
                               Effort effort) {
  const Probe *probe = findProbe(instruction);
  assert(probe && "hasInstruction says whether it is there");
  return bestRate(
      effort, double(probe->operations) * steps, [] {},
      [=](int) { probe->run(steps); });
}

//===----------------------------------------------------------------------===//
// Memory bandwidth
//===----------------------------------------------------------------------===//

/// A vector that every machine has; wider ones do not read faster.
typedef float Vector __attribute__((vector_size(16)));
static constexpr size_t lineBytes = 64;

/// Evicts `memory` from the caches.
static void flush(const char *memory, size_t bytes) {
#if defined(__x86_64__)
  // clflush waits for each line.
  bool isFast = __builtin_cpu_supports("clflushopt");
  for (size_t at = 0; at < bytes; at += lineBytes)
    if (isFast)
      asm volatile("clflushopt %0" ::"m"(memory[at]) : "memory");
    else
      _mm_clflush(memory + at);
  _mm_mfence();
#elif defined(__aarch64__)
  for (size_t at = 0; at < bytes; at += lineBytes)
    asm volatile("dc civac, %0" ::"r"(memory + at) : "memory");
  asm volatile("dsb sy" ::: "memory");
#endif
}

/// Reads `bytes`, rounded down to whole pieces, as `streams` interleaved
/// streams, each prefetched a page ahead.
static void read(const char *memory, size_t bytes, int streams) {
  constexpr size_t piece = 2 * lineBytes, ahead = 4096;
  Vector sum[piece / sizeof(Vector)] = {};
  size_t stride = bytes / streams / piece * piece;
  for (size_t at = 0; at < stride; at += piece)
    for (int stream = 0; stream < streams; ++stream) {
      const char *from = memory + stream * stride + at;
      for (size_t line = 0; line < piece; line += lineBytes)
        __builtin_prefetch(from + ahead + line);
      for (size_t i = 0; i < std::size(sum); ++i)
        sum[i] += reinterpret_cast<const Vector *>(from)[i];
    }
  // This keeps the compiler from removing the unused sums.
  asm volatile("" ::"r"(sum) : "memory");
}

double gptc::measureRead(size_t bytes, Effort effort) {
  void *mapped = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED)
    return 0;
  madvise(mapped, bytes, MADV_HUGEPAGE);
  std::memset(mapped, 1, bytes);
  const char *memory = static_cast<char *>(mapped);
  size_t share = bytes / effort.threads;
  double best = 0;
  for (int streams : {1, 4, 12})
    best = std::max(best, bestRate(
                              effort, share, [=] { flush(memory, bytes); },
                              [=](int thread) {
                                read(memory + thread * share, share, streams);
                              }));
  munmap(mapped, bytes);
  return best;
}

size_t gptc::getLastCacheBytes() {
  return std::max(sysconf(_SC_LEVEL3_CACHE_SIZE), 0l);
}
