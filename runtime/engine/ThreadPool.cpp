//===- ThreadPool.cpp - The threads that parallel loops run on ------------===//

#include "runtime/engine/ThreadPool.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

using namespace gptc;

static void futexWait(std::atomic<uint32_t> &word, uint32_t value) {
  static_assert(sizeof(word) == 4);
  syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, value, nullptr, nullptr, 0);
}

static void futexWakeAll(std::atomic<uint32_t> &word) {
  syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, INT_MAX, nullptr, nullptr, 0);
}

static void relax() {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("isb"); // `yield` is a no-op on most cores
#endif
}

/// Returns the number of CPUs that this process may use; 0 if it is unknown.
static int usableCpus(cpu_set_t &cpus) {
  CPU_ZERO(&cpus);
  return sched_getaffinity(0, sizeof(cpus), &cpus) == 0 ? CPU_COUNT(&cpus) : 0;
}

Error gptc_pool::start(int threadCount, size_t stackBytes) {
  // Spinning takes some 50 microseconds: longer than the time between two loops
  // of one token, and a small loss if another process needs the CPU. With more
  // threads than CPUs, a spinning thread keeps another one from working.
  cpu_set_t cpus;
  spins = threadCount <= usableCpus(cpus) ? 1 << 12 : 1 << 6;
  threads = threadCount;
  size_t page = sysconf(_SC_PAGESIZE);
  stackBytes = (stackBytes + page - 1) / page * page;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  int status = pthread_attr_setstacksize(&attributes, stackBytes);
  workers.reserve(threads - 1); // the threads keep pointers into it
  shares = std::vector<Share>(threads);
  // The workers block all signals, so that threads of the host program handle
  // them.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  while (status == 0 && static_cast<int64_t>(workers.size()) < threads - 1) {
    Worker &worker = workers.emplace_back();
    worker.pool = this;
    worker.number = static_cast<int64_t>(workers.size());
    status = pthread_create(&worker.thread, &attributes, runWorker, &worker);
    if (status != 0)
      workers.pop_back();
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  if (status != 0)
    return Error::failure("cannot start thread %zu of %d: %s",
                          workers.size() + 2, threadCount, strerror(status));
  return Error();
}

gptc_pool::~gptc_pool() {
  function = nullptr;
  generation.fetch_add(1);
  futexWakeAll(generation);
  for (Worker &worker : workers)
    pthread_join(worker.thread, nullptr);
}

void *gptc_pool::runWorker(void *argument) {
  Worker *worker = static_cast<Worker *>(argument);
  worker->pool->work(worker->number);
  return nullptr;
}

void gptc_pool::work(int64_t worker) {
  FlushDenormals flush;
  for (uint32_t seen = 0;; ++seen) {
    waitForLoop(seen);
    if (!function)
      return;
    runShares(worker);
    if (unfinished.fetch_sub(1) == 1 && callerSleeps.load())
      futexWakeAll(unfinished);
  }
}

gptc_pool::Iterations gptc_pool::Share::take(bool fromBack) {
  uint64_t before = left.load(std::memory_order_relaxed);
  for (;;) {
    uint64_t first = before >> 32, last = before & UINT32_MAX;
    uint64_t taken = (last - first + 3) / 4;
    if (taken == 0)
      return {0, 0};
    uint64_t begin = fromBack ? last - taken : first;
    uint64_t after = fromBack ? pack(first, begin) : pack(first + taken, last);
    if (left.compare_exchange_weak(before, after, std::memory_order_relaxed))
      return {int64_t(begin), int64_t(begin + taken)};
  }
}

void gptc_pool::runShares(int64_t worker) {
  for (int64_t i = 0; i < threads; ++i)
    for (Share &share = shares[(worker + i) % threads];;) {
      auto [first, last] = share.take(/*fromBack=*/i > 0);
      if (first == last)
        break;
      function(context, first, last, worker);
    }
}

void gptc_pool::waitForLoop(uint32_t seen) {
  for (int64_t spin = 0; spin < spins; ++spin) {
    if (generation.load(std::memory_order_acquire) != seen)
      return;
    relax();
  }
  // All four accesses are sequentially consistent. So either run() sees the
  // sleeper after it has incremented `generation`, or the sleeper sees the new
  // `generation`.
  sleepers.fetch_add(1);
  while (generation.load() == seen)
    futexWait(generation, seen);
  sleepers.fetch_sub(1);
}

void gptc_pool::waitForWorkers() {
  for (int64_t spin = 0; spin < spins; ++spin) {
    if (unfinished.load(std::memory_order_acquire) == 0)
      return;
    relax();
  }
  callerSleeps.store(1);
  while (uint32_t left = unfinished.load())
    futexWait(unfinished, left);
  callerSleeps.store(0);
}

void gptc_pool::run(gptc_parallel_function loop, void *loopContext,
                    int64_t loopCount) {
  if (threads == 1 || loopCount <= 1) {
    if (loopCount > 0)
      loop(loopContext, 0, loopCount, 0);
    return;
  }
  function = loop;
  context = loopContext;
  for (int64_t w = 0; w < threads; ++w)
    shares[w].fill(loopCount * w / threads, loopCount * (w + 1) / threads);
  unfinished.store(static_cast<uint32_t>(threads - 1),
                   std::memory_order_relaxed);
  generation.fetch_add(1);
  if (sleepers.load() != 0)
    futexWakeAll(generation);
  runShares(0);
  waitForWorkers();
}

extern "C" void gptc_parallel_for(gptc_pool *pool,
                                  gptc_parallel_function function,
                                  void *context, int64_t count) {
  if (pool)
    pool->run(function, context, count);
  else if (count > 0)
    function(context, 0, count, 0);
}

/// Returns the first of the hardware threads that share a core with `cpu`.
static int firstSibling(int cpu) {
  char path[96];
  snprintf(path, sizeof(path),
           "/sys/devices/system/cpu/cpu%d/topology/thread_siblings_list", cpu);
  int first = cpu;
  if (FILE *file = fopen(path, "re")) {
    if (fscanf(file, "%d", &first) != 1 || first < 0 || first >= CPU_SETSIZE)
      first = cpu;
    fclose(file);
  }
  return first;
}

int gptc::physicalCores() {
  cpu_set_t cpus;
  if (usableCpus(cpus) == 0)
    return std::max(1, static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN)));
  cpu_set_t cores;
  CPU_ZERO(&cores);
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(cpu, &cpus))
      CPU_SET(firstSibling(cpu), &cores);
  return CPU_COUNT(&cores);
}
