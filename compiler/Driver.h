//===- Driver.h - The entry points of the gptc tool -----------------------===//

#ifndef GPTC_COMPILER_DRIVER_H
#define GPTC_COMPILER_DRIVER_H

#include "compiler/Explain.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"
#include <string>
#include <vector>

namespace gptc {

/// The form of the output.
enum class OutputForm {
  phase,
  llvmIr,
  assembly,
  object,
  staticLibrary,
  sharedLibrary,
  executable
};

struct DriverOptions {
  /// A Hugging Face folder, a .gguf file, a config.json or a .mlir file.
  std::string model;
  /// The phase after which `model` was dumped; empty if it is not a dump.
  std::string from;
  OutputForm form = OutputForm::executable;
  /// The last phase to run. It is "llvm" for all forms but OutputForm::phase.
  std::string until = "llvm";
  /// The file to write: "-" means stdout, "" the default of the form.
  std::string output;
  /// See PipelineOptions.
  std::string dumpFolder, dtype;
  std::vector<std::string> tiles;
  /// See Target::create; empty for the host, or the baseline of another target.
  std::string target, march;
  bool externalWeights = false;
  /// The name of a chat format (runtime/text/ChatFormats.h); empty for the
  /// format of the model's template.
  std::string chatTemplate;
  /// The folder with the checkpoint of a .mlir file; empty if it has not moved.
  std::string weightsFolder;
  /// Whether to print progress and remarks on stderr.
  bool verbose = false;
  /// Whether to print the time of each compilation step on stderr. `verbose`
  /// does so too.
  bool printTimes = false;
  /// See linkProgram.
  std::string resourceFolder;
};

/// Compiles the model and writes the output. On failure no output file is left.
llvm::Error compile(const DriverOptions &options);

/// Compiles a program and executes it in place of this process. Returns only on
/// failure. No file of the program is left.
llvm::Error compileAndRun(const DriverOptions &options,
                          llvm::ArrayRef<std::string> flags);

/// Writes the result of explainModel() to stdout.
llvm::Error explain(const DriverOptions &options,
                    const ExplainOptions &explained);

/// Runs the reference interpreter on the model; see interpretModel().
llvm::Error interpret(const DriverOptions &options, llvm::StringRef tokens,
                      llvm::StringRef logitsFile,
                      llvm::StringRef activationsFile);

/// Writes the result of tokenizeFile() or detokenizeFile() for `file` and the
/// model's tokenizer to stdout.
llvm::Error tokenize(const DriverOptions &options, llvm::StringRef file);
llvm::Error detokenize(const DriverOptions &options, llvm::StringRef file);

/// Writes `text` to stdout.
llvm::Error writeStdout(llvm::StringRef text);

} // namespace gptc

#endif // GPTC_COMPILER_DRIVER_H
