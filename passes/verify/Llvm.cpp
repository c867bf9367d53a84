//===- Llvm.cpp - Checks of the phase llvm --------------------------------===//

#include "passes/verify/Checks.h"

using namespace mlir;
using namespace gptc;

LogicalResult gptc::checkLlvmOps(const CheckedModule &checked) {
  return checked.each([&](Operation *op) {
    return isDeclaration(op) ||
                   isa_and_nonnull<LLVM::LLVMDialect>(op->getDialect())
               ? success()
               : checked.broken(op, "an op of another dialect", "LLVM's alone");
  });
}

/// Returns true if the code generator lowers `op` to a call of libm.
static bool callsLibm(Operation *op) {
  return isa<LLVM::ACosOp, LLVM::ASinOp, LLVM::ATan2Op, LLVM::ATanOp,
             LLVM::CosOp, LLVM::CoshOp, LLVM::Exp10Op, LLVM::Exp2Op,
             LLVM::ExpOp, LLVM::FRemOp, LLVM::Log10Op, LLVM::Log2Op,
             LLVM::LogOp, LLVM::PowIOp, LLVM::PowOp, LLVM::SinOp, LLVM::SinhOp,
             LLVM::SincosOp, LLVM::TanOp, LLVM::TanhOp>(op);
}

static LogicalResult checkCallee(const CheckedModule &checked, Operation *op,
                                 std::optional<StringRef> callee) {
  return callee ? success()
                : checked.broken(op, "a call through a pointer",
                                 "a function's name");
}

LogicalResult gptc::checkCalls(const CheckedModule &checked) {
  ModuleOp module = checked.module;
  if (module->hasAttr(LLVM::LLVMDialect::getModuleLevelAsmAttrName()))
    return checked.broken(module, "assembly of the module", "none");
  return checked.each([&](Operation *op) {
    auto function = dyn_cast<LLVM::LLVMFuncOp>(op);
    if (function && function.isExternal() &&
        function.getName() != "gptc_parallel_for")
      return checked.broken(op, "a declaration of @" + function.getName(),
                            "none but that of @gptc_parallel_for");
    auto global = dyn_cast<LLVM::GlobalOp>(op);
    if (global && !global.getValueOrNull() &&
        global.getInitializerRegion().empty())
      return checked.broken(op, "@" + global.getName() + " without a value",
                            "one");
    if (auto call = dyn_cast<LLVM::CallOp>(op))
      return checkCallee(checked, op, call.getCallee());
    if (auto call = dyn_cast<LLVM::InvokeOp>(op))
      return checkCallee(checked, op, call.getCallee());
    if (isa<LLVM::InlineAsmOp>(op))
      return checked.broken(op, "assembly", "none");
    if (callsLibm(op))
      return checked.broken(op, "a call of libm", "arithmetic");
    return success();
  });
}
