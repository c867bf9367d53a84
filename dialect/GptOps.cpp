//===- GptOps.cpp - Verifiers and folders of the gpt dialect --------------===//

#include "dialect/Gpt.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace gptc;
using namespace gptc::gpt;

// As many digits as it takes to read the same value back, which the default
// format does not print.
static void printValues(OpAsmPrinter &printer, Operation *,
                        DenseF32ArrayAttr values) {
  printer << '[';
  llvm::interleaveComma(values.asArrayRef(), printer, [&](float value) {
    printer.printFloat(APFloat(value));
  });
  printer << ']';
}

static ParseResult parseValues(OpAsmParser &parser, DenseF32ArrayAttr &values) {
  SmallVector<float> parsed;
  auto parseValue = [&] {
    APFloat value(0.0f);
    if (parser.parseFloat(value.getSemantics(), value))
      return failure();
    parsed.push_back(value.convertToFloat());
    return success();
  };
  if (parser.parseCommaSeparatedList(OpAsmParser::Delimiter::Square,
                                     parseValue))
    return failure();
  values = parser.getBuilder().getDenseF32ArrayAttr(parsed);
  return success();
}

#define GET_OP_CLASSES
#include "dialect/GptOps.cpp.inc"

/// True unless both sizes are known and differ.
static bool agree(int64_t a, int64_t b) {
  return ShapedType::isDynamic(a) || ShapedType::isDynamic(b) || a == b;
}

static int64_t ceilDiv(int64_t a, int64_t b) { return a / b + (a % b > 0); }

/// True if `type` is a vector of `size` values, or what packing makes of one.
static bool isVectorOf(RankedTensorType type, int64_t size) {
  return type.getRank() == 1 &&
         (type.getDimSize(0) == size ||
          type.getDimSize(0) == ceilDiv(size, panelWidth) * panelWidth);
}

namespace {
/// Rows and columns of a matrix, logical or packed.
struct MatrixSize {
  int64_t rows, columns;
};
} // namespace

/// The logical size of `type` if a result of `rows` rows is asked for: packing
/// into panels rounds rows up to 64, and columns of bf16 up to a pair.
static std::optional<MatrixSize> matrixSize(RankedTensorType type, int64_t rows,
                                            int64_t columns) {
  ArrayRef<int64_t> shape = type.getShape();
  if (!type.hasStaticShape())
    return std::nullopt;
  switch (shape.size()) {
  case 2:
    return MatrixSize{shape[0], shape[1] == ceilDiv(columns, lanes) * lanes
                                    ? columns
                                    : shape[1]};
  case 3:
  case 4: {
    int64_t held = shape.size() == 4 ? shape[1] * shape[3] : shape[1];
    int64_t padding = shape.size() == 4 ? 1 : 0;
    bool fits = columns <= held && columns + padding >= held;
    return MatrixSize{
        ceilDiv(rows, panelWidth) == shape[0] ? rows : shape[0] * shape[2],
        fits ? columns : held};
  }
  default:
    return std::nullopt;
  }
}

static LogicalResult verifySoftCap(Operation *op,
                                   const std::optional<APFloat> &cap) {
  if (!cap || (cap->isFiniteNonZero() && !cap->isNegative()))
    return success();
  return op->emitOpError("soft_cap is ")
         << cap->convertToFloat()
         << " but a finite value of more than zero was expected";
}

/// Checks `input · weightᵀ -> result`, with the constraints' numbers in the
/// ops.
static LogicalResult verifyProduct(Operation *op, RankedTensorType input,
                                   RankedTensorType weight,
                                   RankedTensorType result) {
  std::optional<MatrixSize> size =
      matrixSize(weight, result.getDimSize(1), input.getDimSize(1));
  if (!size)
    return op->emitOpError("weight is ")
           << weight << " but a matrix was expected";
  if (input.getDimSize(1) != size->columns) // C1
    return op->emitOpError("input has ")
           << input.getDimSize(1) << " channels but weight takes "
           << size->columns;
  if (!agree(result.getDimSize(0), input.getDimSize(0)) ||
      result.getDimSize(1) != size->rows) // C2 of unembed, C3 of linear
    return op->emitOpError("result is ")
           << result << " but input and weight give " << size->rows
           << " channels for each of the input's rows";
  return success();
}

//===----------------------------------------------------------------------===//
// What a module holds
//===----------------------------------------------------------------------===//

LogicalResult ModelOp::verify() {
  std::pair<StringRef, int64_t> sizes[] = {
      {"layers", getLayers()},        {"channels", getChannels()},
      {"heads", getHeads()},          {"kv_heads", getKvHeads()},
      {"head_size", getHeadSize()},   {"context_length", getContextLength()},
      {"vocabulary", getVocabulary()}};
  for (auto [name, size] : sizes)
    if (size < 1 || size > std::numeric_limits<int32_t>::max()) // C1
      return emitOpError(name)
             << " is " << size << " but 1 to 2147483647 was expected";
  if (getHeads() % getKvHeads() != 0) // C2
    return emitOpError("heads is ")
           << getHeads() << " but a multiple of kv_heads (" << getKvHeads()
           << ") was expected";
  if (getBos() && static_cast<int64_t>(*getBos()) < 0) // C3
    return emitOpError("bos is ") << static_cast<int64_t>(*getBos())
                                  << " but a token was expected";
  for (int64_t id : getEos())
    if (id < 0 || id > std::numeric_limits<int32_t>::max()) // C3
      return emitOpError("eos holds ") << id << " but a token was expected";
  if (getWindow() && static_cast<int64_t>(*getWindow()) < 1) // C4
    return emitOpError("window is ")
           << static_cast<int64_t>(*getWindow())
           << " but at least 1 was expected";
  return success();
}

//===----------------------------------------------------------------------===//
// Layers
//===----------------------------------------------------------------------===//

/// Checks that what differs by layer has `count` layers, as the model has.
static LogicalResult verifyLayerCount(Operation *op, int64_t count) {
  auto module = op->getParentOfType<ModuleOp>();
  if (ModelOp model = module ? getModel(module) : nullptr;
      model && count != static_cast<int64_t>(model.getLayers()))
    return op->emitOpError("has ")
           << count << " layers but the model has " << model.getLayers();
  return success();
}

LogicalResult LayerValueOp::verify() {
  return verifyLayerCount(*this, getValues().size()); // C1
}

OpFoldResult LayerValueOp::fold(FoldAdaptor) {
  ArrayRef<float> values = getValues();
  if (values.empty() || !llvm::all_equal(values))
    return {};
  return FloatAttr::get(getType(), values.front());
}

LogicalResult LayersOp::verify() {
  llvm::SmallBitVector used(getKinds().size());
  for (int64_t kind : getSchedule()) { // C1
    if (kind < 0 || kind >= static_cast<int64_t>(getKinds().size()))
      return emitOpError("schedule names kind ")
             << kind << " but there are " << getKinds().size();
    used.set(kind);
  }
  if (!used.all())
    return emitOpError("schedule does not name kind ")
           << used.find_first_unset();
  for (Region &kind : getKinds()) { // C2
    TypeRange types = kind.getArgumentTypes();
    if (types.size() != 2 || !types[0].isIndex() ||
        types[1] != getInput().getType())
      return emitOpError("a layer takes (")
             << types << ") but (index, " << getInput().getType()
             << ") was expected";
    auto yield = dyn_cast<YieldOp>(kind.front().getTerminator());
    if (!yield || yield.getValue().getType() != getInput().getType())
      return emitOpError("a layer does not yield ") << getInput().getType();
  }
  return verifyLayerCount(*this, getSchedule().size()); // C3
}

//===----------------------------------------------------------------------===//
// The forward pass
//===----------------------------------------------------------------------===//

LogicalResult EmbeddingOp::verify() {
  RankedTensorType table = getTable().getType(), result = getType();
  std::optional<MatrixSize> size =
      matrixSize(table, /*rows=*/panelWidth, result.getDimSize(1));
  if (!size || size->columns != result.getDimSize(1) ||
      !agree(getIds().getType().getDimSize(0), result.getDimSize(0))) // C1
    return emitOpError("result is ") << result << " but ids and table are "
                                     << getIds().getType() << " and " << table;
  return success();
}

LogicalResult NormOp::verify() {
  int64_t channels = getInput().getType().getDimSize(1);
  int64_t groups = getGroups();
  if (groups < 1 || channels % groups != 0) // C4
    return emitOpError("groups is ")
           << groups << " but a divisor of " << channels << " was expected";
  channels /= groups;
  if (!isVectorOf(getScale().getType(), channels)) // C1
    return emitOpError("a group has ")
           << channels << " channels but scale is " << getScale().getType();
  if (getBias() && !isVectorOf(getBias().getType(), channels)) // C2
    return emitOpError("a group has ")
           << channels << " channels but bias is " << getBias().getType();
  if (!getEpsilon().isFinite() || getEpsilon().isNegative()) // C3
    return emitOpError("epsilon is ")
           << getEpsilonAttr()
           << " but a finite, not negative value was expected";
  return success();
}

LogicalResult LinearOp::verify() {
  RankedTensorType result = getType();
  if (failed(verifyProduct(*this, getInput().getType(), getWeight().getType(),
                           result))) // C1, C3
    return failure();
  if (getBias() && !isVectorOf(getBias().getType(), result.getDimSize(1))) // C2
    return emitOpError("weight has ")
           << result.getDimSize(1) << " rows but bias is "
           << getBias().getType();
  if (getResidual() && getResidual().getType() != result) // C4
    return emitOpError("residual is ")
           << getResidual().getType() << " but result is " << result;
  return success();
}

LogicalResult UnembedOp::verify() {
  if (failed(verifyProduct(*this, getInput().getType(), getWeight().getType(),
                           getType()))) // C1, C2
    return failure();
  return verifySoftCap(*this, getSoftCap()); // C3
}

LogicalResult RotaryTableOp::verify() {
  RankedTensorType result = getType();
  int64_t frequencies = getFrequencies().size();
  if (frequencies < 1 || result.getDimSize(1) != 2 * frequencies ||
      !agree(getPositions().getType().getDimSize(0),
             result.getDimSize(0))) // C1
    return emitOpError("result is ")
           << result << " but there are " << frequencies
           << " frequencies for " << getPositions().getType();
  return success();
}

LogicalResult RotaryOp::verify() {
  RankedTensorType input = getInput().getType(), table = getTable().getType();
  if (!agree(input.getDimSize(0), table.getDimSize(0))) // C1
    return emitOpError("input has ")
           << input.getDimSize(0) << " rows but table has "
           << table.getDimSize(0);
  int64_t heads = getHeads(), channels = input.getDimSize(1);
  if (heads < 1 || channels % heads != 0) // C2
    return emitOpError("heads is ")
           << heads << " but a divisor of " << channels << " was expected";
  if (table.getDimSize(1) % 2 != 0 ||
      table.getDimSize(1) > channels / heads) // C3
    return emitOpError("table has ")
           << table.getDimSize(1) << " values but an even number of at most "
           << channels / heads << " was expected";
  return success();
}

LogicalResult ColumnsOp::verify() {
  RankedTensorType input = getInput().getType(), result = getType();
  int64_t offset = getOffset();
  if (offset < 0 || offset > input.getDimSize(1) ||
      result.getDimSize(1) > input.getDimSize(1) - offset ||
      input.getDimSize(0) != result.getDimSize(0)) // C1
    return emitOpError("result is ")
           << result << " but input has " << input.getDimSize(1)
           << " columns, taken from " << offset;
  return success();
}

LogicalResult SelectRowsOp::verify() {
  RankedTensorType result = getType();
  if (!agree(result.getDimSize(0), getRows().getType().getDimSize(0)) ||
      result.getDimSize(1) != getInput().getType().getDimSize(1)) // C1
    return emitOpError("result is ")
           << result << " but input and rows are " << getInput().getType()
           << " and " << getRows().getType();
  return success();
}

/// Checks rows and channels of keys, values or queries.
static LogicalResult verifyHeads(Operation *op, StringRef name,
                                 RankedTensorType type,
                                 RankedTensorType positions, bool kv) {
  if (!agree(type.getDimSize(0), positions.getDimSize(0))) // C1
    return op->emitOpError(name)
           << " has " << type.getDimSize(0) << " rows but there are "
           << positions.getDimSize(0) << " positions";
  ModelOp model;
  if (auto module = op->getParentOfType<ModuleOp>())
    model = getModel(module);
  if (!model)
    return success();
  int64_t heads = kv ? model.getKvHeads() : model.getHeads();
  if (type.getDimSize(1) !=
      heads * static_cast<int64_t>(model.getHeadSize())) // C2
    return op->emitOpError(name)
           << " has " << type.getDimSize(1) << " channels but the model has "
           << heads << (kv ? " KV" : "") << " heads of " << model.getHeadSize();
  return success();
}

LogicalResult KvAppendOp::verify() {
  return verifyHeads(*this, "key", getKey().getType(), getPositions().getType(),
                     true);
}

LogicalResult AttentionOp::verify() {
  if (failed(verifyHeads(*this, "query", getQuery().getType(),
                         getPositions().getType(), false)))
    return failure();
  auto module = (*this)->getParentOfType<ModuleOp>();
  ModelOp model = module ? getModel(module) : nullptr;
  std::optional<int64_t> most;
  if (model && model.getWindow())
    most = *model.getWindow();
  int64_t window = getWindow().value_or(0);
  if ((getWindow() && window < 1) ||
      (most && (!getWindow() || window > *most))) { // C3
    auto diagnostic = emitOpError("window is ");
    if (getWindow())
      diagnostic << window;
    else
      diagnostic << "absent";
    return diagnostic << " but at least 1"
                      << (most ? " and at most " + Twine(*most) : Twine())
                      << " was expected";
  }
  return verifySoftCap(*this, getSoftCap()); // C4
}

void KvAppendOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects) {
  effects.emplace_back(MemoryEffects::Write::get(), KvCacheResource::get());
}

void AttentionOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects) {
  effects.emplace_back(MemoryEffects::Read::get(), KvCacheResource::get());
}

OpFoldResult ActivationOp::fold(FoldAdaptor) {
  return getKind() == Activation::none ? getInput() : OpFoldResult();
}
