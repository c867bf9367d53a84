//===- Options.cpp - The flags of a compiled program ----------------------===//

#include "runtime/program/Options.h"

#include "runtime/engine/Engine.h"
#include "runtime/engine/ThreadPool.h"

#include <algorithm>
#include <charconv>
#include <cinttypes>
#include <cstdlib>
#include <cstring>
#include <getopt.h>
#include <limits>

using namespace gptc;

namespace {

constexpr int64_t mostInteger = std::numeric_limits<int64_t>::max();

/// Long flags without a letter.
enum Flag : int {
  tokens = 256,
  temperature,
  topK,
  topP,
  minP,
  repeatPenalty,
  repeatLastN,
  ignoreEos,
  chunk,
  noDisplayPrompt,
  printIds,
  logits,
  perplexity,
  perplexityWindows,
  about,
  version,
  chat,
  chatTemplate,
  systemMessage,
};

constexpr char shortFlags[] = ":p:f:n:c:t:s:r:ih";

constexpr option longFlags[] = {
    {"prompt", required_argument, nullptr, 'p'},
    {"file", required_argument, nullptr, 'f'},
    {"predict", required_argument, nullptr, 'n'},
    {"n-predict", required_argument, nullptr, 'n'},
    {"ctx-size", required_argument, nullptr, 'c'},
    {"threads", required_argument, nullptr, 't'},
    {"seed", required_argument, nullptr, 's'},
    {"reverse-prompt", required_argument, nullptr, 'r'},
    {"interactive", no_argument, nullptr, 'i'},
    {"chat", no_argument, nullptr, chat},
    {"cnv", no_argument, nullptr, chat},
    {"conversation", no_argument, nullptr, chat},
    {"chat-template", required_argument, nullptr, chatTemplate},
    {"sys", required_argument, nullptr, systemMessage},
    {"system-prompt", required_argument, nullptr, systemMessage},
    {"help", no_argument, nullptr, 'h'},
    {"tokens", required_argument, nullptr, tokens},
    {"temp", required_argument, nullptr, temperature},
    {"top-k", required_argument, nullptr, topK},
    {"top-p", required_argument, nullptr, topP},
    {"min-p", required_argument, nullptr, minP},
    {"repeat-penalty", required_argument, nullptr, repeatPenalty},
    {"repeat-last-n", required_argument, nullptr, repeatLastN},
    {"ignore-eos", no_argument, nullptr, ignoreEos},
    {"chunk", required_argument, nullptr, chunk},
    {"no-display-prompt", no_argument, nullptr, noDisplayPrompt},
    {"print-ids", no_argument, nullptr, printIds},
    {"logits", required_argument, nullptr, logits},
    {"perplexity", required_argument, nullptr, perplexity},
    {"perplexity-windows", required_argument, nullptr, perplexityWindows},
    {"about", no_argument, nullptr, about},
    {"version", no_argument, nullptr, version},
    {nullptr, 0, nullptr, 0},
};

/// Returns the name of `flag` as --help shows it.
std::string nameOf(int flag) {
  if (flag < 256)
    return {'-', static_cast<char>(flag)};
  for (const option &row : longFlags)
    if (row.val == flag)
      return std::string("--") + row.name;
  return "";
}

Error parseInteger(int flag, int64_t least, int64_t most, int64_t &value) {
  const char *end = optarg + std::strlen(optarg);
  auto [stop, status] = std::from_chars(optarg, end, value);
  if (status == std::errc() && stop == end && value >= least && value <= most)
    return Error();
  if (most == mostInteger)
    return Error::usage("%s: found '%s', expected an integer of at least "
                        "%" PRId64,
                        nameOf(flag).c_str(), optarg, least);
  return Error::usage("%s: found '%s', expected an integer from %" PRId64
                      " to %" PRId64,
                      nameOf(flag).c_str(), optarg, least, most);
}

/// Parses a number from 0 to `most`.
Error parseNumber(int flag, double most, double &value) {
  char *stop = optarg;
  // strtod also accepts spaces, hexadecimal, "inf" and "nan".
  if (std::strspn(optarg, "0123456789.eE+-") == std::strlen(optarg))
    value = strtod(optarg, &stop);
  if (stop != optarg && *stop == '\0' && value >= 0 && value <= most)
    return Error();
  if (most == std::numeric_limits<double>::max())
    return Error::usage("%s: found '%s', expected a number of at least 0",
                        nameOf(flag).c_str(), optarg);
  return Error::usage("%s: found '%s', expected a number from 0 to %g",
                      nameOf(flag).c_str(), optarg, most);
}

Error parseTokens(int64_t vocabulary, std::vector<int32_t> &ids) {
  const char *end = optarg + std::strlen(optarg);
  for (const char *next = optarg; next != end;) {
    int32_t id;
    auto [stop, status] = std::from_chars(next, end, id);
    bool last = stop == end;
    if (status != std::errc() || id < 0 || id >= vocabulary ||
        (!last && (*stop != ',' || stop + 1 == end)))
      return Error::usage(
          "--tokens: found '%s', expected ids from 0 to %" PRId64
          " joined by commas",
          next, vocabulary - 1);
    ids.push_back(id);
    next = last ? end : stop + 1;
  }
  return Error();
}

int64_t promptCapacity(const gptc_model_info &model) {
  for (int64_t i = 0; i < model.entry_count; ++i)
    if (std::strcmp(model.entries[i].name, "prompt") == 0)
      return model.entries[i].capacity;
  return 1;
}

Error parseContext(const gptc_model_info &model, Options &options) {
  // The compiled code takes positions as int32.
  constexpr int64_t most = std::numeric_limits<int32_t>::max();
  if (Error error = parseInteger('c', 1, most, options.context))
    return error;
  if (options.context <= model.context)
    return Error();
  if (model.flags & GPTC_LEARNED_POSITIONS)
    return Error::usage("-c: found %" PRId64 ", expected at most %" PRId64
                        ", the positions that the model has learned",
                        options.context, model.context);
  options.notice = "-c " + std::to_string(options.context) +
                   " is more than the " + std::to_string(model.context) +
                   " positions that the model was trained for";
  return Error();
}

Error parseSeed(Options &options) {
  int64_t seed;
  if (Error error = parseInteger('s', -1, mostInteger, seed))
    return error;
  options.seed.reset();
  if (seed >= 0)
    options.seed = static_cast<uint64_t>(seed);
  return Error();
}

Error applySamplerFlag(int flag, SamplerOptions &options) {
  constexpr double most = std::numeric_limits<double>::max();
  switch (flag) {
  case temperature:
    return parseNumber(flag, most, options.temperature);
  case topK:
    return parseInteger(flag, 0, mostInteger, options.topK);
  case topP:
    return parseNumber(flag, 1, options.topP);
  case minP:
    return parseNumber(flag, 1, options.minP);
  case repeatPenalty:
    return parseNumber(flag, most, options.repeatPenalty);
  default:
    return parseInteger(flag, -1, mostInteger, options.repeatLastN);
  }
}

Error applyFlag(int flag, const gptc_model_info &model, Options &options) {
  switch (flag) {
  case 'p':
    options.prompt = optarg;
    return Error();
  case 'f':
    options.promptFile = optarg;
    return Error();
  case tokens:
    return parseTokens(model.vocabulary, options.tokens.emplace());
  case 'n':
    return parseInteger(flag, -1, mostInteger, options.predict);
  case 'c':
    return parseContext(model, options);
  case 't':
    return parseInteger(flag, 1, mostThreads, options.threads);
  case 's':
    return parseSeed(options);
  case 'r':
    if (*optarg == '\0')
      return Error::usage("-r: found '', expected a text");
    options.stops.push_back(optarg);
    return Error();
  case 'i':
    options.interactive = true;
    return Error();
  case chat:
    options.chat = options.interactive = true;
    return Error();
  case chatTemplate:
    options.chatFormat = findChatFormat(optarg);
    if (!options.chatFormat)
      return Error::usage("--chat-template: found '%s', expected one of %s",
                          optarg, chatFormatNames().c_str());
    return Error();
  case systemMessage:
    options.system = optarg;
    return Error();
  case ignoreEos:
    options.ignoreEos = true;
    return Error();
  case chunk:
    return parseInteger(flag, 1, promptCapacity(model), options.chunk);
  case noDisplayPrompt:
    options.displayPrompt = false;
    return Error();
  case printIds:
    options.printIds = true;
    return Error();
  case logits:
    options.logitsFile = optarg;
    return Error();
  case perplexity:
    options.perplexityFile = optarg;
    return Error();
  case perplexityWindows:
    return parseInteger(flag, 1, mostInteger, options.perplexityWindows);
  default:
    return applySamplerFlag(flag, options.sampler);
  }
}

Error checkCombination(const Options &options) {
  std::string given;
  int count = 0;
  auto note = [&](bool present, const char *flag) {
    if (!present)
      return;
    given += count++ ? std::string(" and ") + flag : flag;
  };
  note(options.prompt, "-p");
  note(options.promptFile, "-f");
  note(options.tokens.has_value(), "--tokens");
  note(options.perplexityFile, "--perplexity");
  if (count > 1)
    return Error::usage("found %s, expected only one of them", given.c_str());
  if (options.perplexityWindows >= 0 && !options.perplexityFile)
    return Error::usage("--perplexity-windows: found no --perplexity, "
                        "expected a file to read windows of");
  if (options.chat && options.tokens)
    return Error::usage("found --tokens and --chat, expected only one of them");
  for (auto [present, flag] :
       {std::pair(options.chatFormat != nullptr, "--chat-template"),
        std::pair(options.system.has_value(), "-sys")})
    if (present && !options.interactive)
      return Error::usage("%s: found no --chat, expected it", flag);
  for (auto [present, flag] :
       {std::pair(options.logitsFile != nullptr, "--logits"),
        std::pair(options.interactive, options.chat ? "--chat" : "-i")})
    if (options.perplexityFile && present)
      return Error::usage(
          "found --perplexity and %s, expected only one of them", flag);
  return Error();
}

void fillDefaults(const gptc_model_info &model, Options &options) {
  if (options.context == 0)
    options.context = std::min(model.context, defaultContext);
  if (options.threads == 0)
    options.threads = std::min<int64_t>(physicalCores(), mostThreads);
  if (options.chunk == 0)
    options.chunk = promptCapacity(model);
  if (options.sampler.repeatLastN < 0)
    options.sampler.repeatLastN = options.context;
}

} // namespace

Error gptc::parseOptions(int argc, char **argv, const gptc_model_info &model,
                         Options &options) {
  opterr = 0; // we print our own messages
  optind = 0; // 0 makes glibc start over
  for (;;) {
    int current = std::max(optind, 1);
    int flag = getopt_long_only(argc, argv, shortFlags, longFlags, nullptr);
    if (flag == -1)
      break;
    if (flag == '?')
      return Error::usage("found '%s', expected a flag of --help, each with "
                          "its value",
                          argv[optopt ? current : optind - 1]);
    if (flag == ':')
      return Error::usage("%s: found no value, expected one",
                          nameOf(optopt).c_str());
    if (flag == 'h' || flag == version) {
      options.action =
          flag == 'h' ? Options::Action::help : Options::Action::version;
      return Error();
    }
    if (flag == about)
      options.action = Options::Action::about;
    else if (Error error = applyFlag(flag, model, options))
      return error;
  }
  if (optind < argc)
    return Error::usage("found '%s', expected only flags (a prompt follows -p)",
                        argv[optind]);
  if (Error error = checkCombination(options))
    return error;
  if (options.perplexityFile && options.action == Options::Action::generate)
    options.action = Options::Action::perplexity;
  fillDefaults(model, options);
  return Error();
}

/// Returns the names of the chat formats, wrapped for --help.
static std::string formatList() {
  constexpr size_t indent = 26, width = 80;
  std::string text, line(indent, ' ');
  for (const ChatFormat &format : chatFormats) {
    if (line.size() + format.name.size() + 1 > width) {
      line.back() = '\n';
      text += line;
      line.assign(indent, ' ');
    }
    (line += format.name) += ' ';
  }
  line.pop_back();
  return text + line;
}

std::string gptc::helpText(const char *program, const gptc_model_info &model) {
  std::string text = "usage: ";
  text += program;
  text += R"( [-p TEXT] [-n N] [flags]

Text
  -p TEXT, -f FILE        the prompt; a newline at the end of FILE is left out;
                          by default stdin where it is not a terminal
  --tokens 5,3,1          the prompt as ids
  -n N                    tokens to generate (-1: until end of text or context)
  --ignore-eos            end of text does not stop
  -r TEXT                 stop after the token that completes TEXT (repeatable)
  -i                      go on with what is typed, until Ctrl-D: a chat where
                          the model has a chat template

Chat
  --chat                  as -i, but only as a chat; the prompt is its first turn
  -sys TEXT               the system message; an empty one leaves it out
  --chat-template NAME    another template than the model's own: one of
FORMATS

Sampling
  -s SEED                 default: random
  --temp T                temperature, 0 takes the likeliest token (0.8)
  --top-k K               the K likeliest, 0 takes all (40)
  --top-p P               the likeliest that have probability P together (0.95)
  --min-p P               those at least P times as likely as the likeliest (0.05)
  --repeat-penalty X      divides the logits of tokens seen lately (1)
  --repeat-last-n N       how many were seen lately, -1: the context (64)

Machine
  -c N                    context (CONTEXT)
  -t N                    threads (physical cores)
  --chunk N               prompt tokens evaluated together, up to CHUNK

Output
  --no-display-prompt     leave the prompt out
  --print-ids             ids joined by commas instead of text
  --logits FILE.npy       the logits of every evaluated position
  --perplexity FILE       print how well the model predicts FILE
  --perplexity-windows K  only the first K windows of -c tokens
  --about                 the model, where it came from, its memory
  --version, --help
)";
  text.replace(text.find("FORMATS"), 7, formatList());
  auto fill = [&](std::string_view word, int64_t value) {
    text.replace(text.find(word), word.size(), std::to_string(value));
  };
  fill("CONTEXT", std::min(model.context, defaultContext));
  fill("CHUNK", promptCapacity(model));
  return text;
}
