//===- PackWeights.cpp - Storage types for the CPU's kernels --------------===//

#include "dialect/OperandFormat.h"
#include "passes/Passes.h"

#include "mlir/IR/SymbolTable.h"

namespace gptc {
#define GEN_PASS_DEF_PACKWEIGHTS
#include "passes/Passes.h.inc"
} // namespace gptc

using namespace mlir;
using namespace gptc;

namespace {

struct PackWeights : gptc::impl::PackWeightsBase<PackWeights> {
  void runOnOperation() override {
    auto &symbols = getAnalysis<SymbolTable>();
    llvm::SmallPtrSet<Operation *, 8> multiplied;
    auto note = [&](Value weight) {
      if (auto get = weight.getDefiningOp<gpt::GetWeightOp>())
        multiplied.insert(symbols.lookup(get.getWeight()));
    };
    getOperation().walk(
        [&](gpt::LinearOp linear) { note(linear.getWeight()); });
    getOperation().walk(
        [&](gpt::UnembedOp unembed) { note(unembed.getWeight()); });

    for (auto weight : getOperation().getOps<gpt::WeightOp>()) {
      if (weight.getLayout())
        continue;
      if (!gpt::OperandFormat::ofWeight(
              weight.getTensorType().getElementType())) {
        weight.emitOpError("is ")
            << weight.getTensorType() << " but f32 or bf16 was expected";
        return signalPassFailure();
      }
      gpt::Layout layout = weight.getTensorType().getRank() == 1
                               ? gpt::Layout::vector
                           : multiplied.contains(weight) ? gpt::Layout::panels
                                                         : gpt::Layout::rows;
      weight.appendStep(gpt::PackAttr::get(&getContext(), layout));
    }
    getOperation().walk([&](gpt::GetWeightOp get) {
      get.getResult().setType(
          symbols.lookup<gpt::WeightOp>(get.getWeight()).getStorageType());
    });
  }
};

} // namespace
