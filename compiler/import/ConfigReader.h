//===- ConfigReader.h - Reads the keys of config.json -----------*- C++ -*-===//

#ifndef GPTC_COMPILER_IMPORT_CONFIGREADER_H
#define GPTC_COMPILER_IMPORT_CONFIGREADER_H

#include "compiler/checkpoint/Input.h"
#include "compiler/import/Families.h"
#include "llvm/ADT/StringExtras.h"

namespace gptc {

/// A name in a file and the value that it stands for.
template <typename T>
struct Named {
  llvm::StringLiteral name;
  T value;
};

/// Reads the values of keys and keeps the first error, so that callers need not
/// check for an error after every key.
class ConfigReader {
public:
  /// Error messages put `prefix` in front of each key.
  ConfigReader(llvm::StringRef path, const llvm::json::Object &object,
               llvm::StringRef prefix = "")
      : path(path), object(object), prefix(prefix) {}

  /// Returns whether the key is present; false for "", which means no key.
  bool has(llvm::StringRef key) const { return find(key) != nullptr; }
  /// Returns null if the key is absent or its value is null.
  const llvm::json::Value *get(llvm::StringRef key) const;

  void fail(llvm::StringRef key, const llvm::Twine &found,
            const llvm::Twine &expected);
  void fail(llvm::StringRef key, const llvm::Twine &expected);

  int64_t size(const SizeKey &key);
  /// Returns `fallback` if the key is absent, and `null` if its value is null.
  int64_t size(const SizeKey &key, int64_t fallback, int64_t null);
  /// Returns a number in [least, most], or `fallback` if the key is absent or
  /// null.
  double number(llvm::StringRef key, double least, double most,
                double fallback);
  bool flag(llvm::StringRef key, bool fallback);
  /// Returns a token of the vocabulary, or nothing.
  std::optional<int64_t> token(llvm::StringRef key, int64_t vocabulary);
  /// Appends the token at the key, or those of its list, unless `tokens` has
  /// them already. They must be in the vocabulary.
  void addTokens(llvm::StringRef key, int64_t vocabulary,
                 llvm::SmallVectorImpl<int64_t> &tokens);

  /// Returns the value that the text at `key` stands for.
  template <typename T>
  T choice(llvm::StringRef key, llvm::StringRef fallback,
           llvm::ArrayRef<Named<T>> choices) {
    const llvm::json::Value *value = find(key);
    std::optional<llvm::StringRef> text =
        value ? value->getAsString() : std::optional(fallback);
    auto name = [](const Named<T> &choice) { return choice.name; };
    for (const Named<T> &choice : choices)
      if (text && choice.name == *text)
        return choice.value;
    fail(key,
         "one of " + llvm::join(llvm::map_range(choices, name), ", "));
    return choices.front().value;
  }

  /// Reports an error unless the key is absent, null, false or empty.
  void off(llvm::StringRef key);

  /// Calls `read` on the object at `key`, which may be absent or null.
  void nested(llvm::StringRef key,
              llvm::function_ref<void(ConfigReader &)> read);

  llvm::Error takeError() { return std::move(error); }

private:
  const llvm::json::Value *find(llvm::StringRef key) const {
    return key.empty() ? nullptr : object.get(key);
  }

  llvm::StringRef path;
  const llvm::json::Object &object;
  std::string prefix;
  llvm::Error error = llvm::Error::success();
};

/// Reads the parameters of rotary embedding from the keys that the family's row
/// names and from `rope_parameters` or `rope_scaling`.
RotaryParameters readRotary(ConfigReader &reader, const ConfigKeys &keys,
                            int64_t headSize, int64_t context);

} // namespace gptc

#endif // GPTC_COMPILER_IMPORT_CONFIGREADER_H
