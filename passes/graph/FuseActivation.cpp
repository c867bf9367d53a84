//===- FuseActivation.cpp - Moves an activation into the linear -----------===//

#include "passes/Passes.h"

#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "passes/graph/Predicates.h"

namespace gptc {
#define GEN_PASS_DEF_FUSEACTIVATION
#include "passes/Passes.h.inc"
} // namespace gptc

using namespace mlir;
using namespace gptc;

static constexpr auto remarks =
    remark::RemarkOpts::name("FuseActivation").category("fusion");

namespace {

/// activation(linear(x, w, b)) -> linear(x, w, b) then activation
struct FuseActivationIntoLinear : OpRewritePattern<gpt::ActivationOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(gpt::ActivationOp activation,
                                PatternRewriter &rewriter) const override {
    auto linear = activation.getInput().getDefiningOp<gpt::LinearOp>();
    if (!takesActivation(linear))
      return rewriter.notifyMatchFailure(activation,
                                         "input is not a plain linear");
    if (!linear->hasOneUse()) {
      remark::missed(activation.getLoc(), remarks)
          << remark::reason("the linear has another use");
      return failure();
    }
    rewriter.modifyOpInPlace(linear, [&] {
      linear.setActivation(activation.getKind());
      linear->setLoc(activation.getLoc());
    });
    rewriter.replaceOp(activation, linear);
    return success();
  }
};

struct FuseActivation : gptc::impl::FuseActivationBase<FuseActivation> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<FuseActivationIntoLinear>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
