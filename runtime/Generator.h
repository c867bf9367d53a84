//===- Generator.h - Evaluates a prompt and goes on from it ---------------===//

#ifndef GPTC_RUNTIME_GENERATOR_H
#define GPTC_RUNTIME_GENERATOR_H

#include "runtime/NpyWriter.h"
#include "runtime/Options.h"
#include "runtime/Output.h"
#include "runtime/Sampler.h"
#include "runtime/Session.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gptc {

/// Appends the tokens of `text`, which `source` gave. A tokenizer may know more
/// tokens than the model; those are refused.
Error encode(const Tokenizer &tokenizer, const gptc_model_info &model,
             const char *source, std::string_view text, bool special,
             std::vector<int32_t> &ids);

/// The stop strings of -r. As in llama-cli, the token that completes one is
/// written whole and is the last; they are looked for in generated text only.
class StopStrings {
public:
  explicit StopStrings(std::span<const std::string_view> strings);

  /// Whether a stop string ends in `bytes`, which follow those before.
  bool reachedBy(std::string_view bytes);
  void reset() { text.clear(); }

private:
  std::span<const std::string_view> strings;
  size_t longest = 0;
  std::string text; ///< its end, as far as a stop string may start there
};

/// What a Generator works with; all of it outlives the generator.
struct GeneratorParts {
  const gptc_model_info &model;
  const Options &options;
  std::span<const int32_t> endTokens; ///< each ends what is generated
  Session &session;
  Sampler &sampler;
  Output &output;
  const Tokenizer *tokenizer; ///< or null
  NpyWriter *logits;          ///< takes every row of logits, or null
};

class Generator {
public:
  explicit Generator(const GeneratorParts &parts)
      : parts(parts), stops(parts.options.stops) {}

  /// Writes the prompt and what the model makes of it; with -i goes on with
  /// what is typed on stdin until its end.
  Error run(std::span<const int32_t> prompt);

  /// Two lines: how fast the prompt and the generated tokens were.
  std::string timing() const;

private:
  /// Of evaluated tokens; the last generated one is not evaluated.
  struct Speed {
    int64_t tokens = 0;
    double seconds = 0;
  };

  Error turn();
  Error generate();
  Error evaluate(Speed &speed);
  Error writeLogits(int64_t count);
  void enqueue(std::span<const int32_t> tokens);
  Error readLine(bool &more);
  bool ends(int32_t token) const;

  GeneratorParts parts;
  StopStrings stops;
  std::vector<int32_t> queue; ///< tokens of the text that are not evaluated yet
  const float *lastLogits = nullptr;
  int64_t generated = 0;
  Speed promptSpeed, generationSpeed;
};

} // namespace gptc

#endif // GPTC_RUNTIME_GENERATOR_H
