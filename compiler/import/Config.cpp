//===- Config.cpp - Reads config.json -------------------------------------===//

#include "compiler/import/Config.h"

#include "compiler/import/ConfigReader.h"
#include "mlir/IR/Builders.h"

#include <cmath>

using namespace gptc;
using namespace llvm;

using gpt::Activation;

/// The activations of transformers (ACT2FN) that the dialect has. Several names
/// mean GELU's tanh approximation with differently written formulas.
static constexpr Named<Activation> activations[] = {
    {"gelu", Activation::gelu},
    {"gelu_accurate", Activation::gelu_tanh},
    {"gelu_fast", Activation::gelu_tanh},
    {"gelu_new", Activation::gelu_tanh},
    {"gelu_python", Activation::gelu},
    {"gelu_python_tanh", Activation::gelu_tanh},
    {"gelu_pytorch_tanh", Activation::gelu_tanh},
    {"linear", Activation::none},
    {"quick_gelu", Activation::gelu_quick},
    {"relu", Activation::relu},
    {"silu", Activation::silu},
    {"swish", Activation::silu},
    {"tanh", Activation::tanh},
};

namespace {
enum class ElementType { f32, f16, bf16 };
} // namespace

static constexpr Named<ElementType> elementTypes[] = {
    {"float32", ElementType::f32},
    {"float16", ElementType::f16},
    {"bfloat16", ElementType::bf16},
};

static const Family *readFamily(ConfigReader &reader) {
  std::vector<Named<const Family *>> names;
  for (const Family &family : getFamilies())
    names.push_back({family.name, &family});
  return reader.choice<const Family *>("model_type", "", names);
}

static mlir::Type readElementType(ConfigReader &reader,
                                  mlir::MLIRContext &context) {
  // The key was `torch_dtype` until transformers 4.56.
  StringRef key = reader.get("dtype") ? "dtype" : "torch_dtype";
  if (!reader.get(key))
    return mlir::Float32Type::get(&context);
  switch (reader.choice<ElementType>(key, "", elementTypes)) {
  case ElementType::f32:
    return mlir::Float32Type::get(&context);
  case ElementType::f16:
    return mlir::Float16Type::get(&context);
  case ElementType::bf16:
    return mlir::BFloat16Type::get(&context);
  }
  llvm_unreachable("an element type that is not known");
}

static void readSizes(ConfigReader &reader, const ConfigKeys &keys,
                      Hyperparameters &result) {
  result.layers = reader.size(keys.layers);
  result.channels = reader.size(keys.channels);
  result.heads = reader.size(keys.heads);
  result.context = reader.size(keys.context);
  result.vocabulary = reader.size(keys.vocabulary);
  result.inner = keys.innerFactor && !reader.get(keys.inner.name)
                     ? keys.innerFactor * result.channels
                     : reader.size(keys.inner);

  result.kvHeads = reader.size(
      keys.kvHeads, keys.defaultKvHeads ? keys.defaultKvHeads : result.heads,
      result.heads);
  if (result.heads % result.kvHeads != 0)
    reader.fail(keys.kvHeads.name, Twine(result.kvHeads),
                "a divisor of " + keys.heads.name + ", " + Twine(result.heads));
  int64_t headSize = result.channels / result.heads;
  result.headSize = reader.size(
      keys.headSize, keys.defaultHeadSize ? keys.defaultHeadSize : headSize,
      headSize);
  if (result.channels % result.heads != 0 && !reader.get(keys.headSize.name) &&
      !keys.defaultHeadSize)
    reader.fail(keys.heads.name, "a divisor of " + keys.channels.name + ", " +
                                     Twine(result.channels));
  result.queryChannels = result.heads * result.headSize;
  result.kvChannels = result.kvHeads * result.headSize;
}

static void readScales(ConfigReader &reader, const ConfigKeys &keys,
                       Hyperparameters &result) {
  double scalar = result.headSize;
  if (!keys.scoreScalar.empty())
    scalar = reader.number(keys.scoreScalar, 1e-6, 1e12,
                           keys.defaultScoreScalar);
  double scale = reader.flag(keys.scaled, true) ? 1 / std::sqrt(scalar) : 1;
  bool byLayer = reader.flag(keys.scaledByLayer, false);
  for (int64_t layer = 0; layer < result.layers; ++layer)
    result.attentionScales.push_back(byLayer ? scale / (layer + 1) : scale);

  auto cap = [&](StringRef key, double fallback) {
    return reader.has(key) ? reader.number(key, 1e-6, 1e12, 0) : fallback;
  };
  result.attentionCap = cap(keys.attentionCap, keys.defaultAttentionCap);
  result.logitCap = cap(keys.logitCap, keys.defaultLogitCap);
}

namespace {
enum class LayerType { full, sliding };
} // namespace

static constexpr Named<LayerType> layerTypes[] = {
    {"full_attention", LayerType::full},
    {"sliding_attention", LayerType::sliding},
};

/// Returns which layers have a sliding window, from `layer_types` or by the
/// family's rule.
static SmallVector<bool> readLayerTypes(ConfigReader &reader, WindowRule rule,
                                        int64_t layers) {
  SmallVector<bool> sliding;
  if (const json::Value *types = reader.get("layer_types");
      types && rule != WindowRule::every) {
    for (const json::Value &type :
         types->getAsArray() ? ArrayRef<json::Value>(*types->getAsArray())
                             : ArrayRef<json::Value>()) {
      const auto *known = find_if(layerTypes, [&](auto &named) {
        return type.getAsString() == StringRef(named.name);
      });
      if (known == std::end(layerTypes))
        break;
      sliding.push_back(known->value == LayerType::sliding);
    }
    if (static_cast<int64_t>(sliding.size()) != layers)
      reader.fail("layer_types", "full_attention or sliding_attention for "
                                 "each of " +
                                     Twine(layers) + " layers");
    sliding.resize(layers);
    return sliding;
  }
  int64_t first = rule == WindowRule::fromLayer
                      ? reader.number("max_window_layers", 0, 1 << 16, 28)
                      : 0;
  for (int64_t layer = 0; layer < layers; ++layer)
    sliding.push_back(rule == WindowRule::alternate ? layer % 2 == 0
                                                    : layer >= first);
  return sliding;
}

static void readWindows(ConfigReader &reader, const ConfigKeys &keys,
                        Hyperparameters &result) {
  WindowRule rule = keys.windows;
  result.windows.assign(result.layers, 0);
  bool isUsed = rule != WindowRule::none &&
                (rule != WindowRule::fromLayer ||
                 reader.flag("use_sliding_window", false));
  int64_t window =
      isUsed ? reader.size({"sliding_window"}, keys.defaultWindow, 0) : 0;
  SmallVector<bool> sliding = readLayerTypes(reader, rule, result.layers);
  // A window that spans the whole context has no effect.
  if (window >= result.context)
    window = 0;
  for (int64_t layer = 0; layer < result.layers; ++layer)
    if (sliding[layer])
      result.windows[layer] = window;
}

static void readActivation(ConfigReader &reader, const ConfigKeys &keys,
                           Hyperparameters &result) {
  result.activation = reader.choice<Activation>(
      keys.activation, keys.defaultActivation, activations);
  if (keys.geluIsTanh && result.activation == Activation::gelu)
    result.activation = Activation::gelu_tanh;
}

static void readHyperparameters(ConfigReader &reader, const Family &family,
                                Hyperparameters &result) {
  const ConfigKeys &keys = family.keys;
  readSizes(reader, keys, result);
  readScales(reader, keys, result);
  readActivation(reader, keys, result);
  readWindows(reader, keys, result);
  for (const ChoiceKey &key : keys.choices)
    result.*key.choice =
        key.name.empty() ? key.fallback : reader.flag(key.name, key.fallback);
  if (!keys.rotaryFraction.empty())
    result.rotary = readRotary(reader, keys, result.headSize, result.context);
  if (family.scaledEmbedding)
    result.embeddingScale = std::sqrt(static_cast<double>(result.channels));
  result.epsilon = reader.number(keys.epsilon, 0, 1, keys.defaultEpsilon);
  result.untied = !reader.flag("tie_word_embeddings", keys.tiedByDefault);
  result.bos = reader.token("bos_token_id", result.vocabulary);
  reader.addTokens("eos_token_id", result.vocabulary, result.eos);
  reader.off("quantization_config");
  for (StringRef key : keys.off)
    reader.off(key);
}

static Expected<json::Object> readObject(StringRef path) {
  auto buffer = mapFile(path);
  if (!buffer)
    return buffer.takeError();
  auto value = parseJson((*buffer)->getBuffer(), path);
  if (!value)
    return value.takeError();
  json::Object *object = value->getAsObject();
  if (!object)
    return inputError(path, "text", describe(&*value), "an object");
  return std::move(*object);
}

Error gptc::readGenerationConfig(StringRef path, Hyperparameters &result) {
  auto object = readObject(path);
  if (!object)
    return object.takeError();
  ConfigReader reader(path, *object);
  reader.addTokens("eos_token_id", result.vocabulary, result.eos);
  return reader.takeError();
}

Expected<Config> gptc::readConfig(StringRef path, mlir::MLIRContext &context) {
  auto object = readObject(path);
  if (!object)
    return object.takeError();
  ConfigReader reader(path, *object);
  Config config{
      path.str(), readFamily(reader), {}, readElementType(reader, context)};
  readHyperparameters(reader, *config.family, config.hyperparameters);
  if (Error error = reader.takeError())
    return error;
  return config;
}
