//===- FuseLinears.cpp - Joins linears that share an input ----------------===//

#include "passes/Passes.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/SymbolTable.h"
#include "passes/graph/Predicates.h"
#include "llvm/ADT/MapVector.h"

namespace gptc {
#define GEN_PASS_DEF_FUSELINEARS
#include "passes/Passes.h.inc"
} // namespace gptc

using namespace mlir;
using namespace gptc;

/// Linears of one block that have the same input.
using Group = SmallVector<gpt::LinearOp>;

static gpt::WeightOp weightOf(Value value, const SymbolTable &symbols) {
  auto get = value.getDefiningOp<gpt::GetWeightOp>();
  return get ? symbols.lookup<gpt::WeightOp>(get.getWeight()) : gpt::WeightOp();
}

static Value layerOf(Value value) {
  return value.getDefiningOp<gpt::GetWeightOp>().getLayer();
}

/// Returns true if `linear` has one user, which can be fused into it, or which
/// is a linear that has `linear` as its fused residual. Either saves more than
/// joining linears. An activation `none` does not count, because it folds away.
static bool takesReader(gpt::LinearOp linear) {
  if (!linear->hasOneUse())
    return false;
  Operation *reader = *linear->user_begin();
  if (auto activation = dyn_cast<gpt::ActivationOp>(reader))
    return activation.getKind() != gpt::Activation::none;
  if (auto sum = dyn_cast<gpt::LinearOp>(reader))
    return sum.getResidual() == linear.getResult();
  return isa<gpt::AddOp>(reader);
}

/// Returns true if `linear` can be joined to a group whose first is `first`.
static bool fits(gpt::LinearOp linear, gpt::LinearOp first,
                 const SymbolTable &symbols) {
  if (linear.getActivation() != gpt::Activation::none || linear.getResidual() ||
      takesReader(linear) ||
      static_cast<bool>(linear.getBias()) !=
          static_cast<bool>(first.getBias()) ||
      linear.getArithmetic() != first.getArithmetic())
    return false;
  gpt::WeightOp weight = weightOf(linear.getWeight(), symbols),
                other = weightOf(first.getWeight(), symbols);
  return weight && other && !weight.getLayout() &&
         weight.getLayers() == other.getLayers() &&
         weight.getTensorType().getElementType() ==
             other.getTensorType().getElementType() &&
         layerOf(linear.getWeight()) == layerOf(first.getWeight()) &&
         (!linear.getBias() ||
          (weightOf(linear.getBias(), symbols) &&
           layerOf(linear.getBias()) == layerOf(first.getBias())));
}

SmallVector<Group> gptc::findJoinableLinears(Block &block,
                                             const SymbolTable &symbols) {
  llvm::MapVector<Value, Group> groups;
  for (auto linear : block.getOps<gpt::LinearOp>()) {
    Group &group = groups[linear.getInput()];
    if (fits(linear, group.empty() ? linear : group.front(), symbols))
      group.push_back(linear);
  }
  SmallVector<Group> found;
  for (auto &[input, group] : groups)
    if (group.size() > 1)
      found.push_back(group);
  return found;
}

namespace {

struct FuseLinears : gptc::impl::FuseLinearsBase<FuseLinears> {
  void runOnOperation() override {
    symbols = &getAnalysis<SymbolTable>();
    getOperation().walk([&](Block *block) {
      for (Group &group : findJoinableLinears(*block, *symbols))
        fuse(group);
    });
  }

private:
  SymbolTable *symbols;

  gpt::WeightOp weightOf(Value value) { return ::weightOf(value, *symbols); }

  /// Returns the name of a joined weight: "attn.qkv" for "attn.query",
  /// "attn.key" and "attn.value", else the names joined by "_".
  static std::string joinNames(ArrayRef<StringRef> names) {
    std::string last;
    for (StringRef name : names)
      last += (last.empty() ? "" : "_") + name.rsplit('.').second.str();
    if (last == "query_key_value")
      last = "qkv";
    return (names.front().rsplit('.').first + "." + last).str();
  }

  /// Creates a weight that concatenates the rows of the weights `values`, and
  /// erases those that nothing else reads. Returns the value of the new weight,
  /// read at the place of `values.front()`.
  Value joinWeights(ArrayRef<Value> values, const Twine &suffix,
                    ArrayRef<StringRef> names) {
    SmallVector<Attribute> plan;
    int64_t rows = 0;
    for (Value value : values) {
      gpt::WeightOp part = weightOf(value);
      llvm::append_range(plan, part.getPlan());
      rows += part.getTensorType().getDimSize(0);
    }
    plan.push_back(gpt::ConcatenateAttr::get(&getContext(), values.size()));

    gpt::WeightOp first = weightOf(values.front());
    SmallVector<int64_t> shape(first.getTensorType().getShape());
    shape[0] = rows;
    auto type =
        RankedTensorType::get(shape, first.getTensorType().getElementType());
    OpBuilder builder(first);
    std::string name = joinNames(names) + suffix.str();
    auto joined = gpt::WeightOp::create(
        builder, NameLoc::get(builder.getStringAttr(name)),
        builder.getStringAttr(name), first.getLayersAttr(), TypeAttr::get(type),
        builder.getArrayAttr(plan));
    symbols->insert(joined);

    auto get = values.front().getDefiningOp<gpt::GetWeightOp>();
    builder.setInsertionPoint(get);
    return gpt::GetWeightOp::create(
        builder, joined.getLoc(), type,
        FlatSymbolRefAttr::get(joined.getSymNameAttr()), get.getLayer());
  }

  void eraseUnused(ArrayRef<Value> values) {
    for (Value value : values) {
      gpt::WeightOp weight = weightOf(value);
      if (value.use_empty())
        value.getDefiningOp()->erase();
      if (SymbolTable::symbolKnownUseEmpty(weight, getOperation()))
        symbols->erase(weight);
    }
  }

  void fuse(Group &group) {
    gpt::LinearOp first = group.front();
    SmallVector<Value> weights, biases;
    SmallVector<StringRef> names;
    for (gpt::LinearOp linear : group) {
      weights.push_back(linear.getWeight());
      names.push_back(weightOf(linear.getWeight()).getSymName());
      if (linear.getBias())
        biases.push_back(linear.getBias());
    }
    Value weight = joinWeights(weights, "", names);
    Value bias = biases.empty() ? Value() : joinWeights(biases, ".bias", names);

    auto input = cast<RankedTensorType>(first.getInput().getType());
    auto type = RankedTensorType::get(
        {input.getDimSize(0),
         cast<RankedTensorType>(weight.getType()).getDimSize(0)},
        first.getType().getElementType());
    OpBuilder builder(first);
    StringRef name = gpt::getName(first.getLoc());
    Location loc = NameLoc::get(builder.getStringAttr(
        name.rsplit('.').first + "." +
        StringRef(gpt::getName(weight.getLoc())).rsplit('.').second));
    auto joined = gpt::LinearOp::create(builder, loc, type, first.getInput(),
                                        weight, bias, gpt::Activation::none,
                                        Value(), first.getArithmetic());
    int64_t offset = 0;
    for (gpt::LinearOp linear : group) {
      builder.setInsertionPointAfter(joined);
      auto columns = gpt::ColumnsOp::create(builder, linear.getLoc(),
                                            linear.getType(), joined, offset);
      offset += linear.getType().getDimSize(1);
      linear.replaceAllUsesWith(columns.getResult());
      linear.erase();
    }
    eraseUnused(weights);
    eraseUnused(biases);
  }
};

} // namespace
