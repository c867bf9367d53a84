//===- KvCache.h - Keys and values of the positions seen so far -----------===//

#ifndef GPTC_RUNTIME_ENGINE_KVCACHE_H
#define GPTC_RUNTIME_ENGINE_KVCACHE_H

#include "runtime/engine/Abi.h"
#include "runtime/engine/System.h"

#include <vector>

namespace gptc {

/// Blocks of GPTC_BLOCK_POSITIONS positions, shared out among sequences. What
/// is in a block is the compiled code's business.
class KvCache {
public:
  /// `blocks` blocks for `sequences` sequences of at most `positions`.
  Error open(int64_t blockBytes, int64_t blocks, int64_t sequences,
             int64_t positions);

  /// Gives `sequence` blocks for its positions [0, length); false when no
  /// block is free, and then those that it has got stay its own.
  bool reserve(int32_t sequence, int64_t length);
  /// Takes back the blocks of `sequence` that lie before `position` as a whole;
  /// the table goes on naming them.
  void releaseBefore(int32_t sequence, int64_t position);
  /// Takes all blocks of `sequence` back.
  void release(int32_t sequence);

  void *memory() const { return mapping.data(); }
  /// (sequences, stride): the block of position p of a sequence at p / 32.
  const int32_t *table() const { return blockTable.data(); }
  int64_t tableStride() const { return stride; }

  static int64_t blocksFor(int64_t positions) {
    return (positions + GPTC_BLOCK_POSITIONS - 1) / GPTC_BLOCK_POSITIONS;
  }
  /// The most blocks that so many adjacent positions lie in, wherever they
  /// begin.
  static int64_t blocksAcross(int64_t positions) {
    return blocksFor(positions + GPTC_BLOCK_POSITIONS - 1);
  }

private:
  Mapping mapping;
  int64_t stride = 0;
  std::vector<int32_t> blockTable;
  /// (sequences): of the row, entries [first, end) are the sequence's own.
  struct Held {
    int64_t first = 0, end = 0;
  };
  std::vector<Held> blocksHeld;
  std::vector<int32_t> freeBlocks; ///< the next one is the last
};

} // namespace gptc

#endif // GPTC_RUNTIME_ENGINE_KVCACHE_H
