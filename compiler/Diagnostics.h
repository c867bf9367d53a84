//===- Diagnostics.h - Errors of the compiler, a line each ----------------===//

#ifndef GPTC_COMPILER_DIAGNOSTICS_H
#define GPTC_COMPILER_DIAGNOSTICS_H

#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/Error.h"

namespace gptc {

/// A request that the command line should not have made.
class UsageError : public llvm::ErrorInfo<UsageError, llvm::StringError> {
public:
  static char ID;
  explicit UsageError(const llvm::Twine &message)
      : ErrorInfo(message, llvm::inconvertibleErrorCode()) {}
};

/// A failure whose reason handleDiagnostics has printed.
class ReportedError : public llvm::ErrorInfo<ReportedError> {
public:
  static char ID;
  void log(llvm::raw_ostream &out) const override { out << "see above"; }
  std::error_code convertToErrorCode() const override {
    return llvm::inconvertibleErrorCode();
  }
};

/// Prints what `context` is told: its place in a file, or `model` and the op's
/// name where there is none. Remarks are printed only if `withRemarks`.
void handleDiagnostics(mlir::MLIRContext &context, std::string model,
                       bool withRemarks);

/// Prints `gptc: error: ` and `message` on one line.
void printError(llvm::StringRef message);
void printWarning(llvm::StringRef message);

} // namespace gptc

#endif // GPTC_COMPILER_DIAGNOSTICS_H
