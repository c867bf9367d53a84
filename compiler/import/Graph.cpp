//===- Graph.cpp - Builds a model's forward pass --------------------------===//

#include "compiler/import/Graph.h"

#include "dialect/Entry.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"

using namespace gptc;
using namespace mlir;

static constexpr StringLiteral cacheName = "cache";

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
  IntegerAttr windowAttr(int64_t window) {
    return window ? builder.getI64IntegerAttr(window) : IntegerAttr();
  }
  bool hasWeight(StringRef symbol) { return symbols.lookup(symbol) != nullptr; }

  /// Reads a weight, of the current layer if it is stacked; returns null if
  /// there is none.
  Value weight(const Twine &symbol);
  /// Adds a norm with the weights `symbol`.scale and .bias; returns `input` if
  /// there are none.
  Value norm(const Twine &name, StringRef symbol, Value input);
  /// Adds the layer's linear `symbol`.
  Value linear(StringRef symbol, Value input);
  FloatAttr numberUnless(float absent, float value);
  Value embed();
  void addRotaryTable();
  /// Rotates the heads of `input` to their positions.
  Value rotate(const Twine &name, Value input, int64_t heads);
  Value attentionScale();
  /// Attention and MLP, both without the residual.
  Value attention(Value input, int64_t window);
  Value mlp(Value input);
  Value layerBody(Value input, int64_t window);
  Value layers(Value input);
  Value unembed(Value input);
  void declareCache();

  OpBuilder builder;
  SymbolTable symbols;
  const Family &family;
  const Hyperparameters &hyperparameters;
  Value tokens, positions, sequences, rotaryTable, layer;
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
  if (!scale)
    return input;
  Value bias = weight(symbol + ".bias");
  int64_t groups =
      cast<RankedTensorType>(input.getType()).getDimSize(1) /
      cast<RankedTensorType>(scale.getType()).getDimSize(0);
  return gpt::NormOp::create(builder, loc(name), family.norm, input, scale,
                             bias, APFloat(hyperparameters.epsilon), groups);
}

Value GraphBuilder::linear(StringRef symbol, Value input) {
  Value matrix = weight(symbol);
  Value bias = weight(symbol + ".bias");
  int64_t outputs = cast<RankedTensorType>(matrix.getType()).getDimSize(0);
  return gpt::LinearOp::create(builder, loc("layer.*." + symbol),
                               rowsOf(outputs), input, matrix, bias,
                               gpt::Activation::none, /*residual=*/Value());
}

FloatAttr GraphBuilder::numberUnless(float absent, float value) {
  return value == absent ? FloatAttr() : builder.getF32FloatAttr(value);
}

Value GraphBuilder::embed() {
  RankedTensorType type = rowsOf(hyperparameters.channels);
  Value token = gpt::EmbeddingOp::create(
      builder, loc("embedding.token"), type, tokens, weight("embedding.token"),
      numberUnless(1, hyperparameters.embeddingScale));
  if (!hasWeight("embedding.position"))
    return token;
  Value position = gpt::EmbeddingOp::create(
      builder, loc("embedding.position"), type, positions,
      weight("embedding.position"), FloatAttr());
  return gpt::AddOp::create(builder, loc("embedding"), token, position);
}

/// Adds the table of rotary embedding that all layers share, unless positions
/// are learned.
void GraphBuilder::addRotaryTable() {
  const RotaryParameters &rotary = hyperparameters.rotary;
  if (rotary.frequencies.empty())
    return;
  rotaryTable = gpt::RotaryTableOp::create(
      builder, loc("rotary"), rowsOf(2 * rotary.frequencies.size()), positions,
      rotary.frequencies, numberUnless(1, rotary.magnitude));
}

Value GraphBuilder::rotate(const Twine &name, Value input, int64_t heads) {
  if (!rotaryTable)
    return input;
  return gpt::RotaryOp::create(builder, loc(name), input, rotaryTable, heads);
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

Value GraphBuilder::attention(Value input, int64_t window) {
  Value x = norm("layer.*.attn.norm", "attn.norm", input);
  Value query = linear("attn.query", x);
  Value key = linear("attn.key", x);
  Value value = linear("attn.value", x);
  query = norm("layer.*.attn.query_norm", "attn.query_norm", query);
  key = norm("layer.*.attn.key_norm", "attn.key_norm", key);
  query = rotate("layer.*.attn.query_rotary", query, hyperparameters.heads);
  key = rotate("layer.*.attn.key_rotary", key, hyperparameters.kvHeads);
  gpt::KvAppendOp::create(builder, loc("layer.*.attn.cache"), key, value,
                          positions, sequences, cacheName, layer,
                          hyperparameters.kvHeads, hyperparameters.headSize);
  Value heads = gpt::AttentionOp::create(
      builder, loc("layer.*.attn.heads"), query, positions, sequences,
      cacheName, layer, hyperparameters.heads, hyperparameters.kvHeads,
      hyperparameters.headSize, attentionScale(),
      windowAttr(window),
      numberUnless(0, hyperparameters.attentionCap));
  return norm("layer.*.attn.post_norm", "attn.post_norm",
              linear("attn.output", heads));
}

Value GraphBuilder::mlp(Value input) {
  Value x = norm("layer.*.mlp.norm", "mlp.norm", input);
  gpt::Activation activation = hyperparameters.activation;
  Value inner;
  if (hasWeight("mlp.gate")) {
    Value gate = linear("mlp.gate", x);
    inner = gpt::GatedOp::create(builder, loc("layer.*.mlp.gated"), activation,
                                 gate, linear("mlp.up", x));
  } else {
    inner = gpt::ActivationOp::create(builder, loc("layer.*.mlp.activation"),
                                      activation, linear("mlp.up", x));
  }
  return norm("layer.*.mlp.post_norm", "mlp.post_norm",
              linear("mlp.down", inner));
}

Value GraphBuilder::layerBody(Value input, int64_t window) {
  Value attended =
      gpt::AddOp::create(builder, loc("layer.*.attn.residual"), input,
                         attention(input, window));
  Value mlpInput = hyperparameters.parallelResidual ? input : attended;
  return gpt::AddOp::create(builder, loc("layer.*.mlp.residual"), attended,
                            mlp(mlpInput));
}

Value GraphBuilder::layers(Value input) {
  // Only the window makes layers differ in structure.
  SmallVector<int64_t> windows, schedule;
  for (int64_t window : hyperparameters.windows) {
    auto *kind = llvm::find(windows, window);
    schedule.push_back(kind - windows.begin());
    if (kind == windows.end())
      windows.push_back(window);
  }
  auto op = gpt::LayersOp::create(builder, loc("layers"), input.getType(),
                                  input, schedule, windows.size());
  OpBuilder::InsertionGuard guard(builder);
  for (auto [kind, window] : llvm::zip_equal(op.getKinds(), windows)) {
    Block *body = builder.createBlock(
        &kind, {}, {builder.getIndexType(), input.getType()},
        {loc("layer"), loc("layer.*.input")});
    layer = body->getArgument(0);
    Value output = layerBody(body->getArgument(1), window);
    gpt::YieldOp::create(builder, loc("layer.*.output"), output);
  }
  return op.getResult();
}

Value GraphBuilder::unembed(Value input) {
  Value head = weight(hasWeight("head") ? "head" : "embedding.token");
  return gpt::UnembedOp::create(
      builder, loc("logits"), rowsOf(hyperparameters.vocabulary), input, head,
      numberUnless(0, hyperparameters.logitCap));
}

/// Declares the KV cache that all layers share. Its window is the largest of
/// all layers; 0 means all positions.
void GraphBuilder::declareCache() {
  ArrayRef<int64_t> windows = hyperparameters.windows;
  int64_t window =
      llvm::is_contained(windows, 0) ? 0 : *llvm::max_element(windows);
  gpt::KvCacheOp::create(builder, builder.getUnknownLoc(), cacheName,
                         hyperparameters.layers, hyperparameters.kvHeads,
                         hyperparameters.headSize, windowAttr(window),
                         builder.getF32Type());
}

void GraphBuilder::build() {
  auto rows =
      RankedTensorType::get({ShapedType::kDynamic}, builder.getI32Type());
  builder.setInsertionPointToEnd(cast<ModuleOp>(symbols.getOp()).getBody());
  declareCache();
  auto function = func::FuncOp::create(
      builder, loc("forward"), "forward",
      builder.getFunctionType({rows, rows, rows},
                              rowsOf(hyperparameters.vocabulary)));
  gpt::setRole(function, 0, gpt::Role::tokens);
  gpt::setRole(function, 1, gpt::Role::positions);
  gpt::setRole(function, 2, gpt::Role::sequences);
  gpt::setResultRole(function, 0, gpt::Role::logits);
  Block *body =
      builder.createBlock(&function.getBody(), {}, {rows, rows, rows},
                          {loc("tokens"), loc("positions"), loc("sequences")});
  tokens = body->getArgument(0);
  positions = body->getArgument(1);
  sequences = body->getArgument(2);
  addRotaryTable();
  Value hidden = norm("norm", "norm", layers(embed()));
  func::ReturnOp::create(builder, loc("forward"), unembed(hidden));
}

void gptc::buildForward(ModuleOp module, const Family &family,
                        const Hyperparameters &hyperparameters) {
  GraphBuilder(module, family, hyperparameters).build();
}
