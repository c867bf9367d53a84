//===- VerifyPhase.cpp - Checks what holds after a phase ------------------===//

#include "passes/verify/Checks.h"

namespace gptc {
#define GEN_PASS_DEF_VERIFYPHASE
#include "passes/Passes.h.inc"
} // namespace gptc

using namespace mlir;
using namespace gptc;

namespace {

/// The checks of what holds after a phase. A check may rely on those before it.
struct Promise {
  StringLiteral phase;
  /// The checks in order; the rest of the array is null.
  Check checks[7];
};

constexpr Promise promises[] = {
    {"graph",
     {checkGraphOps, checkUnpacked, checkConcepts, checkOperands, checkSizes}},
    {"fused",
     {checkGraphOps, checkUnpacked, checkFused, checkOperands, checkSizes}},
    {"specialized",
     {checkGraphOps, checkUnpacked, checkStaticShapes, checkArithmetic,
      checkOperands, checkEntries, checkSizes}},
    {"packed",
     {checkGraphOps, checkPacked, checkStaticShapes, checkArithmetic,
      checkOperands, checkEntries, checkSizes}},
    {"tiled",
     {checkTiledOps, checkBuffers, checkParallelLoops, checkEntries,
      checkWeights}},
    {"vectorized",
     {checkVectorOps, checkBuffers, checkParallelLoops, checkEntries,
      checkWeights}},
    {"buffers",
     {checkVectorOps, checkBuffers, checkParallelLoops, checkArena,
      checkEntries, checkWeights}},
    {"llvm", {checkLlvmOps, checkCalls, checkWeights}},
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
    CheckedModule checked{getOperation(), promise->phase};
    for (Check check : promise->checks)
      if (check && failed(check(checked)))
        return signalPassFailure();
    markAllAnalysesPreserved();
  }
};

} // namespace
