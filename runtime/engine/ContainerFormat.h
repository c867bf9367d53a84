//===- ContainerFormat.h - The layout of weights behind the ELF part ------===//
//
// The container starts at the first page boundary after the ELF part of a
// program, or is the whole of NAME.weights:
//
//   header | sections' index | metadata | tokenizer | chat | weights
//
// Numbers are little-endian. Every section starts on a page boundary, so the
// program maps it read-only and converts nothing. Offsets count from the start
// of the container's header.
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
  /// The number of entries in the index that follows the header.
  uint32_t sectionCount;
  /// The size of the whole container, from its header to the end of the file.
  uint64_t size;
  /// The gptc_model::fingerprint of the program that these weights are for.
  uint64_t fingerprint;
};

enum class SectionKind : uint32_t {
  /// UTF-8 text that --about prints before what is known only at run time.
  metadata = 1,
  /// The compiled tokenizer (runtime/text/TokenizerFormat.h); absent for a
  /// model without one.
  tokenizer = 2,
  /// UTF-8 text in three lines: the name of the model's chat format
  /// (runtime/text/ChatFormats.h); "bos" if that token begins a conversation;
  /// the default system message. Absent for a model without a chat template.
  chat = 3,
  /// The packed weights; compiled code addresses them by constant offsets.
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
