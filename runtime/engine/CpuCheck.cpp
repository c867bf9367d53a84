//===- CpuCheck.cpp - Whether the CPU can run the program -----------------===//

#include "runtime/engine/CpuCheck.h"

#include "runtime/engine/CpuFeatures.h"

#include <algorithm>
#include <iterator>

#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__)
#include <sys/auxv.h>
#endif

using namespace gptc;

template <typename Table>
static auto find(const Table &table, std::string_view name) {
  const auto *row =
      std::find_if(std::begin(table), std::end(table),
                   [&](const auto &feature) { return feature.name == name; });
  return row == std::end(table) ? nullptr : row;
}

#if defined(__x86_64__)

/// Returns XCR0: the register states that the operating system saves.
static uint64_t savedStates() {
  uint32_t registers[4] = {};
  constexpr uint32_t osxsave = 1u << 27;
  if (!__get_cpuid(1, &registers[0], &registers[1], &registers[2],
                   &registers[3]) ||
      !(registers[2] & osxsave))
    return 0;
  uint32_t low, high;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return static_cast<uint64_t>(high) << 32 | low;
}

static bool hasFeature(std::string_view name) {
  const X86Feature *feature = find(x86Features, name);
  if (!feature)
    return false;
  uint32_t registers[4] = {};
  if (!__get_cpuid_count(feature->leaf, feature->subleaf, &registers[0],
                         &registers[1], &registers[2], &registers[3]))
    return false;
  uint64_t state = static_cast<uint64_t>(feature->state);
  return (registers[static_cast<int>(feature->cpuidRegister)] >> feature->bit &
          1) &&
         (savedStates() & state) == state;
}

static constexpr std::string_view advice(bool belowBaseline) {
  return belowBaseline
             ? "gptc compiles for --march=x86-64-v3 and newer"
             : "compile it for an older CPU with gptc --march=x86-64-v3";
}

static bool inBaseline(std::string_view name) {
  const X86Feature *feature = find(x86Features, name);
  return feature && feature->inV3;
}

#elif defined(__aarch64__)

static bool hasFeature(std::string_view name) {
  const Aarch64Feature *feature = find(aarch64Features, name);
  if (!feature)
    return false;
  uint64_t word = getauxval(feature->inSecondWord ? AT_HWCAP2 : AT_HWCAP);
  return word >> feature->hwcap & 1;
}

static constexpr std::string_view advice(bool belowBaseline) {
  return belowBaseline
             ? "gptc compiles for Armv8-A with Advanced SIMD and newer"
             : "compile it for an older CPU with gptc --march=generic";
}

static bool inBaseline(std::string_view name) {
  return name == "neon" || name == "fp-armv8";
}

#endif

/// Calls `visit` with each feature of the list that the CPU lacks.
template <typename Visitor>
static void forEachLacking(std::string_view features, Visitor visit) {
  while (!features.empty()) {
    size_t comma = std::min(features.find(','), features.size());
    std::string_view name = features.substr(0, comma);
    if (!name.empty() && !hasFeature(name))
      visit(name);
    features.remove_prefix(std::min(comma + 1, features.size()));
  }
}

std::string gptc::lackingFeatures(std::string_view features) {
  std::string lacking;
  forEachLacking(features, [&](std::string_view name) {
    if (!lacking.empty())
      lacking += ", ";
    lacking += name;
  });
  return lacking;
}

Error gptc::checkCpu(std::string_view features) {
  std::string lacking = lackingFeatures(features);
  if (lacking.empty())
    return Error();
  bool belowBaseline = false;
  forEachLacking(features, [&](std::string_view name) {
    belowBaseline |= inBaseline(name);
  });
  std::string line =
      "this CPU lacks " + lacking + ", which the program was compiled for; ";
  line += advice(belowBaseline);
  return Error(ExitCode::wrongCpu, std::move(line));
}
