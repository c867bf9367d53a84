//===- Generator.h - Evaluates a prompt and continues it ------------------===//

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

/// Returns an error if one of `ids` is not in the model's vocabulary, which a
/// tokenizer may exceed. `source` is named in the error.
Error checkTokens(const gptc_model_info &model, const char *source,
                  std::span<const int32_t> ids);

/// Appends the tokens of `text` to `ids`, or returns an error that names
/// `source` if the model lacks one of them. `continues` says that the text
/// continues what `ids` or the session hold.
Error encode(const Tokenizer &tokenizer, const gptc_model_info &model,
             const char *source, const Tokenizer::Part &text, bool continues,
             std::vector<int32_t> &ids);

/// Looks for the stop strings of -r in generated text. As in llama-cli, the
/// token that completes a stop string is written whole and is the last one.
class StopStrings {
public:
  explicit StopStrings(std::span<const std::string_view> strings);

  /// Returns whether a stop string ends within `bytes`, which continue the text
  /// so far.
  bool reachedBy(std::string_view bytes);
  void reset() { text.clear(); }

private:
  std::span<const std::string_view> strings;
  size_t longest = 0;
  std::string text; ///< the end of the text, where a stop string may start
};

/// What a Generator works with. All of it must outlive the generator.
struct GeneratorParts {
  const gptc_model_info &model;
  const Options &options;
  std::span<const int32_t> endTokens; ///< each of them ends the generated text
  Session &session;
  Sampler &sampler;
  Output &output;
  const Tokenizer *tokenizer; ///< or null
  Chat *chat;                 ///< the conversation, or null without a chat
  NpyWriter *logits;          ///< receives every row of logits, or null
};

class Generator {
public:
  explicit Generator(const GeneratorParts &parts)
      : parts(parts), stops(parts.options.stops) {}

  /// Writes the prompt, its continuation and a newline. With -i it then
  /// continues with each line of stdin until its end.
  Error run(std::span<const int32_t> prompt);

  /// Writes the answers to `first`, unless that is empty, and to the lines of
  /// stdin, each with a newline. Ids are written on one line, including those
  /// of the user's turns unless the prompt is not displayed.
  Error converse(std::string_view first);

  /// Returns two lines with the speed of the prompt and of the generated
  /// tokens.
  std::string timing() const;

private:
  /// Counts evaluated tokens; the last generated token is not evaluated.
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
  std::vector<int32_t> queue; ///< tokens that are not evaluated yet
  int32_t lastToken = -1;     ///< the latest generated token
  const float *lastLogits = nullptr;
  int64_t generated = 0;
  Speed promptSpeed, generationSpeed;
};

} // namespace gptc

#endif // GPTC_RUNTIME_PROGRAM_GENERATOR_H
