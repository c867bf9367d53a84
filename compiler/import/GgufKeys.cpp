//===- GgufKeys.cpp - Reads the model's keys in a GGUF file ---------------===//

#include "compiler/import/GgufKeys.h"

#include "llvm/Support/FormatVariadic.h"

using namespace gptc;
using namespace llvm;

void GgufKeys::fail(StringRef key, const Twine &found, const Twine &expected) {
  if (!error)
    error = inputError(file.getPath(), "key " + quoted(fullName(key)), found,
                       expected);
}

template <typename T>
std::optional<T> GgufKeys::find(StringRef key) {
  std::string name = fullName(key);
  known.insert(name);
  auto value = file.find<T>(name);
  if (value)
    return *value;
  if (error)
    consumeError(value.takeError());
  else
    error = value.takeError();
  return std::nullopt;
}

int64_t GgufKeys::size(StringRef key, int64_t fallback, int64_t most) {
  std::optional<int64_t> value = find<int64_t>(key);
  if (!value && !has(key) && fallback)
    return fallback;
  if (value && *value >= 1 && *value <= most)
    return *value;
  fail(key, value ? Twine(*value).str() : "nothing",
       "a size from 1 to " + Twine(most));
  return 1;
}

double GgufKeys::number(StringRef key, double least, double most,
                        std::optional<double> fallback) {
  std::optional<double> value = find<double>(key);
  if (value && *value >= least && *value <= most)
    return *value;
  if (value || !fallback)
    fail(key, value ? formatv("{0}", *value).str() : "nothing",
         formatv("a number from {0} to {1}", least, most).str());
  return fallback.value_or(least);
}

bool GgufKeys::flag(StringRef key, bool fallback) {
  return find<bool>(key).value_or(fallback);
}

StringRef GgufKeys::text(StringRef key, StringRef fallback) {
  return find<StringRef>(key).value_or(fallback);
}

std::optional<int64_t> GgufKeys::token(StringRef key, int64_t vocabulary) {
  std::optional<int64_t> id = find<int64_t>(key);
  return id && *id >= 0 && *id < vocabulary ? id : std::nullopt;
}

void GgufKeys::expect(StringRef key, int64_t expected) {
  std::optional<int64_t> value = find<int64_t>(key);
  if (value && *value != expected)
    fail(key, Twine(*value), Twine(expected));
}

Error GgufKeys::takeError() {
  for (const auto &[key, value] : file.getMetadata())
    if (key.starts_with((architecture + ".").str()) && !known.contains(key))
      fail(key, describe(value),
           "no such key in the models of " + architecture +
               " that are supported");
  return std::move(error);
}
