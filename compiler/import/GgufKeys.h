//===- GgufKeys.h - Reads the model's keys in a GGUF file -----------------===//

#ifndef GPTC_COMPILER_IMPORT_GGUFKEYS_H
#define GPTC_COMPILER_IMPORT_GGUFKEYS_H

#include "compiler/checkpoint/Gguf.h"
#include "compiler/import/ConfigReader.h"
#include "llvm/ADT/StringSet.h"

namespace gptc {

/// Reads the values of keys and keeps the first error, so that callers need not
/// check for an error after every key. A key that starts with a dot belongs to
/// the architecture: ".block_count" means "llama.block_count".
class GgufKeys {
public:
  GgufKeys(const GgufFile &file, llvm::StringRef architecture)
      : file(file), architecture(architecture) {}

  bool has(llvm::StringRef key) const {
    return file.getMetadata().count(fullName(key));
  }

  void fail(llvm::StringRef key, const llvm::Twine &found,
            const llvm::Twine &expected);

  /// Returns a size from 1 to `most`. If the key is absent, returns `fallback`,
  /// or reports an error if `fallback` is 0.
  int64_t size(llvm::StringRef key, int64_t fallback = 0,
               int64_t most = std::numeric_limits<int32_t>::max());
  /// Returns a number in [least, most]. Without a fallback the key is required.
  double number(llvm::StringRef key, double least, double most,
                std::optional<double> fallback = std::nullopt);
  bool flag(llvm::StringRef key, bool fallback);
  llvm::StringRef text(llvm::StringRef key, llvm::StringRef fallback);
  /// Returns a token of the vocabulary, or nothing if the key is absent or out
  /// of range, which some writers use to say that there is none.
  std::optional<int64_t> token(llvm::StringRef key, int64_t vocabulary);
  /// Reports an error if the key is present and its value is not `expected`.
  void expect(llvm::StringRef key, int64_t expected);
  /// Marks a key as known whose value does not matter.
  void ignore(llvm::StringRef key) { known.insert(fullName(key)); }

  /// Returns the first error, or one for a key of the architecture that has not
  /// been read.
  llvm::Error takeError();

private:
  std::string fullName(llvm::StringRef key) const {
    return (key.starts_with(".") ? architecture + key : key).str();
  }
  /// Returns nothing if the key is absent or its value has another type.
  template <typename T>
  std::optional<T> find(llvm::StringRef key);

  const GgufFile &file;
  llvm::StringRef architecture;
  llvm::StringSet<> known;
  llvm::Error error = llvm::Error::success();
};

} // namespace gptc

#endif // GPTC_COMPILER_IMPORT_GGUFKEYS_H
