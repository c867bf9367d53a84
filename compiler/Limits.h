//===- Limits.h - Measures the peak and the bandwidth of this machine -----===//
//
// Links no LLVM, because bench/limits.cpp uses it, too.
//
//===----------------------------------------------------------------------===//

#ifndef GPTC_COMPILER_LIMITS_H
#define GPTC_COMPILER_LIMITS_H

#include <cstddef>

namespace gptc {

/// Instructions that add products to 32-bit sums, with the width of their
/// registers.
enum class Instruction {
  fma128,   ///< f32, 2 operations per lane
  fma256,   ///< f32, 2 operations per lane
  fma512,   ///< f32, 2 operations per lane
  bf16,     ///< vdpbf16ps, 512 bits, 4 operations per lane
  int8,     ///< vpdpbusd, 256 bits, 8 operations per lane
  int8Wide, ///< vpdpbusd, 512 bits, 8 operations per lane
};

/// Returns whether this machine has the instruction.
bool hasInstruction(Instruction instruction);

/// The number of threads, 1 or 2, that start together, and of repetitions, of
/// which the best counts.
struct Effort {
  int threads, repetitions;
};

/// Returns 10^9 operations per second in loops of `steps` steps on registers
/// only. The machine must have the instruction.
double measureOperations(Instruction instruction, long steps, Effort effort);

/// Returns the GB/s of reading `bytes` of uncached memory, in huge pages, as 1,
/// 4 or 12 streams per thread, whichever is fastest; 0 if there is not enough
/// memory.
double measureRead(size_t bytes, Effort effort);

/// Returns the size of the last level of cache; 0 if it is unknown.
size_t getLastCacheBytes();

} // namespace gptc

#endif // GPTC_COMPILER_LIMITS_H
