//===- Object.cpp - Compiles the LLVM dialect to native code --------------===//

#include "compiler/codegen/Object.h"
#include "compiler/codegen/Target.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/DiagnosticPrinter.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Target/TargetMachine.h"

using namespace llvm;

namespace gptc {

static void setFunctionAttributes(Module &module, const Target &target) {
  for (Function &function : module) {
    if (function.isDeclaration())
      continue;
    function.setDoesNotThrow(); // no unwind tables
    function.addFnAttr("target-cpu", target.getCpu());
    if (!target.getFeatures().empty())
      function.addFnAttr("target-features", target.getFeatures());
    // LLVM's tuning of some AVX-512 CPUs would split 512-bit vectors in two.
    if (target.hasFeature("avx512f"))
      function.addFnAttr("prefer-vector-width", "512");
  }
}

static Expected<std::unique_ptr<Module>> translate(mlir::ModuleOp module,
                                                   const Target &target,
                                                   const TargetMachine &machine,
                                                   LLVMContext &context) {
  mlir::registerBuiltinDialectTranslation(*module.getContext());
  mlir::registerLLVMDialectTranslation(*module.getContext());
  std::unique_ptr<Module> result =
      mlir::translateModuleToLLVMIR(module, context, "gptc",
                                    /*disableVerification=*/true);
  if (!result)
    return createStringError("the module has no translation to LLVM IR");
  result->setTargetTriple(target.getTriple());
  result->setDataLayout(machine.createDataLayout());
  result->setPICLevel(PICLevel::BigPIC);
  result->setPIELevel(PIELevel::Large);
  setFunctionAttributes(*result, target);
  // Only the runtime in the same link uses it, not the user of a library.
  if (GlobalValue *model = result->getNamedValue("gptc_model"))
    model->setVisibility(GlobalValue::HiddenVisibility);

  std::string problem;
  raw_string_ostream os(problem);
  if (verifyModule(*result, &os))
    return createStringError("the LLVM IR is invalid: " +
                             StringRef(problem).split('\n').first);
  return result;
}

static void optimize(Module &module, TargetMachine &machine) {
  LoopAnalysisManager loops;
  FunctionAnalysisManager functions;
  CGSCCAnalysisManager components;
  ModuleAnalysisManager modules;
  PassBuilder builder(&machine);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  builder.buildPerModuleDefaultPipeline(OptimizationLevel::O3)
      .run(module, modules);
}

/// Keeps the first error in `message`, a std::string. By default LLVM would
/// exit.
static void keepError(const DiagnosticInfo *info, void *message) {
  auto &text = *static_cast<std::string *>(message);
  if (info->getSeverity() != DS_Error || !text.empty())
    return;
  raw_string_ostream out(text);
  DiagnosticPrinterRawOStream printer(out);
  info->print(printer);
}

Error emitCode(mlir::ModuleOp module, const Target &target, CodeForm form,
               raw_pwrite_stream &out) {
  std::unique_ptr<TargetMachine> machine = target.createMachine();
  LLVMContext context;
  std::string message;
  context.setDiagnosticHandlerCallBack(keepError, &message);
  auto translated = translate(module, target, *machine, context);
  if (!translated)
    return translated.takeError();
  optimize(**translated, *machine);
  if (form == CodeForm::llvmIr) {
    (*translated)->print(out, nullptr);
    return Error::success();
  }

  legacy::PassManager codegen;
  CodeGenFileType type = form == CodeForm::assembly
                             ? CodeGenFileType::AssemblyFile
                             : CodeGenFileType::ObjectFile;
  if (machine->addPassesToEmitFile(codegen, out, nullptr, type))
    return createStringError("LLVM has no code generator for " +
                             target.getName());
  codegen.run(**translated);
  return message.empty()
             ? Error::success()
             : createStringError(StringRef(message).split('\n').first);
}

} // namespace gptc
