//===- StateTest.cpp - Tests of layers, weights, the cache and calls ------===//

#include "Support.h"
#include <cmath>

using namespace gptc;

/// Two heads of one channel share the only KV head.
static constexpr llvm::StringRef attention = R"(
  gpt.kv_cache @cache layers 1 kv_heads 1 head_size 1 : f32
  func.func @f(%q: tensor<?x2xf32>, %k: tensor<?x1xf32>, %v: tensor<?x1xf32>,
               %positions: tensor<?xi32>, %sequences: tensor<?xi32>) -> tensor<?x2xf32> {
    %layer = arith.constant 0 : index
    %scale = arith.constant 0.5 : f32
    gpt.kv_append %k, %v at %positions, %sequences to @cache[%layer] kv_heads 1 head_size 1 : tensor<?x1xf32>, tensor<?xi32> loc("cache")
    %0 = gpt.attention causal %q at %positions, %sequences from @cache[%layer] heads 2 kv_heads 1 head_size 1 scale %scale
       : tensor<?x2xf32>, tensor<?xi32> loc("layer.0.attn.heads")
    return %0 : tensor<?x2xf32>
  }
  func.func @look(%q: tensor<?x2xf32>, %positions: tensor<?xi32>,
                  %sequences: tensor<?xi32>) -> tensor<?x2xf32> {
    %layer = arith.constant 0 : index
    %scale = arith.constant 1.0 : f32
    %0 = gpt.attention causal %q at %positions, %sequences from @cache[%layer] heads 2 kv_heads 1 head_size 1 scale %scale
       : tensor<?x2xf32>, tensor<?xi32> loc("heads")
    return %0 : tensor<?x2xf32>
  })";

// With keys 0 and log 9 and queries of 1, the scores are 0 and log 3, which
// softmax turns into 1/4 and 3/4; queries of 2 give 1/10 and 9/10.
static const float log9 = std::log(9.0f);

TEST(Attention, LooksAtEarlierRowsOnly) {
  TestModule module(attention);
  Tensor rows =
      module.run({tensor({2, 2}, {5, 6, 1, 2}), tensor({2, 1}, {0, log9}),
                  tensor({2, 1}, {4, 8}), ids({0, 1}), ids({0, 0})});
  expectNear(rows.values, {4, 4, 7, 7.6}, 1e-6);

  const Tensor &scores = module.activations["layer.0.attn.scores"];
  EXPECT_EQ(scores.shape, (Shape{2, 2, 2}));
  EXPECT_EQ(scores.values[1], -std::numeric_limits<float>::infinity());
  EXPECT_FLOAT_EQ(scores.values[3], log9 / 2);
  EXPECT_FLOAT_EQ(scores.values[7], log9);
  const Tensor &probabilities =
      module.activations["layer.0.attn.probabilities"];
  EXPECT_EQ(probabilities.shape, (Shape{2, 2, 2}));
  expectNear(probabilities.values, {1, 0, 0.25, 0.75, 1, 0, 0.1, 0.9}, 1e-6);
  EXPECT_EQ(module.activations["layer.0.attn.heads"].values, rows.values);
  EXPECT_EQ(module.activations.count("cache"), 0u);
}

TEST(Attention, GoesOnWithWhatEarlierCallsWrote) {
  TestModule module(attention);
  module.run({tensor({1, 2}, {5, 6}), tensor({1, 1}, {0}), tensor({1, 1}, {4}),
              ids({0}), ids({0})});
  Tensor rows = module.run({tensor({1, 2}, {1, 2}), tensor({1, 1}, {log9}),
                            tensor({1, 1}, {8}), ids({1}), ids({0})});
  expectNear(rows.values, {7, 7.6}, 1e-6);
  EXPECT_EQ(module.activations["layer.0.attn.scores"].shape, (Shape{2, 1, 2}));
}

TEST(Attention, KeepsSequencesApart) {
  TestModule module(attention);
  Tensor rows = module.run(
      {tensor({3, 2}, {5, 6, 1, 2, 7, 8}), tensor({3, 1}, {0, log9, 3}),
       tensor({3, 1}, {4, 8, 16}), ids({0, 1, 0}), ids({0, 0, 1})});
  expectNear(rows.values, {4, 4, 7, 7.6, 16, 16}, 1e-6);
}

TEST(Attention, KeepsCachesApart) {
  TestModule module(R"(
    gpt.kv_cache @first layers 1 kv_heads 1 head_size 1 : f32
    gpt.kv_cache @second layers 1 kv_heads 1 head_size 1 : f32
    func.func @f(%q: tensor<?x1xf32>, %k: tensor<?x1xf32>, %v: tensor<?x1xf32>,
                 %w: tensor<?x1xf32>, %p: tensor<?xi32>) -> tensor<?x1xf32> {
      %layer = arith.constant 0 : index
      %scale = arith.constant 1.0 : f32
      gpt.kv_append %k, %v at %p, %p to @first[%layer] kv_heads 1 head_size 1 : tensor<?x1xf32>, tensor<?xi32>
      gpt.kv_append %k, %w at %p, %p to @second[%layer] kv_heads 1 head_size 1 : tensor<?x1xf32>, tensor<?xi32>
      %0 = gpt.attention causal %q at %p, %p from @first[%layer] heads 1 kv_heads 1 head_size 1 scale %scale
         : tensor<?x1xf32>, tensor<?xi32>
      return %0 : tensor<?x1xf32>
    })");
  Tensor one = module.run({tensor({1, 1}, {1}), tensor({1, 1}, {1}),
                           tensor({1, 1}, {5}), tensor({1, 1}, {7}), ids({0})});
  expectNear(one.values, {5}, 1e-6);
}

TEST(Attention, SaysWhatTheCacheHasNot) {
  TestModule module(attention);
  RuntimeValue query = tensor({1, 2}, {1, 2}), one = tensor({1, 1}, {1});
  EXPECT_EQ(module.error({query, one, one, ids({1}), ids({7})}),
            "gpt.attention 'layer.0.attn.heads': position 0 of sequence 7 was "
            "never written");
  std::string error =
      "gpt.attention 'heads': position 0 of sequence 0 was never written";
  auto look = module.call({query, ids({0}), ids({0})}, "look");
  EXPECT_EQ(toString(look.takeError()), error);
  look = module.call({query, ids({-1}), ids({0})}, "look");
  EXPECT_EQ(toString(look.takeError()),
            "gpt.attention 'heads': position is -1 but 0 or more was expected");
  EXPECT_EQ(module.error({query, one, one, ids({-1}), ids({0})}),
            "gpt.kv_append 'cache': position is -1 but 0 or more was expected");
}

TEST(Attention, ChecksItsOperands) {
  TestModule module(attention);
  RuntimeValue query = tensor({1, 2}, {1, 2}), one = tensor({1, 1}, {1});
  EXPECT_EQ(module.error({query, one, one, ids({0}), ids({0, 0})}),
            "gpt.kv_append 'cache': there are 1 positions but 2 sequences");
  EXPECT_EQ(
      module.error({query, one, tensor({2, 1}, {1, 2}), ids({0}), ids({0})}),
      "gpt.kv_append 'cache': value has shape [2, 1] but [1, 1] was "
      "expected");
  EXPECT_EQ(
      module.error({tensor({2, 2}, Values(4)), one, one, ids({0}), ids({0})}),
      "gpt.attention 'layer.0.attn.heads': query has shape [2, 2] but "
      "[1, 2] was expected");
}

static constexpr llvm::StringRef layers = R"(
  gpt.weight @one layers 3 : tensor<2x2xf32> from [#gpt.load<"h.*.w" : tensor<2x2xf32>>]
  gpt.weight @all : tensor<2xf32> from [#gpt.load<"w" : tensor<2xf32>>]
  func.func @f(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
    %all = gpt.get_weight @all : tensor<2xf32> loc("all")
    %0 = gpt.layers %x schedule [0, 1, 0] : tensor<?x2xf32> {
    ^bb0(%layer: index, %h: tensor<?x2xf32>):
      %w = gpt.get_weight @one[%layer] : tensor<2x2xf32> loc("layer.*.weight")
      %1 = gpt.linear %h, %w bias(%all : tensor<2xf32>)
         : tensor<?x2xf32>, tensor<2x2xf32> -> tensor<?x2xf32> loc("layer.*.up")
      gpt.yield %1 : tensor<?x2xf32>
    }, {
    ^bb0(%layer: index, %h: tensor<?x2xf32>):
      %1 = gpt.add %h, %h : tensor<?x2xf32> loc(fused<"pass">["layer.*.double", "other"])
      gpt.yield %1 : tensor<?x2xf32>
    }
    return %0 : tensor<?x2xf32>
  })";

TEST(Layers, FollowTheSchedule) {
  TestModule module(layers);
  Tensor rows = module.run({tensor({1, 2}, {1, -1})});
  // Layer 0: (1·1 - 1·2 + 1, 1·3 - 1·4 + 2) = (0, 1); layer 1 doubles; layer 2:
  // (0·3 + 2·4 + 1, 0·5 + 2·6 + 2).
  EXPECT_EQ(rows.values, (Values{9, 14}));
  EXPECT_EQ(module.activations["layer.0.up"].values, (Values{0, 1}));
  EXPECT_EQ(module.activations["layer.1.double"].values, (Values{0, 2}));
  EXPECT_EQ(module.activations["layer.2.up"].values, (Values{9, 14}));
  EXPECT_EQ(module.activations.size(), 3u);
}

TEST(Layers, ReadWeightsWhenTheyRun) {
  TestModule module(layers);
  module.run({tensor({1, 2}, {1, -1})});
  module.run({tensor({1, 2}, {2, -1})});
  EXPECT_EQ(module.reads, (std::vector<std::string>{"all 0", "one 0", "one 2",
                                                    "one 0", "one 2"}));
}

TEST(Layers, GiveEachItsValue) {
  TestModule module(R"(
    gpt.weight @w layers 2 : tensor<1xf32> from [#gpt.load<"h.*.w" : tensor<1xf32>>]
    func.func @f(%layer: index) -> f32 {
      %0 = gpt.layer_value [2.5, -1.0][%layer] loc("value")
      return %0 : f32
    }
    func.func @weight(%layer: index) -> tensor<1xf32> {
      %0 = gpt.get_weight @w[%layer] : tensor<1xf32>
      return %0 : tensor<1xf32>
    })");
  EXPECT_EQ(std::get<float>(*module.call({int64_t(1)})), -1);
  EXPECT_EQ(module.error({int64_t(2)}),
            "gpt.layer_value 'value': asks for layer 2 of 2");
  EXPECT_EQ(module.error({int64_t(-1)}, "weight"),
            "gpt.get_weight: asks for layer -1 of 2");
  EXPECT_EQ(module.error({int64_t(2)}, "weight"),
            "gpt.get_weight: asks for layer 2 of 2");
}

TEST(Weights, KeepTheirLogicalShapeWhenPacked) {
  TestModule module(R"(
    gpt.weight @w : tensor<3x2xf32> from [#gpt.load<"w" : tensor<3x2xf32>>, #gpt.pack<panels>]
    func.func @f(%x: tensor<?x2xf32>) -> tensor<?x3xf32> {
      %w = gpt.get_weight @w : tensor<3x2xf32, #gpt.packed<panels>>
      %0 = gpt.unembed %x, %w : tensor<?x2xf32>, tensor<3x2xf32, #gpt.packed<panels>> -> tensor<?x3xf32>
      return %0 : tensor<?x3xf32>
    })");
  EXPECT_EQ(module.run({tensor({1, 2}, {1, 10})}).values, (Values{21, 43, 65}));
}

TEST(Weights, PassOnTheReadersError) {
  mlir::MLIRContext context;
  context.loadDialect<gpt::GptDialect, mlir::func::FuncDialect>();
  auto module = mlir::parseSourceString<mlir::ModuleOp>(layers, &context);
  auto refuse = [](gpt::WeightOp weight,
                   int64_t) -> llvm::Expected<std::vector<float>> {
    return llvm::createStringError("cannot read " + weight.getName());
  };
  Interpreter interpreter(*module, refuse);
  auto result = interpreter.call("f", {tensor({1, 2}, {1, 2})});
  EXPECT_EQ(toString(result.takeError()), "cannot read all");
}

TEST(Call, ChecksFunctionAndArguments) {
  TestModule module(R"(
    func.func private @declared(tensor<?xi32>) -> tensor<?xi32>
    func.func @f(%ids: tensor<?xi32>, %x: tensor<2x2xf32>) -> tensor<2x2xf32> {
      return %x : tensor<2x2xf32>
    }
    func.func @two(%ids: tensor<?xi32>) -> (tensor<?xi32>, tensor<?xi32>) {
      return %ids, %ids : tensor<?xi32>, tensor<?xi32>
    })");
  EXPECT_EQ(module.error({}, "g"), "the module has no function @g");
  EXPECT_EQ(module.error({ids({1})}, "declared"),
            "the module has no function @declared");
  EXPECT_EQ(module.error({ids({1})}),
            "@f takes 2 arguments but 1 were expected");
  EXPECT_EQ(module.error({ids({1}), ids({2})}),
            "argument 1 of @f is tensor<2x2xf32> but a vector of ids was "
            "expected");
  EXPECT_EQ(module.error({ids({1}), tensor({2}, {1, 2})}),
            "argument 1 of @f is tensor<2x2xf32> but a tensor was expected");
  EXPECT_EQ(module.error({ids({1})}, "two"),
            "func.return: expected a return of one value");
  // The call has fewer rows than the type allows.
  EXPECT_EQ(module.run({ids({1}), tensor({1, 2}, {1, 2})}).shape,
            (Shape{1, 2}));
}

TEST(Call, RefusesOtherOps) {
  TestModule module(R"(
    func.func @f(%x: f32) -> f32 {
      %0 = arith.addf %x, %x : f32 loc("sum")
      return %0 : f32
    }
    func.func @wide() -> i64 {
      %0 = arith.constant 1 : i64
      return %0 : i64
    })");
  EXPECT_EQ(module.error({1.0f}),
            "arith.addf 'sum': the interpreter knows the ops of the phases "
            "graph to packed, and not this one");
  EXPECT_EQ(module.error({}, "wide"),
            "arith.constant: is i64 but f32 or index was expected");
}
