//===- OpsTest.cpp - Tests of each op of the interpreter ------------------===//

#include "Support.h"

using namespace gptc;
using llvm::ArrayRef;
using llvm::StringRef;

static constexpr float infinity = std::numeric_limits<float>::infinity();

TEST(Embedding, TakesARowPerId) {
  TestModule module(R"(
    func.func @f(%ids: tensor<?xi32>, %table: tensor<3x2xf32>) -> tensor<?x2xf32> {
      %0 = gpt.embedding %ids, %table : tensor<?xi32>, tensor<3x2xf32> -> tensor<?x2xf32> loc("token")
      return %0 : tensor<?x2xf32>
    })");
  RuntimeValue table = tensor({3, 2}, {1, 2, 3, 4, 5, 6});
  Tensor rows = module.run({ids({2, 0, 2, 1}), table});
  EXPECT_EQ(rows.shape, (Shape{4, 2}));
  EXPECT_EQ(rows.values, (Values{5, 6, 1, 2, 5, 6, 3, 4}));
  EXPECT_EQ(module.error({ids({1, 3}), table}),
            "gpt.embedding 'token': id is 3 but there are 3 rows");
  EXPECT_EQ(module.error({ids({-1}), table}),
            "gpt.embedding 'token': id is -1 but there are 3 rows");
}

TEST(Norm, DividesByTheDeviation) {
  TestModule module(R"(
    func.func @f(%x: tensor<?x4xf32>, %s: tensor<4xf32>, %b: tensor<4xf32>) -> tensor<?x4xf32> {
      %0 = gpt.norm layer %x, %s bias(%b : tensor<4xf32>) epsilon 5.0e-01 : tensor<?x4xf32>, tensor<4xf32>
      return %0 : tensor<?x4xf32>
    })");
  // The mean is 3 and the variance 3.5, then 0 and 0.5.
  Tensor rows =
      module.run({tensor({2, 4}, {1, 2, 3, 6, 1, -1, 0, 0}),
                  tensor({4}, {1, 2, 4, 8}), tensor({4}, {0, 0.5, 1, 10})});
  EXPECT_EQ(rows.values, (Values{-1, -0.5, 1, 22, 1, -1.5, 1, 10}));
  EXPECT_EQ(module.error({tensor({1, 4}, {1, 2, 3, 6}), tensor({4}, Values(4)),
                          tensor({5}, Values(5))}),
            "gpt.norm: bias has shape [5] but [4] was expected");
  EXPECT_EQ(module.error({tensor({1, 4}, {1, 2, 3, 6}), tensor({3}, Values(3)),
                          tensor({4}, Values(4))}),
            "gpt.norm: scale has shape [3] but [4] was expected");
}

TEST(Norm, NeedsNoBias) {
  TestModule module(R"(
    func.func @f(%x: tensor<?x2xf32>, %s: tensor<2xf32>) -> tensor<?x2xf32> {
      %0 = gpt.norm layer %x, %s epsilon 0.0 : tensor<?x2xf32>, tensor<2xf32>
      return %0 : tensor<?x2xf32>
    })");
  EXPECT_EQ(module.run({tensor({1, 2}, {3, 7}), tensor({2}, {1, 5})}).values,
            (Values{-1, 5}));
}

TEST(Linear, MultipliesByTheTransposedWeight) {
  TestModule module(R"(
    func.func @f(%x: tensor<?x3xf32>, %w: tensor<2x3xf32>) -> tensor<?x2xf32> {
      %0 = gpt.linear %x, %w : tensor<?x3xf32>, tensor<2x3xf32> -> tensor<?x2xf32>
      return %0 : tensor<?x2xf32>
    })");
  RuntimeValue weight = tensor({2, 3}, {1, 2, 3, -4, 5, 6});
  Tensor rows = module.run({tensor({2, 3}, {1, 10, 100, 0, 1, -1}), weight});
  EXPECT_EQ(rows.shape, (Shape{2, 2}));
  EXPECT_EQ(rows.values, (Values{321, 646, -1, -1}));
  // In f32 the sum of the first row would be 0.
  EXPECT_EQ(
      module.run({tensor({1, 3}, {1e8, 0.5, -1e8}), tensor({1, 3}, {1, 1, 1})})
          .values,
      (Values{0.5}));
  EXPECT_EQ(module.error({tensor({1, 2}, {1, 2}), weight}),
            "gpt.linear: weight has shape [2, 3] but [2, 2] was expected");
}

TEST(Linear, AddsTheResidualAfterTheActivation) {
  TestModule module(R"(
    func.func @f(%x: tensor<?x1xf32>, %w: tensor<2x1xf32>, %b: tensor<2xf32>, %r: tensor<?x2xf32>) -> tensor<?x2xf32> {
      %0 = gpt.linear %x, %w bias(%b : tensor<2xf32>) then relu plus(%r : tensor<?x2xf32>)
         : tensor<?x1xf32>, tensor<2x1xf32> -> tensor<?x2xf32>
      return %0 : tensor<?x2xf32>
    })");
  RuntimeValue input = tensor({2, 1}, {1, -1}),
               weight = tensor({2, 1}, {2, -3}), bias = tensor({2}, {0.5, 1});
  EXPECT_EQ(
      module.run({input, weight, bias, tensor({2, 2}, {10, 20, -30, -40})})
          .values,
      (Values{12.5, 20, -30, -36}));
  EXPECT_EQ(module.error({input, weight, bias, tensor({1, 2}, {1, 2})}),
            "gpt.linear: residual has shape [1, 2] but [2, 2] was expected");
  EXPECT_EQ(module.error(
                {input, weight, tensor({1}, {1}), tensor({2, 2}, Values(4))}),
            "gpt.linear: bias has shape [1] but [2] was expected");
}

TEST(Linear, RoundsTheInputInBF16) {
  TestModule module(R"(
    func.func @f(%x: tensor<?x1xf32>, %w: tensor<1x1xbf16>) -> tensor<?x1xf32> {
      %0 = gpt.linear %x, %w in bf16 : tensor<?x1xf32>, tensor<1x1xbf16> -> tensor<?x1xf32>
      return %0 : tensor<?x1xf32>
    })");
  // The inputs are below, at and above ties; the largest floats overflow.
  const float step = 1.0f / 128;
  Tensor rows = module.run(
      {tensor({7, 1}, {1 + 0.49f * step, 1 + 0.5f * step, 1 + 1.5f * step,
                       -1 - 0.51f * step, 3.4e38f, -infinity, NAN}),
       tensor({1, 1}, {1.5})});
  EXPECT_EQ(ArrayRef(rows.values).take_front(6),
            ArrayRef<float>({1.5, 1.5, 1.5f + 3 * step, -1.5f - 1.5f * step,
                             infinity, -infinity}));
  EXPECT_TRUE(std::isnan(rows.values[6]));
}

TEST(Unembed, MultipliesByTheTransposedWeight) {
  StringRef source = R"(
    func.func @f(%x: tensor<?x2xf32>, %w: tensor<3x2xf32>) -> tensor<?x3xf32> {
      %0 = gpt.unembed %x, %w ARITHMETIC : tensor<?x2xf32>, tensor<3x2xf32> -> tensor<?x3xf32>
      return %0 : tensor<?x3xf32>
    })";
  auto run = [&](StringRef arithmetic) {
    auto [before, after] = source.split("ARITHMETIC");
    TestModule module((before + arithmetic + after).str());
    return module.run(
        {tensor({1, 2}, {1.00390625, 2}), tensor({3, 2}, {1, 0, 0, 1, 2, -1})});
  };
  EXPECT_EQ(run("").values, (Values{1.00390625, 2, 0.0078125}));
  EXPECT_EQ(run("in bf16").values, (Values{1, 2, 0}));
  EXPECT_EQ(run("").shape, (Shape{1, 3}));
}

TEST(Activation, FollowsItsFormula) {
  // The expected values come from Python's math module.
  std::pair<StringRef, std::vector<double>> kinds[] = {
      {"none", {-3, -0.5, 0, 1.25}},
      {"relu", {0, 0, 0, 1.25}},
      {"gelu", {-0.00404969409, -0.154268769, 0, 1.11793778}},
      {"gelu_tanh", {-0.00363739208, -0.15428599, 0, 1.1177142}},
      {"gelu_quick", {-0.0180713097, -0.149611563, 0, 1.1169343}},
      {"silu", {-0.14227762, -0.188770334, 0, 0.971624826}},
      {"tanh", {-0.995054754, -0.462117157, 0, 0.84828364}}};
  for (auto &[kind, expected] : kinds) {
    TestModule module(("func.func @f(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {"
                       "  %0 = gpt.activation " +
                       kind +
                       " %x : tensor<?x4xf32>"
                       "  return %0 : tensor<?x4xf32>"
                       "}")
                          .str());
    SCOPED_TRACE(kind.str());
    expectNear(module.run({tensor({1, 4}, {-3, -0.5, 0, 1.25})}).values,
               expected, 1e-7);
    Tensor edges = module.run({tensor({1, 4}, {infinity, NAN, 1e4, -0.0f})});
    EXPECT_EQ(edges.values[0], kind == "tanh" ? 1 : infinity);
    EXPECT_TRUE(std::isnan(edges.values[1]));
    EXPECT_EQ(edges.values[2], kind == "tanh" ? 1 : 1e4);
    EXPECT_EQ(edges.values[3], 0);
  }
}

TEST(Add, AddsEachValue) {
  TestModule module(R"(
    func.func @f(%x: tensor<?x2xf32>, %y: tensor<?x2xf32>) -> tensor<?x2xf32> {
      %0 = gpt.add %x, %y : tensor<?x2xf32>
      return %0 : tensor<?x2xf32>
    })");
  EXPECT_EQ(module
                .run({tensor({2, 2}, {1, 2, 3, 4}),
                      tensor({2, 2}, {10, -20, infinity, 0.25})})
                .values,
            (Values{11, -18, infinity, 4.25}));
  EXPECT_EQ(
      module.error({tensor({2, 2}, Values(4)), tensor({1, 2}, Values(2))}),
      "gpt.add: rhs has shape [1, 2] but [2, 2] was expected");
}

TEST(Columns, KeepsSomeOfEveryRow) {
  TestModule module(R"(
    func.func @f(%x: tensor<?x5xf32>) -> tensor<?x2xf32> {
      %0 = gpt.columns %x[1] : tensor<?x5xf32> -> tensor<?x2xf32>
      return %0 : tensor<?x2xf32>
    })");
  Tensor rows = module.run({tensor({2, 5}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})});
  EXPECT_EQ(rows.shape, (Shape{2, 2}));
  EXPECT_EQ(rows.values, (Values{2, 3, 7, 8}));
  EXPECT_EQ(module.error({tensor({1, 2}, {1, 2})}),
            "gpt.columns: takes 2 columns from 1 but the input has 2");
}

TEST(SelectRows, TakesRowsInAnyOrder) {
  TestModule module(R"(
    func.func @f(%x: tensor<?x2xf32>, %rows: tensor<?xi32>) -> tensor<?x2xf32> {
      %0 = gpt.select_rows %x, %rows : tensor<?x2xf32>, tensor<?xi32> -> tensor<?x2xf32>
      return %0 : tensor<?x2xf32>
    })");
  RuntimeValue input = tensor({3, 2}, {1, 2, 3, 4, 5, 6});
  EXPECT_EQ(module.run({input, ids({2, 0, 2})}).values,
            (Values{5, 6, 1, 2, 5, 6}));
  EXPECT_EQ(module.error({input, ids({3})}),
            "gpt.select_rows: row is 3 but there are 3 rows");
}
