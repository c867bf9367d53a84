//===- Container.h - The weights and texts that a program carries ---------===//

#ifndef GPTC_RUNTIME_ENGINE_CONTAINER_H
#define GPTC_RUNTIME_ENGINE_CONTAINER_H

#include "runtime/engine/Abi.h"
#include "runtime/engine/System.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace gptc {

/// The checked container of a program, mapped read-only: its spans live as
/// long as it does.
class Container {
public:
  /// Finds the container behind the ELF part of the file that `executable`
  /// opens, or in `path` + ".weights" where nothing is behind it. `path` is the
  /// executable's own, which errors name.
  static Error open(const char *executable, const std::string &path,
                    const gptc_model_info &model, Container &out);

  /// The container that is the whole of `path`.
  static Error openAlone(const std::string &path, const gptc_model_info &model,
                         Container &out);
  /// Finds the container of the program or shared library that `code`, an
  /// address in its file, was loaded from, as open() does.
  static Error openBehind(const void *code, const gptc_model_info &model,
                          Container &out);

  std::string_view metadata() const { return metadataText; }
  /// Nothing for a model without a tokenizer.
  std::optional<std::span<const std::byte>> tokenizer() const {
    return tokenizerSection;
  }
  /// Nothing for a model without a chat template.
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

/// The path of this program's file.
std::string executablePath();

/// The path of the file that the memory at `address` is mapped from, or "".
std::string mappedPath(const void *address);

} // namespace gptc

#endif // GPTC_RUNTIME_ENGINE_CONTAINER_H
