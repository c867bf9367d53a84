//===- Container.h - Writes a program with its weights --------------------===//

#ifndef GPTC_COMPILER_CODEGEN_CONTAINER_H
#define GPTC_COMPILER_CODEGEN_CONTAINER_H

#include "compiler/codegen/OutputFile.h"
#include "runtime/engine/ContainerFormat.h"
#include "llvm/ADT/SmallVector.h"

namespace gptc {

/// Writes the container of runtime/engine/ContainerFormat.h after the ELF part
/// of a program, or as a file of its own. The sections' sizes must be known in
/// advance; their bytes may be written in any order and by any thread. Bytes
/// that are not written are zero.
class ContainerWriter {
public:
  struct Section {
    SectionKind kind;
    uint64_t size;
  };

  /// `program` is the ELF part of an executable, or empty for external weights.
  static llvm::Expected<ContainerWriter>
  create(llvm::StringRef path, llvm::StringRef program, uint64_t fingerprint,
         llvm::ArrayRef<Section> sections);

  /// Writes `bytes` at `offset` of the section of this kind.
  llvm::Error write(SectionKind kind, uint64_t offset,
                    llvm::ArrayRef<char> bytes) const;

  /// Gives the complete file its name.
  llvm::Error finish() { return file.finish(); }

private:
  ContainerWriter(OutputFile file, uint64_t begin)
      : file(std::move(file)), begin(begin) {}

  OutputFile file;
  /// The offset of the container in the file.
  uint64_t begin;
  llvm::SmallVector<SectionEntry, 3> index;
};

} // namespace gptc

#endif // GPTC_COMPILER_CODEGEN_CONTAINER_H
