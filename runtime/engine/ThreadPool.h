//===- ThreadPool.h - The threads that parallel loops run on --------------===//

#ifndef GPTC_RUNTIME_ENGINE_THREADPOOL_H
#define GPTC_RUNTIME_ENGINE_THREADPOOL_H

#include "runtime/engine/Abi.h"
#include "runtime/engine/Error.h"

#include <atomic>
#include <cstddef>
#include <pthread.h>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/// A fork-join thread pool. The caller is worker 0; the other threads spin for
/// a while after a loop and then sleep. Only one thread at a time may call
/// run().
struct gptc_pool {
public:
  gptc_pool() = default;
  gptc_pool(const gptc_pool &) = delete;
  gptc_pool &operator=(const gptc_pool &) = delete;
  ~gptc_pool();

  /// Starts `threads` - 1 threads with stacks of `stackBytes` bytes.
  gptc::Error start(int threads, size_t stackBytes);

  /// Implements gptc_parallel_for. Worker w of T starts with its own share,
  /// [count w / T, count (w + 1) / T), and takes iterations from its front. A
  /// worker without iterations left steals from the back of the others' shares,
  /// so a slow thread does not hold up the loop.
  void run(gptc_parallel_function function, void *context, int64_t count);

private:
  struct Worker {
    gptc_pool *pool;
    int64_t number;
    pthread_t thread;
  };

  struct Iterations {
    int64_t first, last;
  };

  /// A range of iterations that no worker has taken yet.
  class Share {
  public:
    void fill(int64_t first, int64_t last) {
      left.store(pack(first, last), std::memory_order_relaxed);
    }
    /// Takes a quarter of the range, at least one iteration; returns an empty
    /// range if none is left.
    Iterations take(bool fromBack);

  private:
    static uint64_t pack(uint64_t first, uint64_t last) {
      return first << 32 | last;
    }

    std::atomic<uint64_t> left{0};
    [[maybe_unused]] std::byte apart[56]; // pads to a cache line
  };

  static void *runWorker(void *worker);
  void work(int64_t worker);
  void runShares(int64_t worker);
  void waitForLoop(uint32_t seen);
  void waitForWorkers();

  // The current loop; written before `generation` is incremented, read after.
  gptc_parallel_function function = nullptr;
  void *context = nullptr;
  int64_t threads = 1;
  int64_t spins = 0;
  std::vector<Worker> workers;
  std::vector<Share> shares;

  // These have a cache line each: workers poll the first, the caller the
  // second.
  alignas(64) std::atomic<uint32_t> generation{0};
  alignas(64) std::atomic<uint32_t> unfinished{0};
  alignas(64) std::atomic<uint32_t> sleepers{0};
  std::atomic<uint32_t> callerSleeps{0};
};

namespace gptc {

/// Treats denormal operands and results as zero during its lifetime. Compiled
/// code always runs under it, because equal bits on every target depend on it.
class FlushDenormals {
public:
  FlushDenormals() : saved(get()) { set(saved | flush); }
  ~FlushDenormals() { set(saved); }
  FlushDenormals(const FlushDenormals &) = delete;
  FlushDenormals &operator=(const FlushDenormals &) = delete;

private:
#if defined(__x86_64__)
  static constexpr uint64_t flush = 0x8040; // MXCSR: FTZ and DAZ
  static uint64_t get() { return _mm_getcsr(); }
  static void set(uint64_t mode) { _mm_setcsr(static_cast<uint32_t>(mode)); }
#elif defined(__aarch64__)
  static constexpr uint64_t flush = 1 << 24; // FPCR: FZ
  static uint64_t get() {
    uint64_t mode;
    asm volatile("mrs %0, fpcr" : "=r"(mode));
    return mode;
  }
  static void set(uint64_t mode) { asm volatile("msr fpcr, %0" ::"r"(mode)); }
#endif

  uint64_t saved;
};

/// Returns the number of physical cores among the CPUs that this process may
/// use.
int physicalCores();

} // namespace gptc

#endif // GPTC_RUNTIME_ENGINE_THREADPOOL_H
