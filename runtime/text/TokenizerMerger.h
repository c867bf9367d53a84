//===- TokenizerMerger.h - Byte pair encoding of a word -------------------===//

#ifndef GPTC_RUNTIME_TEXT_TOKENIZERMERGER_H
#define GPTC_RUNTIME_TEXT_TOKENIZERMERGER_H

#include "runtime/text/TokenizerTables.h"

#include <vector>

namespace gptc {

/// Merges the symbols of words. It reuses its buffers from word to word.
class TokenizerMerger {
public:
  explicit TokenizerMerger(const TokenizerTables &tables) : tables(tables) {}

  /// The maximum size of a word, in bytes.
  static constexpr size_t longestWord = size_t{1} << 31;

  /// Appends the ids of `word`, which must not be empty. The time grows about
  /// linearly with the size of the word.
  void encode(std::string_view word, std::vector<int32_t> &ids);

private:
  /// A token of the word, and its merge with the token to the right.
  struct Symbol {
    int32_t token;
    int32_t result;
    uint32_t rank; ///< noMerge: no merge, or the symbol has been merged away
    uint32_t previous, next;
  };

  /// The rank of a merge in the upper 32 bits, the index of its left symbol in
  /// the lower.
  using Candidate = uint64_t;

  void addSymbol(int32_t token);
  void addBytes(std::string_view word);
  void addCharacters(std::string_view word);
  void addUnknown();
  void mergeBySearch();
  void mergeByHeap();
  void findMerge(uint32_t symbol);
  void merge(uint32_t symbol);
  void addCandidate(uint32_t symbol);

  const TokenizerTables &tables;
  std::vector<Symbol> symbols;
  std::vector<Candidate> candidates; ///< a heap with the lowest on top
};

} // namespace gptc

#endif // GPTC_RUNTIME_TEXT_TOKENIZERMERGER_H
