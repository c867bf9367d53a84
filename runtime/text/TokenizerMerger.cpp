//===- TokenizerMerger.cpp - Byte pair encoding of a word -----------------===//

#include "runtime/text/TokenizerMerger.h"

#include "runtime/text/Utf8.h"

#include <algorithm>
#include <functional>
#include <limits>

using namespace gptc;

static constexpr uint32_t noMerge = std::numeric_limits<uint32_t>::max();
static constexpr uint32_t none = std::numeric_limits<uint32_t>::max();

/// Words of up to this many symbols are searched for the best merge each time;
/// longer ones keep their merges in a heap, so that the time does not grow with
/// the square of their length.
static constexpr size_t shortWord = 32;

void TokenizerMerger::addSymbol(int32_t token) {
  auto index = static_cast<uint32_t>(symbols.size());
  symbols.push_back({token, -1, noMerge, index == 0 ? none : index - 1, none});
  if (index != 0)
    symbols[index - 1].next = index;
}

/// Adds the unknown token; adds nothing if there is none.
void TokenizerMerger::addUnknown() {
  int32_t unknown = tables.header.unknown;
  bool isJoined = tables.has(joinsUnknown) && !symbols.empty() &&
                  symbols.back().token == unknown;
  if (unknown >= 0 && !isJoined)
    addSymbol(unknown);
}

void TokenizerMerger::addBytes(std::string_view word) {
  for (char c : word)
    if (int32_t token = tables.byteTokens[static_cast<unsigned char>(c)];
        token >= 0)
      addSymbol(token);
    else
      addUnknown();
}

/// Adds the tokens of characters. A character without a token becomes its bytes
/// if each of them has one.
void TokenizerMerger::addCharacters(std::string_view word) {
  auto hasToken = [&](char c) {
    return tables.byteTokens[static_cast<unsigned char>(c)] >= 0;
  };
  for (size_t i = 0; i != word.size();) {
    std::string_view character = word.substr(i, characterAt(word, i).size);
    if (int32_t token = tables.findText(character); token >= 0)
      addSymbol(token);
    else if (std::all_of(character.begin(), character.end(), hasToken))
      addBytes(character);
    else
      addUnknown();
    i += character.size();
  }
}

void TokenizerMerger::encode(std::string_view word, std::vector<int32_t> &ids) {
  if (tables.has(wholeWordsFirst))
    if (int32_t token = tables.findText(word); token >= 0)
      return ids.push_back(token);
  symbols.clear();
  if (tables.header.kind == TokenizerKind::sentencePiece)
    addCharacters(word);
  else
    addBytes(word);
  if (symbols.empty())
    return;
  for (uint32_t i = 0; i != symbols.size(); ++i)
    findMerge(i);
  if (symbols.size() <= shortWord)
    mergeBySearch();
  else
    mergeByHeap();
  for (uint32_t i = 0; i != none; i = symbols[i].next)
    ids.push_back(symbols[i].token);
}

void TokenizerMerger::mergeBySearch() {
  while (true) {
    uint32_t best = 0;
    for (uint32_t i = 0; i != none; i = symbols[i].next)
      if (symbols[i].rank < symbols[best].rank)
        best = i;
    if (symbols[best].rank == noMerge)
      return;
    merge(best);
  }
}

void TokenizerMerger::mergeByHeap() {
  candidates.clear();
  for (uint32_t i = 0; i != symbols.size(); ++i)
    if (symbols[i].rank != noMerge)
      candidates.push_back(Candidate{symbols[i].rank} << 32 | i);
  std::make_heap(candidates.begin(), candidates.end(), std::greater<>());
  while (!candidates.empty()) {
    auto symbol = static_cast<uint32_t>(candidates.front());
    auto rank = static_cast<uint32_t>(candidates.front() >> 32);
    std::pop_heap(candidates.begin(), candidates.end(), std::greater<>());
    candidates.pop_back();
    // A merge next to the symbol has changed its rank since it was added.
    if (symbols[symbol].rank != rank)
      continue;
    merge(symbol);
    addCandidate(symbol);
    if (symbols[symbol].previous != none)
      addCandidate(symbols[symbol].previous);
  }
}

void TokenizerMerger::addCandidate(uint32_t symbol) {
  if (symbols[symbol].rank == noMerge)
    return;
  candidates.push_back(Candidate{symbols[symbol].rank} << 32 | symbol);
  std::push_heap(candidates.begin(), candidates.end(), std::greater<>());
}

/// Looks up the merge of `symbol` with its right neighbor.
void TokenizerMerger::findMerge(uint32_t symbol) {
  Symbol &left = symbols[symbol];
  left.rank = noMerge;
  if (left.next == none)
    return;
  if (const MergeSlot *slot =
          tables.findMerge(left.token, symbols[left.next].token)) {
    left.rank = slot->rank;
    left.result = slot->result;
  }
}

/// Replaces `symbol` by the result of its merge and removes its right neighbor.
void TokenizerMerger::merge(uint32_t symbol) {
  Symbol &left = symbols[symbol], &right = symbols[left.next];
  left.token = left.result;
  left.next = right.next;
  right.rank = noMerge;
  if (left.next != none)
    symbols[left.next].previous = symbol;
  findMerge(symbol);
  if (left.previous != none)
    findMerge(left.previous);
}
