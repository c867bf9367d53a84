//===- Steps.h - Reads the steps around a tokenizer.json's model ----------===//

#ifndef GPTC_COMPILER_TOKENIZER_STEPS_H
#define GPTC_COMPILER_TOKENIZER_STEPS_H

#include "compiler/tokenizer/Json.h"
#include "runtime/text/TokenizerFormat.h"

namespace gptc {

/// The settings of normalizer, pre-tokenizer, decoder and post-processor.
/// Tokens are given by id.
struct TokenizerSteps {
  TokenizerKind kind;
  uint32_t flags; ///< bits of TokenizerFlags
  std::optional<int64_t> bos, eos;
};

/// Recognizes the steps of the tokenizers that gptc supports. Any other setting
/// that influences ids is an error.
llvm::Expected<TokenizerSteps> readSteps(const JsonFile &file,
                                         const llvm::json::Object &root);

} // namespace gptc

#endif // GPTC_COMPILER_TOKENIZER_STEPS_H
