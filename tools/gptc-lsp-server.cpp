//===- gptc-lsp-server.cpp - Editor support for the gpt dialect -----------===//

#include "dialect/Gpt.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Tools/mlir-lsp-server/MlirLspServerMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  registry.insert<gptc::gpt::GptDialect>();
  return mlir::failed(mlir::MlirLspServerMain(argc, argv, registry));
}
