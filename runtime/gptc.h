/*===- gptc.h - A compiled model as a C library ----------------------------===*\
|*
|* `gptc MODEL --emit=static` and `--emit=shared` compile a model to a library
|* with this interface; libc is all that it needs. To link a program:
|*
|*   gptc MODEL --emit=static -o libmodel.a   also writes libmodel.a.weights
|*   cc chat.c libmodel.a                     (-lpthread where glibc is < 2.34)
|*
|*   gptc MODEL --emit=shared -o libmodel.so  holds the weights
|*   cc chat.c -L. -lmodel                    or dlopen("libmodel.so", ...)
|*
|* The library has no state of its own beside the handles and the last message
|* of each thread, and a shared one exports the functions below and nothing
|* else: programs use several models by dlopen and dlsym, one library each. Of
|* static libraries a program takes one.
|*
|* A model is read by any number of threads at once. A context and a sampler
|* belong to one thread at a time, and may go from one to another; different
|* ones never share anything that is written. A model outlives its contexts and
|* samplers. Nothing survives a fork() but in the parent.
|*
|* Pointers are not null unless it is said that they may be. What a function
|* takes it reads before it returns, and keeps nothing of it. Texts are bytes,
|* UTF-8 where the tokenizer makes something of it, with a size and no NUL.
|*
|* Memory that is large is asked for by the functions that open, and refused by
|* a status. Where malloc has none for what is small, the process ends.
|*
\*===----------------------------------------------------------------------===*/

#ifndef GPTC_H
#define GPTC_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define GPTC_API __attribute__((visibility("default")))
#else
#define GPTC_API
#endif

/// The interface of this header. It is raised where a function, a struct or a
/// number changes; functions are added without that.
#define GPTC_INTERFACE 1

/// What the library was made with; who opens a library that it was not linked
/// with compares it with GPTC_INTERFACE.
GPTC_API int gptc_interface(void);

typedef enum gptc_status {
  GPTC_OK = 0,
  /// A file, memory or a thread: what the system could not do.
  GPTC_FAILED = 1,
  /// An argument that the function does not take.
  GPTC_INVALID = 2,
  /// The CPU lacks a feature that the model was compiled for.
  GPTC_WRONG_CPU = 3,
  /// A sequence would have more positions than its context.
  GPTC_FULL = 4,
  /// The caller's memory is too small; how much is needed has been written.
  GPTC_TOO_SMALL = 5
} gptc_status;

/// One line on the latest call of this thread that gave another status than
/// GPTC_OK; "" before the first. It stays until the next such call.
GPTC_API const char *gptc_last_error(void);

/*===----------------------------------------------------------------------===*\
|* The model
\*===----------------------------------------------------------------------===*/

/// The weights, mapped read-only, and the tokenizer.
struct gptc_model;

/// Opens the model that this library was compiled from. `weights` is the path
/// of the file OUT.weights that gptc wrote. Null: what is behind the code in
/// the file that holds it, the shared library or the program that a static one
/// was linked into, or else beside that file under its name and `.weights`.
/// Gives GPTC_FAILED or GPTC_WRONG_CPU, and then `*model` is null.
GPTC_API gptc_status gptc_model_open(const char *weights,
                                     struct gptc_model **model);

/// `model` may be null.
GPTC_API void gptc_model_close(struct gptc_model *model);

/// Tokens are numbers from 0 to this one, which is also the length of a row of
/// logits.
GPTC_API int32_t gptc_vocabulary(const struct gptc_model *model);

/// Positions that the model was trained for.
GPTC_API int32_t gptc_model_context(const struct gptc_model *model);

/// The token that begins a text, or -1.
GPTC_API int32_t gptc_bos(const struct gptc_model *model);

/// The token that the model expects in front of every prompt, or -1.
GPTC_API int32_t gptc_prompt_start(const struct gptc_model *model);

/// 1 where `token` ends a text, else 0.
GPTC_API int gptc_is_end(const struct gptc_model *model, int32_t token);

/// What `--about` of a program prints first: name, parameters, files. Lives as
/// long as the model.
GPTC_API const char *gptc_metadata(const struct gptc_model *model,
                                   size_t *size);

/*===----------------------------------------------------------------------===*\
|* Text and tokens
|*
|* GPTC_INVALID where the model has no tokenizer.
\*===----------------------------------------------------------------------===*/

GPTC_API int gptc_has_tokenizer(const struct gptc_model *model);

/// Bits of `flags` below.
enum {
  /// Special tokens stand in the text by their names. Without it those names
  /// are text like any other, which is the choice for text of strangers, and
  /// special tokens give no text.
  GPTC_SPECIAL = 1,
  /// The text goes on from another. Without it, tokenizers that put a space in
  /// front of a text (SentencePiece) do that, and leave it out on the way back.
  GPTC_CONTINUES = 2
};

/// Writes the tokens of `text` to `tokens`, which has room for `capacity` and
/// may be null where that is 0; `*count` gets how many they are, also with
/// GPTC_TOO_SMALL. No token is added (see gptc_prompt_start).
GPTC_API gptc_status gptc_tokenize(const struct gptc_model *model,
                                   const char *text, size_t size,
                                   unsigned flags, int32_t *tokens,
                                   size_t capacity, size_t *count);

/// Writes the bytes that `count` tokens stand for to `text`, which has room
/// for `capacity` and may be null where that is 0; `*size` gets how many they
/// are, also with GPTC_TOO_SMALL. A character may be spread over several
/// tokens. GPTC_INVALID for a token that is not in the vocabulary.
GPTC_API gptc_status gptc_detokenize(const struct gptc_model *model,
                                     const int32_t *tokens, size_t count,
                                     unsigned flags, char *text,
                                     size_t capacity, size_t *size);

/// The special token that `name`, which ends with a NUL, is the text of; -1
/// where there is none.
GPTC_API int32_t gptc_special_token(const struct gptc_model *model,
                                    const char *name);

/*===----------------------------------------------------------------------===*\
|* Evaluation
\*===----------------------------------------------------------------------===*/

/// What evaluating takes: the memory of some sequences, and threads.
struct gptc_context;

struct gptc_context_options {
  /// Positions that a sequence has room for; 0: the model's, at most 4096.
  /// Models with learned positions have no more than their own.
  int32_t positions;
  /// Texts side by side, each with its own memory of what was evaluated.
  /// Their numbers count from 0. 0: one.
  int32_t sequences;
  /// Threads that evaluate, the caller's included, up to 1024; 0: one for each
  /// core.
  int32_t threads;
};

/// Memory for the sequences is asked for here, once for all of them. `options`
/// may be null: all 0. Gives GPTC_FAILED or GPTC_INVALID, and then `*context`
/// is null.
GPTC_API gptc_status gptc_context_open(
    const struct gptc_model *model, const struct gptc_context_options *options,
    struct gptc_context **context);

/// `context` may be null.
GPTC_API void gptc_context_close(struct gptc_context *context);

/// Positions that a sequence of this context has room for.
GPTC_API int32_t gptc_context_positions(const struct gptc_context *context);

/// Tokens to evaluate, a row each. Rows of a sequence are adjacent.
struct gptc_batch {
  /// Of rows; any number of them from 1 on.
  int32_t count;
  /// (count)
  const int32_t *tokens;
  /// (count) or null: all rows are of sequence 0.
  const int32_t *sequences;
  /// (count) or null: each sequence goes on where it ended. The first row of a
  /// sequence has a position from 0 to the sequence's length; what was there
  /// from that position on is forgotten. The next rows follow one by one. A
  /// model all of whose layers have a window keeps little more than that: a
  /// sequence longer than the window goes back to its latest row at least, and
  /// to the ones before as far as they were evaluated together with it.
  const int32_t *positions;
};

/// Evaluates the rows of `batch` and writes the logits of `row_count` of them,
/// whose numbers in `rows` ascend, to `logits` (row_count, vocabulary). The
/// logits of a row say which token comes after it. `rows` and `logits` may be
/// null where `row_count` is 0. The logits have the same bits whatever the
/// number of threads and however the rows are shared out among calls.
///
/// GPTC_INVALID or GPTC_FULL change nothing. So does GPTC_FAILED: the caller's
/// thread has too small a stack; 1 MiB is enough for most models.
GPTC_API gptc_status gptc_evaluate(struct gptc_context *context,
                                   const struct gptc_batch *batch,
                                   const int32_t *rows, int32_t row_count,
                                   float *logits);

/// Positions of `sequence` that are evaluated; -1 where the context has no
/// such sequence.
GPTC_API int32_t gptc_length(const struct gptc_context *context,
                             int32_t sequence);

/// Forgets what `sequence` holds, so that it begins again; nothing where the
/// context has no such sequence.
GPTC_API void gptc_release(struct gptc_context *context, int32_t sequence);

/*===----------------------------------------------------------------------===*\
|* Sampling
\*===----------------------------------------------------------------------===*/

/// Chooses tokens by their logits. The same options, logits and calls choose
/// the same tokens on every machine.
struct gptc_sampler;

/// The flags of a compiled program say what each does.
struct gptc_sampler_options {
  double temperature;    ///< from 0 on; 0 takes the likeliest token
  int32_t top_k;         ///< from 0 on; 0 keeps all
  double top_p;          ///< from 0 to 1, which keeps all
  double min_p;          ///< from 0, which keeps all, to 1
  double repeat_penalty; ///< from 0 on; 1 changes nothing
  int32_t repeat_last_n; ///< tokens that are penalized, from 0 on
  uint64_t seed;
};

/// The defaults of a compiled program, with the seed 0.
GPTC_API void gptc_sampler_defaults(struct gptc_sampler_options *options);

/// `options` may be null: the defaults. Gives GPTC_INVALID, and then
/// `*sampler` is null.
GPTC_API gptc_status gptc_sampler_open(
    const struct gptc_model *model, const struct gptc_sampler_options *options,
    struct gptc_sampler **sampler);

/// `sampler` may be null.
GPTC_API void gptc_sampler_close(struct gptc_sampler *sampler);

/// The next token by `logits` (vocabulary). It is not accepted yet.
GPTC_API int32_t gptc_sample(struct gptc_sampler *sampler, const float *logits);

/// Makes `token` one of those that the penalty looks back at: of the prompt as
/// well as of what was sampled. A token beyond the vocabulary is passed over.
GPTC_API void gptc_accept(struct gptc_sampler *sampler, int32_t token);

#ifdef __cplusplus
}
#endif

#endif /* GPTC_H */
