//===- ThreadPoolTest.cpp - Tests of parallel loops -----------------------===//

#include "runtime/engine/ThreadPool.h"

#include "gtest/gtest.h"

#include <atomic>
#include <numeric>
#include <unistd.h>
#include <vector>

using namespace gptc;

static constexpr size_t stackBytes = 1 << 20;

namespace {
/// Counts how often each iteration runs, and on which thread.
struct Visits {
  explicit Visits(int64_t count) : times(count), workers(count, -1) {}

  static void run(void *context, int64_t first, int64_t last, int64_t worker) {
    auto &visits = *static_cast<Visits *>(context);
    for (int64_t i = first; i < last; ++i) {
      ++visits.times[i];
      visits.workers[i] = worker;
    }
  }

  std::vector<int> times;
  std::vector<int64_t> workers;
};
} // namespace

TEST(ThreadPool, runs_every_iteration_once) {
  for (int threads : {1, 2, 3, 7}) {
    gptc_pool pool;
    ASSERT_FALSE(pool.start(threads, stackBytes));
    for (int64_t count : {0, 1, 2, 3, 6, 7, 8, 100}) {
      Visits visits(count);
      gptc_parallel_for(&pool, Visits::run, &visits, count);
      EXPECT_EQ(visits.times, std::vector<int>(count, 1));
    }
  }
}

TEST(ThreadPool, workers_begin_with_their_share) {
  gptc_pool pool;
  ASSERT_FALSE(pool.start(3, stackBytes));
  // No worker steals before all have begun.
  struct Beginnings {
    std::atomic<int> missing = 3;
    int64_t first[3] = {-1, -1, -1};
    static void run(void *context, int64_t first, int64_t, int64_t worker) {
      auto &begun = *static_cast<Beginnings *>(context);
      if (begun.first[worker] >= 0)
        return;
      begun.first[worker] = first;
      for (--begun.missing; begun.missing > 0;)
        ;
    }
  } begun;
  gptc_parallel_for(&pool, Beginnings::run, &begun, 8);
  EXPECT_EQ(std::vector(begun.first, begun.first + 3),
            (std::vector<int64_t>{0, 2, 5}));
}

TEST(ThreadPool, others_do_what_a_slow_worker_leaves) {
  gptc_pool pool;
  ASSERT_FALSE(pool.start(2, stackBytes));
  // Worker 1 takes one of its four iterations and waits for all others.
  struct Slow {
    Visits visits{8};
    std::atomic<bool> begun = false;
    std::atomic<int64_t> done = 0;
    static void run(void *context, int64_t first, int64_t last,
                    int64_t worker) {
      auto &slow = *static_cast<Slow *>(context);
      if (worker == 1)
        slow.begun = true;
      while (worker == 0 ? !slow.begun : slow.done < 7)
        ;
      Visits::run(&slow.visits, first, last, worker);
      slow.done += last - first;
    }
  } slow;
  gptc_parallel_for(&pool, Slow::run, &slow, 8);
  EXPECT_EQ(slow.visits.workers,
            (std::vector<int64_t>{0, 0, 0, 0, 1, 0, 0, 0}));
  EXPECT_EQ(slow.visits.times, std::vector<int>(8, 1));
}

TEST(ThreadPool, a_null_pool_runs_in_place) {
  Visits visits(5);
  gptc_parallel_for(nullptr, Visits::run, &visits, 5);
  EXPECT_EQ(visits.times, std::vector<int>(5, 1));
  EXPECT_EQ(visits.workers, std::vector<int64_t>(5, 0));
}

TEST(ThreadPool, what_a_loop_writes_is_seen_by_the_next) {
  gptc_pool pool;
  ASSERT_FALSE(pool.start(3, stackBytes));
  // Each loop reads what other threads wrote in the previous loop.
  struct Step {
    std::vector<int64_t> from, to;
    static void run(void *context, int64_t first, int64_t last, int64_t) {
      auto &step = *static_cast<Step *>(context);
      for (int64_t i = first; i < last; ++i)
        step.to[i] = step.from[step.from.size() - 1 - i] + 1;
    }
  } step{std::vector<int64_t>(97), std::vector<int64_t>(97)};
  for (int loop = 1; loop <= 5000; ++loop) {
    gptc_parallel_for(&pool, Step::run, &step, 97);
    std::swap(step.from, step.to);
    ASSERT_EQ(std::accumulate(step.from.begin(), step.from.end(), int64_t(0)),
              97 * loop);
  }
}

TEST(ThreadPool, wakes_threads_that_fell_asleep) {
  gptc_pool pool;
  ASSERT_FALSE(pool.start(4, stackBytes));
  for (int loop = 0; loop < 5; ++loop) {
    usleep(20'000);
    Visits visits(64);
    gptc_parallel_for(&pool, Visits::run, &visits, 64);
    EXPECT_EQ(visits.times, std::vector<int>(64, 1));
  }
}

TEST(ThreadPool, a_caller_that_fell_asleep_is_woken) {
  gptc_pool pool;
  ASSERT_FALSE(pool.start(2, stackBytes));
  std::atomic<int64_t> sum = 0;
  auto slow = [](void *context, int64_t first, int64_t last, int64_t worker) {
    if (worker == 1)
      usleep(20'000);
    *static_cast<std::atomic<int64_t> *>(context) += last - first;
  };
  gptc_parallel_for(&pool, slow, &sum, 10);
  EXPECT_EQ(sum, 10);
}

TEST(ThreadPool, ends_without_having_run) {
  gptc_pool pool;
  ASSERT_FALSE(pool.start(4, stackBytes));
}

TEST(ThreadPool, says_which_thread_could_not_start) {
  gptc_pool pool;
  Error error = pool.start(2, size_t(1) << 60);
  ASSERT_TRUE(error);
  EXPECT_EQ(error.message().find("cannot start thread 2 of 2: "), 0u);
}

TEST(ThreadPool, workers_treat_denormal_numbers_as_zero) {
  gptc_pool pool;
  ASSERT_FALSE(pool.start(2, stackBytes));
  float results[2] = {1, 1};
  auto halve = [](void *context, int64_t first, int64_t last, int64_t) {
    volatile float smallest = std::numeric_limits<float>::min();
    for (int64_t i = first; i < last; ++i)
      static_cast<float *>(context)[i] = smallest / 2;
  };
  FlushDenormals flush;
  gptc_parallel_for(&pool, halve, results, 2);
  EXPECT_EQ(results[0], 0);
  EXPECT_EQ(results[1], 0);
}

TEST(FlushDenormals, restores_the_mode_before) {
  volatile float smallest = std::numeric_limits<float>::min();
  volatile float denormal = smallest / 2;
  EXPECT_NE(denormal, 0);
  {
    FlushDenormals flush;
    EXPECT_EQ(smallest / 2, 0);
    EXPECT_EQ(denormal * 2, 0) << "operands count too";
  }
  EXPECT_NE(smallest / 2, 0);
}

TEST(PhysicalCores, are_at_least_one_and_at_most_the_cpus) {
  EXPECT_GE(physicalCores(), 1);
  EXPECT_LE(physicalCores(), sysconf(_SC_NPROCESSORS_CONF));
}
