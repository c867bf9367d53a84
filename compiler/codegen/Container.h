//===- Container.h - Write a program with its weights ---------------------===//

#ifndef GPTC_COMPILER_CODEGEN_CONTAINER_H
#define GPTC_COMPILER_CODEGEN_CONTAINER_H

#include "compiler/codegen/OutputFile.h"
#include "runtime/engine/ContainerFormat.h"
#include "llvm/ADT/SmallVector.h"

namespace gptc {

/// Writes the container of runtime/engine/ContainerFormat.h behind a program's
/// ELF part, or alone. The sections' sizes are known before their bytes, which
/// come in any order and from any thread; what is not written is zero.
class ContainerWriter {
public:
  struct Section {
    SectionKind kind;
    uint64_t size;
  };

  /// `program` is the ELF part of an executable; empty for external weights.
  static llvm::Expected<ContainerWriter>
  create(llvm::StringRef path, llvm::StringRef program, uint64_t fingerprint,
         llvm::ArrayRef<Section> sections);

  /// Writes `bytes` at `offset` of the only section of this kind.
  llvm::Error write(SectionKind kind, uint64_t offset,
                    llvm::ArrayRef<char> bytes) const;

  /// The file appears under its name.
  llvm::Error finish() { return file.finish(); }

private:
  ContainerWriter(OutputFile file, uint64_t begin)
      : file(std::move(file)), begin(begin) {}

  OutputFile file;
  /// Where the container begins in the file.
  uint64_t begin;
  llvm::SmallVector<SectionEntry, 3> index;
};

} // namespace gptc

#endif // GPTC_COMPILER_CODEGEN_CONTAINER_H
