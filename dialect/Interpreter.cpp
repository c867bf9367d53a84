//===- Interpreter.cpp - Functions, layers and weights --------------------===//

#include "dialect/Interpreter.h"

#include "dialect/interpreter/Call.h"
#include "mlir/Support/DebugStringHelper.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace mlir;
using namespace gptc;
using namespace gptc::gpt;
using llvm::createStringError;
using llvm::Error;
using llvm::Expected;

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

/// Returns true if ops that take a `type` can take `value`.
static bool fits(Type type, const RuntimeValue &value) {
  if (type.isIndex())
    return std::holds_alternative<int64_t>(value);
  if (type.isF32())
    return std::holds_alternative<float>(value);
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor)
    return false;
  if (tensor.getElementType().isInteger(32))
    return tensor.getRank() == 1 && std::holds_alternative<Ids>(value);
  auto *given = std::get_if<TensorPtr>(&value);
  return isa<FloatType>(tensor.getElementType()) && given &&
         int64_t((*given)->shape.size()) == tensor.getRank();
}

Expected<RuntimeValue> Interpreter::call(StringRef name,
                                         ArrayRef<RuntimeValue> arguments) {
  auto function = symbols.lookup<func::FuncOp>(name);
  if (!function || function.isDeclaration())
    return createStringError("the module has no function @" + name);
  if (function.getNumArguments() != arguments.size())
    return createStringError(
        "@" + name + " takes " + Twine(function.getNumArguments()) +
        " arguments but " + Twine(arguments.size()) + " were expected");
  static constexpr StringLiteral kinds[] = {"an index", "a number",
                                            "a vector of ids", "a tensor"};
  for (auto [number, value] : llvm::enumerate(arguments))
    if (Type type = function.getArgumentTypes()[number]; !fits(type, value))
      return createStringError("argument " + Twine(number) + " of @" + name +
                               " is " + debugString(type) + " but " +
                               kinds[value.index()] + " was expected");
  return Call(*this).run(function.front(), arguments);
}

Expected<RuntimeValue>
Interpreter::Call::run(Block &block, ArrayRef<RuntimeValue> arguments) {
  for (auto [argument, value] :
       llvm::zip_equal(block.getArguments(), arguments))
    values[argument] = value;
  for (Operation &op : block.without_terminator())
    if (Error error = visit(op))
      return error;
  Operation *end = block.getTerminator();
  if (!isa<func::ReturnOp, YieldOp>(end) || end->getNumOperands() != 1)
    return fail(end, "expected a return of one value");
  RuntimeValue result = lookup(end->getOperand(0));
  for (Operation &op : block) // the weights of a layer leave with it
    for (Value value : op.getResults())
      values.erase(value);
  return result;
}

Error Interpreter::Call::visit(Operation &op) {
  if (auto append = dyn_cast<KvAppendOp>(op))
    return this->append(append);
  Result result =
      llvm::TypeSwitch<Operation *, Result>(&op)
          .Case<arith::ConstantOp, GetWeightOp, LayerValueOp, LayersOp,
                EmbeddingOp, SelectRowsOp, ColumnsOp, NormOp, ActivationOp,
                GatedOp, RotaryTableOp, RotaryOp, AddOp, LinearOp, UnembedOp,
                AttentionOp>([&](auto known) { return compute(known); })
          .Default([&](Operation *unknown) {
            return fail(unknown, "the interpreter knows the ops of the phases "
                                 "graph to packed, and not this one");
          });
  if (!result)
    return result.takeError();
  auto *computed = std::get_if<TensorPtr>(&*result);
  std::string called = name(&op);
  if (state.activation && computed && !called.empty() && !isa<GetWeightOp>(op))
    state.activation(called, **computed, /*masked=*/0);
  values[op.getResult(0)] = std::move(*result);
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Names and errors
//===----------------------------------------------------------------------===//

std::string Interpreter::Call::name(Operation *op) const {
  std::string name = getName(op->getLoc()).str();
  if (size_t star = name.find('*'); layer && star != std::string::npos)
    name.replace(star, 1, std::to_string(*layer));
  return name;
}

Error Interpreter::Call::fail(Operation *op, const Twine &message) const {
  std::string called = name(op);
  if (!called.empty())
    called = " '" + called + "'";
  return createStringError(op->getName().getStringRef() + called + ": " +
                           message);
}

static std::string shapeString(ArrayRef<int64_t> shape) {
  return "[" +
         llvm::join(
             llvm::map_range(shape,
                             [](int64_t size) { return std::to_string(size); }),
             ", ") +
         "]";
}

Error Interpreter::Call::checkShape(Operation *op, StringRef operand,
                                    const Tensor &tensor,
                                    ArrayRef<int64_t> shape) const {
  if (ArrayRef(tensor.shape) == shape)
    return Error::success();
  return fail(op, operand + " has shape " + shapeString(tensor.shape) +
                      " but " + shapeString(shape) + " was expected");
}

//===----------------------------------------------------------------------===//
// Constants, weights, layers
//===----------------------------------------------------------------------===//

Expected<RuntimeValue> Interpreter::Call::compute(arith::ConstantOp op) {
  if (op.getType().isF32())
    return cast<FloatAttr>(op.getValue()).getValue().convertToFloat();
  if (op.getType().isIndex())
    return cast<IntegerAttr>(op.getValue()).getInt();
  return fail(op, "is " + debugString(op.getType()) +
                      " but f32 or index was expected");
}

Expected<RuntimeValue> Interpreter::Call::compute(GetWeightOp op) {
  auto weight = state.symbols.lookup<WeightOp>(op.getWeight());
  if (!weight)
    return fail(op, "the module has no gpt.weight @" + op.getWeight());
  if (auto found = state.modelWeights.find(weight);
      found != state.modelWeights.end())
    return found->second;
  int64_t layer = op.getLayer() ? index(op.getLayer()) : 0;
  int64_t layers = weight.getLayers().value_or(1);
  if (layer < 0 || layer >= layers)
    return fail(op, "asks for layer " + Twine(layer) + " of " + Twine(layers));

  Expected<std::vector<float>> read = state.readWeight(weight, layer);
  if (!read)
    return read.takeError();
  RankedTensorType type = weight.getTensorType();
  assert(int64_t(read->size()) == type.getNumElements());
  RuntimeValue value = makeTensor(type.getShape(), std::move(*read));
  if (!weight.getLayers())
    state.modelWeights[weight] = std::get<TensorPtr>(value);
  return value;
}

Expected<RuntimeValue> Interpreter::Call::compute(LayerValueOp op) {
  int64_t layer = index(op.getLayer()), count = op.getValues().size();
  if (layer < 0 || layer >= count)
    return fail(op, "asks for layer " + Twine(layer) + " of " + Twine(count));
  return op.getValues()[layer];
}

Expected<RuntimeValue> Interpreter::Call::compute(LayersOp op) {
  llvm::SaveAndRestore outer(layer);
  RuntimeValue hidden = lookup(op.getInput());
  for (auto [number, kind] : llvm::enumerate(op.getSchedule())) {
    layer = number;
    Result next = run(op.getKinds()[kind].front(), {*layer, hidden});
    if (!next)
      return next.takeError();
    hidden = std::move(*next);
  }
  return hidden;
}
