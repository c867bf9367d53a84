//===- SourcesTest.cpp - Hashes of files ----------------------------------===//

#include "compiler/checkpoint/Sources.h"

#include "llvm/ADT/StringExtras.h"
#include "gtest/gtest.h"

#include <random>

using namespace gptc;
using namespace llvm;

TEST(Sources, hashes_are_those_of_xxh3) {
  // The first value is the XXH3-128 hash of no bytes. A content is hashed in
  // chunks of 16 MiB.
  EXPECT_EQ(hashBytes(""), "99aa06d3014798d86001c324468d497f");
  std::string bytes((16 << 20) + 1, 'x');
  auto digest = [](StringRef bytes) { return fromHex(hashBytes(bytes)); };
  EXPECT_EQ(hashContent(bytes),
            hashBytes(digest(StringRef(bytes).drop_back()) + digest("x")));
  EXPECT_EQ(hashContent(""), hashBytes(""));
}

TEST(Sources, chunks_are_hashed_in_any_order) {
  std::string bytes((32 << 20) + 5, 'x');
  std::mt19937 random;
  for (size_t i = 0; i < bytes.size(); i += 4096)
    bytes[i] = random();
  ContentHash hash(bytes);
  ASSERT_EQ(hash.getChunkCount(), 3u);
  EXPECT_EQ(hash.getChunk(2), StringRef(bytes).take_back(5));
  for (size_t chunk : {1, 2, 0})
    hash.hashChunk(chunk);
  EXPECT_EQ(hash.get(), hashContent(bytes));
}
