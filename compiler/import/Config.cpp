//===- Config.cpp - Read config.json --------------------------------------===//

#include "compiler/import/Config.h"

#include "compiler/import/Input.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringExtras.h"

#include <cmath>

using namespace gptc;
using namespace llvm;

namespace {
/// A name in config.json and what it stands for.
template <typename T>
struct Named {
  StringLiteral name;
  T value;
};
} // namespace

using gpt::Activation;

/// transformers' activations (ACT2FN) that the dialect has. Those of GELU by
/// tanh differ in how they write the formula.
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

namespace {
/// Gives the values of keys and keeps the first error, so that readers need
/// not look after every key.
class ConfigReader {
public:
  ConfigReader(StringRef path, const json::Object &object)
      : path(path), object(object) {}

  /// Null where the key is absent or null.
  const json::Value *get(StringRef key) const {
    const json::Value *value = object.get(key);
    return value && value->kind() != json::Value::Null ? value : nullptr;
  }

  void fail(StringRef key, const Twine &found, const Twine &expected) {
    if (!error)
      error = inputError(path, key, found, expected);
  }

  void fail(StringRef key, const Twine &expected) {
    fail(key, describe(object.get(key)), expected);
  }

  int64_t size(const SizeKey &key) {
    const json::Value *alias =
        key.alias.empty() ? nullptr : object.get(key.alias);
    StringRef name = alias && !object.get(key.name) ? key.alias : key.name;
    const json::Value *value = object.get(name);
    std::optional<int64_t> number =
        value ? value->getAsInteger() : std::nullopt;
    if (number && *number >= 1 && *number <= key.most) {
      if (alias && *alias != *value)
        fail(key.alias, key.name + "'s " + Twine(*number));
      return *number;
    }
    fail(name, "a size from 1 to " + Twine(key.most));
    return 1;
  }

  bool flag(StringRef key, bool fallback) {
    const json::Value *value = object.get(key);
    if (value && !value->getAsBoolean())
      fail(key, "true or false");
    return value ? value->getAsBoolean().value_or(fallback) : fallback;
  }

  float epsilon(StringRef key, float fallback) {
    const json::Value *value = object.get(key);
    if (!value)
      return fallback;
    double number = value->getAsNumber().value_or(-1);
    if (!(number >= 0 && number <= 1))
      fail(key, "a number from 0 to 1");
    return number;
  }

  /// A token of the vocabulary, or none.
  std::optional<int64_t> token(StringRef key, int64_t vocabulary) {
    const json::Value *value = get(key);
    if (!value)
      return std::nullopt;
    std::optional<int64_t> id = value->getAsInteger();
    if (!id)
      fail(key, "a token or null");
    return id && *id >= 0 && *id < vocabulary ? id : std::nullopt;
  }

  /// What the text at `key` stands for.
  template <typename T>
  T choice(StringRef key, StringRef fallback, ArrayRef<Named<T>> choices) {
    const json::Value *value = object.get(key);
    std::optional<StringRef> text =
        value ? value->getAsString() : std::optional(fallback);
    auto name = [](const Named<T> &choice) { return choice.name; };
    for (const Named<T> &choice : choices)
      if (text && choice.name == *text)
        return choice.value;
    fail(key, "one of " + join(map_range(choices, name), ", "));
    return choices.front().value;
  }

  /// `key` must say nothing.
  void off(StringRef key) {
    const json::Value *value = get(key);
    if (!value || *value == json::Value(false))
      return;
    const json::Object *object = value->getAsObject();
    const json::Array *array = value->getAsArray();
    if (!(object && object->empty()) && !(array && array->empty()))
      fail(key, "false or nothing");
  }

  Error takeError() { return std::move(error); }

private:
  StringRef path;
  const json::Object &object;
  Error error = Error::success();
};
} // namespace

static const Family *readFamily(ConfigReader &reader) {
  std::vector<Named<const Family *>> names;
  for (const Family &family : getFamilies())
    names.push_back({family.name, &family});
  return reader.choice<const Family *>("model_type", "", names);
}

static mlir::Type readElementType(ConfigReader &reader,
                                  mlir::MLIRContext &context) {
  // `torch_dtype` until transformers 4.56.
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
  result.inner = reader.get(keys.inner.name)
                     ? reader.size(keys.inner)
                     : keys.innerFactor * result.channels;
  result.headSize = result.channels / result.heads;
  if (result.channels % result.heads != 0)
    reader.fail(keys.heads.name, "a divisor of " + keys.channels.name + ", " +
                                     Twine(result.channels));
}

static void readScales(ConfigReader &reader, const ConfigKeys &keys,
                       Hyperparameters &result) {
  double scale = reader.flag(keys.scaled, true)
                     ? 1 / std::sqrt(static_cast<double>(result.headSize))
                     : 1;
  bool byLayer = reader.flag(keys.scaledByLayer, false);
  for (int64_t layer = 0; layer < result.layers; ++layer)
    result.attentionScales.push_back(byLayer ? scale / (layer + 1) : scale);
}

Expected<Config> gptc::readConfig(StringRef path, mlir::MLIRContext &context) {
  auto buffer = mapFile(path);
  if (!buffer)
    return buffer.takeError();
  auto value = parseJson((*buffer)->getBuffer(), path);
  if (!value)
    return value.takeError();
  const json::Object *object = value->getAsObject();
  if (!object)
    return inputError(path, "text", describe(&*value), "an object");

  ConfigReader reader(path, *object);
  Config config{
      path.str(), readFamily(reader), {}, readElementType(reader, context)};
  const ConfigKeys &keys = config.family->keys;
  Hyperparameters &result = config.hyperparameters;
  readSizes(reader, keys, result);
  readScales(reader, keys, result);
  result.activation = reader.choice<Activation>(
      keys.activation, keys.defaultActivation, activations);
  result.epsilon = reader.epsilon(keys.epsilon, keys.defaultEpsilon);
  result.untied = !reader.flag("tie_word_embeddings", true);
  result.bos = reader.token("bos_token_id", result.vocabulary);
  result.eos = reader.token("eos_token_id", result.vocabulary);
  for (StringRef key : keys.off)
    reader.off(key);
  if (Error error = reader.takeError())
    return error;
  return config;
}
