//===- Builder.h - Gather and check a BPE tokenizer -----------------------===//

#ifndef GPTC_COMPILER_TOKENIZER_BUILDER_H
#define GPTC_COMPILER_TOKENIZER_BUILDER_H

#include "compiler/tokenizer/Section.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"

#include <optional>

namespace gptc {

/// The types of tokens that SentencePiece and GGUF have, by their numbers.
enum class PieceType : int64_t {
  normal = 1,
  unknown = 2,
  control = 3,
  userDefined = 4,
  unused = 5,
  byte = 6,
};

/// What SentencePiece writes for a space.
inline constexpr llvm::StringLiteral visibleSpace = "\u2581";

/// The text with spaces in place of U+2581.
std::string withSpaces(llvm::StringRef text);

/// The byte that "<0x0A>" stands for.
std::optional<uint8_t> byteOfName(llvm::StringRef name);

/// Gathers a tokenizer and checks each part against the ones before. `path` is
/// the file, `key` the place in it that an error names.
class BpeBuilder {
public:
  explicit BpeBuilder(TokenizerKind kind) {
    result.kind = kind;
    result.byteTokens.fill(-1);
  }

  /// A token of the vocabulary under the name that its file has.
  llvm::Error addToken(llvm::StringRef path, const llvm::Twine &key,
                       llvm::StringRef name, int64_t id);

  /// A token of a file that has types: those that are unknown or control texts
  /// are special, those that users defined are added ones.
  llvm::Error addPiece(llvm::StringRef path, llvm::StringRef name, int64_t id,
                       int64_t type);

  /// The token of a byte, so far by its name.
  void setByte(uint8_t byte, int32_t id);

  /// The tokens of bytes in a byte-level vocabulary. Some have none for bytes
  /// that are in no UTF-8.
  llvm::Error findBytes(llvm::StringRef path, const llvm::Twine &key);

  /// The next merge.
  llvm::Error addMerge(llvm::StringRef path, const llvm::Twine &key,
                       llvm::StringRef left, llvm::StringRef right);

  /// The merges that SentencePiece does: any two tokens that make a third, the
  /// one of the highest score first. A score by id.
  llvm::Error addMergesByScore(llvm::StringRef path,
                               llvm::ArrayRef<float> scores);

  /// Makes `id`, which may be new, an added token. Those that are the second to
  /// be looked for are found by what the normalizer makes of `content`.
  llvm::Error addAddedToken(llvm::StringRef path, const llvm::Twine &key,
                            llvm::StringRef content, int64_t id,
                            TokenFlags flags);

  /// The id of a token's name, or -1.
  int32_t find(llvm::StringRef name) const;

  BpeTokenizer &tokenizer() { return result; }

  /// The section, once all is gathered.
  std::vector<char> layOut();

private:
  bool isSentencePiece() const {
    return result.kind == TokenizerKind::sentencePiece;
  }
  std::string matchOf(llvm::StringRef content, TokenFlags flags) const;
  bool wordsEndAtSpaces() const;

  BpeTokenizer result;
  llvm::StringMap<int32_t> ids; ///< by the token's name in the file
  std::vector<bool> taken;
  size_t textBytes = 0;
};

} // namespace gptc

#endif // GPTC_COMPILER_TOKENIZER_BUILDER_H
