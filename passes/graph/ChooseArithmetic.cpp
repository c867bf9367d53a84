//===- ChooseArithmetic.cpp - Chooses element types and arithmetic --------===//

#include "dialect/OperandFormat.h"
#include "passes/Passes.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/SymbolTable.h"
#include "passes/graph/Predicates.h"

namespace gptc {
#define GEN_PASS_DEF_CHOOSEARITHMETIC
#include "passes/Passes.h.inc"
} // namespace gptc

using namespace mlir;
using namespace gptc;

namespace {

struct ChooseArithmetic : gptc::impl::ChooseArithmeticBase<ChooseArithmetic> {
  using ChooseArithmeticBase::ChooseArithmeticBase;

  void runOnOperation() override {
    if (!llvm::is_contained({"stored", "f32", "bf16"}, dtype)) {
      getOperation().emitError("dtype is '")
          << dtype << "' but stored, f32 or bf16 was expected";
      return signalPassFailure();
    }
    auto &symbols = getAnalysis<SymbolTable>();
    for (auto weight : getOperation().getOps<gpt::WeightOp>())
      convert(weight);
    getOperation().walk([&](Operation *op) {
      if (auto get = dyn_cast<gpt::GetWeightOp>(op)) {
        auto weight = symbols.lookup<gpt::WeightOp>(get.getWeight());
        get.getResult().setType(weight.getStorageType());
      } else if (auto linear = dyn_cast<gpt::LinearOp>(op)) {
        linear.setArithmetic(arithmeticOf(linear.getWeight()));
      } else if (auto unembed = dyn_cast<gpt::UnembedOp>(op)) {
        unembed.setArithmetic(arithmeticOf(unembed.getWeight()));
      }
    });
  }

private:
  /// Returns the element type of a packed weight. With --dtype=stored a matrix
  /// keeps its type if an operand format has it.
  Type chooseType(RankedTensorType type) {
    auto typeOf = [&](gpt::Arithmetic arithmetic) {
      return gpt::OperandFormat::of(arithmetic).elementType(&getContext());
    };
    if (type.getRank() != 2)
      return typeOf(gpt::Arithmetic::f32);
    if (auto chosen = gpt::symbolizeArithmetic(dtype))
      return typeOf(*chosen);
    return gpt::OperandFormat::ofWeight(type.getElementType())
               ? type.getElementType()
               : typeOf(gpt::Arithmetic::f32);
  }

  void convert(gpt::WeightOp weight) {
    RankedTensorType type = weight.getTensorType();
    Type chosen = chooseType(type);
    if (chosen == type.getElementType())
      return;
    weight.setType(type.clone(chosen));
    weight.appendStep(gpt::ConvertAttr::get(&getContext(), chosen));
  }
};

} // namespace
