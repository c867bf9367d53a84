//===- Unicode.h - Builds Unicode tables for the runtime ------------------===//

#ifndef GPTC_COMPILER_TOKENIZER_UNICODE_H
#define GPTC_COMPILER_TOKENIZER_UNICODE_H

#include "runtime/text/TokenizerFormat.h"

#include <string>
#include <vector>

namespace gptc {

/// Pages of 256 code points; equal pages are stored once.
struct ClassTable {
  std::vector<uint16_t> pages;
  std::vector<CharacterClass> classes;
};

ClassTable buildClasses();

/// The tables of Normalization Form C.
struct NormalizationTable {
  std::vector<Composition> compositions;
  std::vector<uint32_t> decompositions;
  std::vector<Normalization> normalizations;
  std::vector<uint16_t> pages, indices;
};

NormalizationTable buildNormalization();

/// Converts UTF-8 to Normalization Form C; other bytes stay as they are.
std::string composeText(const std::string &text);

} // namespace gptc

#endif // GPTC_COMPILER_TOKENIZER_UNICODE_H
