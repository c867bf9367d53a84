//===- Limits.h - What this machine can do --------------------------------===//
//
// Links no LLVM: bench/limits.cpp measures with it too.
//
//===----------------------------------------------------------------------===//

#ifndef GPTC_COMPILER_LIMITS_H
#define GPTC_COMPILER_LIMITS_H

#include <cstddef>

namespace gptc {

/// What adds products to 32-bit sums in registers of so many bits.
enum class Instruction {
  fma128,   ///< of f32, 2 operations a lane
  fma256,   ///< the same
  fma512,   ///< the same
  bf16,     ///< vdpbf16ps of 512 bits, 4 operations a lane
  int8,     ///< vpdpbusd of 256 bits, 8 operations a lane
  int8Wide, ///< the same of 512 bits
};

/// Whether this machine has the instruction.
bool hasInstruction(Instruction instruction);

/// Threads, 1 or 2, that begin together; and how often, the best counts.
struct Effort {
  int threads, turns;
};

/// 10^9 operations per second in loops of `steps` steps that touch registers
/// only. The machine has to have the instruction.
double measureOperations(Instruction instruction, long steps, Effort effort);

/// GB/s of reading `bytes` that no cache holds, in pages of 2 MiB, as 1, 4 or
/// 12 streams a thread, whichever is fastest; 0 where there is no such memory.
double measureRead(size_t bytes, Effort effort);

/// Size of the last level of cache; 0 where the machine does not say.
size_t getLastCacheBytes();

} // namespace gptc

#endif // GPTC_COMPILER_LIMITS_H
