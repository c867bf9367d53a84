//===- Driver.cpp - The entry points of the gptc tool ---------------------===//

#include "compiler/Driver.h"

#include "compiler/Diagnostics.h"
#include "compiler/Executable.h"
#include "compiler/Interpret.h"
#include "compiler/Pipeline.h"
#include "compiler/Stopwatch.h"
#include "compiler/Tokenize.h"
#include "compiler/checkpoint/Input.h"
#include "compiler/checkpoint/WeightView.h"
#include "compiler/codegen/Link.h"
#include "compiler/codegen/Object.h"
#include "compiler/codegen/OutputFile.h"
#include "compiler/codegen/Target.h"
#include "compiler/tokenizer/ChatTemplate.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "runtime/text/ChatFormats.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/Errno.h"
#include "llvm/Support/Path.h"
#include <csignal>
#include <fcntl.h>
#include <unistd.h>

using namespace llvm;

namespace gptc {

//===----------------------------------------------------------------------===//
// Steps
//===----------------------------------------------------------------------===//

static Expected<Target> chooseTarget(const DriverOptions &options) {
  auto target = Target::create(options.target, options.march);
  if (!target)
    return make_error<UsageError>(toString(target.takeError()));
  return target;
}

/// Checks that a dump after `llvm` was made for the CPU features of `target`:
/// the program's own feature check is already part of the dump.
static Error checkFeatures(mlir::ModuleOp module, const Target &target) {
  auto global = module.lookupSymbol<mlir::LLVM::GlobalOp>("gptc.features");
  auto text = global
                  ? dyn_cast_or_null<mlir::StringAttr>(global.getValueOrNull())
                  : mlir::StringAttr();
  if (!text)
    return Error::success();
  StringRef features = text.getValue().rtrim('\0');
  if (features == target.getRequiredFeatures())
    return Error::success();
  return make_error<UsageError>("--march: the dump is for a CPU with " +
                                features + " but " + target.getCpu() + " has " +
                                target.getRequiredFeatures());
}

/// Returns the path of the file that holds the model's chat template.
static std::string nameChatTemplate(StringRef model) {
  if (auto file = readChatTemplate(model); !file)
    consumeError(file.takeError());
  else if (*file)
    return joinPath(model, (*file)->name);
  return model.str();
}

/// Sets the tokenizer's chat format to that of --chat-template. Without the
/// option, warns if the model's own format is unknown.
static Error chooseChat(Model &model, const DriverOptions &options) {
  auto tokenizers = model.getModule().getOps<gpt::TokenizerOp>();
  if (tokenizers.empty()) {
    if (options.chatTemplate.empty())
      return Error::success();
    return inputError(options.model, "tokenizer", "none",
                      "one for --chat-template");
  }
  gpt::TokenizerOp tokenizer = *tokenizers.begin();
  gpt::ChatAttr chat = tokenizer.getChatAttr();
  StringRef found = chat ? chat.getFormat() : "";
  bool isUnknown = found == StringRef(unknownChatFormat);
  if (chat && options.chatTemplate.empty() && !isUnknown &&
      !findChatFormat(found)) {
    tokenizer.emitOpError("chat format is \"")
        << found << "\" but one of " << chatFormatNames() << " or "
        << unknownChatFormat << " was expected";
    return make_error<ReportedError>();
  }
  if (options.chatTemplate.empty() && isUnknown)
    printWarning(nameChatTemplate(options.model) +
                 ": chat template: found an unknown one, expected one of " +
                 chatFormatNames() + ": choose with --chat-template");
  if (options.chatTemplate.empty() || options.chatTemplate == found)
    return Error::success();
  const ChatFormat *format = findChatFormat(options.chatTemplate);
  tokenizer.setChatAttr(gpt::ChatAttr::get(tokenizer.getContext(), format->name,
                                           format->bos, /*system=*/""));
  return Error::success();
}

/// Runs the phases up to options.until.
static Error lower(Model &model, const DriverOptions &options,
                   const Target &target, Stopwatch *watch = nullptr) {
  bool writesIr =
      options.form == OutputForm::phase || !options.dumpFolder.empty();
  if (writesIr)
    if (Error error = model.fillContentHashes())
      return error;
  PipelineOptions pipeline{.target = target,
                           .dtype =
                               options.dtype.empty() ? "stored" : options.dtype,
                           .tiles = options.tiles,
                           .dumpFolder = options.dumpFolder,
                           .watch = watch};
  if (failed(
          runPhases(model.getModule(), options.from, options.until, pipeline)))
    return make_error<ReportedError>();
  return Error::success();
}

static Expected<std::string> generateCode(Model &model, const Target &target,
                                          CodeForm form) {
  mlir::OwningOpRef<mlir::ModuleOp> code = model.getModule().clone();
  eraseDeclarations(*code);
  SmallVector<char, 0> bytes;
  raw_svector_ostream out(bytes);
  if (Error error = emitCode(*code, target, form, out))
    return error;
  return std::string(bytes.begin(), bytes.end());
}

//===----------------------------------------------------------------------===//
// Output
//===----------------------------------------------------------------------===//

Error writeStdout(StringRef text) {
  outs() << text;
  outs().flush();
  std::error_code code = outs().error();
  outs().clear_error();
  return code ? createStringError("cannot write to stdout: " + code.message())
              : Error::success();
}

/// Returns the path of the output file, "-" for stdout.
static std::string chooseOutput(const DriverOptions &options) {
  if (!options.output.empty())
    return options.output;
  if (options.form == OutputForm::object)
    return getModelName(options.model) + ".o";
  if (options.form == OutputForm::staticLibrary)
    return "lib" + getModelName(options.model) + ".a";
  if (options.form == OutputForm::sharedLibrary)
    return "lib" + getModelName(options.model) + ".so";
  if (options.form == OutputForm::executable)
    return getModelName(options.model);
  return "-";
}

/// Returns true if the output is a program or a library, which needs weights.
static bool isLinked(OutputForm form) {
  return form == OutputForm::staticLibrary ||
         form == OutputForm::sharedLibrary || form == OutputForm::executable;
}

/// Checks that the output can go to `path`, before any work is done for it.
static Error checkOutput(StringRef path, OutputForm form) {
  if (path == "-" && isLinked(form))
    return make_error<UsageError>(form == OutputForm::executable
                                      ? "-o: an executable cannot go to stdout"
                                      : "-o: a library cannot go to stdout");
  if (sys::fs::is_directory(path))
    return createStringError("cannot write '" + path +
                             "': it is a folder, name another file with -o");
  return Error::success();
}

static Error writeText(StringRef text, StringRef path) {
  return path == "-" ? writeStdout(text) : writeFile(path, text);
}

static Error writeProgram(Model &model, const Target &target,
                          const DriverOptions &options, StringRef path,
                          Stopwatch &watch) {
  watch.begin("code generation");
  auto object = generateCode(model, target, CodeForm::object);
  if (!object)
    return object.takeError();
  watch.begin("linking");
  StringRef resources = options.resourceFolder;
  bool isArchive = options.form == OutputForm::staticLibrary;
  auto program = isArchive ? linkStaticLibrary(*object, target, resources)
                 : options.form == OutputForm::sharedLibrary
                     ? linkSharedLibrary(*object, target, resources,
                                         sys::path::filename(path))
                     : linkProgram(*object, target, resources);
  if (!program)
    return program.takeError();
  watch.begin("packing");
  return writeExecutable(model, target, (*program)->getBuffer(),
                         {path.str(), options.externalWeights || isArchive,
                          !isArchive, options.verbose});
}

static Error writeOutput(Model &model, const Target &target,
                         const DriverOptions &options, StringRef path,
                         Stopwatch &watch) {
  if (isLinked(options.form))
    return writeProgram(model, target, options, path, watch);
  if (options.form == OutputForm::phase) {
    watch.begin("printing");
    std::string text;
    raw_string_ostream out(text);
    printModule(model.getModule(), out);
    return writeText(text, path);
  }
  watch.begin("code generation");
  auto code =
      generateCode(model, target,
                   options.form == OutputForm::llvmIr     ? CodeForm::llvmIr
                   : options.form == OutputForm::assembly ? CodeForm::assembly
                                                          : CodeForm::object);
  if (!code)
    return code.takeError();
  return writeText(*code, path);
}

//===----------------------------------------------------------------------===//
// Actions of the tool
//===----------------------------------------------------------------------===//

namespace {
/// A context with all dialects, whose diagnostics are printed.
struct Session {
  explicit Session(const DriverOptions &options) : options(options) {
    mlir::DialectRegistry registry;
    registerDialects(registry);
    context.appendDialectRegistry(registry);
    handleDiagnostics(context, options.model, options.verbose);
  }

  Expected<Model> load() {
    return Model::load(options.model, !options.from.empty(),
                       options.weightsFolder, context);
  }

  const DriverOptions &options;
  mlir::MLIRContext context;
};
} // namespace

/// Returns true if `phase` comes before `dumped`, the phase of the dump, and
/// false if `dumped` is empty.
static bool isBefore(StringRef phase, StringRef dumped) {
  return !dumped.empty() &&
         find(getPhaseNames(), phase) < find(getPhaseNames(), dumped);
}

/// Warns that `option` has no effect on a dump for which `phase`, the one that
/// the option applies to, has already run.
static void warnUnused(StringRef option, StringRef phase, StringRef dumped) {
  if (!dumped.empty() && !isBefore(dumped, phase))
    printWarning((option + " has no effect on a dump after " + dumped).str());
}

static void warnUnusedType(const DriverOptions &options) {
  if (!options.dtype.empty())
    warnUnused("--dtype", "specialized", options.from);
}

Error compile(const DriverOptions &options) {
  if (isBefore(options.until, options.from))
    return make_error<UsageError>("--emit: " + options.until +
                                  " comes before " + options.from +
                                  ", the phase of the dump");
  warnUnusedType(options);
  if (!options.tiles.empty())
    warnUnused("--tile", "tiled", options.from);
  std::string path = chooseOutput(options);
  if (Error error = checkOutput(path, options.form))
    return error;
  auto target = chooseTarget(options);
  if (!target)
    return target.takeError();
  if (options.verbose)
    errs() << "target " << target->getName() << ", CPU " << target->getCpu()
           << '\n';

  Stopwatch watch;
  watch.begin("loading");
  Session session(options);
  auto model = session.load();
  if (!model)
    return model.takeError();
  if (Error error = chooseChat(*model, options))
    return error;
  if (isLinked(options.form))
    if (auto checkpoint = model->getCheckpoint(); !checkpoint)
      return checkpoint.takeError();
  if (options.from == "llvm")
    if (Error error = checkFeatures(model->getModule(), *target))
      return error;
  if (Error error = lower(*model, options, *target, &watch))
    return error;
  if (Error error = writeOutput(*model, *target, options, path, watch))
    return error;
  if (options.verbose || options.printTimes)
    watch.print(errs());
  return Error::success();
}

Error compileAndRun(const DriverOptions &options, ArrayRef<std::string> flags) {
  DriverOptions copy = options;
  auto program = createSystemTemporary("");
  if (!program)
    return program.takeError();
  scope_exit remove([&] { consumeError(program->discard()); });
  std::string path = program->TmpName;
  copy.output = path;
  if (Error error = compile(copy))
    return error;
  int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return createStringError("cannot read '" + path + "': " + sys::StrError());
  // fexecve() runs the open file without its name, so the name is removed now
  // and no file can be left behind.
  consumeError(program->discard());

  std::string name = getModelName(options.model);
  SmallVector<char *> arguments = {name.data()};
  for (const std::string &flag : flags)
    arguments.push_back(const_cast<char *>(flag.c_str()));
  arguments.push_back(nullptr);
  std::signal(SIGXFSZ, SIG_DFL); // the program would inherit that it is ignored
  fexecve(file, arguments.data(), environ);
  return createStringError("cannot run the program: " + sys::StrError());
}

Error explain(const DriverOptions &options, const ExplainOptions &explained) {
  DriverOptions lowering = options;
  lowering.until = "packed";
  if (isBefore(lowering.until, options.from))
    return make_error<UsageError>("--explain: reads graph to packed, not " +
                                  options.from);
  warnUnusedType(options);
  auto target = chooseTarget(options);
  if (!target)
    return target.takeError();
  Session session(options);
  auto model = session.load();
  if (!model)
    return model.takeError();
  if (Error error = lower(*model, lowering, *target))
    return error;
  auto text = explainModel(*model, *target, options.tiles, explained);
  if (!text)
    return text.takeError();
  return writeStdout(*text);
}

Error interpret(const DriverOptions &options, StringRef tokens,
                StringRef logitsFile, StringRef activationsFile) {
  if (isBefore("packed", options.from))
    return make_error<UsageError>("--interpret: runs graph to packed, not " +
                                  options.from);
  Session session(options);
  auto model = session.load();
  if (!model)
    return model.takeError();
  auto ids = parseTokens(tokens, model->getOp().getVocabulary());
  if (!ids)
    return make_error<UsageError>(toString(ids.takeError()));
  auto checkpoint = model->getCheckpoint();
  if (!checkpoint)
    return checkpoint.takeError();
  if (Error error = model->checkContent())
    return error;
  return interpretModel(
      model->getModule(),
      [&](gpt::WeightOp weight, int64_t layer) {
        return readWeight(weight, layer, **checkpoint);
      },
      *ids, logitsFile, activationsFile);
}

/// Returns the place of the tokenizer. A folder or a GGUF file need not hold
/// more of a model than that.
static Expected<TokenizerPlace> findTokenizerPlace(Session &session) {
  const DriverOptions &options = session.options;
  StringRef path = options.model;
  if (sys::fs::is_directory(path))
    return placeTokenizer(path);
  if (options.from.empty() && sys::path::extension(path) == ".gguf") {
    StringRef folder = sys::path::parent_path(path);
    return TokenizerPlace{folder.empty() ? "." : folder.str(),
                          sys::path::filename(path).str()};
  }
  auto model = session.load();
  if (!model)
    return model.takeError();
  auto tokenizer = model->findTokenizer();
  if (!tokenizer)
    return tokenizer.takeError();
  if (!*tokenizer)
    return inputError(options.model, "tokenizer", "none",
                      "a model that is a folder with one");
  return TokenizerPlace{model->getFolder().str(), **tokenizer};
}

using TokenizerFunction = Error (*)(const TokenizerPlace &place,
                                    StringRef file, raw_ostream &out);

static Error convert(const DriverOptions &options, StringRef file,
                     TokenizerFunction function) {
  Session session(options);
  auto place = findTokenizerPlace(session);
  if (!place)
    return place.takeError();
  std::string text;
  raw_string_ostream out(text);
  if (Error error = function(*place, file, out))
    return error;
  return writeStdout(text);
}

Error tokenize(const DriverOptions &options, StringRef file) {
  return convert(options, file, tokenizeFile);
}

Error detokenize(const DriverOptions &options, StringRef file) {
  return convert(options, file, detokenizeFile);
}

} // namespace gptc
