//===- SourcesTest.cpp - Hashes of files ----------------------------------===//

#include "compiler/checkpoint/Sources.h"

#include "llvm/ADT/StringExtras.h"
#include "gtest/gtest.h"

using namespace gptc;
using namespace llvm;

TEST(Sources, hashes_are_those_of_xxh3) {
  // XXH3-128 of nothing; a content is hashed by chunks of 16 MiB.
  EXPECT_EQ(hashBytes(""), "99aa06d3014798d86001c324468d497f");
  std::string bytes((16 << 20) + 1, 'x');
  auto digest = [](StringRef bytes) { return fromHex(hashBytes(bytes)); };
  EXPECT_EQ(hashContent(bytes),
            hashBytes(digest(StringRef(bytes).drop_back()) + digest("x")));
}
