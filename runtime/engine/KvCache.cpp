//===- KvCache.cpp - The paged cache of keys and values -------------------===//

#include "runtime/engine/KvCache.h"

#include <algorithm>
#include <numeric>

using namespace gptc;

Error KvCache::open(int64_t blockBytes, int64_t blocks, int64_t sequences,
                    int64_t positions) {
  size_t bytes;
  if (__builtin_mul_overflow(blockBytes, blocks, &bytes))
    return Error::failure("no memory for the cache: %lld blocks of %lld bytes",
                          static_cast<long long>(blocks),
                          static_cast<long long>(blockBytes));
  if (Error error = Mapping::memory(bytes, "cache", mapping))
    return error;
  stride = blocksFor(positions);
  blockTable.assign(sequences * stride, 0);
  blocksHeld.assign(sequences, {});
  freeBlocks.resize(blocks);
  std::iota(freeBlocks.rbegin(), freeBlocks.rend(), 0);
  return Error();
}

bool KvCache::reserve(int32_t sequence, int64_t length) {
  int64_t &end = blocksHeld[sequence].end;
  for (int64_t needed = blocksFor(length); end < needed; ++end) {
    if (freeBlocks.empty())
      return false;
    blockTable[sequence * stride + end] = freeBlocks.back();
    freeBlocks.pop_back();
  }
  return true;
}

void KvCache::releaseBefore(int32_t sequence, int64_t position) {
  Held &held = blocksHeld[sequence];
  int64_t first = std::min(position / GPTC_BLOCK_POSITIONS, held.end);
  for (; held.first < first; ++held.first)
    freeBlocks.push_back(blockTable[sequence * stride + held.first]);
}

void KvCache::release(int32_t sequence) {
  Held &held = blocksHeld[sequence];
  while (held.end > held.first)
    freeBlocks.push_back(blockTable[sequence * stride + --held.end]);
  held = {};
}
