//===- GgufKeys.h - Read the keys of a GGUF file's model ------------------===//

#ifndef GPTC_COMPILER_IMPORT_GGUFKEYS_H
#define GPTC_COMPILER_IMPORT_GGUFKEYS_H

#include "compiler/checkpoint/Gguf.h"
#include "compiler/import/ConfigReader.h"
#include "llvm/ADT/StringSet.h"

namespace gptc {

/// Gives the values of keys and keeps the first error, so that readers need
/// not look after every key. A key that starts with a dot is one of the
/// architecture: ".block_count" is "llama.block_count".
class GgufKeys {
public:
  GgufKeys(const GgufFile &file, llvm::StringRef architecture)
      : file(file), architecture(architecture) {}

  bool has(llvm::StringRef key) const {
    return file.getMetadata().count(fullName(key));
  }

  void fail(llvm::StringRef key, const llvm::Twine &found,
            const llvm::Twine &expected);

  /// A size from 1 to `most`, an error or, if not 0, `fallback` where the key
  /// is absent.
  int64_t size(llvm::StringRef key, int64_t fallback = 0,
               int64_t most = std::numeric_limits<int32_t>::max());
  /// A number in [least, most]; a key without a fallback must be there.
  double number(llvm::StringRef key, double least, double most,
                std::optional<double> fallback = std::nullopt);
  bool flag(llvm::StringRef key, bool fallback);
  llvm::StringRef text(llvm::StringRef key, llvm::StringRef fallback);
  /// A token of the vocabulary; none where the key is absent or, as some
  /// writers mean it, out of range.
  std::optional<int64_t> token(llvm::StringRef key, int64_t vocabulary);
  /// The key may be absent; else it must be `expected`.
  void expect(llvm::StringRef key, int64_t expected);
  /// The key says nothing that matters here.
  void ignore(llvm::StringRef key) { known.insert(fullName(key)); }

  /// The first error, or that of a key of the architecture that nothing asked
  /// for.
  llvm::Error takeError();

private:
  std::string fullName(llvm::StringRef key) const {
    return (key.starts_with(".") ? architecture + key : key).str();
  }
  /// None where the key is absent or its value of another type.
  template <typename T>
  std::optional<T> find(llvm::StringRef key);

  const GgufFile &file;
  llvm::StringRef architecture;
  llvm::StringSet<> known;
  llvm::Error error = llvm::Error::success();
};

} // namespace gptc

#endif // GPTC_COMPILER_IMPORT_GGUFKEYS_H
