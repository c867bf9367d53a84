//===- FakeContainer.h - Creates containers and files for tests -----------===//

#ifndef GPTC_TEST_RUNTIME_FAKECONTAINER_H
#define GPTC_TEST_RUNTIME_FAKECONTAINER_H

#include "runtime/engine/ContainerFormat.h"

#include <string>
#include <string_view>
#include <vector>

namespace gptc::test {

struct FakeSection {
  SectionKind kind;
  std::string content;
};

/// Returns a container with the sections, for the fake model.
std::string packContainer(const std::vector<FakeSection> &sections);

/// Returns a container with metadata, tokenizer, chat section (unless empty)
/// and weights of the fake model.
std::string fakeContainer(bool withTokenizer = true,
                          const std::string &chat = "");

/// Returns a tokenizer of the bytes, whose values are their ids, "the" and the
/// special token "<|end|>". `flags` are bits of TokenizerFlags; texts begin
/// with `bos`.
std::string fakeTokenizerSection(uint32_t flags = 0, int32_t bos = -1);

/// Returns the part of an executable before its container: an ELF header whose
/// section header table ends at `size`.
std::string fakeElf(uint64_t size);

/// Returns `text` padded with zeros to a multiple of `alignment`.
std::string padded(std::string text, uint64_t alignment = containerAlignment);

/// A temporary folder that is removed with the object.
class TemporaryFolder {
public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder &) = delete;

  std::string path(const std::string &name) const {
    return folder + "/" + name;
  }
  /// Writes the file and returns its path.
  std::string write(const std::string &name, std::string_view content,
                    bool executable = false) const;
  std::vector<std::string> files() const;

private:
  std::string folder;
};

std::string readText(const std::string &path);

} // namespace gptc::test

#endif // GPTC_TEST_RUNTIME_FAKECONTAINER_H
