//===- GgufFamilies.h - The families under GGUF's names -------------------===//

#ifndef GPTC_COMPILER_IMPORT_GGUFFAMILIES_H
#define GPTC_COMPILER_IMPORT_GGUFFAMILIES_H

#include "compiler/import/Families.h"

namespace gptc {

/// What an architecture of GGUF says beside its family's row.
struct GgufArchitecture {
  /// `general.architecture`.
  llvm::StringLiteral name;
  /// A row of getFamilies.
  llvm::StringLiteral family;
  /// Files do not say it.
  gpt::Activation activation;
  /// Rows of queries and keys that are turned together stand side by side.
  bool pairsInterleaved = false;
  /// What `attention.sliding_window` means; none: there is no such key.
  WindowRule windows = WindowRule::none;
};

llvm::ArrayRef<GgufArchitecture> getGgufArchitectures();

/// `pattern`, a weight of Hugging Face's checkpoints, as files of
/// `architecture` hold it. convert_hf_to_gguf.py of llama.cpp has put inputs
/// last, the parts of GPT-NeoX one after the other and 1 on Gemma's norms.
WeightPattern toGguf(const WeightPattern &pattern,
                     const GgufArchitecture &architecture);

} // namespace gptc

#endif // GPTC_COMPILER_IMPORT_GGUFFAMILIES_H
