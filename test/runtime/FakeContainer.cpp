//===- FakeContainer.cpp - Creates containers and files for tests ---------===//

#include "test/runtime/FakeContainer.h"

#include "runtime/text/TokenizerFormat.h"
#include "test/runtime/FakeModel.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <elf.h>
#include <filesystem>
#include <fstream>
#include <iterator>

using namespace gptc;
using namespace gptc::test;

template <typename T>
static void append(std::string &bytes, const T &value) {
  bytes.append(reinterpret_cast<const char *>(&value), sizeof(value));
}

std::string gptc::test::padded(std::string text, uint64_t alignment) {
  text.resize((text.size() + alignment - 1) / alignment * alignment, '\0');
  return text;
}

std::string
gptc::test::packContainer(const std::vector<FakeSection> &sections) {
  ContainerHeader header = {};
  std::memcpy(header.magic, containerMagic, sizeof(containerMagic));
  header.version = containerVersion;
  header.sectionCount = static_cast<uint32_t>(sections.size());
  header.fingerprint = gptc_model.fingerprint;

  uint64_t indexEnd = sizeof(header) + sections.size() * sizeof(SectionEntry);
  std::string index, content;
  uint64_t start = padded(std::string(indexEnd, '\0')).size();
  for (const FakeSection &section : sections) {
    content = padded(content);
    append(index, SectionEntry{section.kind, 0, start + content.size(),
                               section.content.size()});
    content += section.content;
  }
  header.size = start + content.size();
  std::string container;
  append(container, header);
  return padded(container + index) + content;
}

std::string gptc::test::fakeTokenizerSection(uint32_t flags, int32_t bos) {
  std::string texts;
  std::vector<uint32_t> offsets = {0};
  for (int32_t id = 0; id < fakeTokens; ++id) {
    texts += id == fakeThe   ? "the"
             : id == fakeEnd ? "<|end|>"
                             : std::string(1, static_cast<char>(id));
    offsets.push_back(static_cast<uint32_t>(texts.size()));
  }
  std::string section;
  TokenizerHeader header = {};
  header.kind = TokenizerKind::gpt2;
  header.flags = flags;
  header.vocabularySize = fakeTokens;
  header.mergeSlotCount = header.textSlotCount = header.addedCount =
      header.classPageCount = 1;
  header.textBytes = static_cast<uint32_t>(texts.size());
  header.bos = bos;
  header.eos = header.unknown = -1;
  append(section, header);
  append(section, MergeSlot{-1, -1, 0, -1});
  append(section, AddedToken{fakeEnd, offsets[fakeEnd],
                             offsets[fakeEnd + 1] - offsets[fakeEnd]});
  for (int32_t byte = 0; byte < 256; ++byte)
    append(section, byte);
  append(section, int32_t{-1}); // texts are never looked up
  for (uint32_t offset : offsets)
    append(section, offset);
  section.append(pageIndices * sizeof(uint16_t), '\0');
  for (int32_t id = 0; id < fakeTokens; ++id)
    append(section, id == fakeEnd ? TokenFlags::added | TokenFlags::special
                                  : TokenFlags::none);
  section.append(256, static_cast<char>(CharacterClass::other));
  return section + texts;
}

std::string gptc::test::fakeContainer(bool withTokenizer,
                                      const std::string &chat) {
  std::vector<float> weights = fakeWeights();
  std::vector<FakeSection> sections = {
      {SectionKind::metadata, "model: fake\n"}};
  if (withTokenizer)
    sections.push_back({SectionKind::tokenizer, fakeTokenizerSection()});
  if (!chat.empty())
    sections.push_back({SectionKind::chat, chat});
  sections.push_back(
      {SectionKind::weights,
       std::string(reinterpret_cast<const char *>(weights.data()),
                   weights.size() * sizeof(float))});
  return packContainer(sections);
}

std::string gptc::test::fakeElf(uint64_t size) {
  Elf64_Ehdr header = {};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_shentsize = sizeof(Elf64_Shdr);
  header.e_shnum = 1;
  header.e_shoff = size - sizeof(Elf64_Shdr);
  std::string elf;
  append(elf, header);
  elf.resize(size, '\0');
  return elf;
}

TemporaryFolder::TemporaryFolder() {
  folder = (std::filesystem::temp_directory_path() / "gptc-XXXXXX").string();
  if (!mkdtemp(folder.data()))
    abort();
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
}

std::string TemporaryFolder::write(const std::string &name,
                                   std::string_view content,
                                   bool executable) const {
  std::string file = path(name);
  std::ofstream(file, std::ios::binary) << content;
  if (executable)
    std::filesystem::permissions(file, std::filesystem::perms::owner_all);
  return file;
}

std::vector<std::string> TemporaryFolder::files() const {
  std::vector<std::string> names;
  for (const auto &entry : std::filesystem::directory_iterator(folder))
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

std::string gptc::test::readText(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}
