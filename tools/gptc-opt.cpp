//===- gptc-opt.cpp - mlir-opt with the gpt dialect, passes and phases ----===//

#include "compiler/Pipeline.h"
#include "dialect/Gpt.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "passes/Passes.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  registry.insert<gptc::gpt::GptDialect>();
  mlir::registerAllPasses();
  gptc::registerGptcPasses();
  gptc::registerPhasePipelines();
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "gptc's optimizer driver\n", registry));
}
