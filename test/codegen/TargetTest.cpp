//===- TargetTest.cpp -----------------------------------------------------===//

#include "Support.h"

using namespace gptc;

static std::string messageOf(llvm::StringRef triple, llvm::StringRef march) {
  auto target = Target::create(triple, march);
  EXPECT_FALSE(!!target);
  return llvm::toString(target.takeError());
}

TEST(Target, NamesTheFeaturesBeyondTheBaseline) {
  EXPECT_EQ(makeTarget("x86_64-linux-gnu", "x86-64-v3").getRequiredFeatures(),
            "sse3,ssse3,fma,cx16,sse4.1,sse4.2,crc32,movbe,popcnt,avx,f16c,"
            "sahf,lzcnt,bmi,avx2,bmi2");
  EXPECT_EQ(makeTarget("aarch64-linux-gnu", "generic").getRequiredFeatures(),
            "");
}

TEST(Target, KnowsWhatItsCpuHas) {
  Target v3 = makeTarget("x86_64-linux-gnu", "x86-64-v3");
  Target v4 = makeTarget("x86_64-linux-gnu", "x86-64-v4");
  EXPECT_TRUE(v3.hasFeature("avx2"));
  EXPECT_FALSE(v3.hasFeature("avx512f"));
  EXPECT_TRUE(v4.hasFeature("avx512f"));
  EXPECT_FALSE(v4.hasFeature("avx512bf16"));
  EXPECT_FALSE(v4.hasFeature("neon"));
}

TEST(Target, ListsTheTargetsThatItKnows) {
  EXPECT_EQ(messageOf("riscv64-linux-gnu", "native"),
            "unknown target 'riscv64-linux-gnu': known are x86_64-linux-gnu, "
            "aarch64-linux-gnu");
}

TEST(Target, ListsTheCpusThatItKnows) {
  std::string message = messageOf("x86_64-linux-gnu", "neoverse-n1");
  EXPECT_EQ(message.find("unknown CPU 'neoverse-n1' for x86_64: known are "
                         "native, "),
            0u);
  EXPECT_NE(message.find(", znver4"), message.npos);
  EXPECT_NE(message.find(", x86-64-v3"), message.npos);
}

TEST(Target, RefusesACpuBelowTheBaseline) {
  EXPECT_EQ(messageOf("x86_64-linux-gnu", "nehalem"),
            "the CPU 'nehalem' lacks fma: gptc compiles for x86-64-v3 and "
            "newer");
}

TEST(Target, IsTheHostOrABaselineUnlessItIsNamed) {
#if defined(__x86_64__)
  EXPECT_EQ(makeTarget("", "x86-64-v3").getName(), "x86_64-linux-gnu");
  EXPECT_EQ(makeTarget("aarch64-linux-gnu", "").getCpu(), "generic");
#else
  EXPECT_EQ(makeTarget("", "generic").getName(), "aarch64-linux-gnu");
  EXPECT_EQ(makeTarget("x86_64-linux-gnu", "").getCpu(), "x86-64-v3");
#endif
}

TEST(Target, HasNoNativeCpuOfAnotherArchitecture) {
#if defined(__x86_64__)
  EXPECT_EQ(messageOf("aarch64-linux-gnu", "native"),
            "the CPU 'native' is x86_64 but the target is aarch64-linux-gnu: "
            "name a CPU with --march");
#else
  EXPECT_EQ(messageOf("x86_64-linux-gnu", "native"),
            "the CPU 'native' is aarch64 but the target is x86_64-linux-gnu: "
            "name a CPU with --march");
#endif
}
