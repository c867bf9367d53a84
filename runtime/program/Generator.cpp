//===- Generator.cpp - Evaluates a prompt and continues it ----------------===//

#include "runtime/program/Generator.h"

#include "runtime/engine/System.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <unistd.h>

using namespace gptc;

Error gptc::checkTokens(const gptc_model_info &model, const char *source,
                        std::span<const int32_t> ids) {
  for (int32_t id : ids)
    if (id >= model.vocabulary)
      return Error::failure("%s: its token %d is none of the model's %" PRId64,
                            source, id, model.vocabulary);
  return Error();
}

Error gptc::encode(const Tokenizer &tokenizer, const gptc_model_info &model,
                   const char *source, const Tokenizer::Part &text,
                   bool continues, std::vector<int32_t> &ids) {
  size_t before = ids.size();
  tokenizer.encode({&text, 1}, continues, ids);
  return checkTokens(model, source, std::span(ids).subspan(before));
}

StopStrings::StopStrings(std::span<const std::string_view> strings)
    : strings(strings) {
  for (std::string_view string : strings)
    longest = std::max(longest, string.size());
}

bool StopStrings::reachedBy(std::string_view bytes) {
  text += bytes;
  for (std::string_view string : strings)
    if (text.find(string) != std::string::npos)
      return true;
  // The text that is kept is shorter than any stop string, so no match is found
  // twice.
  if (text.size() >= longest)
    text.erase(0, text.size() - longest + (longest > 0));
  return false;
}

/// Writes the end of the line, also if Ctrl-C has interrupted it.
static Error finish(Output &output, Error error) {
  if (error && error.code() != ExitCode::interrupted)
    return error;
  if (Error unfinished = output.finish())
    return unfinished;
  return error;
}

Error Generator::run(std::span<const int32_t> prompt) {
  return finish(parts.output, runPlain(prompt));
}

Error Generator::runPlain(std::span<const int32_t> prompt) {
  for (int32_t token : prompt)
    if (!parts.options.displayPrompt)
      parts.output.skip(token);
    else if (Error error = parts.output.token(token))
      return error;
  enqueue(prompt);
  if (!queue.empty())
    if (Error error = turn())
      return error;
  bool hasText = !prompt.empty();
  std::string line;
  for (bool more = parts.options.interactive; more;) {
    if (Error error = readLine("\n> ", line, more))
      return error;
    // After an empty line the model continues its own text.
    if (line.size() > 1) {
      std::vector<int32_t> ids;
      int32_t start = parts.tokenizer->promptStart();
      if (!hasText && start >= 0)
        ids.push_back(start);
      Tokenizer::Part part = {line, /*special=*/false};
      parts.tokenizer->encode({&part, 1}, hasText, ids);
      if (Error error = checkTokens(parts.model, "stdin", ids))
        return error;
      enqueue(ids);
      hasText = true;
    }
    if (more && hasText)
      if (Error error = turn())
        return error;
  }
  return Error();
}

Error Generator::converse(std::string_view first) {
  Error error = converseToEnd(first);
  return parts.options.printIds ? finish(parts.output, std::move(error))
                                : std::move(error);
}

Error Generator::converseToEnd(std::string_view first) {
  if (!first.empty())
    if (Error error = answer(parts.options.promptFile ? "-f" : "-p", first))
      return error;
  std::string line;
  for (bool more = true; more;) {
    if (Error error = readLine("> ", line, more))
      return error;
    if (line.ends_with('\n'))
      line.pop_back();
    if (!line.empty())
      if (Error error = answer("stdin", line))
        return error;
  }
  return Error();
}

/// Appends `text` as a user turn and writes the model's answer.
Error Generator::answer(const char *source, std::string_view text) {
  std::vector<int32_t> ids;
  std::string_view answerEnd =
      lastToken < 0 ? std::string_view() : parts.tokenizer->bytes(lastToken);
  parts.chat->addTurn(text, answerEnd, ids);
  if (Error error = checkTokens(parts.model, source, ids))
    return error;
  const Options &options = parts.options;
  // A later turn may push older turns out of the context, but a first turn that
  // does not fit is an error.
  int64_t count = ids.size();
  if (parts.session.length() == 0 && count > options.context)
    return Error::failure("%s: the first turn has %" PRId64 " tokens, expected "
                          "at most the %" PRId64 " of the context (-c)",
                          source, count, options.context);
  // The token that ended the previous answer has been written already.
  bool isWritten = !ids.empty() && ids[0] == lastToken && queue.empty();
  for (int32_t token : std::span(ids).subspan(isWritten)) {
    if (!options.printIds || !options.displayPrompt)
      parts.output.skip(token);
    else if (Error error = parts.output.token(token))
      return error;
  }
  enqueue(ids);
  Error error = turn();
  return options.printIds ? std::move(error)
                          : finish(parts.output, std::move(error));
}

void Generator::enqueue(std::span<const int32_t> tokens) {
  for (int32_t token : tokens) {
    parts.sampler.accept(token);
    queue.push_back(token);
  }
}

Error Generator::turn() {
  if (Error error = evaluate(promptSpeed))
    return error;
  return generate();
}

Error Generator::generate() {
  const Options &options = parts.options;
  stops.reset();
  for (int64_t made = 0; options.predict < 0 || made < options.predict;
       ++made) {
    if (made > 0) {
      bool wouldShift = options.predict < 0 && parts.session.full();
      if (wouldShift)
        return Error();
      if (Error error = evaluate(generationSpeed))
        return error;
    }
    double start = now();
    int32_t token = parts.sampler.sample(
        {lastLogits, static_cast<size_t>(parts.model.vocabulary)});
    lastToken = token;
    bool isEnd = !options.ignoreEos && ends(token);
    // An end token is not part of the text, even if it has a text.
    if (!isEnd || options.printIds || !parts.tokenizer)
      if (Error error = parts.output.token(token))
        return error;
    generationSpeed.seconds += now() - start;
    ++generated;
    // The end token is not evaluated if the text continues, because the model
    // would start another text after it.
    if (isEnd)
      return Error();
    enqueue({&token, 1});
    if (parts.tokenizer && stops.reachedBy(parts.tokenizer->bytes(token)))
      return Error();
  }
  return Error();
}

bool Generator::ends(int32_t token) const {
  return std::find(parts.endTokens.begin(), parts.endTokens.end(), token) !=
         parts.endTokens.end();
}

/// Evaluates the queue and keeps the logits of its last token for the sampler.
Error Generator::evaluate(Speed &speed) {
  double start = now();
  for (std::span<const int32_t> rest = queue; !rest.empty();) {
    if (interrupted())
      return Error(ExitCode::interrupted, "");
    int64_t count = parts.session.evaluate(rest);
    rest = rest.subspan(count);
    if (parts.logits) {
      if (Error error = writeLogits(count))
        return error;
    } else if (rest.empty() && parts.options.predict != 0) {
      lastLogits = parts.session.logits(count - 1, 1).data;
    }
  }
  speed.tokens += queue.size();
  speed.seconds += now() - start;
  queue.clear();
  return Error();
}

Error Generator::writeLogits(int64_t count) {
  for (int64_t first = 0; first < count;) {
    int64_t rows = std::min(parts.session.logitsCapacity(), count - first);
    Logits logits = parts.session.logits(first, rows);
    for (int64_t row = 0; row < rows; ++row)
      if (Error error = parts.logits->writeRow(logits.row(row)))
        return error;
    lastLogits = logits.row(rows - 1);
    first += rows;
  }
  return Error();
}

/// Reads the next line of stdin with its newline; prints the prompt `mark` if
/// stdin is a terminal. Sets `more` to false at the end of stdin.
Error Generator::readLine(const char *mark, std::string &line, bool &more) {
  if (isatty(STDIN_FILENO))
    fputs(mark, stderr);
  char *text = nullptr;
  size_t capacity = 0;
  ssize_t size = getline(&text, &capacity, stdin);
  more = size > 0;
  line.assign(text, more ? size : 0);
  Error error;
  if (interrupted())
    error = Error(ExitCode::interrupted, "");
  else if (size < 0 && ferror(stdin))
    error = Error::system("stdin");
  free(text);
  return error;
}

std::string Generator::timing() const {
  auto perSecond = [](const Speed &speed) {
    return speed.seconds > 0 ? speed.tokens / speed.seconds : 0;
  };
  char lines[160];
  snprintf(lines, sizeof(lines),
           "prompt: %" PRId64 " tokens, %.1f tokens/s\n"
           "generated: %" PRId64 " tokens, %.1f tokens/s\n",
           promptSpeed.tokens, perSecond(promptSpeed), generated,
           perSecond(generationSpeed));
  return lines;
}
