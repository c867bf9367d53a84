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

/// The default context length, for models that have as many positions.
inline constexpr int64_t defaultContext = 4096;
inline constexpr int64_t mostThreads = 1024;

/// Tokens to evaluate together, one row each. Rows of one sequence are adjacent
/// and have consecutive positions, starting at the first position that is not
/// yet cached.
struct Batch {
  std::span<const int32_t> tokens;
  std::span<const int32_t> positions;
  std::span<const int32_t> sequences;
};

/// (count, vocabulary) logits in the arena, valid until the next call.
struct Logits {
  const float *data = nullptr;
  int64_t stride = 0;

  const float *row(int64_t index) const { return data + index * stride; }
};

struct EngineOptions {
  int64_t context;       ///< positions of a sequence
  int64_t sequences = 1; ///< number of sequences evaluated side by side
  int threads = 1;
  /// The maximum number of rows of a sequence that are evaluated together; 0
  /// means as many as the compiled code takes. With windowed attention, a
  /// smaller chunk needs a smaller KV cache.
  int64_t chunk = 0;
};

/// The memory that a run uses, in bytes. The weights are mapped, not copied.
struct MemoryUse {
  int64_t weights, arena, scratchPerThread, threads, blockBytes, blocks;

  int64_t scratch() const { return scratchPerThread * threads; }
  int64_t cache() const { return blockBytes * blocks; }
  int64_t total() const { return weights + arena + scratch() + cache(); }
};

/// Owns the arena, the KV cache and the threads that a model's entries use.
class Engine {
public:
  /// Opens the engine. `weights` is the container's section; `weights` and
  /// `model` must outlive the engine.
  Error open(const gptc_model_info &model, std::span<const std::byte> weights,
             const EngineOptions &options);

  static MemoryUse memoryUse(const gptc_model_info &model,
                             const EngineOptions &options);

  /// Evaluates up to promptCapacity() rows and keeps their hidden states for
  /// unembed(). Releases positions that no window reaches any more. Returns
  /// false if the cache has too few free blocks.
  bool evaluate(const Batch &batch);

  /// Returns the logits of up to unembedCapacity() rows of the latest batch.
  Logits unembed(std::span<const int32_t> rows);

  /// Releases all cached positions of the sequence.
  void release(int32_t sequence) { cache.release(sequence); }

  const gptc_model_info &model() const { return *info; }
  int64_t context() const { return contextLength; }
  int64_t promptCapacity() const { return rowCapacity; }
  int64_t unembedCapacity() const { return unembedding->capacity; }
  /// Returns null with one thread.
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
