//===- Engine.cpp - Calls the compiled entries ----------------------------===//

#include "runtime/engine/Engine.h"

#include <algorithm>
#include <cassert>
#include <cstring>

using namespace gptc;

/// The stack that a thread needs beyond the scratch memory of the compiled
/// code.
static constexpr int64_t stackMargin = 1 << 20;

static const gptc_entry *findEntry(const gptc_model_info &model,
                                   const char *name) {
  for (int64_t i = 0; i < model.entry_count; ++i)
    if (std::strcmp(model.entries[i].name, name) == 0)
      return &model.entries[i];
  return nullptr;
}

static constexpr uint32_t tokenRoles =
    GPTC_TOKENS | GPTC_POSITIONS | GPTC_SEQUENCES;

/// Finds the entry called `name` and checks what it takes and leaves.
static Error findEntry(const gptc_model_info &model, const char *name,
                       uint32_t takes, uint32_t leaves,
                       const gptc_entry *&entry) {
  entry = findEntry(model, name);
  if (!entry)
    return Error::failure("compiled code without the entry '%s'", name);
  if (entry->takes != takes || entry->leaves != leaves)
    return Error::failure("the entry '%s' of the compiled code takes and "
                          "leaves %#x and %#x, expected %#x and %#x",
                          name, entry->takes, entry->leaves, takes, leaves);
  return Error();
}

/// Returns the maximum number of rows that one call evaluates.
static int64_t chunkOf(const gptc_model_info &model,
                       const EngineOptions &options) {
  const gptc_entry *prompt = findEntry(model, "prompt");
  int64_t capacity = prompt ? prompt->capacity : 1;
  return options.chunk > 0 ? std::min(options.chunk, capacity) : capacity;
}

/// Returns the maximum number of blocks that a sequence uses at once: those of
/// the whole context, or with a window those of the positions that a chunk's
/// rows attend to.
static int64_t blocksOfSequence(const gptc_model_info &model,
                                const EngineOptions &options) {
  int64_t all = KvCache::blocksFor(options.context);
  if (model.window <= 0 || model.window >= options.context)
    return all;
  int64_t seen = model.window + chunkOf(model, options) - 1;
  return std::min(all, KvCache::blocksAcross(seen));
}

MemoryUse Engine::memoryUse(const gptc_model_info &model,
                            const EngineOptions &options) {
  MemoryUse use;
  use.weights = model.weights_bytes;
  use.arena = model.arena_bytes;
  use.scratchPerThread = model.scratch_bytes;
  use.threads = options.threads;
  use.blockBytes = model.block_bytes;
  use.blocks = options.sequences * blocksOfSequence(model, options);
  return use;
}

Error Engine::open(const gptc_model_info &model,
                   std::span<const std::byte> weights,
                   const EngineOptions &options) {
  if (model.abi_version != GPTC_ABI_VERSION)
    return Error::failure("compiled code of ABI version %u, expected %u",
                          model.abi_version, GPTC_ABI_VERSION);
  info = &model;
  if (Error error = findEntry(model, "prompt", tokenRoles, GPTC_HIDDEN, prompt))
    return error;
  if (Error error = findEntry(model, "token", tokenRoles, GPTC_HIDDEN, token))
    return error;
  if (Error error =
          findEntry(model, "unembed", GPTC_ROWS, GPTC_LOGITS, unembedding))
    return error;
  weightsData = weights.data();
  contextLength = options.context;
  rowCapacity = chunkOf(model, options);
  MemoryUse use = memoryUse(model, options);
  if (Error error = Mapping::memory(use.arena, "arena", arena))
    return error;
  if (Error error = cache.open(use.blockBytes, use.blocks, options.sequences,
                               options.context))
    return error;
  size_t stackBytes = use.scratchPerThread + stackMargin;
  if (Error error = reserveStack(stackBytes))
    return error;
  threadCount = options.threads;
  return pool() ? threads.start(options.threads, stackBytes) : Error();
}

gptc_arguments Engine::arguments() {
  gptc_arguments arguments = {};
  arguments.weights = weightsData;
  arguments.arena = arena.data();
  arguments.cache = cache.memory();
  arguments.block_table = cache.table();
  arguments.block_table_stride = cache.tableStride();
  arguments.pool = pool();
  arguments.threads = threadCount;
  return arguments;
}

/// Releases the blocks that neither the rows of the batch nor later rows attend
/// to.
void Engine::releaseUnseen(const Batch &batch) {
  if (info->window <= 0)
    return;
  for (size_t row = 0; row < batch.tokens.size(); ++row) {
    bool isFirst =
        row == 0 || batch.sequences[row] != batch.sequences[row - 1];
    if (int64_t seen = batch.positions[row] - info->window + 1;
        isFirst && seen > 0)
      cache.releaseBefore(batch.sequences[row], seen);
  }
}

bool Engine::evaluate(const Batch &batch) {
  int64_t count = batch.tokens.size();
  assert(count >= 1 && count <= rowCapacity);
  releaseUnseen(batch);
  for (int64_t row = 0; row < count; ++row)
    if (!cache.reserve(batch.sequences[row], batch.positions[row] + 1))
      return false;
  gptc_arguments arguments = this->arguments();
  arguments.count = count;
  arguments.tokens = batch.tokens.data();
  arguments.positions = batch.positions.data();
  arguments.sequences = batch.sequences.data();
  FlushDenormals flush;
  (count == 1 ? token : prompt)->function(&arguments);
  return true;
}

Logits Engine::unembed(std::span<const int32_t> rows) {
  assert(!rows.empty() &&
         static_cast<int64_t>(rows.size()) <= unembedding->capacity);
  gptc_arguments arguments = this->arguments();
  arguments.count = rows.size();
  arguments.rows = rows.data();
  FlushDenormals flush;
  unembedding->function(&arguments);
  return {reinterpret_cast<const float *>(arena.data() + info->logits_offset),
          info->logits_stride};
}
