//===- Container.cpp - The weights and texts in a program's file ----------===//

#include "runtime/engine/Container.h"

#include "runtime/engine/ContainerFormat.h"

#include <algorithm>
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <elf.h>
#include <unistd.h>

using namespace gptc;

/// Computes the size of the ELF part in bytes, which ends with its section
/// header table.
static Error elfSize(std::span<const std::byte> file, const std::string &name,
                     uint64_t &size) {
  Elf64_Ehdr header;
  if (file.size() < sizeof(header) ||
      std::memcmp(file.data(), ELFMAG, SELFMAG) != 0)
    return Error::failure("%s: not an ELF file", name.c_str());
  std::memcpy(&header, file.data(), sizeof(header));
  uint64_t table = uint64_t(header.e_shnum) * header.e_shentsize;
  if (header.e_shoff > file.size() || table > file.size() - header.e_shoff)
    return Error::failure("%s: cut short: the program alone has %" PRIu64
                          " bytes, the file has %zu",
                          name.c_str(), header.e_shoff + table, file.size());
  size = header.e_shoff + table;
  return Error();
}

Error Container::open(const char *executable, const std::string &path,
                      const gptc_model_info &model, Container &out) {
  if (Error error = Mapping::file(executable, path, out.mapping))
    return error;
  uint64_t end;
  if (Error error =
          elfSize({out.mapping.data(), out.mapping.size()}, path, end))
    return error;
  if (out.mapping.size() > end) {
    uint64_t start = (end + containerAlignment - 1) / containerAlignment *
                     containerAlignment;
    return out.read(start, path, model);
  }
  std::string weights = path + ".weights";
  if (access(weights.c_str(), F_OK) != 0 && errno == ENOENT)
    return Error::failure("no weights: %s was cut after its program of %" PRIu64
                          " bytes, or %s is missing",
                          path.c_str(), end, weights.c_str());
  return openAlone(weights, model, out);
}

Error Container::openAlone(const std::string &path,
                           const gptc_model_info &model, Container &out) {
  if (Error error = Mapping::file(path.c_str(), path, out.mapping))
    return error;
  return out.read(0, path, model);
}

Error Container::openBehind(const void *code, const gptc_model_info &model,
                            Container &out) {
  std::string path = mappedPath(code);
  // /proc/self/maps may not name the file of a running program.
  bool isProgram = path.empty() || path == executablePath();
  return isProgram ? open("/proc/self/exe", executablePath(), model, out)
                   : open(path.c_str(), path, model, out);
}

Error Container::read(uint64_t start, const std::string &name,
                      const gptc_model_info &model) {
  uint64_t fileSize = mapping.size();
  ContainerHeader header;
  if (fileSize < start || fileSize - start < sizeof(header))
    return Error::failure("%s: cut short: %" PRIu64
                          " bytes, expected at least %" PRIu64,
                          name.c_str(), fileSize, start + sizeof(header));
  std::span<const std::byte> container(mapping.data() + start,
                                       fileSize - start);
  std::memcpy(&header, container.data(), sizeof(header));
  if (std::memcmp(header.magic, containerMagic, sizeof(containerMagic)) != 0)
    return Error::failure("%s: no container of weights at byte %" PRIu64,
                          name.c_str(), start);
  if (header.version != containerVersion)
    return Error::failure("%s: container of version %u, expected %u",
                          name.c_str(), header.version, containerVersion);
  if (header.size > container.size())
    return Error::failure("%s: cut short: its container has %zu bytes, "
                          "expected %" PRIu64,
                          name.c_str(), container.size(), header.size);
  if (header.size < container.size())
    return Error::failure("%s: %" PRIu64 " bytes follow its container of "
                          "%" PRIu64,
                          name.c_str(), container.size() - header.size,
                          header.size);
  if (header.fingerprint != model.fingerprint)
    return Error::failure("%s: weights of another model: fingerprint "
                          "%016" PRIx64 ", expected %016" PRIx64,
                          name.c_str(), header.fingerprint, model.fingerprint);
  if (Error error = readIndex(container, name))
    return error;
  if (weightsSection.size() != static_cast<uint64_t>(model.weights_bytes))
    return Error::failure("%s: weights of %zu bytes, expected %" PRId64,
                          name.c_str(), weightsSection.size(),
                          model.weights_bytes);
  return Error();
}

Error Container::readIndex(std::span<const std::byte> container,
                           const std::string &name) {
  ContainerHeader header;
  std::memcpy(&header, container.data(), sizeof(header));
  uint64_t room = (container.size() - sizeof(header)) / sizeof(SectionEntry);
  if (header.sectionCount > room)
    return Error::failure("%s: index of %u sections, but there is room for "
                          "%" PRIu64,
                          name.c_str(), header.sectionCount, room);
  // The check that offsets and kinds ascend excludes sections that overlap or
  // repeat.
  uint64_t end =
      sizeof(header) + uint64_t(header.sectionCount) * sizeof(SectionEntry);
  uint32_t lastKind = 0;
  for (uint32_t i = 0; i < header.sectionCount; ++i) {
    SectionEntry entry;
    std::memcpy(&entry,
                container.data() + sizeof(header) + i * sizeof(SectionEntry),
                sizeof(entry));
    uint32_t kind = static_cast<uint32_t>(entry.kind);
    if (kind <= lastKind || kind > static_cast<uint32_t>(SectionKind::weights))
      return Error::failure("%s: section %u is of kind %u, expected %u to %u",
                            name.c_str(), i, kind, lastKind + 1,
                            static_cast<uint32_t>(SectionKind::weights));
    if (entry.offset % containerAlignment != 0 || entry.offset < end ||
        entry.offset > container.size() ||
        entry.size > container.size() - entry.offset)
      return Error::failure("%s: section %u has bytes %" PRIu64 " + %" PRIu64
                            ", expected a page of %" PRIu64 " to %zu",
                            name.c_str(), i, entry.offset, entry.size, end,
                            container.size());
    end = entry.offset + entry.size;
    lastKind = kind;
    std::span<const std::byte> section =
        container.subspan(entry.offset, entry.size);
    std::string_view text(reinterpret_cast<const char *>(section.data()),
                          section.size());
    if (entry.kind == SectionKind::metadata)
      metadataText = text;
    else if (entry.kind == SectionKind::tokenizer)
      tokenizerSection = section;
    else if (entry.kind == SectionKind::chat)
      chatSection = text;
    else
      weightsSection = section;
  }
  return Error();
}

std::string gptc::executablePath() {
  std::string path(256, '\0');
  for (;;) {
    ssize_t size = readlink("/proc/self/exe", path.data(), path.size());
    if (size < 0)
      return "/proc/self/exe";
    if (static_cast<size_t>(size) < path.size()) {
      path.resize(size);
      return path;
    }
    path.resize(path.size() * 2);
  }
}

std::string gptc::mappedPath(const void *address) {
  std::string maps;
  if (readFile("/proc/self/maps", maps))
    return "";
  // A line is START-END PERMISSIONS OFFSET DEVICE INODE      PATH.
  std::string_view rest = maps;
  while (!rest.empty()) {
    std::string line(rest.substr(0, rest.find('\n')));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    uintptr_t start, end;
    int path = 0;
    if (sscanf(line.c_str(), "%" SCNxPTR "-%" SCNxPTR " %*s %*s %*s %*s %n",
               &start, &end, &path) < 2)
      continue;
    auto wanted = reinterpret_cast<uintptr_t>(address);
    if (start <= wanted && wanted < end)
      return path > 0 ? line.substr(path) : "";
  }
  return "";
}
