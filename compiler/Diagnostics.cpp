//===- Diagnostics.cpp - Prints the compiler's errors, one line each ------===//

#include "compiler/Diagnostics.h"

#include "dialect/Gpt.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/WithColor.h"

using namespace gptc;
using namespace llvm;

char UsageError::ID;
char ReportedError::ID;

/// Prints a line in clang's style. Control characters in `text` do not break
/// it.
static void printLine(StringRef place, HighlightColor severity, StringRef label,
                      StringRef text) {
  std::string line = (place + ": ").str();
  raw_ostream &out = errs();
  out << line;
  WithColor(out, severity).get() << label << ": ";
  line = text.str();
  for (char &c : line)
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f')
      c = '?';
  out << line << '\n';
}

void gptc::printError(StringRef message) {
  printLine("gptc", HighlightColor::Error, "error", message);
}

void gptc::printWarning(StringRef message) {
  printLine("gptc", HighlightColor::Warning, "warning", message);
}

static void print(mlir::Diagnostic &diagnostic, StringRef model) {
  std::string place = "gptc", text;
  mlir::Location location = diagnostic.getLocation();
  if (auto position = location->findInstanceOf<mlir::FileLineColLoc>())
    place = formatv("{0}:{1}:{2}", position.getFilename().getValue(),
                    position.getLine(), position.getColumn())
                .str();
  else
    text = (model + ": ").str();
  if (StringRef name = gpt::getName(location); !name.empty())
    text += (name + ": ").str();
  // The parser may add lines of details.
  text += StringRef(diagnostic.str()).split('\n').first;

  switch (diagnostic.getSeverity()) {
  case mlir::DiagnosticSeverity::Error:
    return printLine(place, HighlightColor::Error, "error", text);
  case mlir::DiagnosticSeverity::Warning:
    return printLine(place, HighlightColor::Warning, "warning", text);
  default:
    return printLine(place, HighlightColor::Remark, "remark", text);
  }
}

void gptc::handleDiagnostics(mlir::MLIRContext &context, std::string model,
                             bool withRemarks) {
  context.printOpOnDiagnostic(false);
  context.getDiagEngine().registerHandler(
      [model, withRemarks](mlir::Diagnostic &diagnostic) {
        bool isRemark =
            diagnostic.getSeverity() == mlir::DiagnosticSeverity::Remark;
        if (!isRemark || withRemarks)
          print(diagnostic, model);
      });
}
