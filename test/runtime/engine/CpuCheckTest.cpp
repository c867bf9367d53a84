//===- CpuCheckTest.cpp - Tests of the CPU features and their check -------===//

#include "runtime/engine/CpuCheck.h"

#include "runtime/engine/CpuFeatures.h"

#include "gtest/gtest.h"

#include <fstream>
#include <set>
#include <sstream>

using namespace gptc;

TEST(CpuCheck, every_x86_name_is_one_of_llvm) {
  std::set<std::string_view> known = {
#define X86_FEATURE(ENUM, STR) STR,
#include "llvm/TargetParser/X86TargetParser.def"
  };
  for (const X86Feature &feature : x86Features)
    EXPECT_EQ(known.count(feature.name), 1u) << feature.name;
}

template <typename Table>
static void expectDistinct(const Table &table) {
  std::set<std::string_view> names;
  for (const auto &feature : table)
    EXPECT_TRUE(names.insert(feature.name).second) << feature.name;
}

TEST(CpuCheck, no_name_stands_twice) {
  expectDistinct(x86Features);
  expectDistinct(aarch64Features);
}

TEST(CpuCheck, the_levels_of_the_psabi_are_known) {
  std::set<std::string_view> names;
  for (const X86Feature &feature : x86Features)
    names.insert(feature.name);
  for (const char *name :
       {"cx16",       "sahf",       "popcnt",     "sse3",     "sse4.1",
        "sse4.2",     "ssse3",      "avx",        "avx2",     "bmi",
        "bmi2",       "f16c",       "fma",        "lzcnt",    "movbe",
        "avx512f",    "avx512bw",   "avx512cd",   "avx512dq", "avx512vl",
        "avx512bf16", "avx512vnni", "avx512fp16", "avxvnni"})
    EXPECT_EQ(names.count(name), 1u) << name;
}

TEST(CpuCheck, nothing_is_lacking_where_nothing_is_asked) {
  EXPECT_EQ(lackingFeatures(""), "");
  EXPECT_FALSE(checkCpu(""));
}

TEST(CpuCheck, an_unknown_name_is_lacking) {
  EXPECT_EQ(lackingFeatures("bogus,,more"), "bogus, more");
  Error error = checkCpu("bogus");
  EXPECT_EQ(error.code(), ExitCode::wrongCpu);
  EXPECT_EQ(error.message().find("this CPU lacks bogus, which"), 0u)
      << error.message();
}

#if defined(__x86_64__)
TEST(CpuCheck, agrees_with_the_kernel) {
  // The kernel's names of features that differ from LLVM's.
  const std::pair<const char *, const char *> names[] = {
      {"sse3", "pni"},
      {"sse4.1", "sse4_1"},
      {"sse4.2", "sse4_2"},
      {"bmi", "bmi1"},
      {"lzcnt", "abm"},
      {"avxvnni", "avx_vnni"},
      {"avx512vnni", "avx512_vnni"},
      {"avx512bf16", "avx512_bf16"},
      {"avx512fp16", "avx512_fp16"},
      {"avx2", "avx2"},
      {"fma", "fma"},
      {"f16c", "f16c"},
      {"bmi2", "bmi2"},
      {"movbe", "movbe"},
      {"avx512f", "avx512f"},
      {"avx512vl", "avx512vl"},
      {"gfni", "gfni"},
      {"amx-tile", "amx_tile"},
      {"vaes", "vaes"},
      {"adx", "adx"},
      {"sha", "sha_ni"},
      {"sse2", "sse2"}};
  std::ifstream file("/proc/cpuinfo");
  std::string line;
  while (std::getline(file, line) && line.rfind("flags", 0) != 0)
    ;
  std::istringstream words(line);
  std::set<std::string> flags{std::istream_iterator<std::string>(words), {}};
  if (!flags.count("sse2"))
    GTEST_SKIP() << "/proc/cpuinfo has no flags of this CPU";
  // A kernel older than the CPU does not list what is new in it.
  auto mayBeUnlisted = [](std::string_view name) {
    for (const X86Feature &feature : x86Features)
      if (feature.name == name)
        return !feature.inV3;
    return true;
  };
  for (auto [ours, kernels] : names) {
    bool isListed = flags.count(kernels) == 1;
    if (isListed || !mayBeUnlisted(ours))
      EXPECT_EQ(lackingFeatures(ours).empty(), isListed) << ours;
  }
}

TEST(CpuCheck, advice_depends_on_what_is_lacking) {
  std::string absent;
  for (const X86Feature &feature : x86Features)
    if (!feature.inV3 && absent.empty())
      absent = lackingFeatures(feature.name);
  if (absent.empty() || !lackingFeatures("avx2").empty())
    GTEST_SKIP() << "this CPU has everything, or too little";
  EXPECT_NE(checkCpu(absent).message().find(
                "; compile it for an older CPU with gptc --march=x86-64-v3"),
            std::string::npos);
}
#endif
