//===- Library.cpp - Models, tokens and sampling in gptc.h ----------------===//

#include "runtime/Library.h"

#include "runtime/engine/CpuCheck.h"
#include "runtime/engine/Sampler.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <limits>
#include <memory>
#include <vector>

using namespace gptc;

//===----------------------------------------------------------------------===//
// Errors
//===----------------------------------------------------------------------===//

/// An array rather than a std::string, whose destructor would need to be
/// registered.
static thread_local char lastError[1024];

gptc_status gptc::fail(gptc_status status, const Error &error) {
  snprintf(lastError, sizeof(lastError), "%s", error.message().c_str());
  // Control characters in file names must not break the line.
  for (char *c = lastError; *c; ++c)
    if (static_cast<unsigned char>(*c) < ' ' || *c == '\x7f')
      *c = '?';
  return status;
}

gptc_status gptc::fail(const Error &error) {
  switch (error.code()) {
  case ExitCode::done:
    return GPTC_OK;
  case ExitCode::usage:
    return fail(GPTC_INVALID, error);
  case ExitCode::wrongCpu:
    return fail(GPTC_WRONG_CPU, error);
  default:
    return fail(GPTC_FAILED, error);
  }
}

Error gptc::checkRange(const char *name, int64_t value, int64_t least,
                       int64_t most) {
  if (value >= least && value <= most)
    return Error();
  return Error::usage("%s: found %" PRId64 ", expected %" PRId64
                      " to %" PRId64,
                      name, value, least, most);
}

int gptc_interface() { return GPTC_INTERFACE; }

const char *gptc_last_error() { return lastError; }

//===----------------------------------------------------------------------===//
// The model
//===----------------------------------------------------------------------===//

Error gptc_model::open(const char *weights) {
  // No compiled code may run before the CPU is checked.
  if (Error error = checkCpu(info.features))
    return error;
  if (Error error = weights ? Container::openAlone(weights, info, container)
                            : Container::openBehind(&info, info, container))
    return error;
  if (!container.tokenizer())
    return Error();
  if (const char *problem =
          Tokenizer::open(*container.tokenizer(), tokenizerStorage))
    return Error::failure("tokenizer: %s", problem);
  tokenizer = &tokenizerStorage;
  return Error();
}

gptc_status gptc_model_open(const char *weights, struct gptc_model **result) {
  *result = nullptr;
  auto model = std::unique_ptr<struct gptc_model>(
      new struct gptc_model{.info = gptc_model, .container = {}});
  if (Error error = model->open(weights))
    return fail(error);
  *result = model.release();
  return GPTC_OK;
}

void gptc_model_close(struct gptc_model *model) { delete model; }

int32_t gptc_vocabulary(const struct gptc_model *model) {
  return static_cast<int32_t>(model->info.vocabulary);
}

int32_t gptc_model_context(const struct gptc_model *model) {
  return static_cast<int32_t>(model->info.context);
}

int32_t gptc_bos(const struct gptc_model *model) {
  return static_cast<int32_t>(model->info.bos);
}

int gptc_is_end(const struct gptc_model *model, int32_t token) {
  std::span ends(model->info.end_tokens, model->info.end_token_count);
  return std::find(ends.begin(), ends.end(), token) != ends.end();
}

const char *gptc_metadata(const struct gptc_model *model, size_t *size) {
  std::string_view text = model->container.metadata();
  *size = text.size();
  return text.data();
}

//===----------------------------------------------------------------------===//
// Text and tokens
//===----------------------------------------------------------------------===//

static Error noTokenizer() {
  return Error::usage("the model has no tokenizer");
}

/// Copies `values` to the caller's memory and sets `*size` to their number.
template <typename T, typename Range>
static gptc_status copyOut(const Range &values, T *memory, size_t capacity,
                           size_t *size) {
  *size = values.size();
  if (values.size() > capacity)
    return fail(GPTC_TOO_SMALL, Error::usage("room for %zu, needed for %zu",
                                             capacity, values.size()));
  std::copy(values.begin(), values.end(), memory);
  return GPTC_OK;
}

int gptc_has_tokenizer(const struct gptc_model *model) {
  return model->tokenizer != nullptr;
}

/// Checks that `token` is in the model's vocabulary, which a tokenizer may
/// exceed.
static Error checkToken(const struct gptc_model &model, int32_t token) {
  if (token >= 0 && token < model.info.vocabulary)
    return Error();
  return Error::usage("token %d is none of the model's %" PRId64, token,
                      model.info.vocabulary);
}

int32_t gptc_prompt_start(const struct gptc_model *model) {
  return model->tokenizer ? model->tokenizer->promptStart() : -1;
}

gptc_status gptc_tokenize(const struct gptc_model *model, const char *text,
                          size_t size, unsigned flags, int32_t *tokens,
                          size_t capacity, size_t *count) {
  *count = 0;
  if (!model->tokenizer)
    return fail(noTokenizer());
  Tokenizer::Part part{{text, size}, (flags & GPTC_SPECIAL) != 0};
  std::vector<int32_t> ids;
  model->tokenizer->encode({&part, 1}, (flags & GPTC_CONTINUES) != 0, ids);
  for (int32_t id : ids)
    if (Error error = checkToken(*model, id))
      return fail(error);
  return copyOut(ids, tokens, capacity, count);
}

gptc_status gptc_detokenize(const struct gptc_model *model,
                            const int32_t *tokens, size_t count, unsigned flags,
                            char *text, size_t capacity, size_t *size) {
  *size = 0;
  if (!model->tokenizer)
    return fail(noTokenizer());
  const Tokenizer &tokenizer = *model->tokenizer;
  bool begins = !(flags & GPTC_CONTINUES);
  std::string bytes;
  for (int32_t token : std::span(tokens, count)) {
    if (Error error = checkToken(*model, token))
      return fail(error);
    std::string_view printed = flags & GPTC_SPECIAL ? tokenizer.text(token)
                                                    : tokenizer.bytes(token);
    bytes += begins && bytes.empty() ? tokenizer.atStart(printed) : printed;
  }
  return copyOut(bytes, text, capacity, size);
}

int32_t gptc_special_token(const struct gptc_model *model, const char *name) {
  if (!model->tokenizer)
    return -1;
  int32_t token = model->tokenizer->find(name);
  bool found =
      model->tokenizer->isSpecial(token) && token < model->info.vocabulary;
  return found ? token : -1;
}

//===----------------------------------------------------------------------===//
// Sampling
//===----------------------------------------------------------------------===//

struct gptc_sampler {
  Sampler sampler;
  int64_t vocabulary;
};

void gptc_sampler_defaults(struct gptc_sampler_options *options) {
  SamplerOptions defaults;
  *options = {.temperature = defaults.temperature,
              .top_k = static_cast<int32_t>(defaults.topK),
              .top_p = defaults.topP,
              .min_p = defaults.minP,
              .repeat_penalty = defaults.repeatPenalty,
              .repeat_last_n = static_cast<int32_t>(defaults.repeatLastN),
              .seed = defaults.seed};
}

/// Checks that `value` is a number from 0 to `most`, which NaN is not.
static Error checkNumber(const char *name, double value, double most) {
  if (value >= 0 && value <= most)
    return Error();
  return Error::usage("%s: found %g, expected a number from 0 to %g", name,
                      value, most);
}

static Error checkOptions(const gptc_sampler_options &options) {
  constexpr double mostNumber = std::numeric_limits<double>::max();
  constexpr int64_t mostInteger = std::numeric_limits<int32_t>::max();
  if (Error error = checkNumber("temperature", options.temperature, mostNumber))
    return error;
  if (Error error = checkNumber("top_p", options.top_p, 1))
    return error;
  if (Error error = checkNumber("min_p", options.min_p, 1))
    return error;
  if (Error error =
          checkNumber("repeat_penalty", options.repeat_penalty, mostNumber))
    return error;
  if (Error error = checkRange("top_k", options.top_k, 0, mostInteger))
    return error;
  return checkRange("repeat_last_n", options.repeat_last_n, 0, mostInteger);
}

gptc_status gptc_sampler_open(const struct gptc_model *model,
                              const struct gptc_sampler_options *options,
                              struct gptc_sampler **sampler) {
  *sampler = nullptr;
  gptc_sampler_options chosen;
  gptc_sampler_defaults(&chosen);
  if (options)
    chosen = *options;
  if (Error error = checkOptions(chosen))
    return fail(error);
  *sampler = new gptc_sampler{
      Sampler(SamplerOptions{.temperature = chosen.temperature,
                             .topK = chosen.top_k,
                             .topP = chosen.top_p,
                             .minP = chosen.min_p,
                             .repeatPenalty = chosen.repeat_penalty,
                             .repeatLastN = chosen.repeat_last_n,
                             .seed = chosen.seed}),
      model->info.vocabulary};
  return GPTC_OK;
}

void gptc_sampler_close(struct gptc_sampler *sampler) { delete sampler; }

int32_t gptc_sample(struct gptc_sampler *sampler, const float *logits) {
  return sampler->sampler.sample(
      {logits, static_cast<size_t>(sampler->vocabulary)});
}

void gptc_accept(struct gptc_sampler *sampler, int32_t token) {
  if (token >= 0 && token < sampler->vocabulary)
    sampler->sampler.accept(token);
}
