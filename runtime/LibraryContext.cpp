//===- LibraryContext.cpp - Evaluation in gptc.h --------------------------===//

#include "runtime/Library.h"

#include "runtime/engine/Engine.h"
#include "runtime/engine/ThreadPool.h"

#include <algorithm>
#include <cassert>
#include <cinttypes>
#include <cstring>
#include <limits>
#include <memory>
#include <pthread.h>

using namespace gptc;

struct gptc_context {
  const gptc_model_info &info;
  Engine engine;
  std::vector<int32_t> lengths; ///< (sequences)
  /// (sequences): the lowest position to which each can go back. Earlier
  /// positions may have left the window of the latest rows and been released.
  std::vector<int32_t> least;
  /// The rows of one call, as the engine takes them.
  std::vector<int32_t> sequences, positions;
  std::vector<char> seen; ///< (sequences): whether it has rows in the batch

  Error place(const gptc_batch &batch, bool &full);
  Error placeRow(const gptc_batch &batch, int32_t row, bool &full);
  void evaluate(std::span<const int32_t> tokens, std::span<const int32_t> rows,
                float *logits);
  void noteWindow(size_t first, size_t count);
  void unembed(std::span<const int32_t> rows, int32_t first, float *logits);
};

/// Converts the options and replaces 0 by the defaults.
static Error readOptions(const gptc_model_info &model,
                         const gptc_context_options &options,
                         EngineOptions &result) {
  constexpr int64_t most = std::numeric_limits<int32_t>::max();
  bool learned = model.flags & GPTC_LEARNED_POSITIONS;
  if (Error error = checkRange("positions", options.positions, 0,
                               learned ? model.context : most))
    return error;
  if (Error error = checkRange("sequences", options.sequences, 0, most))
    return error;
  if (Error error = checkRange("threads", options.threads, 0, mostThreads))
    return error;
  result.context = options.positions ? options.positions
                                     : std::min(model.context, defaultContext);
  result.sequences = std::max(options.sequences, 1);
  result.threads = options.threads
                       ? options.threads
                       : std::min<int>(physicalCores(), mostThreads);
  // The block table holds block numbers as int32.
  int64_t blocks = KvCache::blocksFor(result.context);
  if (result.sequences > most / blocks)
    return Error::usage("sequences: found %" PRId64 ", expected at most "
                        "%" PRId64 " of %" PRId64 " positions",
                        result.sequences, most / blocks, result.context);
  return Error();
}

gptc_status gptc_context_open(const struct gptc_model *model,
                              const struct gptc_context_options *options,
                              struct gptc_context **result) {
  *result = nullptr;
  EngineOptions engine;
  if (Error error = readOptions(
          model->info, options ? *options : gptc_context_options{}, engine))
    return fail(error);
  auto context = std::make_unique<gptc_context>(model->info);
  if (Error error = context->engine.open(model->info,
                                         model->container.weights(), engine))
    return fail(error);
  context->lengths.assign(engine.sequences, 0);
  context->least.assign(engine.sequences, 0);
  context->seen.assign(engine.sequences, false);
  *result = context.release();
  return GPTC_OK;
}

void gptc_context_close(struct gptc_context *context) { delete context; }

int32_t gptc_context_positions(const struct gptc_context *context) {
  return static_cast<int32_t>(context->engine.context());
}

/// Checks a row and appends its sequence and position.
Error gptc_context::placeRow(const gptc_batch &batch, int32_t row,
                             bool &full) {
  if (batch.tokens[row] < 0 || batch.tokens[row] >= info.vocabulary)
    return Error::usage("row %d: token %d is none of the model's %" PRId64,
                        row, batch.tokens[row], info.vocabulary);
  int32_t sequence = batch.sequences ? batch.sequences[row] : 0;
  if (sequence < 0 || static_cast<size_t>(sequence) >= lengths.size())
    return Error::usage("row %d: sequence %d is none of the context's %zu", row,
                        sequence, lengths.size());
  bool isFirst = row == 0 || sequence != sequences.back();
  if (isFirst && seen[sequence])
    return Error::usage("row %d: the other rows of sequence %d are not beside "
                        "it",
                        row, sequence);
  seen[sequence] = true;
  int32_t next = isFirst ? lengths[sequence] : positions.back() + 1;
  int32_t position = batch.positions ? batch.positions[row] : next;
  int32_t back = isFirst ? least[sequence] : next;
  if (position < back || position > next)
    return Error::usage("row %d: position %d of sequence %d, expected %d to %d",
                        row, position, sequence, back, next);
  full = position >= engine.context();
  if (full)
    return Error::usage("row %d: sequence %d has no room for more than %" PRId64
                        " positions",
                        row, sequence, engine.context());
  sequences.push_back(sequence);
  positions.push_back(position);
  return Error();
}

Error gptc_context::place(const gptc_batch &batch, bool &full) {
  sequences.clear();
  positions.clear();
  Error error;
  for (int32_t row = 0; row < batch.count && !error; ++row)
    error = placeRow(batch, row, full);
  for (int32_t row = 0; row < batch.count; ++row) {
    int32_t sequence = batch.sequences ? batch.sequences[row] : 0;
    if (sequence >= 0 && static_cast<size_t>(sequence) < seen.size())
      seen[sequence] = false;
  }
  return error;
}

/// Checks that this thread's stack has room for the compiled code's scratch.
static Error checkStack(const gptc_model_info &model) {
  // The end of the stack is constant, and finding it is slow in the main
  // thread.
  static thread_local const char *end = nullptr;
  if (!end) {
    pthread_attr_t attributes;
    if (int status = pthread_getattr_np(pthread_self(), &attributes))
      return Error::failure("stack: %s", strerror(status));
    void *address = nullptr;
    size_t size;
    pthread_attr_getstack(&attributes, &address, &size);
    pthread_attr_destroy(&attributes);
    end = static_cast<const char *>(address);
  }
  // An entry and a loop that it calls both need scratch; the margin is for the
  // calls themselves.
  constexpr int64_t margin = 128 << 10;
  int64_t needed = 2 * model.scratch_bytes + margin;
  int64_t left = static_cast<const char *>(__builtin_frame_address(0)) - end;
  if (left >= needed)
    return Error();
  return Error::failure("the stack of this thread has %" PRId64
                        " bytes left, but %" PRId64 " are needed",
                        left, needed);
}

static Error checkRows(const gptc_batch &batch, const int32_t *rows,
                       int32_t count) {
  constexpr int32_t most = std::numeric_limits<int32_t>::max();
  if (Error error = checkRange("count", batch.count, 1, most))
    return error;
  if (Error error = checkRange("row_count", count, 0, batch.count))
    return error;
  for (int32_t i = 0; i < count; ++i)
    if (Error error = checkRange("rows", rows[i], i ? rows[i - 1] + 1 : 0,
                                 batch.count - 1))
      return error;
  return Error();
}

gptc_status gptc_evaluate(struct gptc_context *context,
                          const struct gptc_batch *batch, const int32_t *rows,
                          int32_t row_count, float *logits) {
  if (Error error = checkRows(*batch, rows, row_count))
    return fail(error);
  if (Error error = checkStack(context->info))
    return fail(error);
  bool full = false;
  if (Error error = context->place(*batch, full))
    return full ? fail(GPTC_FULL, error) : fail(error);
  context->evaluate({batch->tokens, static_cast<size_t>(batch->count)},
                    {rows, static_cast<size_t>(row_count)}, logits);
  return GPTC_OK;
}

/// Evaluates the placed rows, as many at a time as the engine takes.
void gptc_context::evaluate(std::span<const int32_t> tokens,
                            std::span<const int32_t> rows, float *logits) {
  for (size_t first = 0; first < tokens.size();) {
    size_t count =
        std::min<size_t>(tokens.size() - first, engine.promptCapacity());
    [[maybe_unused]] bool cached =
        engine.evaluate({tokens.subspan(first, count),
                         std::span(positions).subspan(first, count),
                         std::span(sequences).subspan(first, count)});
    assert(cached && "no sequence needs more blocks than it has");
    noteWindow(first, count);
    size_t wanted =
        std::lower_bound(rows.begin(), rows.end(), first + count,
                         [](int32_t row, size_t end) {
                           return static_cast<size_t>(row) < end;
                         }) -
        rows.begin();
    unembed(rows.first(wanted), static_cast<int32_t>(first), logits);
    logits += wanted * info.vocabulary;
    rows = rows.subspan(wanted);
    first += count;
  }
  for (size_t row = 0; row < tokens.size(); ++row)
    lengths[sequences[row]] = positions[row] + 1;
}

/// Updates `least` after the engine has evaluated rows [first, first + count)
/// together.
void gptc_context::noteWindow(size_t first, size_t count) {
  for (size_t row = first; row < first + count; ++row) {
    bool begins = row == first || sequences[row] != sequences[row - 1];
    if (begins && info.window > 0 && positions[row] >= info.window)
      least[sequences[row]] = std::max(least[sequences[row]], positions[row]);
  }
}

/// Writes the logits of `rows`, which are indices in the batch. The engine's
/// latest call began with row `first` of the batch.
void gptc_context::unembed(std::span<const int32_t> rows, int32_t first,
                           float *logits) {
  std::vector<int32_t> chosen;
  for (; !rows.empty(); rows = rows.subspan(chosen.size())) {
    size_t count = std::min<size_t>(rows.size(), engine.unembedCapacity());
    chosen.clear();
    for (int32_t row : rows.first(count))
      chosen.push_back(row - first);
    Logits computed = engine.unembed(chosen);
    for (size_t i = 0; i < count; ++i, logits += info.vocabulary)
      std::copy_n(computed.row(i), info.vocabulary, logits);
  }
}

int32_t gptc_length(const struct gptc_context *context, int32_t sequence) {
  bool exists =
      sequence >= 0 && static_cast<size_t>(sequence) < context->lengths.size();
  return exists ? context->lengths[sequence] : -1;
}

void gptc_release(struct gptc_context *context, int32_t sequence) {
  if (gptc_length(context, sequence) < 0)
    return;
  context->engine.release(sequence);
  context->lengths[sequence] = context->least[sequence] = 0;
}
