//===- VerifyPhase.cpp - Check what holds after a phase -------------------===//

#include "passes/Passes.h"

#include "mlir/IR/SymbolTable.h"

namespace gptc {
#define GEN_PASS_DEF_VERIFYPHASE
#include "passes/Passes.h.inc"
} // namespace gptc

using namespace mlir;
using namespace gptc;

/// What stays in the module to the end: it is data for the packer.
static bool isDeclaration(Operation *op) {
  return isa<ModuleOp, gpt::ModelOp, gpt::TokenizerOp, gpt::KvCacheOp,
             gpt::WeightOp>(op);
}

static bool isGptOp(Operation *op) {
  return isa_and_nonnull<gpt::GptDialect>(op->getDialect());
}

static bool isTile(Operation *op) {
  return isGptOp(op) && op->getName().stripDialect().starts_with("tile.");
}

static bool hasDynamicTensor(Operation *op) {
  return llvm::any_of(op->getResultTypes(), [](Type type) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    return tensor && !tensor.hasStaticShape();
  });
}

/// What is made a field of the entry's arguments, at last.
static bool isArgument(Operation *op) {
  return isa<gpt::GetWeightOp, gpt::ThreadsOp>(op);
}

/// A linear that could take what reads it alone.
static bool isPlainLinear(Value value) {
  auto linear = value.getDefiningOp<gpt::LinearOp>();
  return linear && linear->hasOneUse() && !linear.getResidual();
}

namespace {

/// What must not be there after a phase, and why.
struct Promise {
  StringLiteral phase, broken;
  bool (*breaks)(Operation *);
};

constexpr Promise promises[] = {
    {"graph",
     "is not of the graph: the gpt dialect's ops on tensors were expected",
     [](Operation *op) {
       return isTile(op) ||
              !(isGptOp(op) ||
                isa<ModuleOp, func::FuncOp, func::ReturnOp, arith::ConstantOp>(
                    op));
     }},
    {"fused", "stands alone behind a gpt.linear that can take it",
     [](Operation *op) {
       if (auto activation = dyn_cast<gpt::ActivationOp>(op))
         return isPlainLinear(activation.getInput()) &&
                activation.getInput()
                        .getDefiningOp<gpt::LinearOp>()
                        .getActivation() == gpt::Activation::none;
       auto add = dyn_cast<gpt::AddOp>(op);
       return add &&
              (isPlainLinear(add.getLhs()) || isPlainLinear(add.getRhs()));
     }},
    {"specialized", "has a shape that is not static", hasDynamicTensor},
    {"packed", "has no #gpt.pack step",
     [](Operation *op) {
       auto weight = dyn_cast<gpt::WeightOp>(op);
       return weight && !weight.getLayout();
     }},
    {"tiled", "is neither a tile nor on buffers",
     [](Operation *op) {
       return (isGptOp(op) && !isTile(op) && !isDeclaration(op) &&
               !isArgument(op)) ||
              llvm::any_of(op->getResultTypes(), llvm::IsaPred<TensorType>);
     }},
    {"vectorized", "still computes on the gpt dialect",
     [](Operation *op) {
       return isGptOp(op) && !isDeclaration(op) && !isArgument(op);
     }},
    {"buffers", "allocates, or is no place in the arena or the weights",
     [](Operation *op) { return isa<memref::AllocOp, gpt::GetWeightOp>(op); }},
    {"llvm", "is not of the LLVM dialect",
     [](Operation *op) {
       return !isDeclaration(op) &&
              !isa_and_nonnull<LLVM::LLVMDialect>(op->getDialect());
     }},
};

struct VerifyPhase : gptc::impl::VerifyPhaseBase<VerifyPhase> {
  using VerifyPhaseBase::VerifyPhaseBase;

  void runOnOperation() override {
    auto promise =
        llvm::find_if(promises, [&](auto &p) { return p.phase == phase; });
    if (promise == std::end(promises)) {
      getOperation().emitError("no phase is called '") << phase << "'";
      return signalPassFailure();
    }
    WalkResult result = getOperation().walk([&](Operation *op) {
      if (!promise->breaks(op))
        return WalkResult::advance();
      op->emitError("'") << op->getName() << "' after phase '" << phase << "' "
                         << promise->broken;
      return WalkResult::interrupt();
    });
    if (result.wasInterrupted())
      signalPassFailure();
    markAllAnalysesPreserved();
  }
};

} // namespace
