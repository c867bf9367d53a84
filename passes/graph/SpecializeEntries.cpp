//===- SpecializeEntries.cpp - Creates prompt, token and unembed ----------===//

#include "dialect/Entry.h"
#include "passes/Passes.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace gptc {
#define GEN_PASS_DEF_SPECIALIZEENTRIES
#include "passes/Passes.h.inc"
} // namespace gptc

using namespace mlir;
using namespace gptc;

/// The maximum number of rows of one call of `prompt` and of `unembed`.
static constexpr int64_t promptCapacity = 512, unembedCapacity = 16;

static Type withRows(Type type, int64_t rows) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || tensor.getRank() == 0 || !tensor.isDynamicDim(0))
    return type;
  SmallVector<int64_t> shape(tensor.getShape());
  shape[0] = rows;
  return tensor.clone(shape);
}

/// Sets the number of rows of every value in `op` that has a row per token to
/// `rows`.
static void setRows(Operation *op, int64_t rows) {
  op->walk([&](Operation *nested) {
    for (Value result : nested->getResults())
      result.setType(withRows(result.getType(), rows));
    for (Region &region : nested->getRegions())
      for (BlockArgument argument : region.getArguments())
        argument.setType(withRows(argument.getType(), rows));
  });
}

namespace {

struct SpecializeEntries
    : gptc::impl::SpecializeEntriesBase<SpecializeEntries> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto forward = module.lookupSymbol<func::FuncOp>("forward");
    gpt::ModelOp model = gpt::getModel(module);
    if (!forward || !model) {
      module.emitError("the module has no ")
          << (model ? "function @forward" : "gpt.model");
      return signalPassFailure();
    }
    auto layers = forward.getOps<gpt::LayersOp>();
    if (!llvm::hasSingleElement(layers)) {
      forward.emitError("has ") << std::distance(layers.begin(), layers.end())
                                << " gpt.layers but one was expected";
      return signalPassFailure();
    }
    if (failed(checkRoles(forward)))
      return signalPassFailure();
    int64_t capacity =
        std::min<int64_t>(promptCapacity, model.getContextLength());
    makeTokens(forward, "prompt", capacity);
    makeTokens(forward, "token", 1);
    if (failed(makeUnembed(forward, *layers.begin(), capacity)))
      return signalPassFailure();
    forward.erase();
  }

private:
  static LogicalResult checkRoles(func::FuncOp forward) {
    for (gpt::Role role :
         {gpt::Role::tokens, gpt::Role::positions, gpt::Role::sequences})
      if (!gpt::findArgument(forward, role))
        return forward.emitError("has no argument whose gpt.role is ")
               << gpt::stringifyRole(role);
    if (forward.getNumResults() != 1 ||
        gpt::getResultRole(forward, 0) != gpt::Role::logits)
      return forward.emitError(
          "has another result than one whose gpt.role is logits");
    return success();
  }

  /// Creates an entry that maps tokens, positions and sequences to the last
  /// hidden state.
  static void makeTokens(func::FuncOp forward, StringRef name,
                         int64_t capacity) {
    OpBuilder builder(forward);
    auto entry = cast<func::FuncOp>(builder.clone(*forward));
    entry.setName(name);
    setRows(entry, capacity);

    auto hidden = *entry.getOps<gpt::LayersOp>().begin();
    Operation *end = entry.front().getTerminator();
    end->setOperands(hidden->getResults());
    entry.setFunctionType(builder.getFunctionType(
        entry.front().getArgumentTypes(), hidden.getType()));
    gpt::setResultRole(entry, 0, gpt::Role::hidden);
    for (Operation &op :
         llvm::make_early_inc_range(llvm::reverse(entry.front())))
      if (isOpTriviallyDead(&op))
        op.erase();
  }

  /// Creates the entry that maps rows of the last hidden state to their logits.
  static LogicalResult makeUnembed(func::FuncOp forward, gpt::LayersOp layers,
                                   int64_t capacity) {
    OpBuilder builder(forward);
    Type hiddenType = withRows(layers.getType(), capacity);
    auto rowsType =
        RankedTensorType::get({unembedCapacity}, builder.getI32Type());
    Type logitsType =
        withRows(forward.getResultTypes().front(), unembedCapacity);
    auto entry = func::FuncOp::create(
        builder, forward.getLoc(), "unembed",
        builder.getFunctionType({hiddenType, rowsType}, logitsType));
    gpt::setRole(entry, 0, gpt::Role::hidden);
    gpt::setRole(entry, 1, gpt::Role::rows);
    gpt::setResultRole(entry, 0, gpt::Role::logits);
    Block *body = entry.addEntryBlock();
    builder.setInsertionPointToStart(body);
    IRMapping values;
    auto selected = gpt::SelectRowsOp::create(
        builder, NameLoc::get(builder.getStringAttr("hidden")),
        withRows(layers.getType(), unembedCapacity), body->getArgument(0),
        body->getArgument(1));
    values.map(layers.getResult(), selected);

    Operation *end = forward.front().getTerminator();
    if (failed(cloneProducer(builder, end->getOperand(0), values)))
      return failure();
    builder.clone(*end, values);
    setRows(entry, unembedCapacity);
    return success();
  }

  /// Clones the ops that compute `value` from the last hidden state.
  static LogicalResult cloneProducer(OpBuilder &builder, Value value,
                                     IRMapping &values) {
    if (values.contains(value))
      return success();
    Operation *producer = value.getDefiningOp();
    if (!producer || !isPure(producer))
      return mlir::emitError(value.getLoc(),
                             "a value from before gpt.layers is used after it");
    for (Value operand : producer->getOperands())
      if (failed(cloneProducer(builder, operand, values)))
        return failure();
    builder.clone(*producer, values);
    return success();
  }
};

} // namespace
