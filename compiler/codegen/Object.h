//===- Object.h - Compiles the LLVM dialect to native code ----------------===//

#ifndef GPTC_COMPILER_CODEGEN_OBJECT_H
#define GPTC_COMPILER_CODEGEN_OBJECT_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

namespace gptc {

class Target;

enum class CodeForm { llvmIr, assembly, object };

/// Optimizes `module`, which must consist of the LLVM dialect only, for
/// `target` and writes it to `out`. The same module gives the same bytes.
llvm::Error emitCode(mlir::ModuleOp module, const Target &target, CodeForm form,
                     llvm::raw_pwrite_stream &out);

} // namespace gptc

#endif // GPTC_COMPILER_CODEGEN_OBJECT_H
