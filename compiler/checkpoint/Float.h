//===- Float.h - Conversions of 16-bit floats -----------------------------===//
//
// These functions use plain arithmetic on bits, so that loops over them are
// vectorized on any target. They round to nearest even and keep NaNs.
//
//===----------------------------------------------------------------------===//

#ifndef GPTC_COMPILER_CHECKPOINT_FLOAT_H
#define GPTC_COMPILER_CHECKPOINT_FLOAT_H

#include "llvm/ADT/bit.h"

#include <cstdint>

namespace gptc {

inline float fromBf16(uint16_t bits) {
  return llvm::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
}

inline uint16_t toBf16(float value) {
  uint32_t bits = llvm::bit_cast<uint32_t>(value);
  uint32_t rounded = bits + 0x7FFF + ((bits >> 16) & 1);
  uint32_t quietNan = bits | 0x400000;
  return ((bits & 0x7FFFFFFF) > 0x7F800000 ? quietNan : rounded) >> 16;
}

inline float fromF16(uint16_t bits) {
  uint32_t magnitude = static_cast<uint32_t>(bits & 0x7FFF) << 13;
  // The exponents' biases differ by 112; the product is exact for subnormals.
  float scaled = llvm::bit_cast<float>(magnitude) * 0x1p112f;
  uint32_t infinity = (bits & 0x7C00) == 0x7C00 ? 0x7F800000 : 0;
  uint32_t sign = static_cast<uint32_t>(bits & 0x8000) << 16;
  return llvm::bit_cast<float>(llvm::bit_cast<uint32_t>(scaled) | infinity |
                               sign);
}

inline uint16_t toF16(float value) {
  return llvm::bit_cast<uint16_t>(static_cast<_Float16>(value));
}

} // namespace gptc

#endif // GPTC_COMPILER_CHECKPOINT_FLOAT_H
