//===- ConfigFuzzer.cpp - Reads any bytes as config.json ------------------===//

#include "compiler/import/Config.h"
#include "mlir/IR/MLIRContext.h"
#include "test/fuzz/Fuzz.h"

using namespace gptc;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  fuzz::MemoryFile input(data, size);
  auto config = readConfig(input.path(), context);
  if (!config) {
    llvm::consumeError(config.takeError());
    return 0;
  }
  fuzz::noteAccepted();
  fuzz::require(config->family && config->elementType,
                "a family and an element type");
  fuzz::require(config->hyperparameters.layers > 0 &&
                    config->hyperparameters.vocabulary > 0,
                "layers and a vocabulary");
  return 0;
}
