//===- KvCacheTest.cpp - Tests of allocating and freeing blocks -----------===//

#include "runtime/engine/KvCache.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <set>

using namespace gptc;

TEST(KvCache, gives_blocks_as_positions_need_them) {
  KvCache cache;
  ASSERT_FALSE(cache.open(64, 4, 2, 100));
  EXPECT_EQ(cache.tableStride(), 4);
  EXPECT_TRUE(cache.reserve(0, 32));
  EXPECT_TRUE(cache.reserve(1, 33));
  EXPECT_TRUE(cache.reserve(0, 33));
  std::set<int32_t> blocks = {cache.table()[0], cache.table()[1],
                              cache.table()[4], cache.table()[5]};
  EXPECT_EQ(blocks, (std::set<int32_t>{0, 1, 2, 3}));
}

TEST(KvCache, says_when_no_block_is_free) {
  KvCache cache;
  ASSERT_FALSE(cache.open(64, 2, 2, 64));
  EXPECT_TRUE(cache.reserve(0, 64));
  EXPECT_FALSE(cache.reserve(1, 1));
  cache.release(0);
  EXPECT_TRUE(cache.reserve(1, 64));
  EXPECT_FALSE(cache.reserve(0, 1));
}

TEST(KvCache, takes_back_what_lies_before_a_position_as_a_whole) {
  KvCache cache;
  ASSERT_FALSE(cache.open(64, 3, 1, 1000));
  EXPECT_TRUE(cache.reserve(0, 96));
  int32_t first = cache.table()[0];
  cache.releaseBefore(0, 31); // position 31 is still visible
  EXPECT_FALSE(cache.reserve(0, 97));
  cache.releaseBefore(0, 32);
  EXPECT_TRUE(cache.reserve(0, 97));
  EXPECT_EQ(cache.table()[3], first);
  EXPECT_EQ(cache.table()[0], first) << "still a real block";
  EXPECT_FALSE(cache.reserve(0, 129)) << "none is taken back twice";
  cache.releaseBefore(0, 1000);
  EXPECT_TRUE(cache.reserve(0, 224));
}

TEST(KvCache, gives_all_blocks_again_after_some_and_then_all_were_taken_back) {
  KvCache cache;
  ASSERT_FALSE(cache.open(64, 3, 2, 1000));
  EXPECT_TRUE(cache.reserve(0, 96));
  cache.releaseBefore(0, 40);
  cache.release(0);
  EXPECT_TRUE(cache.reserve(1, 96));
  std::set<int32_t> blocks(cache.table() + cache.tableStride(),
                           cache.table() + cache.tableStride() + 3);
  EXPECT_EQ(blocks, (std::set<int32_t>{0, 1, 2}));
  EXPECT_FALSE(cache.reserve(0, 1));
}

TEST(KvCache, counts_the_blocks_that_positions_lie_in) {
  for (int64_t positions = 1; positions < 200; ++positions) {
    int64_t most = 0;
    for (int64_t first = 0; first < 32; ++first)
      most = std::max(most, (first + positions - 1) / 32 - first / 32 + 1);
    EXPECT_EQ(KvCache::blocksAcross(positions), most) << positions;
  }
}

TEST(KvCache, memory_is_zero_from_the_start) {
  KvCache cache;
  ASSERT_FALSE(cache.open(4096, 3, 1, 96));
  auto *bytes = static_cast<const char *>(cache.memory());
  EXPECT_EQ(std::count(bytes, bytes + 3 * 4096, 0), 3 * 4096);
}

TEST(KvCache, refuses_sizes_that_no_machine_has) {
  KvCache cache;
  EXPECT_TRUE(cache.open(int64_t(1) << 40, int64_t(1) << 40, 1, 32));
  EXPECT_EQ(cache.open(int64_t(1) << 30, int64_t(1) << 25, 1, 32).message(),
            "no memory for the cache: 36028797018963968 bytes are needed");
}
