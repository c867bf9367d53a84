//===- Builder.h - Builds and validates a BPE tokenizer -------------------===//

#ifndef GPTC_COMPILER_TOKENIZER_BUILDER_H
#define GPTC_COMPILER_TOKENIZER_BUILDER_H

#include "compiler/tokenizer/Section.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"

#include <optional>

namespace gptc {

/// The types of tokens in SentencePiece and GGUF, with their numbers.
enum class PieceType : int64_t {
  normal = 1,
  unknown = 2,
  control = 3,
  userDefined = 4,
  unused = 5,
  byte = 6,
};

/// The character that SentencePiece writes in place of a space.
inline constexpr llvm::StringLiteral visibleSpace = "\u2581";

/// Returns `text` with spaces in place of U+2581.
std::string withSpaces(llvm::StringRef text);

/// Returns the byte that a name such as "<0x0A>" means, or nothing.
std::optional<uint8_t> byteOfName(llvm::StringRef name);

/// Builds a tokenizer and validates each part against the previous ones. Errors
/// name the file `path` and the place `key` in it.
class BpeBuilder {
public:
  explicit BpeBuilder(TokenizerKind kind) {
    result.kind = kind;
    result.byteTokens.fill(-1);
  }

  /// Adds a token of the vocabulary by its name in the file.
  llvm::Error addToken(llvm::StringRef path, const llvm::Twine &key,
                       llvm::StringRef name, int64_t id);

  /// Adds a token of a file with token types: unknown and control tokens become
  /// special, user-defined ones become added tokens.
  llvm::Error addPiece(llvm::StringRef path, llvm::StringRef name, int64_t id,
                       int64_t type);

  /// Sets the token of a byte. Until now only its name has been known.
  void setByte(uint8_t byte, int32_t id);

  /// Sets the tokens of all bytes in a byte-level vocabulary. Some vocabularies
  /// have none for bytes that never occur in UTF-8.
  llvm::Error findBytes(llvm::StringRef path, const llvm::Twine &key);

  /// Adds the next merge.
  llvm::Error addMerge(llvm::StringRef path, const llvm::Twine &key,
                       llvm::StringRef left, llvm::StringRef right);

  /// Adds the merges of SentencePiece: any two tokens whose texts form a third
  /// merge into it, the one with the highest score first. `scores` is indexed
  /// by id.
  llvm::Error addMergesByScore(llvm::StringRef path,
                               llvm::ArrayRef<float> scores);

  /// Makes `id`, which may be new, an added token. Tokens of the second pass
  /// match the normalized `content`.
  llvm::Error addAddedToken(llvm::StringRef path, const llvm::Twine &key,
                            llvm::StringRef content, int64_t id,
                            TokenFlags flags);

  /// Returns the id of a token's name, or -1.
  int32_t find(llvm::StringRef name) const;

  BpeTokenizer &tokenizer() { return result; }

  /// Returns the section, once all parts have been added.
  std::vector<char> layOut();

private:
  bool isSentencePiece() const {
    return result.kind == TokenizerKind::sentencePiece;
  }
  std::string matchOf(llvm::StringRef content, TokenFlags flags) const;
  bool wordsEndAtSpaces() const;

  BpeTokenizer result;
  llvm::StringMap<int32_t> ids; ///< by the name in the file
  std::vector<bool> taken;
  size_t textBytes = 0;
};

} // namespace gptc

#endif // GPTC_COMPILER_TOKENIZER_BUILDER_H
