//===- Dequantize.cpp - Dequantizes the blocks of ggml's types ------------===//
//
// Compile without contraction: a fused multiply-add would give other bits.
//
//===----------------------------------------------------------------------===//

#include "compiler/checkpoint/Dequantize.h"

#include "compiler/checkpoint/Float.h"
#include "llvm/Support/Endian.h"

using namespace gptc;
using namespace llvm;

using gpt::BlockKind;

static float readF16(const uint8_t *bytes) {
  return fromF16(support::endian::read16le(bytes));
}

//===----------------------------------------------------------------------===//
// Blocks of 32 values
//===----------------------------------------------------------------------===//

/// Unpacks the low halves of 16 bytes, then the high halves.
static void readNibbles(const uint8_t *bytes, int *q) {
  for (int i = 0; i < 16; ++i) {
    q[i] = bytes[i] & 15;
    q[i + 16] = bytes[i] >> 4;
  }
}

/// Does the same and adds a fifth bit to each value, from the 32 bits of
/// `word`.
static void readFiveBits(const uint8_t *word, const uint8_t *bytes, int *q) {
  uint32_t high = support::endian::read32le(word);
  readNibbles(bytes, q);
  for (int i = 0; i < 32; ++i)
    q[i] |= (high >> i & 1) << 4;
}

/// A block of Q4_0: f16 scale; 16 bytes.
static void readQ4_0(const uint8_t *block, int64_t, float *values) {
  float scale = readF16(block);
  int q[groupValues];
  readNibbles(block + 2, q);
  for (int i = 0; i < groupValues; ++i)
    values[i] = scale * static_cast<float>(q[i] - 8);
}

/// A block of Q4_1: f16 scale, f16 minimum; 16 bytes.
static void readQ4_1(const uint8_t *block, int64_t, float *values) {
  float scale = readF16(block), least = readF16(block + 2);
  int q[groupValues];
  readNibbles(block + 4, q);
  for (int i = 0; i < groupValues; ++i)
    values[i] = scale * static_cast<float>(q[i]) + least;
}

/// A block of Q5_0: f16 scale; 32 high bits; 16 bytes.
static void readQ5_0(const uint8_t *block, int64_t, float *values) {
  float scale = readF16(block);
  int q[groupValues];
  readFiveBits(block + 2, block + 6, q);
  for (int i = 0; i < groupValues; ++i)
    values[i] = scale * static_cast<float>(q[i] - 16);
}

/// A block of Q5_1: f16 scale, f16 minimum; 32 high bits; 16 bytes.
static void readQ5_1(const uint8_t *block, int64_t, float *values) {
  float scale = readF16(block), least = readF16(block + 2);
  int q[groupValues];
  readFiveBits(block + 4, block + 8, q);
  for (int i = 0; i < groupValues; ++i)
    values[i] = scale * static_cast<float>(q[i]) + least;
}

/// A block of Q8_0: f16 scale; 32 signed bytes.
static void readQ8_0(const uint8_t *block, int64_t, float *values) {
  float scale = readF16(block);
  for (int i = 0; i < groupValues; ++i)
    values[i] = scale * static_cast<float>(static_cast<int8_t>(block[2 + i]));
}

//===----------------------------------------------------------------------===//
// Blocks of 256 values
//===----------------------------------------------------------------------===//
//
// Each half of 128 values shares 32 (Q2_K, Q3_K) or 64 (Q6_K) bytes, and a
// group of 32 values has the same bits of each byte. In Q4_K and Q5_K a pair of
// groups shares 32 bytes.

/// A block of Q2_K: 16 bytes, each a 4-bit scale and a 4-bit minimum of 16
/// values; 64 bytes of 2-bit values; f16 scales of the scales and of the
/// minimums.
static void readQ2_K(const uint8_t *block, int64_t group, float *values) {
  const uint8_t *scales = block + 2 * group;
  const uint8_t *bytes = block + 16 + group / 4 * 32;
  float scale = readF16(block + 80), least = readF16(block + 82);
  int shift = 2 * (group % 4);
  for (int half = 0; half < 2; ++half) {
    float s = scale * static_cast<float>(scales[half] & 15);
    float m = least * static_cast<float>(scales[half] >> 4);
    for (int i = half * 16; i < half * 16 + 16; ++i)
      values[i] = s * static_cast<float>(bytes[i] >> shift & 3) - m;
  }
}

/// Returns the `index`-th of Q3_K's 16 scales. Its low 4 bits are in 8 bytes,
/// the low halves first; its high 2 bits are in the next 4 bytes.
static int getQ3Scale(const uint8_t *scales, int64_t index) {
  int low = scales[index % 8] >> (index < 8 ? 0 : 4) & 15;
  int high = scales[8 + index % 4] >> (index / 4 * 2) & 3;
  return (low | high << 4) - 32;
}

/// A block of Q3_K: 32 bytes of high bits, one bit per group; 64 bytes of the
/// low 2 bits; 12 bytes of 6-bit scales of 16 values each; f16 scale of the
/// scales.
static void readQ3_K(const uint8_t *block, int64_t group, float *values) {
  const uint8_t *bytes = block + 32 + group / 4 * 32;
  float scale = readF16(block + 108);
  int shift = 2 * (group % 4);
  for (int half = 0; half < 2; ++half) {
    int sixBits = getQ3Scale(block + 96, 2 * group + half);
    float s = scale * static_cast<float>(sixBits);
    for (int i = half * 16; i < half * 16 + 16; ++i) {
      int q = (bytes[i] >> shift & 3) | (block[i] >> group & 1) << 2;
      values[i] = s * static_cast<float>(q - 4);
    }
  }
}

/// Returns the scale and the minimum of a group of Q4_K or Q5_K.
static std::pair<float, float> readScaleAndLeast(const uint8_t *block,
                                                 int64_t group) {
  // 4 bytes of scales and 4 of minimums hold 6 bits each for groups 0 to 3, and
  // the two high bits for the others, whose low bits are in the next 4 bytes.
  const uint8_t *bytes = block + 4;
  int scale, least;
  if (group < 4) {
    scale = bytes[group] & 63;
    least = bytes[group + 4] & 63;
  } else {
    scale = (bytes[group + 4] & 15) | (bytes[group - 4] >> 6) << 4;
    least = bytes[group + 4] >> 4 | (bytes[group] >> 6) << 4;
  }
  return {readF16(block) * static_cast<float>(scale),
          readF16(block + 2) * static_cast<float>(least)};
}

/// A block of Q4_K: f16 scales of the scales and of the minimums; 12 bytes of
/// scales and minimums; 128 bytes.
static void readQ4_K(const uint8_t *block, int64_t group, float *values) {
  auto [scale, least] = readScaleAndLeast(block, group);
  const uint8_t *bytes = block + 16 + group / 2 * 32;
  int shift = 4 * (group % 2);
  for (int i = 0; i < groupValues; ++i)
    values[i] = scale * static_cast<float>(bytes[i] >> shift & 15) - least;
}

/// A block of Q5_K: as Q4_K, with 32 bytes of high bits, one bit per group,
/// before the 128 bytes.
static void readQ5_K(const uint8_t *block, int64_t group, float *values) {
  auto [scale, least] = readScaleAndLeast(block, group);
  const uint8_t *bytes = block + 48 + group / 2 * 32;
  int shift = 4 * (group % 2);
  for (int i = 0; i < groupValues; ++i) {
    int q = (bytes[i] >> shift & 15) | (block[16 + i] >> group & 1) << 4;
    values[i] = scale * static_cast<float>(q) - least;
  }
}

/// A block of Q6_K: 128 bytes of the low 4 bits; 64 bytes of the high 2 bits;
/// 16 signed scales of 16 values each; f16 scale of the scales.
static void readQ6_K(const uint8_t *block, int64_t group, float *values) {
  const uint8_t *low = block + group / 4 * 64 + group % 2 * 32;
  const uint8_t *high = block + 128 + group / 4 * 32;
  const uint8_t *scales = block + 192 + 2 * group;
  float scale = readF16(block + 208);
  int lowShift = group % 4 < 2 ? 0 : 4, highShift = 2 * (group % 4);
  for (int half = 0; half < 2; ++half) {
    float s = scale * static_cast<float>(static_cast<int8_t>(scales[half]));
    for (int i = half * 16; i < half * 16 + 16; ++i) {
      int q = (low[i] >> lowShift & 15) | (high[i] >> highShift & 3) << 4;
      values[i] = s * static_cast<float>(q - 32);
    }
  }
}

//===----------------------------------------------------------------------===//
// Parts of tensors
//===----------------------------------------------------------------------===//

GroupReader gptc::getGroupReader(BlockKind kind) {
  switch (kind) {
  case BlockKind::q4_0:
    return readQ4_0;
  case BlockKind::q4_1:
    return readQ4_1;
  case BlockKind::q5_0:
    return readQ5_0;
  case BlockKind::q5_1:
    return readQ5_1;
  case BlockKind::q8_0:
    return readQ8_0;
  case BlockKind::q2_k:
    return readQ2_K;
  case BlockKind::q3_k:
    return readQ3_K;
  case BlockKind::q4_k:
    return readQ4_K;
  case BlockKind::q5_k:
    return readQ5_K;
  case BlockKind::q6_k:
    return readQ6_K;
  }
  llvm_unreachable("a kind of block that is not known");
}

void gptc::dequantize(gpt::BlockType type, const char *data, int64_t first,
                      int64_t count, float *values) {
  GroupReader read = getGroupReader(type.getKind());
  int64_t groups = type.getValues() / groupValues, bytes = type.getBytes();
  auto *blocks = reinterpret_cast<const uint8_t *>(data);
  while (count > 0) {
    int64_t group = first / groupValues, skipped = first % groupValues;
    int64_t taken = std::min(groupValues - skipped, count);
    const uint8_t *block = blocks + group / groups * bytes;
    if (taken == groupValues) {
      read(block, group % groups, values);
    } else {
      float whole[groupValues];
      read(block, group % groups, whole);
      std::copy_n(whole + skipped, taken, values);
    }
    first += taken;
    count -= taken;
    values += taken;
  }
}
