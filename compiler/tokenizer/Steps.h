//===- Steps.h - The steps around a tokenizer.json's model ----------------===//

#ifndef GPTC_COMPILER_TOKENIZER_STEPS_H
#define GPTC_COMPILER_TOKENIZER_STEPS_H

#include "compiler/tokenizer/Json.h"
#include "runtime/text/TokenizerFormat.h"

namespace gptc {

/// What normalizer, pre-tokenizer, decoder and post-processor say, by id where
/// they name a token.
struct TokenizerSteps {
  TokenizerKind kind;
  uint32_t flags; ///< of TokenizerFlags
  std::optional<int64_t> bos, eos;
};

/// Recognises the steps of the tokenizers that gptc has; every other setting
/// that has an influence on ids is refused.
llvm::Expected<TokenizerSteps> readSteps(const JsonFile &file,
                                         const llvm::json::Object &root);

} // namespace gptc

#endif // GPTC_COMPILER_TOKENIZER_STEPS_H
