//===- Generator.cpp - Evaluates a prompt and goes on from it -------------===//

#include "runtime/Generator.h"

#include "runtime/System.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <unistd.h>

using namespace gptc;

Error gptc::encode(const Tokenizer &tokenizer, const gptc_model_info &model,
                   const char *source, std::string_view text, bool special,
                   std::vector<int32_t> &ids) {
  size_t before = ids.size();
  tokenizer.encode(text, special, ids);
  for (size_t i = before; i < ids.size(); ++i)
    if (ids[i] >= model.vocabulary)
      return Error::failure("%s: its token %d is none of the model's %" PRId64,
                            source, ids[i], model.vocabulary);
  return Error();
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
  // What is kept is shorter than any match, so no match is found twice.
  if (text.size() >= longest)
    text.erase(0, text.size() - longest + (longest > 0));
  return false;
}

Error Generator::run(std::span<const int32_t> prompt) {
  for (int32_t token : prompt)
    if (!parts.options.displayPrompt)
      parts.output.skip(token);
    else if (Error error = parts.output.token(token))
      return error;
  enqueue(prompt);
  if (!queue.empty())
    if (Error error = turn())
      return error;
  for (bool more = parts.options.interactive; more;) {
    if (Error error = readLine(more))
      return error;
    if (more && (lastLogits || !queue.empty()))
      if (Error error = turn())
        return error;
  }
  return Error();
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
    if (Error error = parts.output.token(token))
      return error;
    generationSpeed.seconds += now() - start;
    ++generated;
    // Left out of a text that goes on, where it would end what was said.
    if (!options.ignoreEos && ends(token))
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

/// Evaluates the queue. The logits of its last token stay for the sampler.
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

/// Enqueues the next line of stdin, its newline too; an empty line lets the
/// model go on. `more` is false at the end.
Error Generator::readLine(bool &more) {
  if (isatty(STDIN_FILENO))
    fputs("\n> ", stderr);
  char *line = nullptr;
  size_t capacity = 0;
  ssize_t size = getline(&line, &capacity, stdin);
  more = size > 0;
  Error error;
  std::vector<int32_t> ids;
  if (interrupted())
    error = Error(ExitCode::interrupted, "");
  else if (size < 0 && ferror(stdin))
    error = Error::system("stdin");
  else if (size > 1)
    error = encode(*parts.tokenizer, parts.model, "stdin",
                   {line, static_cast<size_t>(size)}, /*special=*/false, ids);
  free(line);
  enqueue(ids);
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
