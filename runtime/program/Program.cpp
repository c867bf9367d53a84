//===- Program.cpp - The main program of a compiled model -----------------===//

#include "runtime/program/Program.h"

#include "runtime/engine/Container.h"
#include "runtime/engine/CpuCheck.h"
#include "runtime/engine/Math.h"
#include "runtime/engine/System.h"
#include "runtime/program/Generator.h"
#include "runtime/program/Perplexity.h"
#include "runtime/text/Chat.h"

#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <unistd.h>

using namespace gptc;

namespace {

class Program {
public:
  Program(const gptc_model_info &model, const Options &options)
      : model(model), options(options) {}

  Error run();

private:
  Error openTokenizer();
  Error encodeText(const char *source, std::string_view text,
                   std::vector<int32_t> &ids) const;
  Error addPromptStart(std::vector<int32_t> &ids) const;
  Error readPromptText(std::string &text) const;
  Error readPrompt(std::vector<int32_t> &ids) const;
  Error startOfText(std::vector<int32_t> &ids) const;
  Error openChat(std::optional<Chat> &chat);
  Error readFirstTurn(std::string &text) const;
  EngineOptions engineOptions() const;
  Error writeAbout() const;
  Error generate();
  Error perplexity();

  const gptc_model_info &model;
  const Options &options;
  Container container;
  Tokenizer tokenizerStorage;
  const Tokenizer *tokenizer = nullptr; ///< null if the model has none
  std::vector<int32_t> endTokens;       ///< of the model and of its chat format
};

Error writeOut(const std::string &text) {
  return writeAll(STDOUT_FILENO, "stdout", text);
}

Error Program::run() {
  // No compiled code may run before the CPU is checked.
  if (options.action != Options::Action::about)
    if (Error error = checkCpu(model.features))
      return error;
  if (Error error =
          Container::open("/proc/self/exe", executablePath(), model, container))
    return error;
  if (Error error = openTokenizer())
    return error;
  switch (options.action) {
  case Options::Action::about:
    return writeAbout();
  case Options::Action::perplexity:
    return perplexity();
  default:
    return generate();
  }
}

Error Program::openTokenizer() {
  if (!container.tokenizer())
    return Error();
  if (const char *problem =
          Tokenizer::open(*container.tokenizer(), tokenizerStorage))
    return Error::failure("tokenizer: %s", problem);
  tokenizer = &tokenizerStorage;
  return Error();
}

/// Encodes `text`, in which special tokens are recognized.
Error Program::encodeText(const char *source, std::string_view text,
                          std::vector<int32_t> &ids) const {
  if (!tokenizer)
    return Error::failure("%s: the model has no tokenizer, expected a prompt "
                          "as --tokens",
                          source);
  return encode(*tokenizer, model, source, {text, /*special=*/true},
                /*continues=*/false, ids);
}

/// Reads the text of -f or stdin without its final newline, as llama-cli does.
Error Program::readPromptText(std::string &text) const {
  Error error = options.promptFile ? readFile(options.promptFile, text)
                                   : readAll(STDIN_FILENO, "stdin", text);
  if (text.ends_with('\n'))
    text.pop_back();
  return error;
}

Error Program::readPrompt(std::vector<int32_t> &ids) const {
  const char *source = options.promptFile ? "-f" : "stdin";
  std::string text;
  if (options.tokens) {
    ids = *options.tokens;
  } else if (options.prompt) {
    source = "-p";
    text = options.prompt;
  } else if (options.promptFile ||
             (!options.interactive && !isatty(STDIN_FILENO))) {
    if (Error error = readPromptText(text))
      return error;
  } else if (options.interactive) {
    return Error(); // the text begins with the first line typed
  }
  if (!text.empty()) {
    if (Error error = encodeText(source, text, ids))
      return error;
    if (Error error = addPromptStart(ids))
      return error;
  }
  if (ids.empty())
    if (Error error = startOfText(ids))
      return error;
  int64_t count = ids.size();
  if (count > options.context)
    return Error::failure("the prompt has %" PRId64 " tokens, expected at most "
                          "the %" PRId64 " of the context (-c)",
                          count, options.context);
  return Error();
}

/// Inserts the token that the model expects at the start of a prompt, unless
/// the text has it.
Error Program::addPromptStart(std::vector<int32_t> &ids) const {
  int32_t start = tokenizer->promptStart();
  if (start < 0 || ids.empty() || ids.front() == start)
    return Error();
  if (start >= model.vocabulary)
    return Error::failure("tokenizer: its first token %d is none of the "
                          "model's %" PRId64,
                          start, model.vocabulary);
  ids.insert(ids.begin(), start);
  return Error();
}

Error Program::startOfText(std::vector<int32_t> &ids) const {
  int64_t token = model.bos;
  if (token < 0 && model.end_token_count > 0)
    token = model.end_tokens[0];
  if (token < 0)
    return Error::failure("the prompt is empty, and the model has no token "
                          "that begins a text");
  ids.push_back(static_cast<int32_t>(token));
  return Error();
}

/// Chooses the chat format, if there is a chat. The tokens that end its answers
/// end other texts, too.
Error Program::openChat(std::optional<Chat> &chat) {
  endTokens.assign(model.end_tokens, model.end_tokens + model.end_token_count);
  ChatTemplate chosen;
  if (container.chat())
    chosen = ChatTemplate::read(*container.chat());
  if (options.chatFormat && options.chatFormat != chosen.format)
    chosen = ChatTemplate::of(*options.chatFormat);
  bool isAskedFor = options.chat || options.chatFormat || options.system;
  if (isAskedFor && !chosen.format)
    return Error::failure(
        "%s: the model has no chat template%s, expected --chat-template with "
        "one of %s",
        options.chat ? "--chat" : "-sys",
        container.chat() ? " that is known" : "", chatFormatNames().c_str());
  if (!chosen.format || !tokenizer)
    return Error();
  Chat result(chosen, options.system, model, *tokenizer);
  for (int32_t token : result.endTokens())
    endTokens.push_back(token);
  if (options.interactive && !options.tokens)
    chat.emplace(std::move(result));
  return Error();
}

/// Reads the first turn, unless it is typed.
Error Program::readFirstTurn(std::string &text) const {
  if (options.promptFile)
    return readPromptText(text);
  if (options.prompt)
    text = options.prompt;
  return Error();
}

EngineOptions Program::engineOptions() const {
  EngineOptions engine;
  engine.context = options.context;
  engine.threads = static_cast<int>(options.threads);
  engine.chunk = options.chunk;
  return engine;
}

Error Program::writeAbout() const {
  std::string text(container.metadata());
  if (!text.empty() && !text.ends_with('\n'))
    text += '\n';
  MemoryUse use = Engine::memoryUse(model, engineOptions());
  char lines[512];
  snprintf(lines, sizeof(lines),
           "memory for %" PRId64 " positions and %" PRId64
           " threads, in bytes\n"
           "  weights %16" PRId64 "\n"
           "  arena   %16" PRId64 "\n"
           "  scratch %16" PRId64 "  (%" PRId64 " threads x %" PRId64 ")\n"
           "  cache   %16" PRId64 "  (%" PRId64 " blocks x %" PRId64 ")\n"
           "  total   %16" PRId64 "\n",
           options.context, use.threads, use.weights, use.arena, use.scratch(),
           use.threads, use.scratchPerThread, use.cache(), use.blocks,
           use.blockBytes, use.total());
  return writeOut(text + lines);
}

Error Program::generate() {
  bool needsText = options.interactive || !options.stops.empty();
  if (needsText && !tokenizer)
    return Error::failure("%s: the model has no tokenizer",
                          options.chat          ? "--chat"
                          : options.interactive ? "-i"
                                                : "-r");
  std::optional<Chat> chat;
  if (Error error = openChat(chat))
    return error;
  std::vector<int32_t> prompt;
  std::string firstTurn;
  if (Error error = chat ? readFirstTurn(firstTurn) : readPrompt(prompt))
    return error;
  Engine engine;
  if (Error error = engine.open(model, container.weights(), engineOptions()))
    return error;
  NpyWriter logits;
  if (options.logitsFile)
    if (Error error = logits.open(options.logitsFile, model.vocabulary))
      return error;

  SamplerOptions sampling = options.sampler;
  sampling.seed = options.seed ? *options.seed : randomSeed();
  if (sampling.temperature > 0 && options.predict != 0)
    fprintf(stderr, "seed: %" PRIu64 "\n", sampling.seed);
  Session session(engine, options.chunk);
  Sampler sampler(sampling);
  Output output(STDOUT_FILENO, options.printIds ? nullptr : tokenizer);
  Generator generator({model, options, endTokens, session, sampler, output,
                       tokenizer, chat ? &*chat : nullptr,
                       options.logitsFile ? &logits : nullptr});
  Error error = chat ? generator.converse(firstTurn) : generator.run(prompt);
  if (!error && options.logitsFile)
    error = logits.commit();
  if (!error)
    fputs(generator.timing().c_str(), stderr);
  return error;
}

Error Program::perplexity() {
  std::string text;
  if (Error error = readFile(options.perplexityFile, text))
    return error;
  std::vector<int32_t> ids;
  if (Error error = encodeText("--perplexity", text, ids))
    return error;
  Engine engine;
  if (Error error = engine.open(model, container.weights(), engineOptions()))
    return error;
  Session session(engine, options.chunk);
  Perplexity result;
  int64_t windows = options.perplexityWindows < 0
                        ? std::numeric_limits<int64_t>::max()
                        : options.perplexityWindows;
  if (Error error = measurePerplexity(engine, session, ids, options.context,
                                      windows, result))
    return error;
  if (result.tokens == 0)
    return Error::failure("%s: %zu tokens in windows of %" PRId64
                          ", expected at least 2 in one",
                          options.perplexityFile, ids.size(), options.context);
  char line[160];
  snprintf(line, sizeof(line), "tokens %" PRId64 " loss %.6f perplexity %.6f\n",
           result.tokens, result.loss, exponential(result.loss));
  return writeOut(line);
}

Error runWithOptions(const char *name, int argc, char **argv,
                     const gptc_model_info &model) {
  Options options;
  if (Error error = parseOptions(argc, argv, model, options))
    return error;
  if (options.action == Options::Action::help)
    return writeOut(helpText(name, model));
  if (options.action == Options::Action::version)
    return writeOut(std::string(name) +
                    ", compiled by gptc " GPTC_VERSION " for " + model.cpu +
                    " on " + model.target + "\n");
  if (!options.notice.empty())
    fprintf(stderr, "%s: %s\n", name, options.notice.c_str());
  return Program(model, options).run();
}

} // namespace

int gptc::runProgram(int argc, char **argv, const gptc_model_info &model) {
  const char *name = argc > 0 ? argv[0] : "program";
  if (const char *slash = std::strrchr(name, '/'))
    name = slash + 1;
  handleSignals();
  Error error = runWithOptions(name, argc, argv, model);
  if (!error.message().empty()) {
    // Control characters in file names must not break the line.
    std::string line = std::string(name) + ": " + error.message();
    for (char &c : line)
      if (static_cast<unsigned char>(c) < ' ' || c == '\x7f')
        c = '?';
    fprintf(stderr, "%s\n", line.c_str());
  }
  return static_cast<int>(error.code());
}
