//===- CpuFeatures.h - CPU features that compiled code may need -----------===//
//
// The compiler writes to gptc_model::features those features of the target CPU
// that are in these tables. Features that it never uses by itself (monitor
// instructions, enclaves) are left out.
//
//===----------------------------------------------------------------------===//

#ifndef GPTC_RUNTIME_ENGINE_CPUFEATURES_H
#define GPTC_RUNTIME_ENGINE_CPUFEATURES_H

#include <cstdint>
#include <string_view>

namespace gptc {

enum class CpuidRegister : uint8_t { eax, ebx, ecx, edx };

/// The register states that the operating system must save, as bits of XCR0.
enum class SavedState : uint32_t {
  none = 0,
  ymm = 0x6,
  zmm = 0xe6,
  tiles = 0x60000,
};

struct X86Feature {
  std::string_view name; ///< LLVM's name
  uint32_t leaf;
  uint32_t subleaf;
  CpuidRegister cpuidRegister;
  uint8_t bit;
  SavedState state = SavedState::none;
  bool inV3 = false; ///< part of x86-64-v3, gptc's baseline
};

inline constexpr X86Feature x86Features[] = {
    {"x87", 1, 0, CpuidRegister::edx, 0, SavedState::none, true},
    {"cx8", 1, 0, CpuidRegister::edx, 8, SavedState::none, true},
    {"cmov", 1, 0, CpuidRegister::edx, 15, SavedState::none, true},
    {"mmx", 1, 0, CpuidRegister::edx, 23, SavedState::none, true},
    {"fxsr", 1, 0, CpuidRegister::edx, 24, SavedState::none, true},
    {"sse", 1, 0, CpuidRegister::edx, 25, SavedState::none, true},
    {"sse2", 1, 0, CpuidRegister::edx, 26, SavedState::none, true},
    {"64bit", 0x80000001, 0, CpuidRegister::edx, 29, SavedState::none, true},
    {"sse3", 1, 0, CpuidRegister::ecx, 0, SavedState::none, true},
    {"pclmul", 1, 0, CpuidRegister::ecx, 1},
    {"ssse3", 1, 0, CpuidRegister::ecx, 9, SavedState::none, true},
    {"fma", 1, 0, CpuidRegister::ecx, 12, SavedState::ymm, true},
    {"cx16", 1, 0, CpuidRegister::ecx, 13, SavedState::none, true},
    {"sse4.1", 1, 0, CpuidRegister::ecx, 19, SavedState::none, true},
    {"sse4.2", 1, 0, CpuidRegister::ecx, 20, SavedState::none, true},
    {"crc32", 1, 0, CpuidRegister::ecx, 20, SavedState::none, true},
    {"movbe", 1, 0, CpuidRegister::ecx, 22, SavedState::none, true},
    {"popcnt", 1, 0, CpuidRegister::ecx, 23, SavedState::none, true},
    {"aes", 1, 0, CpuidRegister::ecx, 25},
    {"avx", 1, 0, CpuidRegister::ecx, 28, SavedState::ymm, true},
    {"f16c", 1, 0, CpuidRegister::ecx, 29, SavedState::ymm, true},
    {"sahf", 0x80000001, 0, CpuidRegister::ecx, 0, SavedState::none, true},
    {"lzcnt", 0x80000001, 0, CpuidRegister::ecx, 5, SavedState::none, true},
    {"sse4a", 0x80000001, 0, CpuidRegister::ecx, 6},
    {"prfchw", 0x80000001, 0, CpuidRegister::ecx, 8},
    {"xop", 0x80000001, 0, CpuidRegister::ecx, 11, SavedState::ymm},
    {"fma4", 0x80000001, 0, CpuidRegister::ecx, 16, SavedState::ymm},
    {"tbm", 0x80000001, 0, CpuidRegister::ecx, 21},
    {"bmi", 7, 0, CpuidRegister::ebx, 3, SavedState::none, true},
    {"avx2", 7, 0, CpuidRegister::ebx, 5, SavedState::ymm, true},
    {"bmi2", 7, 0, CpuidRegister::ebx, 8, SavedState::none, true},
    {"adx", 7, 0, CpuidRegister::ebx, 19},
    {"sha", 7, 0, CpuidRegister::ebx, 29},
    {"avx512f", 7, 0, CpuidRegister::ebx, 16, SavedState::zmm},
    {"avx512dq", 7, 0, CpuidRegister::ebx, 17, SavedState::zmm},
    {"avx512ifma", 7, 0, CpuidRegister::ebx, 21, SavedState::zmm},
    {"avx512cd", 7, 0, CpuidRegister::ebx, 28, SavedState::zmm},
    {"avx512bw", 7, 0, CpuidRegister::ebx, 30, SavedState::zmm},
    {"avx512vl", 7, 0, CpuidRegister::ebx, 31, SavedState::zmm},
    {"avx512vbmi", 7, 0, CpuidRegister::ecx, 1, SavedState::zmm},
    {"avx512vbmi2", 7, 0, CpuidRegister::ecx, 6, SavedState::zmm},
    {"gfni", 7, 0, CpuidRegister::ecx, 8},
    {"vaes", 7, 0, CpuidRegister::ecx, 9, SavedState::ymm},
    {"vpclmulqdq", 7, 0, CpuidRegister::ecx, 10, SavedState::ymm},
    {"avx512vnni", 7, 0, CpuidRegister::ecx, 11, SavedState::zmm},
    {"avx512bitalg", 7, 0, CpuidRegister::ecx, 12, SavedState::zmm},
    {"avx512vpopcntdq", 7, 0, CpuidRegister::ecx, 14, SavedState::zmm},
    {"movdiri", 7, 0, CpuidRegister::ecx, 27},
    {"avx512vp2intersect", 7, 0, CpuidRegister::edx, 8, SavedState::zmm},
    {"amx-bf16", 7, 0, CpuidRegister::edx, 22, SavedState::tiles},
    {"avx512fp16", 7, 0, CpuidRegister::edx, 23, SavedState::zmm},
    {"amx-tile", 7, 0, CpuidRegister::edx, 24, SavedState::tiles},
    {"amx-int8", 7, 0, CpuidRegister::edx, 25, SavedState::tiles},
    {"avxvnni", 7, 1, CpuidRegister::eax, 4, SavedState::ymm},
    {"avx512bf16", 7, 1, CpuidRegister::eax, 5, SavedState::zmm},
    {"amx-fp16", 7, 1, CpuidRegister::eax, 21, SavedState::tiles},
    {"avxifma", 7, 1, CpuidRegister::eax, 23, SavedState::ymm},
    {"avxvnniint8", 7, 1, CpuidRegister::edx, 4, SavedState::ymm},
    {"avxneconvert", 7, 1, CpuidRegister::edx, 5, SavedState::ymm},
    {"avxvnniint16", 7, 1, CpuidRegister::edx, 10, SavedState::ymm},
};

struct Aarch64Feature {
  std::string_view name;     ///< LLVM's name
  uint8_t hwcap;             ///< bit number in AT_HWCAP or AT_HWCAP2
  bool inSecondWord = false; ///< in AT_HWCAP2
};

inline constexpr Aarch64Feature aarch64Features[] = {
    {"fp-armv8", 0},    {"neon", 1},        {"aes", 3},       {"sha2", 6},
    {"crc", 7},         {"lse", 8},         {"fullfp16", 10}, {"rdm", 12},
    {"jsconv", 13},     {"complxnum", 14},  {"rcpc", 15},     {"sha3", 17},
    {"dotprod", 20},    {"sve", 22},        {"fp16fml", 23},  {"sve2", 1, true},
    {"i8mm", 13, true}, {"bf16", 14, true},
};

} // namespace gptc

#endif // GPTC_RUNTIME_ENGINE_CPUFEATURES_H
