//===- ConfigReader.cpp - Reads the keys of config.json -------------------===//

#include "compiler/import/ConfigReader.h"

#include "llvm/Support/FormatVariadic.h"

using namespace gptc;
using namespace llvm;

const json::Value *ConfigReader::get(StringRef key) const {
  const json::Value *value = find(key);
  return value && value->kind() != json::Value::Null ? value : nullptr;
}

void ConfigReader::fail(StringRef key, const Twine &found,
                        const Twine &expected) {
  if (!error)
    error = inputError(path, prefix + key.str(), found, expected);
}

void ConfigReader::fail(StringRef key, const Twine &expected) {
  fail(key, describe(find(key)), expected);
}

int64_t ConfigReader::size(const SizeKey &key) {
  const json::Value *alias = find(key.alias);
  StringRef name = alias && !find(key.name) ? key.alias : key.name;
  const json::Value *value = find(name);
  std::optional<int64_t> number = value ? value->getAsInteger() : std::nullopt;
  if (number && *number >= 1 && *number <= key.most) {
    if (alias && *alias != *value)
      fail(key.alias, key.name + "'s " + Twine(*number));
    return *number;
  }
  fail(name, "a size from 1 to " + Twine(key.most));
  return 1;
}

int64_t ConfigReader::size(const SizeKey &key, int64_t fallback, int64_t null) {
  if (get(key.name))
    return size(key);
  return find(key.name) ? null : fallback;
}

double ConfigReader::number(StringRef key, double least, double most,
                            double fallback) {
  const json::Value *value = get(key);
  if (!value)
    return fallback;
  std::optional<double> number = value->getAsNumber();
  if (number && *number >= least && *number <= most)
    return *number;
  fail(key, "a number from " + formatv("{0} to {1}", least, most).str());
  return fallback;
}

bool ConfigReader::flag(StringRef key, bool fallback) {
  const json::Value *value = find(key);
  if (value && !value->getAsBoolean())
    fail(key, "true or false");
  return value ? value->getAsBoolean().value_or(fallback) : fallback;
}

std::optional<int64_t> ConfigReader::token(StringRef key, int64_t vocabulary) {
  const json::Value *value = get(key);
  if (!value)
    return std::nullopt;
  std::optional<int64_t> id = value->getAsInteger();
  if (!id)
    fail(key, "a token or null");
  return id && *id >= 0 && *id < vocabulary ? id : std::nullopt;
}

void ConfigReader::addTokens(StringRef key, int64_t vocabulary,
                             SmallVectorImpl<int64_t> &tokens) {
  const json::Value *value = get(key);
  if (!value)
    return;
  ArrayRef<json::Value> items = *value;
  if (const json::Array *list = value->getAsArray())
    items = ArrayRef(list->data(), list->size());
  for (const json::Value &item : items) {
    std::optional<int64_t> id = item.getAsInteger();
    if (!id)
      return fail(key, "a token, a list of tokens or null");
    if (*id >= 0 && *id < vocabulary && !is_contained(tokens, *id))
      tokens.push_back(*id);
  }
}

void ConfigReader::off(StringRef key) {
  const json::Value *value = get(key);
  if (!value || *value == json::Value(false))
    return;
  const json::Object *object = value->getAsObject();
  const json::Array *array = value->getAsArray();
  if (!(object && object->empty()) && !(array && array->empty()))
    fail(key, "false or nothing");
}

void ConfigReader::nested(StringRef key,
                          function_ref<void(ConfigReader &)> read) {
  const json::Value *value = get(key);
  if (!value)
    return;
  const json::Object *object = value->getAsObject();
  if (!object)
    return fail(key, "an object or null");
  ConfigReader reader(path, *object, prefix + key.str() + ".");
  read(reader);
  Error nestedError = reader.takeError();
  if (error)
    consumeError(std::move(nestedError));
  else
    error = std::move(nestedError);
}
