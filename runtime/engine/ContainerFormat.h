//===- ContainerFormat.h - What follows the ELF part of a program ---------===//
//
// The container stands at the first page boundary after the ELF part of a
// program, or alone in NAME.weights:
//
//   header | sections' index | metadata | tokenizer | chat | weights
//
// Little-endian. Every section starts on a page, so the program maps it
// read-only and converts nothing. Offsets count from the container's header.
//
//===----------------------------------------------------------------------===//

#ifndef GPTC_RUNTIME_ENGINE_CONTAINERFORMAT_H
#define GPTC_RUNTIME_ENGINE_CONTAINERFORMAT_H

#include <cstdint>

namespace gptc {

inline constexpr char containerMagic[8] = {'g', 'p', 't', 'c', '\r', '\n', '\x1a', '\0'};
inline constexpr uint32_t containerVersion = 2;
inline constexpr uint64_t containerAlignment = 4096;

struct ContainerHeader {
  char magic[8];
  uint32_t version;
  /// Entries of the index that follows the header.
  uint32_t sectionCount;
  /// Bytes of the whole container, from its header to the end of the file.
  uint64_t size;
  /// gptc_model::fingerprint of the program that these weights are for.
  uint64_t fingerprint;
};

enum class SectionKind : uint32_t {
  /// UTF-8 text, what --about prints before what it knows at run time.
  metadata = 1,
  /// The compiled tokenizer (runtime/text/TokenizerFormat.h); absent without
  /// one.
  tokenizer = 2,
  /// UTF-8 text: the name of the model's chat format
  /// (runtime/text/ChatFormats.h), a newline, "bos" if that token begins a
  /// conversation, a newline, the system message that stands where none is
  /// given. Absent without a chat template.
  chat = 3,
  /// The packed weights; compiled code holds offsets into it.
  weights = 4,
};

struct SectionEntry {
  SectionKind kind;
  uint32_t reserved;
  uint64_t offset;
  uint64_t size;
};

static_assert(sizeof(ContainerHeader) == 32 && sizeof(SectionEntry) == 24);

} // namespace gptc

#endif // GPTC_RUNTIME_ENGINE_CONTAINERFORMAT_H
