//===- FamiliesTest.cpp - Tests of the ops of other families --------------===//

#include "Support.h"
#include <cmath>

using namespace gptc;

TEST(Norm, DividesByTheRootOfTheMeanSquare) {
  TestModule module(R"(
    func.func @f(%x: tensor<?x4xf32>, %s: tensor<4xf32>) -> tensor<?x4xf32> {
      %0 = gpt.norm rms %x, %s epsilon 1.5 : tensor<?x4xf32>, tensor<4xf32>
      return %0 : tensor<?x4xf32>
    })");
  // The mean squares are 2.5 and 14.5.
  Tensor rows = module.run({tensor({2, 4}, {1, -2, 1, 2, 4, 5, -4, 1}),
                            tensor({4}, {1, 2, 4, -2})});
  EXPECT_EQ(rows.values, (Values{0.5, -2, 2, -2, 1, 2.5, -4, -0.5}));
}

TEST(Norm, TreatsEachGroupAlone) {
  TestModule module(R"(
    func.func @f(%x: tensor<?x4xf32>, %s: tensor<2xf32>) -> tensor<?x4xf32> {
      %0 = gpt.norm rms %x, %s epsilon 0.0 groups 2 : tensor<?x4xf32>, tensor<2xf32>
      return %0 : tensor<?x4xf32>
    })");
  Tensor rows =
      module.run({tensor({1, 4}, {3, 3, -5, 5}), tensor({2}, {1, 10})});
  EXPECT_EQ(rows.values, (Values{1, 10, -1, 10}));
  EXPECT_EQ(
      module.error({tensor({1, 4}, {3, 3, -5, 5}), tensor({4}, Values(4))}),
      "gpt.norm: scale has shape [4] but [2] was expected");
}

TEST(Embedding, Scales) {
  TestModule module(R"(
    func.func @f(%ids: tensor<?xi32>, %table: tensor<2x2xf32>) -> tensor<?x2xf32> {
      %0 = gpt.embedding %ids, %table scale 4.0 : tensor<?xi32>, tensor<2x2xf32> -> tensor<?x2xf32>
      return %0 : tensor<?x2xf32>
    })");
  EXPECT_EQ(
      module.run({ids({1, 0}), tensor({2, 2}, {1, 2, 3, -4})}).values,
      (Values{12, -16, 4, 8}));
  EXPECT_EQ(module.error({ids({2}), tensor({2, 2}, Values(4))}),
            "gpt.embedding: id is 2 but there are 2 rows");
}

TEST(RotaryTable, HoldsCosinesThenSines) {
  TestModule module(R"(
    func.func @f(%p: tensor<?xi32>) -> tensor<?x4xf32> {
      %0 = gpt.rotary_table %p frequencies [1.0, 0.25] magnitude 2.0 : tensor<?xi32> -> tensor<?x4xf32>
      return %0 : tensor<?x4xf32>
    })");
  Tensor rows = module.run({ids({0, 3})});
  EXPECT_EQ(rows.shape, (Shape{2, 4}));
  expectNear(rows.values,
             {2, 2, 0, 0, 2 * std::cos(3), 2 * std::cos(0.75),
              2 * std::sin(3), 2 * std::sin(0.75)},
             1e-6);
}

TEST(RotaryTable, RoundsTheAngleToF32) {
  TestModule module(R"(
    func.func @f(%p: tensor<?xi32>) -> tensor<?x2xf32> {
      %0 = gpt.rotary_table %p frequencies [0.1] : tensor<?xi32> -> tensor<?x2xf32>
      return %0 : tensor<?x2xf32>
    })");
  float angle = 100003.0f * 0.1f;
  Tensor rows = module.run({ids({100003})});
  EXPECT_EQ(rows.values, (Values{float(std::cos(double(angle))),
                                 float(std::sin(double(angle)))}));
}

TEST(Rotary, TurnsHalvesOfTheFirstChannels) {
  TestModule module(R"(
    func.func @f(%x: tensor<?x10xf32>, %t: tensor<?x4xf32>) -> tensor<?x10xf32> {
      %0 = gpt.rotary %x by %t heads 2 : tensor<?x10xf32>, tensor<?x4xf32>
      return %0 : tensor<?x10xf32>
    })");
  // The first pair is rotated by 90 degrees, the second is scaled.
  Tensor rows = module.run({tensor({1, 10}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}),
                            tensor({1, 4}, {0, 2, 1, 0})});
  EXPECT_EQ(rows.values, (Values{-3, 4, 1, 8, 5, -8, 14, 6, 18, 10}));
  EXPECT_EQ(module.error({tensor({1, 10}, Values(10)), tensor({2, 4}, Values(8))}),
            "gpt.rotary: table has shape [2, 4] but [1, 4] was expected");
  EXPECT_EQ(module.error({tensor({1, 10}, Values(10)), tensor({1, 6}, Values(6))}),
            "gpt.rotary: table has 6 values but a head has 5 channels");
}

TEST(Gated, MultipliesTheActivatedGate) {
  TestModule module(R"(
    func.func @f(%g: tensor<?x2xf32>, %u: tensor<?x2xf32>) -> tensor<?x2xf32> {
      %0 = gpt.gated relu %g, %u : tensor<?x2xf32>
      return %0 : tensor<?x2xf32>
    })");
  EXPECT_EQ(
      module.run({tensor({1, 2}, {3, -3}), tensor({1, 2}, {5, 7})}).values,
      (Values{15, 0}));
  EXPECT_EQ(
      module.error({tensor({1, 2}, {3, -3}), tensor({2, 2}, Values(4))}),
      "gpt.gated: up has shape [2, 2] but [1, 2] was expected");
}

TEST(Unembed, CapsLogits) {
  TestModule module(R"(
    func.func @f(%x: tensor<?x1xf32>, %w: tensor<2x1xf32>) -> tensor<?x2xf32> {
      %0 = gpt.unembed %x, %w soft_cap 2.0 : tensor<?x1xf32>, tensor<2x1xf32> -> tensor<?x2xf32>
      return %0 : tensor<?x2xf32>
    })");
  expectNear(
      module.run({tensor({1, 1}, {3}), tensor({2, 1}, {1, -100})}).values,
      {2 * std::tanh(1.5), -2}, 1e-6);
}

TEST(Attention, LooksBackThroughAWindowAndCapsScores) {
  TestModule module(R"(
    gpt.kv_cache @cache layers 1 kv_heads 1 head_size 1 window 2 : f32
    func.func @f(%q: tensor<?x1xf32>, %k: tensor<?x1xf32>, %v: tensor<?x1xf32>,
                 %p: tensor<?xi32>, %s: tensor<?xi32>) -> tensor<?x1xf32> {
      %layer = arith.constant 0 : index
      %scale = arith.constant 1.0 : f32
      gpt.kv_append %k, %v at %p, %s to @cache[%layer] kv_heads 1 head_size 1 : tensor<?x1xf32>, tensor<?xi32>
      %0 = gpt.attention causal %q at %p, %s from @cache[%layer] heads 1 kv_heads 1 head_size 1 scale %scale window 2 soft_cap 4.0
         : tensor<?x1xf32>, tensor<?xi32> loc("layer.0.attn.heads")
      return %0 : tensor<?x1xf32>
    })");
  // The second position's score is capped at 4 tanh(2 / 4).
  double e = std::exp(4 * std::tanh(0.5));
  Tensor rows =
      module.run({tensor({3, 1}, {1, 1, 1}), tensor({3, 1}, {1, 2, 0}),
                  tensor({3, 1}, {100, 1, 3}), ids({0, 1, 2}), ids({0, 0, 0})});
  double first = std::exp(4 * std::tanh(0.25));
  expectNear(rows.values,
             {100, (first * 100 + e) / (first + e), (e + 3) / (e + 1)}, 1e-4);
  const Tensor &scores = module.activations["layer.0.attn.scores"];
  EXPECT_EQ(scores.values[6], -std::numeric_limits<float>::infinity());
  EXPECT_FLOAT_EQ(scores.values[7], float(4 * std::tanh(0.5)));
  EXPECT_EQ(module.activations["layer.0.attn.probabilities"].values[6], 0);
}
