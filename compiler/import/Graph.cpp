//===- Graph.cpp - Build a model's forward pass ---------------------------===//

#include "compiler/import/Graph.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"

using namespace gptc;
using namespace mlir;

namespace {
class GraphBuilder {
public:
  GraphBuilder(ModuleOp module, const Family &family,
               const Hyperparameters &hyperparameters)
      : builder(module.getBodyRegion()), symbols(module), family(family),
        hyperparameters(hyperparameters) {}

  void build();

private:
  Location loc(const Twine &name) {
    return NameLoc::get(builder.getStringAttr(name));
  }
  RankedTensorType rowsOf(int64_t channels) {
    return RankedTensorType::get({ShapedType::kDynamic, channels},
                                 builder.getF32Type());
  }
  bool hasWeight(StringRef symbol) { return symbols.lookup(symbol) != nullptr; }

  /// A weight of the current layer if it is stacked; null if there is none.
  Value weight(const Twine &symbol);
  /// The weights are `symbol`.scale and .bias.
  Value norm(const Twine &name, StringRef symbol, Value input);
  /// The layer's linear `symbol`.
  Value linear(StringRef symbol, Value input);
  Value embed();
  Value attentionScale();
  Value attention(Value input);
  Value mlp(Value input);
  Value layers(Value input);
  Value unembed(Value input);

  OpBuilder builder;
  SymbolTable symbols;
  const Family &family;
  const Hyperparameters &hyperparameters;
  Value tokens, positions, sequences, layer;
};
} // namespace

Value GraphBuilder::weight(const Twine &symbol) {
  auto weight = symbols.lookup<gpt::WeightOp>(symbol.str());
  if (!weight)
    return {};
  return gpt::GetWeightOp::create(builder, loc(symbol), weight.getStorageType(),
                                  weight.getSymName(),
                                  weight.getLayers() ? layer : Value());
}

Value GraphBuilder::norm(const Twine &name, StringRef symbol, Value input) {
  Value scale = weight(symbol + ".scale");
  Value bias = weight(symbol + ".bias");
  return gpt::NormOp::create(builder, loc(name), family.norm, input, scale,
                             bias, APFloat(hyperparameters.epsilon));
}

Value GraphBuilder::linear(StringRef symbol, Value input) {
  Value matrix = weight(symbol);
  Value bias = weight(symbol + ".bias");
  int64_t outputs = cast<RankedTensorType>(matrix.getType()).getDimSize(0);
  return gpt::LinearOp::create(builder, loc("layer.*." + symbol),
                               rowsOf(outputs), input, matrix, bias,
                               gpt::Activation::none, /*residual=*/Value());
}

Value GraphBuilder::embed() {
  RankedTensorType type = rowsOf(hyperparameters.channels);
  Value token = gpt::EmbeddingOp::create(builder, loc("embedding.token"), type,
                                         tokens, weight("embedding.token"), FloatAttr());
  if (!hasWeight("embedding.position"))
    return token;
  Value position =
      gpt::EmbeddingOp::create(builder, loc("embedding.position"), type,
                               positions, weight("embedding.position"), FloatAttr());
  return gpt::AddOp::create(builder, loc("embedding"), token, position);
}

Value GraphBuilder::attentionScale() {
  ArrayRef<float> scales = hyperparameters.attentionScales;
  Location name = loc("layer.*.attn.scale");
  if (llvm::all_equal(scales))
    return arith::ConstantOp::create(builder, name,
                                     builder.getF32FloatAttr(scales.front()));
  return gpt::LayerValueOp::create(builder, name, builder.getF32Type(), scales,
                                   layer);
}

Value GraphBuilder::attention(Value input) {
  Value x = norm("layer.*.attn.norm", "attn.norm", input);
  Value query = linear("attn.query", x);
  Value key = linear("attn.key", x);
  Value value = linear("attn.value", x);
  gpt::KvAppendOp::create(builder, loc("layer.*.attn.cache"), key, value,
                          positions, sequences, layer);
  Value heads =
      gpt::AttentionOp::create(builder, loc("layer.*.attn.heads"), query,
                               positions, sequences, layer, attentionScale(), IntegerAttr(), FloatAttr());
  return gpt::AddOp::create(builder, loc("layer.*.attn.residual"), input,
                            linear("attn.output", heads));
}

Value GraphBuilder::mlp(Value input) {
  Value x = norm("layer.*.mlp.norm", "mlp.norm", input);
  Value up = linear("mlp.up", x);
  Value activated = gpt::ActivationOp::create(
      builder, loc("layer.*.mlp.activation"), hyperparameters.activation, up);
  return gpt::AddOp::create(builder, loc("layer.*.mlp.residual"), input,
                            linear("mlp.down", activated));
}

Value GraphBuilder::layers(Value input) {
  SmallVector<int64_t> schedule(hyperparameters.layers, 0);
  auto op = gpt::LayersOp::create(builder, loc("layers"), input.getType(),
                                  input, schedule, /*kindsCount=*/1);
  OpBuilder::InsertionGuard guard(builder);
  Block *body = builder.createBlock(&op.getKinds().front(), {},
                                    {builder.getIndexType(), input.getType()},
                                    {loc("layer"), loc("layer.*.input")});
  layer = body->getArgument(0);
  Value output = mlp(attention(body->getArgument(1)));
  gpt::YieldOp::create(builder, loc("layer.*.output"), output);
  return op.getResult();
}

Value GraphBuilder::unembed(Value input) {
  Value head = weight(hasWeight("head") ? "head" : "embedding.token");
  return gpt::UnembedOp::create(
      builder, loc("logits"), rowsOf(hyperparameters.vocabulary), input, head, FloatAttr());
}

void GraphBuilder::build() {
  auto rows =
      RankedTensorType::get({ShapedType::kDynamic}, builder.getI32Type());
  builder.setInsertionPointToEnd(cast<ModuleOp>(symbols.getOp()).getBody());
  auto function = func::FuncOp::create(
      builder, loc("forward"), "forward",
      builder.getFunctionType({rows, rows, rows},
                              rowsOf(hyperparameters.vocabulary)));
  Block *body =
      builder.createBlock(&function.getBody(), {}, {rows, rows, rows},
                          {loc("tokens"), loc("positions"), loc("sequences")});
  tokens = body->getArgument(0);
  positions = body->getArgument(1);
  sequences = body->getArgument(2);
  Value hidden = norm("norm", "norm", layers(embed()));
  func::ReturnOp::create(builder, loc("forward"), unembed(hidden));
}

void gptc::buildForward(ModuleOp module, const Family &family,
                        const Hyperparameters &hyperparameters) {
  GraphBuilder(module, family, hyperparameters).build();
}
