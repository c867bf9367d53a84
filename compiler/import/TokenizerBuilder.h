//===- TokenizerBuilder.h - Gather and check a byte-level BPE -------------===//

#ifndef GPTC_COMPILER_IMPORT_TOKENIZERBUILDER_H
#define GPTC_COMPILER_IMPORT_TOKENIZERBUILDER_H

#include "compiler/import/TokenizerJson.h"
#include "compiler/import/TokenizerSection.h"

#include "llvm/ADT/StringMap.h"

namespace gptc {

/// Gathers a tokenizer and checks each part against the ones before.
class BpeBuilder {
public:
  llvm::Error addVocabulary(const JsonFile &file, const llvm::Twine &key,
                            const llvm::json::Value *vocabulary);
  llvm::Error addMerge(llvm::StringRef path, const llvm::Twine &key,
                       llvm::StringRef left, llvm::StringRef right);
  llvm::Error addAddedToken(const JsonFile &file, const llvm::Twine &key,
                            const llvm::json::Value &token);
  void markSpecial(llvm::StringRef name);
  const BpeTokenizer &tokenizer() const { return result; }

private:
  llvm::Error addToken(const JsonFile &file, const llvm::Twine &key,
                       llvm::StringRef name, const llvm::json::Value *id);

  BpeTokenizer result;
  llvm::StringMap<int32_t> ids; ///< by the token's name in the file
  std::vector<bool> taken;
};

} // namespace gptc

#endif // GPTC_COMPILER_IMPORT_TOKENIZERBUILDER_H
