//===- Container.cpp - Writes a program with its weights ------------------===//

#include "compiler/codegen/Container.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>

using namespace llvm;

static_assert(endianness::native == endianness::little,
              "the container is written as it lies in memory");

namespace gptc {

/// Assigns each section to a page boundary and returns the container's size,
/// which saturates on overflow.
static uint64_t layOut(ArrayRef<ContainerWriter::Section> sections,
                       SmallVectorImpl<SectionEntry> &index) {
  uint64_t end =
      sizeof(ContainerHeader) + sections.size() * sizeof(SectionEntry);
  for (auto [kind, size] : sections) {
    uint64_t offset = alignDown(SaturatingAdd(end, containerAlignment - 1),
                                containerAlignment);
    index.push_back({kind, /*reserved=*/0, offset, size});
    end = SaturatingAdd(offset, size);
  }
  return end;
}

Expected<ContainerWriter> ContainerWriter::create(StringRef path,
                                                  StringRef program,
                                                  uint64_t fingerprint,
                                                  ArrayRef<Section> sections) {
  auto file =
      OutputFile::create(path, program.empty() ? OutputFile::Mode::data
                                               : OutputFile::Mode::executable);
  if (!file)
    return file.takeError();
  ContainerWriter writer(std::move(*file),
                         alignTo(program.size(), containerAlignment));
  uint64_t size = layOut(sections, writer.index);
  ContainerHeader header{
      {}, containerVersion, uint32_t(sections.size()), size, fingerprint};
  llvm::copy(containerMagic, header.magic);

  auto bytesOf = [](const auto *data, size_t count) {
    return ArrayRef(reinterpret_cast<const char *>(data),
                    count * sizeof(*data));
  };
  if (Error error = writer.file.reserve(SaturatingAdd(writer.begin, size)))
    return error;
  if (Error error = writer.file.write(0, arrayRefFromStringRef<char>(program)))
    return error;
  if (Error error = writer.file.write(writer.begin, bytesOf(&header, 1)))
    return error;
  if (Error error =
          writer.file.write(writer.begin + sizeof(header),
                            bytesOf(writer.index.data(), writer.index.size())))
    return error;
  return writer;
}

Error ContainerWriter::write(SectionKind kind, uint64_t offset,
                             ArrayRef<char> bytes) const {
  const SectionEntry *section = find_if(
      index, [&](const SectionEntry &entry) { return entry.kind == kind; });
  assert(section != index.end() && "the section was not announced");
  assert(offset <= section->size && bytes.size() <= section->size - offset &&
         "written beyond the section");
  return file.write(begin + section->offset + offset, bytes);
}

} // namespace gptc
