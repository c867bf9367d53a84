//===- gptc.cpp - The command line of the compiler ------------------------===//

#include "compiler/Diagnostics.h"
#include "compiler/Driver.h"
#include "compiler/Pipeline.h"
#include "compiler/codegen/Link.h"
#include "tools/Documents.h"
#include "tools/OptionTable.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Option/Arg.h"
#include "llvm/Option/ArgList.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/Signals.h"
#include <csignal>
#include <limits>
#include <unistd.h>

using namespace gptc;
using namespace llvm;
using namespace llvm::opt;

//===----------------------------------------------------------------------===//
// Parsing
//===----------------------------------------------------------------------===//

namespace {
/// A parsed command line.
struct CommandLine {
  explicit CommandLine(ArrayRef<const char *> arguments)
      : list(arguments.begin(), arguments.end()) {}

  InputArgList list;
  /// Whether the command is `gptc run`: arguments after MODEL are flags of the
  /// program.
  bool isRun = false;
  std::string model;
  std::vector<std::string> programFlags;
};
} // namespace

static Error usageError(const Twine &message) {
  return make_error<UsageError>(message);
}

static Error unknownArgument(const OptTable &table, StringRef argument) {
  std::string nearest;
  if (table.findNearest(argument, nearest) > 1)
    return usageError("unknown argument '" + argument + "'");
  return usageError("unknown argument '" + argument + "', did you mean '" +
                    nearest + "'?");
}

static Error parse(const OptTable &table, CommandLine &line) {
  unsigned count = line.list.getNumInputArgStrings();
  for (unsigned index = 0; index < count;) {
    unsigned first = index;
    std::unique_ptr<Arg> argument = table.ParseOneArg(line.list, index);
    StringRef spelling = line.list.getArgString(first);
    if (!argument)
      return usageError("argument to '" + spelling + "' is missing");
    if (argument->getOption().matches(OPT_UNKNOWN))
      return unknownArgument(table, spelling);
    if (!argument->getOption().matches(OPT_INPUT)) {
      line.list.append(argument.release());
      continue;
    }
    if (!line.isRun && line.model.empty() && spelling == "run") {
      line.isRun = true;
      continue;
    }
    if (!line.model.empty())
      return usageError("found a second model '" + spelling + "'");
    line.model = spelling;
    if (line.isRun)
      for (; index < count; ++index)
        line.programFlags.push_back(line.list.getArgString(index));
  }
  return Error::success();
}

/// Returns the value of an option whose values the table lists, or an empty
/// text if the option is not given.
static Expected<std::string> parseChoice(const OptionTable &table,
                                         const ArgList &list, OptSpecifier id) {
  Arg *argument = list.getLastArg(id);
  if (!argument)
    return "";
  std::vector<std::string> known = table.getValues(id);
  StringRef value = argument->getValue();
  if (is_contained(known, value))
    return value.str();
  return usageError("unknown value '" + value + "' of '--" +
                    argument->getOption().getName() + "': known are " +
                    join(known, ", "));
}

static Error parseForm(const ArgList &list, DriverOptions &options) {
  Arg *argument = list.getLastArg(OPT_emit, OPT_S, OPT_c);
  if (!argument)
    return Error::success();
  StringRef value = argument->getOption().matches(OPT_S) ? "asm"
                    : argument->getOption().matches(OPT_c)
                        ? "obj"
                        : argument->getValue();
  if (isPhase(value)) {
    options.form = OutputForm::phase;
    options.until = value;
    return Error::success();
  }
  SmallVector<StringRef> known = to_vector(getPhaseNames());
  for (auto [name, form] : getOutputForms()) {
    known.push_back(name);
    if (name == value)
      options.form = form;
  }
  return is_contained(known, value) ? Error::success()
                                    : usageError("unknown value '" + value +
                                                 "' of '--emit': known "
                                                 "are " +
                                                 join(known, ", "));
}

/// Parses the value of an option into `number`, which stays as it is if the
/// option is not given.
template <typename Number, typename Parse>
static Error parsePositive(const ArgList &list, OptSpecifier id, Parse parse,
                           Number &number) {
  const Arg *argument = list.getLastArg(id);
  if (!argument)
    return Error::success();
  if (parse(argument->getValue(), number) && number > 0 &&
      number <= std::numeric_limits<Number>::max()) // infinity is not
    return Error::success();
  return usageError("--" + argument->getOption().getName() + ": '" +
                    argument->getValue() + "' is not a positive number");
}

static Expected<ExplainOptions> parseExplained(const ArgList &list) {
  ExplainOptions options;
  auto parseCount = [](StringRef text, int32_t &count) {
    return to_integer(text, count, 10);
  };
  auto parseRate = [](StringRef text, double &rate) {
    return to_float(text, rate);
  };
  if (Error error = parsePositive(list, OPT_prompt, parseCount, options.prompt))
    return error;
  if (Error error = parsePositive(list, OPT_peak, parseRate, options.peak))
    return error;
  if (Error error =
          parsePositive(list, OPT_bandwidth, parseRate, options.bandwidth))
    return error;
  return options;
}

static Expected<DriverOptions> parseOptions(const OptionTable &table,
                                            const CommandLine &line) {
  const ArgList &list = line.list;
  DriverOptions options;
  options.model = line.model;
  if (Error error = parseForm(list, options))
    return error;
  if (Error error =
          parseChoice(table, list, OPT_from).moveInto(options.from))
    return error;
  if (Error error =
          parseChoice(table, list, OPT_dtype).moveInto(options.dtype))
    return error;
  if (Error error = parseChoice(table, list, OPT_chat_template)
                        .moveInto(options.chatTemplate))
    return error;
  auto weights = parseChoice(table, list, OPT_weights);
  if (!weights)
    return weights.takeError();
  options.externalWeights = *weights == "external";
  if (*weights == "embedded" && options.form == OutputForm::staticLibrary)
    return usageError("'--weights=embedded' does not go with '--emit=static': "
                      "an archive's weights stand beside it");
  options.output = list.getLastArgValue(OPT_o);
  options.dumpFolder = list.getLastArgValue(OPT_dump_ir);
  options.march = list.getLastArgValue(OPT_march);
  options.target = list.getLastArgValue(OPT_target);
  options.weightsFolder = list.getLastArgValue(OPT_weights_from);
  options.tiles = list.getAllArgValues(OPT_tile);
  options.verbose = list.hasArg(OPT_v);
  options.printTimes = list.hasArg(OPT_time);
  return options;
}

/// Options that choose an action other than to compile the model.
static constexpr OptionId actions[] = {OPT_explain, OPT_interpret, OPT_tokenize,
                                       OPT_detokenize};
/// Options that only compiling uses.
static constexpr OptionId compileOnly[] = {OPT_emit,    OPT_S,       OPT_c,
                                           OPT_o,       OPT_weights, OPT_dump_ir,
                                           OPT_chat_template, OPT_time};
/// Options that only compiling and explaining use.
static constexpr OptionId codeOnly[] = {OPT_march, OPT_target, OPT_dtype,
                                        OPT_tile};
/// Options that `run` does not use.
static constexpr OptionId notForRun[] = {
    OPT_explain, OPT_interpret, OPT_tokenize, OPT_detokenize, OPT_emit,
    OPT_S,       OPT_c,         OPT_o,        OPT_weights};
static constexpr OptionId explainOnly[] = {OPT_prompt, OPT_peak, OPT_bandwidth};
static constexpr OptionId interpretOnly[] = {OPT_tokens, OPT_logits,
                                             OPT_activations};

/// Returns the argument of the first of `ids` that is given, or null if none
/// is.
static const Arg *findAny(const ArgList &list, ArrayRef<OptionId> ids) {
  for (OptionId id : ids)
    if (const Arg *argument = list.getLastArg(id))
      return argument;
  return nullptr;
}

static std::string nameOf(const Arg *argument) {
  return "'" + argument->getSpelling().rtrim('=').str() + "'";
}

/// Checks that no option is for compiling or chooses another action.
static Error checkAction(const ArgList &list, const Arg *action) {
  SmallVector<OptionId> others = to_vector(ArrayRef(actions));
  append_range(others, compileOnly);
  if (!list.hasArg(OPT_explain))
    append_range(others, codeOnly);
  for (OptionId id : others)
    if (const Arg *other = list.getLastArg(id); other && other != action)
      return usageError(nameOf(action) + " does not go with " + nameOf(other));
  return Error::success();
}

/// Checks that all options can be used together.
static Error checkCombination(const CommandLine &line) {
  const ArgList &list = line.list;
  if (line.isRun)
    if (const Arg *other = findAny(list, notForRun))
      return usageError("'run' does not go with " + nameOf(other));
  if (const Arg *action = findAny(list, actions))
    if (Error error = checkAction(list, action))
      return error;
  bool explains = list.hasArg(OPT_explain);
  if (const Arg *other = findAny(list, explainOnly); other && !explains)
    return usageError(nameOf(other) + " needs '--explain'");
  bool interprets = list.hasArg(OPT_interpret);
  if (const Arg *other = findAny(list, interpretOnly); other && !interprets)
    return usageError(nameOf(other) + " needs '--interpret'");
  if (interprets && !list.hasArg(OPT_tokens))
    return usageError("'--interpret' needs '--tokens'");
  if (interprets && !list.hasArg(OPT_logits, OPT_activations))
    return usageError("'--interpret' needs '--logits' or '--activations'");
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Running
//===----------------------------------------------------------------------===//

static Error act(const CommandLine &line, const DriverOptions &options) {
  const ArgList &list = line.list;
  if (line.isRun)
    return compileAndRun(options, line.programFlags);
  if (list.hasArg(OPT_explain)) {
    auto explained = parseExplained(list);
    return explained ? explain(options, *explained) : explained.takeError();
  }
  if (list.hasArg(OPT_interpret))
    return interpret(options, list.getLastArgValue(OPT_tokens),
                     list.getLastArgValue(OPT_logits),
                     list.getLastArgValue(OPT_activations));
  if (const Arg *argument = list.getLastArg(OPT_tokenize))
    return tokenize(options, argument->getValue());
  if (const Arg *argument = list.getLastArg(OPT_detokenize))
    return detokenize(options, argument->getValue());
  return compile(options);
}

/// Writes `document`, which is installed with the tool, to stdout.
static Error generate(const OptionTable &table, StringRef document) {
  std::string text;
  raw_string_ostream out(text);
  if (document == "completion")
    writeCompletion(table, out);
  else if (document == "man")
    writeManual(table, out);
  else
    return usageError("unknown value '" + document +
                      "' of '--generate': known are completion, man");
  return writeStdout(text);
}

static Error runTool(int argc, char **argv) {
  OptionTable table;
  CommandLine line(ArrayRef(argv, argc).drop_front());
  if (Error error = parse(table, line))
    return error;
  if (line.list.hasArg(OPT_help)) {
    std::string text;
    raw_string_ostream out(text);
    table.printHelp(out, usageText, overviewText);
    return writeStdout(text);
  }
  if (line.list.hasArg(OPT_version))
    return writeStdout("gptc version " GPTC_VERSION
                       " (LLVM " LLVM_VERSION_STRING ")\n");
  if (const Arg *argument = line.list.getLastArg(OPT_generate))
    return generate(table, argument->getValue());
  if (Error error = checkCombination(line))
    return error;
  auto options = parseOptions(table, line);
  if (!options)
    return options.takeError();
  if (line.model.empty())
    return usageError("no model: name a Hugging Face folder, a .gguf file, "
                      "config.json or a .mlir file");
  options->resourceFolder = findResourceFolder(
      argv[0], reinterpret_cast<void *>(&findResourceFolder));
  return act(line, *options);
}

/// Prints the reason of a failure and returns the exit code.
static int report(Error error) {
  int code = 0;
  handleAllErrors(
      std::move(error), [&](const ReportedError &) { code = 1; },
      [&](const UsageError &usage) {
        printError(usage.getMessage());
        code = 2;
      },
      [&](const ErrorInfoBase &other) {
        printError(other.message());
        code = 1;
      });
  return code;
}

/// Handles the fatal errors that LLVM reports for code that it cannot compile.
static void handleFatalError(void *, const char *reason, bool) {
  printError(reason);
  sys::RunInterruptHandlers(); // removes unfinished files
  _exit(1);
}

static void handleInterrupt(int) {
  sys::RunInterruptHandlers(); // removes unfinished files
  _exit(130);
}

int main(int argc, char **argv) {
  InitLLVM init(argc, argv, /*InstallPipeSignalExitHandler=*/false);
  install_fatal_error_handler(handleFatalError);
  std::signal(SIGINT, handleInterrupt);
  std::signal(SIGXFSZ, SIG_IGN); // the write that is too long fails instead
  return report(runTool(argc, argv));
}
