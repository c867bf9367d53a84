//===- TokenizerFormat.h - The tokenizer section of a container -----------===//
//
// Written by compiler/import/TokenizerSection.cpp, read in place by
// runtime/Tokenizer.cpp. Little-endian, starts on 8 bytes, no padding and no
// offsets: the counts of the header give the place of every array.
//
//   TokenizerHeader
//   MergeSlot       mergeSlots[mergeSlotCount]   hash table of the merges
//   int32_t         byteTokens[256]              token of a single byte
//   uint32_t        textOffsets[vocabularySize + 1]   of token i in texts
//   uint32_t        addedByFirstByte[257]        [b], [b + 1]: their range in
//   int32_t         addedTokens[addedCount]      ids, longest first
//   uint16_t        classPages[classPageIndices] code point / 256 -> page
//   TokenFlags      flags[vocabularySize]
//   CharacterClass  classes[classPageCount][256]
//   char            texts[textBytes]
//
// The header starts with the kind of tokenizer, so that another pre-tokenizer
// or algorithm can lay out what follows in its own way.
//
//===----------------------------------------------------------------------===//

#ifndef GPTC_RUNTIME_TOKENIZERFORMAT_H
#define GPTC_RUNTIME_TOKENIZERFORMAT_H

#include <cstdint>

namespace gptc {

enum class TokenizerKind : uint32_t {
  /// Byte-level BPE over words cut by GPT-2's pattern:
  /// 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
  gpt2 = 1,
};

struct TokenizerHeader {
  TokenizerKind kind;
  /// One more than the largest id; ids that no token has have an empty text.
  uint32_t vocabularySize;
  /// A power of two, larger than the number of merges.
  uint32_t mergeSlotCount;
  uint32_t addedCount;
  uint32_t classPageCount;
  uint32_t textBytes;
};

/// The tokens `left` and `right`, side by side in a word, become `result`. Of
/// all pairs in a word the one of the lowest rank goes first.
struct MergeSlot {
  int32_t left; ///< -1 in a free slot
  int32_t right;
  uint32_t rank;
  int32_t result;
};

/// What the pattern tells apart; from the Unicode data of gptc's utf8proc, so
/// the program needs none.
enum class CharacterClass : uint8_t { other, letter, number, space };

enum class TokenFlags : uint8_t {
  none = 0,
  /// Found in the text as a whole, before it is cut into words.
  added = 1,
  /// Added, found only where special tokens are asked for, never printed.
  special = 2,
  /// Added, looked for in what the other added tokens leave.
  second = 4,
};

constexpr bool hasFlag(TokenFlags flags, TokenFlags flag) {
  return (static_cast<uint8_t>(flags) & static_cast<uint8_t>(flag)) != 0;
}

/// Pages of 256 code points up to U+10FFFF.
inline constexpr uint32_t classPageIndices = 0x1100;

/// The slot where the search for a pair starts; it goes on to the next slot,
/// from the last to the first, until it meets the pair or a free slot.
constexpr uint32_t firstMergeSlot(int32_t left, int32_t right,
                                  uint32_t slotCount) {
  uint64_t key = static_cast<uint64_t>(static_cast<uint32_t>(left)) << 32 |
                 static_cast<uint32_t>(right);
  return static_cast<uint32_t>((key * 0x9E3779B97F4A7C15u) >> 32) &
         (slotCount - 1);
}

static_assert(sizeof(TokenizerHeader) == 24 && sizeof(MergeSlot) == 16);

} // namespace gptc

#endif // GPTC_RUNTIME_TOKENIZERFORMAT_H
