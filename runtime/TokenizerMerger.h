//===- TokenizerMerger.h - Byte pair encoding of a word -------------------===//

#ifndef GPTC_RUNTIME_TOKENIZERMERGER_H
#define GPTC_RUNTIME_TOKENIZERMERGER_H

#include "runtime/TokenizerTables.h"

#include <vector>

namespace gptc {

/// Merges the first symbols of words. Keeps its memory from word to word.
class TokenizerMerger {
public:
  explicit TokenizerMerger(const TokenizerTables &tables) : tables(tables) {}

  /// Appends the ids of `word`, which is not empty. Its time grows with the
  /// size of the word, not with the square.
  void encode(std::string_view word, std::vector<int32_t> &ids);

private:
  /// A token of the word, and the merge with the token at its right.
  struct Symbol {
    int32_t token;
    int32_t result;
    uint32_t rank; ///< noMerge: none, or the symbol was merged away
    size_t previous, next;
  };

  struct Candidate {
    uint32_t rank;
    size_t symbol;

    /// The order of a max-heap, so the best one is on top.
    bool operator<(const Candidate &other) const {
      return rank != other.rank ? rank > other.rank : symbol > other.symbol;
    }
  };

  void addSymbol(int32_t token);
  void addBytes(std::string_view word);
  void addCharacters(std::string_view word);
  void addUnknown();
  void mergeBySearch();
  void mergeByHeap();
  void findMerge(size_t symbol);
  void merge(size_t symbol);
  void addCandidate(size_t symbol);

  const TokenizerTables &tables;
  std::vector<Symbol> symbols;
  std::vector<Candidate> candidates;
};

} // namespace gptc

#endif // GPTC_RUNTIME_TOKENIZERMERGER_H
