//===- FuseResidual.cpp - Moves a residual addition into the linear -------===//

#include "passes/Passes.h"

#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "passes/graph/Predicates.h"

namespace gptc {
#define GEN_PASS_DEF_FUSERESIDUAL
#include "passes/Passes.h.inc"
} // namespace gptc

using namespace mlir;
using namespace gptc;

static constexpr auto remarks =
    remark::RemarkOpts::name("FuseResidual").category("fusion");

namespace {

/// add(h, linear(x, w, b)) -> linear(x, w, b) plus h
struct FuseResidualIntoLinear : OpRewritePattern<gpt::AddOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(gpt::AddOp add,
                                PatternRewriter &rewriter) const override {
    for (auto [term, residual] : {std::pair(add.getRhs(), add.getLhs()),
                                  std::pair(add.getLhs(), add.getRhs())}) {
      auto linear = term.getDefiningOp<gpt::LinearOp>();
      if (!takesResidual(linear))
        continue;
      if (!linear->hasOneUse()) {
        remark::missed(add.getLoc(), remarks)
            << remark::reason("the linear has another use");
        continue;
      }
      // The residual may be computed after the linear, so the linear moves to
      // the addition, which comes after both.
      rewriter.moveOpBefore(linear, add);
      rewriter.modifyOpInPlace(linear, [&] {
        linear.getResidualMutable().assign(residual);
        linear->setLoc(add.getLoc());
      });
      rewriter.replaceOp(add, linear);
      return success();
    }
    return rewriter.notifyMatchFailure(
        add, "neither term is a linear without residual");
  }
};

struct FuseResidual : gptc::impl::FuseResidualBase<FuseResidual> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<FuseResidualIntoLinear>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
