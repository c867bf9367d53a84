//===- TokenizerFormat.h - The tokenizer section of a container -----------===//
//
// compiler/tokenizer/Section.cpp writes the section, and
// runtime/text/TokenizerTables.cpp reads it in place. It is little-endian,
// 8-byte aligned and has neither padding nor offsets: the counts of the header
// determine where each array starts.
//
//   TokenizerHeader
//   MergeSlot       mergeSlots[mergeSlotCount]   hash table of the merges
//   AddedToken      addedTokens[addedCount]      ascending by what they match
//   Composition     compositions[compositionCount]     ascending
//   uint32_t        decompositions[decompositionCount] code points
//   int32_t         byteTokens[256]              token of a single byte, or -1
//   int32_t         textSlots[textSlotCount]     hash table: token of a text
//   uint32_t        textOffsets[vocabularySize + 1]    of token i in texts
//   Normalization   normalizations[normalizationCount]
//   uint16_t        classPages[pageIndices]      code point / 256 -> page
//   uint16_t        normalPages[pageIndices]     none if normalPageCount is 0
//   uint16_t        normalIndices[normalPageCount][256]
//   TokenFlags      flags[vocabularySize]
//   CharacterClass  classes[classPageCount][256]
//   char            texts[textBytes]
//
// Files of SentencePiece represent a space as U+2581. In this section it is a
// space in all texts, and encoding replaces it in the input.
//
//===----------------------------------------------------------------------===//

#ifndef GPTC_RUNTIME_TEXT_TOKENIZERFORMAT_H
#define GPTC_RUNTIME_TEXT_TOKENIZERFORMAT_H

#include <cstdint>
#include <string_view>

namespace gptc {

/// The way a text is split into words, whose symbols are then merged. The first
/// four kinds are byte-level: the initial symbols of a word are its bytes. A
/// byte or character without a token becomes the unknown token, or nothing if
/// there is none.
enum class TokenizerKind : uint32_t {
  /// 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
  gpt2 = 1,
  /// As gpt2, after every character of \p{N} has become a word of its own.
  starCoder = 2,
  /// (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|
  ///  ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
  llama3 = 3,
  /// As llama3, with \p{N} in place of \p{N}{1,3}.
  qwen2 = 4,
  /// The text is one word. Its initial symbols are its characters; a character
  /// that the vocabulary lacks becomes the tokens of its bytes.
  sentencePiece = 5,
};

/// Bits of TokenizerHeader::flags.
enum TokenizerFlags : uint32_t {
  /// A word that is itself a token is not split into bytes and merged.
  wholeWordsFirst = 1,
  /// Text is converted to Unicode's Normalization Form C.
  composesText = 2,
  /// Adjacent unknown bytes or characters become one unknown token.
  joinsUnknown = 4,
  /// SentencePiece: a space is put in front of a text.
  addsSpace = 8,
  /// SentencePiece: a space is put in front of text after an added token, too.
  addsSpaceAfterAdded = 16,
  /// SentencePiece: the spaces are put only where there is none yet, and after
  /// all added tokens are found. Otherwise they are put before added tokens of
  /// the second pass are searched.
  addsSpaceToWords = 32,
  /// SentencePiece: no token has a space after another character, so words end
  /// before a space and are merged separately.
  cutsAtSpaces = 64,
  /// SentencePiece: words end before every space.
  cutsAtEverySpace = 128,
  /// Decoding drops the first space of a text.
  dropsFirstSpace = 256,
  /// A prompt begins with TokenizerHeader::bos.
  addsBos = 512,
  /// A text ends with TokenizerHeader::eos.
  addsEos = 1024,
};

struct TokenizerHeader {
  TokenizerKind kind;
  uint32_t flags;
  /// The largest id plus one. Ids without a token have an empty text.
  uint32_t vocabularySize;
  /// Sizes of the hash tables: powers of two, larger than the number of
  /// entries.
  uint32_t mergeSlotCount;
  uint32_t textSlotCount;
  uint32_t addedCount;
  uint32_t compositionCount;
  uint32_t decompositionCount;
  uint32_t normalizationCount;
  uint32_t normalPageCount;
  uint32_t classPageCount;
  uint32_t textBytes;
  /// Token ids, or -1.
  int32_t bos, eos, unknown;
  uint32_t reserved;
};

/// Two adjacent tokens `left` and `right` of a word are merged into `result`.
/// Of all pairs in a word the one with the lowest rank is merged first, of
/// equal ranks the leftmost.
struct MergeSlot {
  int32_t left; ///< -1 in a free slot
  int32_t right;
  uint32_t rank;
  int32_t result;
};

/// A token that is recognized as a whole in a text. It matches the `size` bytes
/// at `offset` of texts; `size` is not 0.
struct AddedToken {
  int32_t id;
  uint32_t offset, size;
};

/// The code points `first` and `second` are composed to `result`. Hangul is not
/// listed, since it is composed by arithmetic.
struct Composition {
  uint32_t first, second, result;
};

/// How Normalization Form C changes a code point.
struct Normalization {
  uint16_t decomposition; ///< index of the first in decompositions
  uint8_t length;         ///< number of code points; 0: not decomposed
  uint8_t combiningClass;
  /// 1 if the code point is a normalization boundary: it stays as it is, and
  /// the texts before it and from it on can be normalized separately.
  uint8_t isStable;
  uint8_t reserved;
};

/// The character classes that the patterns distinguish. gptc takes them from
/// utf8proc, so the program needs no Unicode data.
enum class CharacterClass : uint8_t { other, letter, number, space };

enum class TokenFlags : uint8_t {
  none = 0,
  /// Recognized in the text as a whole, before it is split into words.
  added = 1,
  /// Added; recognized only where `special` is set, and never printed.
  special = 2,
  /// Added; searched in a second pass, in normalized text without the others.
  second = 4,
  /// Added; includes the white space before or after it.
  stripsLeft = 8,
  stripsRight = 16,
};

constexpr bool hasFlag(TokenFlags flags, TokenFlags flag) {
  return (static_cast<uint8_t>(flags) & static_cast<uint8_t>(flag)) != 0;
}

constexpr TokenFlags operator|(TokenFlags a, TokenFlags b) {
  return TokenFlags(static_cast<uint8_t>(a) | static_cast<uint8_t>(b));
}

/// The number of pages of 256 code points up to U+10FFFF.
inline constexpr uint32_t pageIndices = 0x1100;

/// Returns the slot where the linear probing for a pair starts. It wraps around
/// and ends at the pair or at a free slot.
constexpr uint32_t firstMergeSlot(int32_t left, int32_t right,
                                  uint32_t slotCount) {
  uint64_t key = static_cast<uint64_t>(static_cast<uint32_t>(left)) << 32 |
                 static_cast<uint32_t>(right);
  return static_cast<uint32_t>((key * 0x9E3779B97F4A7C15u) >> 32) &
         (slotCount - 1);
}

/// Returns the same for a text; free slots hold -1.
constexpr uint32_t firstTextSlot(std::string_view text, uint32_t slotCount) {
  uint64_t hash = 0xCBF29CE484222325u; // FNV-1a
  for (char c : text)
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
  return static_cast<uint32_t>(hash ^ hash >> 32) & (slotCount - 1);
}

static_assert(sizeof(TokenizerHeader) == 64 && sizeof(MergeSlot) == 16 &&
              sizeof(AddedToken) == 12 && sizeof(Composition) == 12 &&
              sizeof(Normalization) == 6);

} // namespace gptc

#endif // GPTC_RUNTIME_TEXT_TOKENIZERFORMAT_H
