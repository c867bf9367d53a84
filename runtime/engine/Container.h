//===- Container.h - The weights and texts in a program's file ------------===//

#ifndef GPTC_RUNTIME_ENGINE_CONTAINER_H
#define GPTC_RUNTIME_ENGINE_CONTAINER_H

#include "runtime/engine/Abi.h"
#include "runtime/engine/System.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace gptc {

/// The validated container of a program, mapped read-only. Its spans are valid
/// as long as the object lives.
class Container {
public:
  /// Opens the container that follows the ELF part of the file `executable`, or
  /// `path` + ".weights" if nothing follows it. `path` is the program's own
  /// path, for error messages.
  static Error open(const char *executable, const std::string &path,
                    const gptc_model_info &model, Container &out);

  /// Opens the container that is the whole of the file `path`.
  static Error openAlone(const std::string &path, const gptc_model_info &model,
                         Container &out);
  /// Opens the container of the program or shared library that the address
  /// `code` was loaded from, as open() does.
  static Error openBehind(const void *code, const gptc_model_info &model,
                          Container &out);

  std::string_view metadata() const { return metadataText; }
  /// Returns nothing for a model without a tokenizer.
  std::optional<std::span<const std::byte>> tokenizer() const {
    return tokenizerSection;
  }
  /// Returns nothing for a model without a chat template.
  std::optional<std::string_view> chat() const { return chatSection; }
  std::span<const std::byte> weights() const { return weightsSection; }

private:
  Error read(uint64_t start, const std::string &name,
             const gptc_model_info &model);
  Error readIndex(std::span<const std::byte> container,
                  const std::string &name);

  Mapping mapping;
  std::string_view metadataText;
  std::optional<std::span<const std::byte>> tokenizerSection;
  std::optional<std::string_view> chatSection;
  std::span<const std::byte> weightsSection;
};

/// Returns the path of this program's file.
std::string executablePath();

/// Returns the path of the file that the memory at `address` is mapped from, or
/// "".
std::string mappedPath(const void *address);

} // namespace gptc

#endif // GPTC_RUNTIME_ENGINE_CONTAINER_H
