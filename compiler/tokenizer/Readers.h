//===- Readers.h - The readers of tokenizer files -------------------------===//

#ifndef GPTC_COMPILER_TOKENIZER_READERS_H
#define GPTC_COMPILER_TOKENIZER_READERS_H

#include "compiler/tokenizer/Builder.h"

namespace gptc {

/// Reads tokenizer.json of Hugging Face's tokenizers: BPE with the steps of
/// Steps.h.
llvm::Expected<BpeBuilder> readTokenizerJson(llvm::StringRef path);

/// Reads vocab.json and merges.txt of GPT-2. They hold no added tokens: other
/// files of `directory` may name none but <|endoftext|>.
llvm::Expected<BpeBuilder> readVocabularyAndMerges(llvm::StringRef directory);

/// Reads tokenizer.model of SentencePiece, of type BPE.
llvm::Expected<BpeBuilder> readSentencePiece(llvm::StringRef path);

/// Reads the metadata of a GGUF file: the tokenizers "gpt2" and "llama" of
/// llama.cpp.
llvm::Expected<BpeBuilder> readTokenizerGguf(llvm::StringRef path);

} // namespace gptc

#endif // GPTC_COMPILER_TOKENIZER_READERS_H
