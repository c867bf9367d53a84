//===- KvCache.h - The paged cache of keys and values ---------------------===//

#ifndef GPTC_RUNTIME_ENGINE_KVCACHE_H
#define GPTC_RUNTIME_ENGINE_KVCACHE_H

#include "runtime/engine/Abi.h"
#include "runtime/engine/System.h"

#include <vector>

namespace gptc {

/// A pool of blocks of GPTC_BLOCK_POSITIONS positions each, shared by all
/// sequences. Only the compiled code knows the layout within a block.
class KvCache {
public:
  /// Allocates `blocks` blocks for `sequences` sequences of up to `positions`
  /// positions.
  Error open(int64_t blockBytes, int64_t blocks, int64_t sequences,
             int64_t positions);

  /// Allocates blocks of `sequence` for its positions [0, length). Returns
  /// false if too few blocks are free; the sequence keeps those already
  /// allocated.
  bool reserve(int32_t sequence, int64_t length);
  /// Frees the blocks of `sequence` whose positions all lie before `position`.
  /// The block table keeps naming them.
  void releaseBefore(int32_t sequence, int64_t position);
  /// Frees all blocks of `sequence`.
  void release(int32_t sequence);

  void *memory() const { return mapping.data(); }
  /// Returns the block table (sequences, stride), which maps position p of a
  /// sequence to a block at p / 32.
  const int32_t *table() const { return blockTable.data(); }
  int64_t tableStride() const { return stride; }

  static int64_t blocksFor(int64_t positions) {
    return (positions + GPTC_BLOCK_POSITIONS - 1) / GPTC_BLOCK_POSITIONS;
  }
  /// Returns the maximum number of blocks that `positions` adjacent positions
  /// span, wherever they start.
  static int64_t blocksAcross(int64_t positions) {
    return blocksFor(positions + GPTC_BLOCK_POSITIONS - 1);
  }

private:
  Mapping mapping;
  int64_t stride = 0;
  std::vector<int32_t> blockTable;
  /// (sequences): entries [first, end) of a table row are blocks of the
  /// sequence.
  struct Held {
    int64_t first = 0, end = 0;
  };
  std::vector<Held> blocksHeld;
  std::vector<int32_t> freeBlocks; ///< a stack: the last one is used next
};

} // namespace gptc

#endif // GPTC_RUNTIME_ENGINE_KVCACHE_H
