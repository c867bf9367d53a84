//===- GgufFamilies.h - The families in GGUF files ------------------------===//

#ifndef GPTC_COMPILER_IMPORT_GGUFFAMILIES_H
#define GPTC_COMPILER_IMPORT_GGUFFAMILIES_H

#include "compiler/import/Families.h"

namespace gptc {

/// An architecture of GGUF and how it differs from its family's row.
struct GgufArchitecture {
  /// The value of `general.architecture`.
  llvm::StringLiteral name;
  /// The name of a row of getFamilies().
  llvm::StringLiteral family;
  /// The activation, which files do not state.
  gpt::Activation activation;
  /// The two rows of each rotary pair of queries and keys are adjacent.
  bool pairsInterleaved = false;
  /// The meaning of `attention.sliding_window`; none if there is no such key.
  WindowRule windows = WindowRule::none;
};

llvm::ArrayRef<GgufArchitecture> getGgufArchitectures();

/// Converts `pattern`, a weight of Hugging Face's checkpoints, to the layout in
/// files of `architecture`. convert_hf_to_gguf.py of llama.cpp has put inputs
/// last, concatenated the parts of GPT-NeoX and added 1 to Gemma's norms.
WeightPattern toGguf(const WeightPattern &pattern,
                     const GgufArchitecture &architecture);

} // namespace gptc

#endif // GPTC_COMPILER_IMPORT_GGUFFAMILIES_H
