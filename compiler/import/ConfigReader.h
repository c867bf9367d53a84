//===- ConfigReader.h - Read the keys of config.json ------------*- C++ -*-===//

#ifndef GPTC_COMPILER_IMPORT_CONFIGREADER_H
#define GPTC_COMPILER_IMPORT_CONFIGREADER_H

#include "compiler/checkpoint/Input.h"
#include "compiler/import/Families.h"
#include "llvm/ADT/StringExtras.h"

namespace gptc {

/// A name in a file and what it stands for.
template <typename T>
struct Named {
  llvm::StringLiteral name;
  T value;
};

/// Gives the values of keys and keeps the first error, so that readers need
/// not look after every key.
class ConfigReader {
public:
  /// `prefix` stands before each key in errors.
  ConfigReader(llvm::StringRef path, const llvm::json::Object &object,
               llvm::StringRef prefix = "")
      : path(path), object(object), prefix(prefix) {}

  /// No family has the key "".
  bool has(llvm::StringRef key) const { return find(key) != nullptr; }
  /// Null where the key is absent or null.
  const llvm::json::Value *get(llvm::StringRef key) const;

  void fail(llvm::StringRef key, const llvm::Twine &found,
            const llvm::Twine &expected);
  void fail(llvm::StringRef key, const llvm::Twine &expected);

  int64_t size(const SizeKey &key);
  /// Of a key that may be absent, then `fallback`, or null, then `null`.
  int64_t size(const SizeKey &key, int64_t fallback, int64_t null);
  /// A number in [least, most], `fallback` where the key is absent or null.
  double number(llvm::StringRef key, double least, double most,
                double fallback);
  bool flag(llvm::StringRef key, bool fallback);
  /// A token of the vocabulary, or none.
  std::optional<int64_t> token(llvm::StringRef key, int64_t vocabulary);
  /// Appends the tokens of the vocabulary that `tokens` has not got: the one at
  /// the key, or those of its list.
  void addTokens(llvm::StringRef key, int64_t vocabulary,
                 llvm::SmallVectorImpl<int64_t> &tokens);

  /// What the text at `key` stands for.
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

  /// `key` must say nothing.
  void off(llvm::StringRef key);

  /// Reads the object at `key`, which may be absent or null, by `read`.
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

/// How the model's heads are turned, from the keys that the family's row names
/// and `rope_parameters` or `rope_scaling`.
RotaryParameters readRotary(ConfigReader &reader, const ConfigKeys &keys,
                            int64_t headSize, int64_t context);

} // namespace gptc

#endif // GPTC_COMPILER_IMPORT_CONFIGREADER_H
