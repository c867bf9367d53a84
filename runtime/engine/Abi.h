//===- Abi.h - What compiled code and the runtime agree on ----------------===//
//
// The object that gptc compiles exports one constant, `gptc_model`, and calls
// one function of the runtime, gptc_parallel_for. This is the one description of
// both: the compiler reads fields at the offsets that they have here and holds
// what it writes to them (passes/cpu/LowerEntries.cpp, ModelConstant.cpp). Every
// change raises GPTC_ABI_VERSION. Plain C, no dependency, any 64-bit target.
//
//===----------------------------------------------------------------------===//

#ifndef GPTC_RUNTIME_ENGINE_ABI_H
#define GPTC_RUNTIME_ENGINE_ABI_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define GPTC_ABI_VERSION 4u

/// Positions that one block of the KV cache holds.
#define GPTC_BLOCK_POSITIONS 32

/// The threads that parallel loops run on; owned by the runtime.
typedef struct gptc_pool gptc_pool;

/// Runs iterations [first, last) of a parallel loop on the thread `worker`, one
/// of several such calls there.
typedef void (*gptc_parallel_function)(void *context, int64_t first,
                                       int64_t last, int64_t worker);

/// Runs `function` over [0, count), count < 2^32, split among the threads of
/// `pool`, and returns when all of it is done. Memory written before is seen by
/// every iteration, memory written by an iteration is seen after. A null pool
/// runs the loop in place.
void gptc_parallel_for(gptc_pool *pool, gptc_parallel_function function,
                       void *context, int64_t count);

/// What an entry takes. Pointers are 64-byte aligned where the compiled code
/// loads vectors: weights, arena, cache.
typedef struct gptc_arguments {
  /// The container's weights section.
  const void *weights;
  /// gptc_model::arena_bytes of memory that live from one call to the next.
  void *arena;
  /// Blocks of gptc_model::block_bytes, each `[layer][kv head]` of one key
  /// panel `[head size][32]` and one value panel `[32][head size]`, the head
  /// size rounded up to 16 and its padding zero from the start.
  void *cache;
  /// (sequence, position / 32) -> block; a row of `block_table_stride`. Blocks
  /// that no row looks back at hold anything, but the table names real ones.
  const int32_t *block_table;
  int64_t block_table_stride;
  /// Rows that are real, 1 <= count <= capacity. Nothing beyond is read.
  int64_t count;
  /// (count) each, for the entries `prompt` and `token`. Rows of a sequence
  /// are adjacent and their positions ascend by one.
  const int32_t *tokens;
  const int32_t *positions;
  const int32_t *sequences;
  /// (count) rows of the last hidden state, for the entry `unembed`.
  const int32_t *rows;
  gptc_pool *pool;
  /// Of the pool; 1 where it is null.
  int64_t threads;
} gptc_arguments;

/// What an entry takes and what it leaves: bits of gptc_entry.
enum {
  /// It reads these of gptc_arguments.
  GPTC_TOKENS = 1 << 0,
  GPTC_POSITIONS = 1 << 1,
  GPTC_SEQUENCES = 1 << 2,
  GPTC_ROWS = 1 << 3,
  /// It leaves the rows' hidden state, or their logits, in the arena.
  GPTC_HIDDEN = 1 << 4,
  GPTC_LOGITS = 1 << 5,
};

typedef struct gptc_entry {
  const char *name;
  /// The most rows that one call takes.
  int64_t capacity;
  uint32_t takes, leaves;
  void (*function)(const gptc_arguments *arguments);
} gptc_entry;

/// Bits of gptc_model::flags.
enum {
  /// Positions are embedded by a learned table: none beyond `context` exists.
  GPTC_LEARNED_POSITIONS = 1,
};

typedef struct gptc_model_info {
  uint32_t abi_version;
  uint32_t flags;
  /// Names the layout of the weights section; the container repeats it, so
  /// external weights of another model are refused.
  uint64_t fingerprint;
  /// The model's own context length, in positions.
  int64_t context;
  int64_t vocabulary;
  /// Positions that the layers look back, the row's own included: the most of
  /// all layers. 0: all positions.
  int64_t window;
  /// Begins a text; or -1.
  int64_t bos;
  /// Each of these ends a text; all are in the vocabulary.
  int64_t end_token_count;
  const int32_t *end_tokens;
  /// Memory: the weights section, the arena, scratch per thread (on its
  /// stack), one block of the cache.
  int64_t weights_bytes, arena_bytes, scratch_bytes, block_bytes;
  /// `unembed` leaves its logits at this byte of the arena, a row every
  /// `logits_stride` floats, the first `vocabulary` of them real.
  int64_t logits_offset, logits_stride;
  /// CPU features the code needs, LLVM's names joined by commas.
  const char *features;
  /// LLVM's name of the CPU and of the target triple.
  const char *cpu, *target;
  /// `prompt`, `token`, `unembed`.
  int64_t entry_count;
  const gptc_entry *entries;
} gptc_model_info;

extern const gptc_model_info gptc_model;

#ifdef __cplusplus
}
#endif

#endif // GPTC_RUNTIME_ENGINE_ABI_H
