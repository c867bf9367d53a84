//===- Driver.h - What the gptc tool calls --------------------------------===//

#ifndef GPTC_COMPILER_DRIVER_H
#define GPTC_COMPILER_DRIVER_H

#include "compiler/Explain.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"
#include <string>
#include <vector>

namespace gptc {

/// What the compiler makes of a model.
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
  /// The phase after which `model` was dumped; empty if it is no dump.
  std::string from;
  OutputForm form = OutputForm::executable;
  /// The last phase to run; not "llvm" only for OutputForm::phase.
  std::string until = "llvm";
  /// The file to write: "-" is stdout, empty the default of the form.
  std::string output;
  /// See PipelineOptions.
  std::string dumpFolder, dtype;
  std::vector<std::string> tiles;
  /// See Target::create; empty for the host, or the baseline of another target.
  std::string target, march;
  bool externalWeights = false;
  /// The name of a chat format (runtime/text/ChatFormats.h); empty for the one
  /// that the model's template is.
  std::string chatTemplate;
  /// Where the checkpoint of a .mlir file lies now; empty if it did not move.
  std::string weightsFolder;
  /// Say on stderr what is done, and print remarks.
  bool verbose = false;
  /// See linkProgram.
  std::string resourceFolder;
};

/// Writes what `options.form` asks for. On failure no output file is left.
llvm::Error compile(const DriverOptions &options);

/// Compiles a program and becomes it: returns only on failure. No file of the
/// program is left.
llvm::Error compileAndRun(const DriverOptions &options,
                          llvm::ArrayRef<std::string> flags);

/// Writes to stdout what explainModel says of the model.
llvm::Error explain(const DriverOptions &options,
                    const ExplainOptions &explained);

/// Runs the reference interpreter on the model; see interpretModel.
llvm::Error interpret(const DriverOptions &options, llvm::StringRef tokens,
                      llvm::StringRef logitsFile,
                      llvm::StringRef activationsFile);

/// Write to stdout what tokenizeFile and detokenizeFile make of `file` with
/// the model's tokenizer.
llvm::Error tokenize(const DriverOptions &options, llvm::StringRef file);
llvm::Error detokenize(const DriverOptions &options, llvm::StringRef file);

/// Writes `text` to stdout.
llvm::Error writeStdout(llvm::StringRef text);

} // namespace gptc

#endif // GPTC_COMPILER_DRIVER_H
