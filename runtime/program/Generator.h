//===- Generator.h - Evaluates a prompt and goes on from it ---------------===//

#ifndef GPTC_RUNTIME_PROGRAM_GENERATOR_H
#define GPTC_RUNTIME_PROGRAM_GENERATOR_H

#include "runtime/engine/Sampler.h"
#include "runtime/engine/Session.h"
#include "runtime/program/NpyWriter.h"
#include "runtime/program/Options.h"
#include "runtime/program/Output.h"
#include "runtime/text/Chat.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gptc {

/// Refuses those of `ids`, which `source` gave, that the model lacks: a
/// tokenizer may know more tokens.
Error checkTokens(const gptc_model_info &model, const char *source,
                  std::span<const int32_t> ids);

/// Appends the tokens of `text`, which `source` gave and which `continues` what
/// `ids` or the session hold.
Error encode(const Tokenizer &tokenizer, const gptc_model_info &model,
             const char *source, const Tokenizer::Part &text, bool continues,
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
  Chat *chat;                 ///< what is said are turns of it; or null
  NpyWriter *logits;          ///< takes every row of logits, or null
};

class Generator {
public:
  explicit Generator(const GeneratorParts &parts)
      : parts(parts), stops(parts.options.stops) {}

  /// Writes the prompt and what the model makes of it; with -i goes on with
  /// what is typed on stdin until its end. Then a newline.
  Error run(std::span<const int32_t> prompt);

  /// Writes the answers to `first`, if it says anything, and to the lines of
  /// stdin, each with a newline; of ids all are on one line, those of the turns
  /// too unless the prompt is left out.
  Error converse(std::string_view first);

  /// Two lines: how fast the prompt and the generated tokens were.
  std::string timing() const;

private:
  /// Of evaluated tokens; the last generated one is not evaluated.
  struct Speed {
    int64_t tokens = 0;
    double seconds = 0;
  };

  Error runPlain(std::span<const int32_t> prompt);
  Error converseToEnd(std::string_view first);
  Error answer(const char *source, std::string_view text);
  Error turn();
  Error generate();
  Error evaluate(Speed &speed);
  Error writeLogits(int64_t count);
  void enqueue(std::span<const int32_t> tokens);
  Error readLine(const char *mark, std::string &line, bool &more);
  bool ends(int32_t token) const;

  GeneratorParts parts;
  StopStrings stops;
  std::vector<int32_t> queue; ///< tokens of the text that are not evaluated yet
  int32_t lastToken = -1;     ///< the latest generated one
  const float *lastLogits = nullptr;
  int64_t generated = 0;
  Speed promptSpeed, generationSpeed;
};

} // namespace gptc

#endif // GPTC_RUNTIME_PROGRAM_GENERATOR_H
