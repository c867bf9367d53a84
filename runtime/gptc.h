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
|* The library has no state except the handles and each thread's last error
|* message. A shared library exports only the functions below, so a program can
|* use several models by dlopen and dlsym, one library each. It can link only
|* one static library.
|*
|* Any number of threads may use a model at once. A context and a sampler may be
|* used by one thread at a time and handed from one to another; different ones
|* share nothing that is written. A model must outlive its contexts and
|* samplers. After a fork() the handles are valid only in the parent.
|*
|* Pointers must not be null unless stated otherwise. A function reads its
|* arguments before it returns and keeps no pointer to them. Texts are bytes
|* with a size and without a NUL, and UTF-8 if the tokenizer requires it.
|*
|* The functions that open allocate all large memory and return a status if
|* there is none. If malloc fails for small memory, the process ends.
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

/// The version of this interface. It changes when a function, a struct or a
/// number changes, but not when a function is added.
#define GPTC_INTERFACE 1

/// Returns the GPTC_INTERFACE that the library was compiled with. Programs that
/// open a library at run time should compare it with theirs.
GPTC_API int gptc_interface(void);

typedef enum gptc_status {
  GPTC_OK = 0,
  /// The system failed: a file, memory or a thread.
  GPTC_FAILED = 1,
  /// An argument is not valid.
  GPTC_INVALID = 2,
  /// The CPU lacks a feature that the model was compiled for.
  GPTC_WRONG_CPU = 3,
  /// A sequence would have more positions than its context.
  GPTC_FULL = 4,
  /// The caller's memory is too small; the size it needs has been written.
  GPTC_TOO_SMALL = 5
} gptc_status;

/// Returns one line about the latest call in this thread that returned another
/// status than GPTC_OK; "" before the first. It is valid until the next such
/// call.
GPTC_API const char *gptc_last_error(void);

/*===----------------------------------------------------------------------===*\
|* The model
\*===----------------------------------------------------------------------===*/

/// The weights, mapped read-only, and the tokenizer.
struct gptc_model;

/// Opens the model that this library was compiled from. `weights` is the path
/// of the file OUT.weights that gptc wrote. If it is null, the weights are read
/// from the file that holds this code (the shared library, or the program that
/// the static library was linked into) or from a file of the same name plus
/// `.weights`. On success the caller owns `*model` and frees it with
/// gptc_model_close. Otherwise the status is GPTC_FAILED or GPTC_WRONG_CPU and
/// `*model` is null.
GPTC_API gptc_status gptc_model_open(const char *weights,
                                     struct gptc_model **model);

/// Frees the model; `model` may be null.
GPTC_API void gptc_model_close(struct gptc_model *model);

/// Returns the size of the vocabulary: tokens are numbers below it, and a row
/// of logits has as many values.
GPTC_API int32_t gptc_vocabulary(const struct gptc_model *model);

/// Returns the number of positions that the model was trained for.
GPTC_API int32_t gptc_model_context(const struct gptc_model *model);

/// Returns the token that begins a text, or -1.
GPTC_API int32_t gptc_bos(const struct gptc_model *model);

/// Returns the token that the model expects at the start of a prompt, or -1.
GPTC_API int32_t gptc_prompt_start(const struct gptc_model *model);

/// Returns 1 if `token` ends a text, else 0.
GPTC_API int gptc_is_end(const struct gptc_model *model, int32_t token);

/// Returns what a program's `--about` prints first: name, parameters, files.
/// The text is valid as long as the model.
GPTC_API const char *gptc_metadata(const struct gptc_model *model,
                                   size_t *size);

/*===----------------------------------------------------------------------===*\
|* Text and tokens
|*
|* These functions return GPTC_INVALID if the model has no tokenizer.
\*===----------------------------------------------------------------------===*/

GPTC_API int gptc_has_tokenizer(const struct gptc_model *model);

/// Bits of the argument `flags` below.
enum {
  /// Special tokens are recognized by their names in a text, and decoded to
  /// them. Without this bit their names are plain text, as untrusted text
  /// requires, and special tokens are decoded to nothing.
  GPTC_SPECIAL = 1,
  /// The text continues another one. Without this bit, tokenizers that put a
  /// space in front of a text (SentencePiece) do so, and decoding removes it.
  GPTC_CONTINUES = 2
};

/// Writes the tokens of `text` to `tokens`, which has room for `capacity`
/// tokens and may be null if that is 0. Sets `*count` to their number, also
/// with GPTC_TOO_SMALL. Adds no token (see gptc_prompt_start).
GPTC_API gptc_status gptc_tokenize(const struct gptc_model *model,
                                   const char *text, size_t size,
                                   unsigned flags, int32_t *tokens,
                                   size_t capacity, size_t *count);

/// Writes the bytes that `count` tokens stand for to `text`, which has room for
/// `capacity` bytes and may be null if that is 0. Sets `*size` to their number,
/// also with GPTC_TOO_SMALL. A character may be spread over several tokens.
/// Returns GPTC_INVALID for a token that is not in the vocabulary.
GPTC_API gptc_status gptc_detokenize(const struct gptc_model *model,
                                     const int32_t *tokens, size_t count,
                                     unsigned flags, char *text,
                                     size_t capacity, size_t *size);

/// Returns the special token with the NUL-terminated text `name`, or -1 if
/// there is none.
GPTC_API int32_t gptc_special_token(const struct gptc_model *model,
                                    const char *name);

/*===----------------------------------------------------------------------===*\
|* Evaluation
\*===----------------------------------------------------------------------===*/

/// A context for evaluation: the KV cache of some sequences, and threads.
struct gptc_context;

struct gptc_context_options {
  /// The maximum number of positions of a sequence; 0 means the model's, at
  /// most 4096. Models with learned positions cannot exceed their own number.
  int32_t positions;
  /// The number of sequences: texts that are evaluated side by side, each with
  /// its own KV cache. They are numbered from 0. 0 means one.
  int32_t sequences;
  /// The number of threads for evaluation, up to 1024, with the caller's thread
  /// included; 0 means one per core.
  int32_t threads;
};

/// Opens a context and allocates all memory of its sequences. `options` may be
/// null, which means all 0. On success the caller owns `*context` and frees it
/// with gptc_context_close. Otherwise the status is GPTC_FAILED or GPTC_INVALID
/// and `*context` is null.
GPTC_API gptc_status gptc_context_open(
    const struct gptc_model *model, const struct gptc_context_options *options,
    struct gptc_context **context);

/// Frees the context; `context` may be null.
GPTC_API void gptc_context_close(struct gptc_context *context);

/// Returns the maximum number of positions of a sequence of this context.
GPTC_API int32_t gptc_context_positions(const struct gptc_context *context);

/// Tokens to evaluate, one row each. Rows of one sequence must be adjacent.
struct gptc_batch {
  /// The number of rows, at least 1.
  int32_t count;
  /// (count)
  const int32_t *tokens;
  /// (count), or null if all rows belong to sequence 0.
  const int32_t *sequences;
  /// (count), or null if each sequence continues at its end. The first row of a
  /// sequence may have any position from 0 to the sequence's length; what was
  /// evaluated from that position on is dropped. The rows after it have
  /// consecutive positions. If all layers of a model have a window, the cache
  /// keeps little more than that: a sequence longer than the window can go back
  /// only to its latest row and to those rows before it that were evaluated
  /// together with it.
  const int32_t *positions;
};

/// Evaluates the rows of `batch`. Writes the logits of those rows whose
/// `row_count` indices `rows` lists in ascending order to `logits` (row_count,
/// vocabulary). The logits of a row predict the token after it. `rows` and
/// `logits` may be null if `row_count` is 0. The logits have the same bits for
/// any number of threads and however the rows are divided among calls.
///
/// GPTC_INVALID and GPTC_FULL change nothing. Neither does GPTC_FAILED, which
/// means that the stack of the caller's thread is too small; 1 MiB is enough
/// for most models.
GPTC_API gptc_status gptc_evaluate(struct gptc_context *context,
                                   const struct gptc_batch *batch,
                                   const int32_t *rows, int32_t row_count,
                                   float *logits);

/// Returns the number of evaluated positions of `sequence`; -1 if the context
/// has no such sequence.
GPTC_API int32_t gptc_length(const struct gptc_context *context,
                             int32_t sequence);

/// Drops all positions of `sequence`, so that it starts again. Does nothing if
/// the context has no such sequence.
GPTC_API void gptc_release(struct gptc_context *context, int32_t sequence);

/*===----------------------------------------------------------------------===*\
|* Sampling
\*===----------------------------------------------------------------------===*/

/// Chooses tokens by their logits. The same options, logits and calls give the
/// same tokens on every machine.
struct gptc_sampler;

/// The sampling options; a compiled program's --help explains them.
struct gptc_sampler_options {
  double temperature;    ///< at least 0; 0 takes the most likely token
  int32_t top_k;         ///< at least 0; 0 keeps all
  double top_p;          ///< 0 to 1; 1 keeps all
  double min_p;          ///< 0 to 1; 0 keeps all
  double repeat_penalty; ///< at least 0; 1 changes nothing
  int32_t repeat_last_n; ///< window of the penalty in tokens, at least 0
  uint64_t seed;
};

/// Sets `*options` to the defaults of a compiled program, with the seed 0.
GPTC_API void gptc_sampler_defaults(struct gptc_sampler_options *options);

/// Opens a sampler. `options` may be null, which means the defaults. On success
/// the caller owns `*sampler` and frees it with gptc_sampler_close. Otherwise
/// the status is GPTC_INVALID and `*sampler` is null.
GPTC_API gptc_status gptc_sampler_open(
    const struct gptc_model *model, const struct gptc_sampler_options *options,
    struct gptc_sampler **sampler);

/// Frees the sampler; `sampler` may be null.
GPTC_API void gptc_sampler_close(struct gptc_sampler *sampler);

/// Returns the next token, chosen by `logits` (vocabulary). Does not accept it.
GPTC_API int32_t gptc_sample(struct gptc_sampler *sampler, const float *logits);

/// Adds `token`, of the prompt or sampled, to the recent tokens that the
/// penalty applies to. A token that is not in the vocabulary is ignored.
GPTC_API void gptc_accept(struct gptc_sampler *sampler, int32_t token);

#ifdef __cplusplus
}
#endif

#endif /* GPTC_H */
