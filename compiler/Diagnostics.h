//===- Diagnostics.h - Prints the compiler's errors, one line each --------===//

#ifndef GPTC_COMPILER_DIAGNOSTICS_H
#define GPTC_COMPILER_DIAGNOSTICS_H

#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/Error.h"

namespace gptc {

/// An error in the use of the command line.
class UsageError : public llvm::ErrorInfo<UsageError, llvm::StringError> {
public:
  static char ID;
  explicit UsageError(const llvm::Twine &message)
      : ErrorInfo(message, llvm::inconvertibleErrorCode()) {}
};

/// A failure that handleDiagnostics() has already printed.
class ReportedError : public llvm::ErrorInfo<ReportedError> {
public:
  static char ID;
  void log(llvm::raw_ostream &out) const override { out << "see above"; }
  std::error_code convertToErrorCode() const override {
    return llvm::inconvertibleErrorCode();
  }
};

/// Makes `context` print its diagnostics with their place in a file, or with
/// `model` and the op's name if there is none. Prints remarks only if
/// `withRemarks`.
void handleDiagnostics(mlir::MLIRContext &context, std::string model,
                       bool withRemarks);

/// Prints `gptc: error: ` and `message` on one line.
void printError(llvm::StringRef message);
void printWarning(llvm::StringRef message);

} // namespace gptc

#endif // GPTC_COMPILER_DIAGNOSTICS_H
