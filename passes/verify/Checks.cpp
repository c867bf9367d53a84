//===- Checks.cpp - Helpers of the checks after a phase -------------------===//

#include "passes/verify/Checks.h"

using namespace mlir;
using namespace gptc;

LogicalResult CheckedModule::broken(Operation *op, const Twine &found,
                                    const Twine &expected) const {
  return op->emitError("'")
         << op->getName() << "' after phase '" << phase << "': found " << found
         << ", expected " << expected;
}

LogicalResult CheckedModule::eachType(
    llvm::function_ref<LogicalResult(Operation *op, Type)> check) const {
  return each([&](Operation *op) -> LogicalResult {
    for (Type type : op->getResultTypes())
      if (failed(check(op, type)))
        return failure();
    for (Region &region : op->getRegions())
      for (Block &block : region)
        for (Type type : block.getArgumentTypes())
          if (failed(check(op, type)))
            return failure();
    return success();
  });
}

bool gptc::isDeclaration(Operation *op) {
  return isa<gpt::ModelOp, gpt::TokenizerOp, gpt::KvCacheOp, gpt::WeightOp>(
             op) ||
         (isa<ModuleOp>(op) && !op->getParentOp());
}

bool gptc::isGptOp(Operation *op) {
  return isa_and_nonnull<gpt::GptDialect>(op->getDialect());
}

bool gptc::isTile(Operation *op) {
  return isGptOp(op) && op->getName().stripDialect().starts_with("tile.");
}

std::string gptc::print(Type type) {
  std::string text;
  llvm::raw_string_ostream(text) << type;
  return text;
}
