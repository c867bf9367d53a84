//===- Abi.h - The binary interface of compiled code and runtime ----------===//
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

/// The number of positions that one block of the KV cache holds.
#define GPTC_BLOCK_POSITIONS 32

/// The threads that parallel loops run on. The runtime owns the pool.
typedef struct gptc_pool gptc_pool;

/// Runs iterations [first, last) of a parallel loop on the thread with number
/// `worker`. A thread may get several such calls for one loop.
typedef void (*gptc_parallel_function)(void *context, int64_t first,
                                       int64_t last, int64_t worker);

/// Runs `function` over [0, count), count < 2^32, split among the threads of
/// `pool`, and returns when all iterations are done. Every iteration sees
/// memory that was written before the call, and the caller sees what the
/// iterations wrote. With a null pool the loop runs on the calling thread.
void gptc_parallel_for(gptc_pool *pool, gptc_parallel_function function,
                       void *context, int64_t count);

/// The arguments of an entry. `weights`, `arena` and `cache` are 64-byte
/// aligned, because the compiled code loads vectors from them.
typedef struct gptc_arguments {
  /// The container's weights section.
  const void *weights;
  /// gptc_model::arena_bytes of memory that keeps its content between calls.
  void *arena;
  /// The KV cache: blocks of gptc_model::block_bytes, each `[layer][kv head]`
  /// of one key panel `[head size][32]` and one value panel `[32][head size]`.
  /// The head size is rounded up to a multiple of 16, and its padding is zero
  /// from the start.
  void *cache;
  /// Maps (sequence, position / 32) to a block; a row has `block_table_stride`
  /// entries. Entries for positions that no row attends to name a valid block,
  /// whose content does not matter.
  const int32_t *block_table;
  int64_t block_table_stride;
  /// The number of rows to evaluate, 1 <= count <= capacity. Nothing beyond
  /// them is read.
  int64_t count;
  /// (count) each, for the entries `prompt` and `token`. Rows of one sequence
  /// are adjacent and have ascending, consecutive positions.
  const int32_t *tokens;
  const int32_t *positions;
  const int32_t *sequences;
  /// (count) indices of rows of the last hidden state, for the entry `unembed`.
  const int32_t *rows;
  gptc_pool *pool;
  /// The number of threads in `pool`; 1 where it is null.
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
  /// The maximum number of rows of one call.
  int64_t capacity;
  uint32_t takes, leaves;
  void (*function)(const gptc_arguments *arguments);
} gptc_entry;

/// Bits of gptc_model::flags.
enum {
  /// Positions are embedded by a learned table, so none beyond `context`
  /// exists.
  GPTC_LEARNED_POSITIONS = 1,
};

typedef struct gptc_model_info {
  uint32_t abi_version;
  uint32_t flags;
  /// Identifies the layout of the weights section. The container repeats it, so
  /// the runtime refuses external weights of another model.
  uint64_t fingerprint;
  /// The context length of the model itself, in positions.
  int64_t context;
  int64_t vocabulary;
  /// The largest attention window of all layers: the number of positions that a
  /// row attends to, its own included. 0 means all positions.
  int64_t window;
  /// The token that begins a text, or -1 if the model has none.
  int64_t bos;
  /// The tokens that end a text; all are in the vocabulary.
  int64_t end_token_count;
  const int32_t *end_tokens;
  /// Sizes in bytes: the weights section, the arena, the scratch memory on each
  /// thread's stack, and one block of the KV cache.
  int64_t weights_bytes, arena_bytes, scratch_bytes, block_bytes;
  /// `unembed` writes its logits at this byte of the arena. Rows are
  /// `logits_stride` floats apart, and the first `vocabulary` of each are
  /// logits.
  int64_t logits_offset, logits_stride;
  /// The CPU features that the code needs, as LLVM's names joined by commas.
  const char *features;
  /// LLVM's names of the CPU and of the target triple.
  const char *cpu, *target;
  /// The entries `prompt`, `token` and `unembed`.
  int64_t entry_count;
  const gptc_entry *entries;
} gptc_model_info;

extern const gptc_model_info gptc_model;

#ifdef __cplusplus
}
#endif

#endif // GPTC_RUNTIME_ENGINE_ABI_H
