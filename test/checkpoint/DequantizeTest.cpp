//===- DequantizeTest.cpp - Dequantized values have ggml's bits -----------===//

#include "compiler/checkpoint/Dequantize.h"

#include "mlir/IR/MLIRContext.h"
#include "gtest/gtest.h"

using namespace gptc;
using gpt::BlockKind;

static constexpr int64_t blockCount = 64;

namespace {
struct Expected {
  BlockKind kind;
  /// The offsets of the f16 scales in a block.
  std::vector<int> scales;
  /// The FNV-1a hash of the values of all blocks.
  uint64_t hash;
};

struct DequantizeTest : testing::TestWithParam<Expected> {
  DequantizeTest() {
    context.loadDialect<gpt::GptDialect>();
    type = gpt::BlockType::get(&context, GetParam().kind);
    // The same generator is in Inputs/dequantize.py.
    uint64_t state = 0;
    for (int64_t i = 0; i < blockCount * type.getBytes(); ++i) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      bytes.push_back(static_cast<char>(state >> 56));
    }
    for (int64_t block = 0; block < blockCount; ++block)
      for (int place : GetParam().scales)
        bytes[block * type.getBytes() + place + 1] &= 0xBF;
  }

  std::vector<float> read(int64_t first, int64_t count) {
    std::vector<float> values(count);
    dequantize(type, bytes.data(), first, count, values.data());
    return values;
  }

  mlir::MLIRContext context;
  gpt::BlockType type;
  std::vector<char> bytes;
};
} // namespace

TEST_P(DequantizeTest, gives_the_bits_of_the_gguf_package) {
  std::vector<float> values = read(0, blockCount * type.getValues());
  uint64_t hash = 0xCBF29CE484222325;
  for (float value : values) {
    uint32_t bits = llvm::bit_cast<uint32_t>(value);
    for (int shift = 0; shift < 32; shift += 8)
      hash = (hash ^ (bits >> shift & 0xFF)) * 0x100000001B3;
  }
  EXPECT_EQ(hash, GetParam().hash);
}

TEST_P(DequantizeTest, reads_any_part) {
  std::vector<float> all = read(0, blockCount * type.getValues());
  for (int64_t first : {0, 1, 31, 32, 33, 255, 256, 700})
    for (int64_t count : {0, 1, 31, 32, 63, 64, 65, 300}) {
      std::vector<float> part = read(first, count);
      EXPECT_TRUE(std::equal(part.begin(), part.end(), all.begin() + first))
          << first << " " << count;
    }
}

/// The output of Inputs/dequantize.py.
static const Expected expected[] = {
    {BlockKind::q4_0, {0}, 0xF07D86C69118595D},
    {BlockKind::q4_1, {0, 2}, 0x176CD34265F7A2EB},
    {BlockKind::q5_0, {0}, 0x5C6645A336D53AAC},
    {BlockKind::q5_1, {0, 2}, 0xC9CFD277F822CF49},
    {BlockKind::q8_0, {0}, 0x72EF9E995B09E9A1},
    {BlockKind::q2_k, {80, 82}, 0x37CA9D30275319AC},
    {BlockKind::q3_k, {108}, 0x7F5FA59C821FFC47},
    {BlockKind::q4_k, {0, 2}, 0x2998A022C833A3CE},
    {BlockKind::q5_k, {0, 2}, 0xF5AFE5BB8317E963},
    {BlockKind::q6_k, {208}, 0x50B0F4FE714E8948},
};

INSTANTIATE_TEST_SUITE_P(Kinds, DequantizeTest, testing::ValuesIn(expected),
                         [](auto &info) {
                           return stringifyBlockKind(info.param.kind).str();
                         });
