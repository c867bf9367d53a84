//===- GptWeight.cpp - Weights and their plans ----------------------------===//

#include "dialect/Layout.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace gptc::gpt;

static bool isPlainElement(Type type) {
  return isa<Float32Type, Float16Type, BFloat16Type>(type);
}

/// Far more than any matrix has, and few enough that no size overflows.
static constexpr int64_t mostValues = int64_t(1) << 40;

/// Returns true if only whole rows of such a tensor can be moved.
static bool isQuantized(RankedTensorType type) {
  return isa<BlockType, MixedType>(type.getElementType());
}

namespace {
/// Carries out a plan on types.
struct PlanTypes {
  SmallVector<RankedTensorType> stack;
  llvm::function_ref<void(const Twine &)> error;

  LogicalResult fail(const Twine &message) const {
    error(message);
    return failure();
  }

  LogicalResult load(LoadAttr step) {
    RankedTensorType type = step.getType();
    if (!type.hasStaticShape() || type.getRank() < 1 || type.getRank() > 2 ||
        llvm::is_contained(type.getShape(), 0))
      return fail("'" + step.getName() + "' is neither a vector nor a matrix");
    if (type.getShape().back() > mostValues / type.getShape().front())
      return fail("'" + step.getName() + "' has more than 2^40 values");
    if (!isPlainElement(type.getElementType()) && !isQuantized(type))
      return fail("'" + step.getName() +
                  "' holds neither f32, f16, bf16 nor a block type");
    if (auto block = dyn_cast<BlockType>(type.getElementType());
        block && type.getShape().back() % block.getValues() != 0)
      return fail("'" + step.getName() + "' has rows of " +
                  Twine(type.getShape().back()) + " values but blocks of " +
                  Twine(block.getValues()));
    stack.push_back(type);
    return success();
  }

  /// Fails if a step that `cuts` rows is applied to quantized ones.
  LogicalResult keepsRows(const Twine &step, bool cuts) const {
    if (cuts && isQuantized(stack.back()))
      return fail(step + " of rows of blocks, which need #gpt.convert first");
    return success();
  }

  LogicalResult slice(SliceAttr step) {
    SmallVector<int64_t> shape(stack.back().getShape());
    if (step.getDim() < 0 || step.getDim() >= int64_t(shape.size()))
      return fail("slice of dimension " + Twine(step.getDim()) +
                  " of a tensor of rank " + Twine(shape.size()));
    if (failed(keepsRows("slice", step.getDim() + 1 == int64_t(shape.size()))))
      return failure();
    int64_t &size = shape[step.getDim()];
    int64_t every = step.getEvery() == 0 ? size : step.getEvery();
    if (every < 1 || size % every != 0)
      return fail("slice of every " + Twine(every) +
                  " indices of a dimension of " + Twine(size));
    int64_t groups = size / every;
    size = every;
    if (step.getOffset() < 0 || step.getSize() < 1 || step.getOffset() > size ||
        step.getSize() > size - step.getOffset())
      return fail("slice of " + Twine(step.getSize()) + " indices from " +
                  Twine(step.getOffset()) + " of a dimension of " +
                  Twine(size));
    size = step.getSize() * groups;
    stack.back() = RankedTensorType::get(shape, stack.back().getElementType());
    return success();
  }

  LogicalResult deinterleave(DeinterleaveAttr step) {
    if (failed(keepsRows("deinterleave", stack.back().getRank() == 1)))
      return failure();
    int64_t rows = stack.back().getDimSize(0), group = step.getGroup();
    if (group < 2 || group % 2 != 0 || rows % group != 0)
      return fail("deinterleave of groups of " + Twine(group) + " in " +
                  Twine(rows) + " rows");
    return success();
  }

  LogicalResult add() {
    if (!stack.back().getElementType().isF32())
      return fail("add to elements that are not f32");
    return success();
  }

  LogicalResult transpose() {
    ArrayRef<int64_t> shape = stack.back().getShape();
    if (shape.size() != 2)
      return fail("transpose of a tensor of rank " + Twine(shape.size()));
    if (failed(keepsRows("transpose", true)))
      return failure();
    stack.back() = RankedTensorType::get({shape[1], shape[0]},
                                         stack.back().getElementType());
    return success();
  }

  LogicalResult concatenate(ConcatenateAttr step) {
    int64_t count = step.getCount();
    if (count < 2)
      return fail("concatenate of " + Twine(count) +
                  " tensors, expected at least 2");
    if (count > int64_t(stack.size()))
      return fail("concatenate of " + Twine(count) +
                  " tensors where the steps before it leave " +
                  Twine(stack.size()));
    ArrayRef<RankedTensorType> parts = ArrayRef(stack).take_back(count);
    SmallVector<int64_t> shape(parts.front().getShape());
    Type element = parts.front().getElementType();
    for (RankedTensorType type : parts.drop_front()) {
      if (type.getElementType() != element ||
          type.getShape().drop_front() != ArrayRef(shape).drop_front())
        return fail("concatenate of tensors that differ beyond dimension 0");
      shape[0] += type.getDimSize(0);
    }
    stack.truncate(stack.size() - count);
    stack.push_back(RankedTensorType::get(shape, element));
    return success();
  }

  LogicalResult convert(ConvertAttr step) {
    if (!isPlainElement(step.getType()))
      return fail("convert to a type that is neither f32, f16 nor bf16");
    stack.back() =
        RankedTensorType::get(stack.back().getShape(), step.getType());
    return success();
  }

  LogicalResult step(Attribute step) {
    if (auto load = dyn_cast<LoadAttr>(step))
      return this->load(load);
    if (stack.empty()) // weight_c1
      return fail("plan does not start with #gpt.load");
    return TypeSwitch<Attribute, LogicalResult>(step)
        .Case([&](SliceAttr attr) { return slice(attr); })
        .Case([&](TransposeAttr) { return transpose(); })
        .Case([&](DeinterleaveAttr attr) { return deinterleave(attr); })
        .Case([&](AddAttr) { return add(); })
        .Case([&](ConcatenateAttr attr) { return concatenate(attr); })
        .Case([&](ConvertAttr attr) { return convert(attr); })
        .Case([&](PackAttr) {
          return fail("#gpt.pack is not the last step");
        }) // weight_c4
        .Default(
            [&](Attribute) { return fail("plan holds what is not a step"); });
  }
};
} // namespace

FailureOr<RankedTensorType>
gptc::gpt::inferPlanType(ArrayAttr plan,
                         llvm::function_ref<void(const Twine &)> error) {
  ArrayRef<Attribute> steps = plan.getValue();
  if (!steps.empty() && isa<PackAttr>(steps.back()))
    steps = steps.drop_back();
  PlanTypes types{{}, error};
  for (Attribute step : steps)
    if (failed(types.step(step)))
      return failure();
  if (types.stack.size() != 1) {
    error("plan leaves " + Twine(types.stack.size()) +
          " tensors instead of one");
    return failure();
  }
  return types.stack.front();
}

std::optional<Layout> WeightOp::getLayout() {
  if (getPlan().empty())
    return std::nullopt;
  auto pack = dyn_cast<PackAttr>(getPlan().getValue().back());
  return pack ? std::optional(pack.getLayout()) : std::nullopt;
}

RankedTensorType WeightOp::getStorageType() {
  std::optional<Layout> layout = getLayout();
  return layout ? packedType(getTensorType(), *layout) : getTensorType();
}

void WeightOp::appendStep(Attribute step) {
  SmallVector<Attribute> steps(getPlan().getValue());
  steps.push_back(step);
  setPlanAttr(ArrayAttr::get(getContext(), steps));
}

LogicalResult WeightOp::verify() {
  auto error = [&](const Twine &message) { emitOpError(message); };
  FailureOr<RankedTensorType> left =
      inferPlanType(getPlan(), error); // weight_c1, weight_c2, weight_c4
  if (failed(left))
    return failure();
  if (*left != getTensorType()) // weight_c3
    return emitOpError("plan leaves ")
           << *left << " but the type is " << getTensorType();
  if (std::optional<Layout> layout = getLayout()) // weight_c6
    if (failed(PackedAttr::get(getContext(), *layout)
                   .verifyEncoding(getTensorType().getShape(),
                                   getTensorType().getElementType(),
                                   [&] { return emitOpError(); })))
      return failure();

  ModelOp model = getModel(cast<ModuleOp>((*this)->getParentOp()));
  if (getLayers() && model && *getLayers() != model.getLayers()) // weight_c5
    return emitOpError("has ")
           << *getLayers() << " layers but the model has " << model.getLayers();
  for (auto load : llvm::make_filter_range(getPlan(), llvm::IsaPred<LoadAttr>))
    if (!getLayers() && cast<LoadAttr>(load).getName().contains('*'))
      return emitOpError("has no layers but loads '")
             << cast<LoadAttr>(load).getName() << "'";
  return success();
}

LogicalResult GetWeightOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto weight =
      symbols.lookupNearestSymbolFrom<WeightOp>(*this, getWeightAttr());
  if (!weight) // get_weight_c1
    return emitOpError("no gpt.weight is called ") << getWeightAttr();
  if (weight.getLayers().has_value() !=
      static_cast<bool>(getLayer())) // get_weight_c2
    return emitOpError(getLayer() ? "gives a layer but "
                                  : "gives no layer but ")
           << getWeightAttr()
           << (getLayer() ? " has none" : " has one for each");
  RankedTensorType storage = weight.getStorageType();
  if (getType() == storage ||
      (getLayout(storage) && getType() == getStorage(storage))) // get_weight_c3
    return success();
  return emitOpError("yields ")
         << getType() << " but " << getWeightAttr() << " has " << storage;
}
