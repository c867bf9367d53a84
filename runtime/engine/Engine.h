//===- Engine.h - Calls the compiled entries ------------------------------===//

#ifndef GPTC_RUNTIME_ENGINE_ENGINE_H
#define GPTC_RUNTIME_ENGINE_ENGINE_H

#include "runtime/engine/Abi.h"
#include "runtime/engine/KvCache.h"
#include "runtime/engine/ThreadPool.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace gptc {

/// Positions unless others are asked for, where the model has that many.
inline constexpr int64_t defaultContext = 4096;
inline constexpr int64_t mostThreads = 1024;

/// Tokens to evaluate together, a row each. Rows of a sequence are adjacent
/// and their positions ascend by one, from the first that is not yet cached.
struct Batch {
  std::span<const int32_t> tokens;
  std::span<const int32_t> positions;
  std::span<const int32_t> sequences;
};

/// (count, vocabulary) logits in the arena; the next call overwrites them.
struct Logits {
  const float *data = nullptr;
  int64_t stride = 0;

  const float *row(int64_t index) const { return data + index * stride; }
};

struct EngineOptions {
  int64_t context;       ///< positions of a sequence
  int64_t sequences = 1; ///< evaluated side by side
  int threads = 1;
  /// Rows of a sequence that are evaluated together at most; 0: as many as the
  /// compiled code takes. Fewer take less cache where attention has a window.
  int64_t chunk = 0;
};

/// Memory of a run, in bytes; the weights are mapped, not copied.
struct MemoryUse {
  int64_t weights, arena, scratchPerThread, threads, blockBytes, blocks;

  int64_t scratch() const { return scratchPerThread * threads; }
  int64_t cache() const { return blockBytes * blocks; }
  int64_t total() const { return weights + arena + scratch() + cache(); }
};

/// Owns the memory that the entries of one model work in, and their threads.
class Engine {
public:
  /// `weights` is the container's section; it and `model` outlive the engine.
  Error open(const gptc_model_info &model, std::span<const std::byte> weights,
             const EngineOptions &options);

  static MemoryUse memoryUse(const gptc_model_info &model,
                             const EngineOptions &options);

  /// Evaluates at most promptCapacity() rows and leaves their hidden states
  /// for unembed(). False when the cache has no block left for them. Positions
  /// that the window has left are forgotten.
  bool evaluate(const Batch &batch);

  /// Logits of at most unembedCapacity() rows of the latest batch.
  Logits unembed(std::span<const int32_t> rows);

  /// Forgets what the sequence's positions held.
  void release(int32_t sequence) { cache.release(sequence); }

  const gptc_model_info &model() const { return *info; }
  int64_t context() const { return contextLength; }
  int64_t promptCapacity() const { return rowCapacity; }
  int64_t unembedCapacity() const { return unembedding->capacity; }
  /// Null with one thread.
  gptc_pool *pool() { return threadCount > 1 ? &threads : nullptr; }

private:
  gptc_arguments arguments();
  void releaseUnseen(const Batch &batch);

  const gptc_model_info *info = nullptr;
  const gptc_entry *prompt = nullptr, *token = nullptr, *unembedding = nullptr;
  const std::byte *weightsData = nullptr;
  int64_t contextLength = 0, rowCapacity = 0;
  Mapping arena;
  KvCache cache;
  int64_t threadCount = 1;
  gptc_pool threads;
};

} // namespace gptc

#endif // GPTC_RUNTIME_ENGINE_ENGINE_H
