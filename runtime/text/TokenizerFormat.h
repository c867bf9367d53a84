//===- TokenizerFormat.h - The tokenizer section of a container -----------===//
//
// Written by compiler/tokenizer/Section.cpp, read in place by
// runtime/text/TokenizerTables.cpp. Little-endian, starts on 8 bytes, no padding
// and no offsets: the counts of the header give the place of every array.
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
// Of a SentencePiece tokenizer U+2581, which stands for a space in its files,
// is a space in all texts; so is it in a text that is encoded.
//
//===----------------------------------------------------------------------===//

#ifndef GPTC_RUNTIME_TEXT_TOKENIZERFORMAT_H
#define GPTC_RUNTIME_TEXT_TOKENIZERFORMAT_H

#include <cstdint>
#include <string_view>

namespace gptc {

/// How a text becomes words, whose symbols are merged. The first four are
/// byte-level: a word's first symbols are its bytes. A byte or character
/// without a token is the unknown token, or nothing where there is none.
enum class TokenizerKind : uint32_t {
  /// 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
  gpt2 = 1,
  /// The same in what is left between the single characters of \p{N}.
  starCoder = 2,
  /// (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|
  ///  ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
  llama3 = 3,
  /// The same with \p{N} in place of \p{N}{1,3}.
  qwen2 = 4,
  /// The text is one word, whose first symbols are its characters; those that
  /// the vocabulary lacks are the tokens of their bytes.
  sentencePiece = 5,
};

/// Bits of TokenizerHeader::flags.
enum TokenizerFlags : uint32_t {
  /// A word that is a token is not merged from its bytes.
  wholeWordsFirst = 1,
  /// Text is brought to Unicode's Normalization Form C.
  composesText = 2,
  /// Unknown bytes or characters side by side are one unknown token.
  joinsUnknown = 4,
  /// SentencePiece: a text begins with one more space.
  addsSpace = 8,
  /// SentencePiece: so does what follows an added token.
  addsSpaceAfterAdded = 16,
  /// SentencePiece: but not where a space stands already. The spaces are put
  /// after all added tokens are found, otherwise before the second ones.
  addsSpaceToWords = 32,
  /// SentencePiece: no token has a space after another character, so that words
  /// end there and are merged on their own.
  cutsAtSpaces = 64,
  /// SentencePiece: words end before every space.
  cutsAtEverySpace = 128,
  /// The text of tokens starts after their first space.
  dropsFirstSpace = 256,
  /// A prompt begins with TokenizerHeader::bos.
  addsBos = 512,
  /// A text ends with TokenizerHeader::eos.
  addsEos = 1024,
};

struct TokenizerHeader {
  TokenizerKind kind;
  uint32_t flags;
  /// One more than the largest id; ids that no token has have an empty text.
  uint32_t vocabularySize;
  /// Powers of two, larger than the number of entries.
  uint32_t mergeSlotCount;
  uint32_t textSlotCount;
  uint32_t addedCount;
  uint32_t compositionCount;
  uint32_t decompositionCount;
  uint32_t normalizationCount;
  uint32_t normalPageCount;
  uint32_t classPageCount;
  uint32_t textBytes;
  /// Tokens, or -1.
  int32_t bos, eos, unknown;
  uint32_t reserved;
};

/// The tokens `left` and `right`, side by side in a word, become `result`. Of
/// all pairs in a word the one of the lowest rank goes first, of equal ranks
/// the leftmost.
struct MergeSlot {
  int32_t left; ///< -1 in a free slot
  int32_t right;
  uint32_t rank;
  int32_t result;
};

/// A token that is found in the text as a whole: its match is the `size` bytes
/// at `offset` of texts, which are not empty.
struct AddedToken {
  int32_t id;
  uint32_t offset, size;
};

/// The code points `first` and `second` are composed to `result`; Hangul, which
/// is composed by arithmetic, is not listed.
struct Composition {
  uint32_t first, second, result;
};

/// What Normalization Form C makes of a code point.
struct Normalization {
  uint16_t decomposition; ///< into decompositions, `length` of them
  uint8_t length;         ///< 0: the code point itself
  uint8_t combiningClass;
  /// 1: a text that ends before it and one that begins with it are normalized
  /// on their own, and it stays as it is.
  uint8_t isStable;
  uint8_t reserved;
};

/// What the patterns tell apart; from the Unicode data of gptc's utf8proc, so
/// the program needs none.
enum class CharacterClass : uint8_t { other, letter, number, space };

enum class TokenFlags : uint8_t {
  none = 0,
  /// Found in the text as a whole, before it is cut into words.
  added = 1,
  /// Added, found only where special tokens are asked for, never printed.
  special = 2,
  /// Added, looked for in what the other added tokens leave, normalized.
  second = 4,
  /// Added, takes the white space before or after it along.
  stripsLeft = 8,
  stripsRight = 16,
};

constexpr bool hasFlag(TokenFlags flags, TokenFlags flag) {
  return (static_cast<uint8_t>(flags) & static_cast<uint8_t>(flag)) != 0;
}

constexpr TokenFlags operator|(TokenFlags a, TokenFlags b) {
  return TokenFlags(static_cast<uint8_t>(a) | static_cast<uint8_t>(b));
}

/// Pages of 256 code points up to U+10FFFF.
inline constexpr uint32_t pageIndices = 0x1100;

/// The slot where the search for a pair starts; it goes on to the next slot,
/// from the last to the first, until it meets the pair or a free slot.
constexpr uint32_t firstMergeSlot(int32_t left, int32_t right,
                                  uint32_t slotCount) {
  uint64_t key = static_cast<uint64_t>(static_cast<uint32_t>(left)) << 32 |
                 static_cast<uint32_t>(right);
  return static_cast<uint32_t>((key * 0x9E3779B97F4A7C15u) >> 32) &
         (slotCount - 1);
}

/// The same for a text; free slots hold -1.
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
