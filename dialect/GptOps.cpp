//===- GptOps.cpp - Verifiers and folders of the gpt dialect --------------===//

#include "dialect/Layout.h"
#include "dialect/OperandFormat.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace gptc;
using namespace gptc::gpt;

// Prints as many digits as it takes to read the same value back; the default
// format does not.
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

/// Returns true unless both sizes are known and differ.
static bool agree(int64_t a, int64_t b) {
  return ShapedType::isDynamic(a) || ShapedType::isDynamic(b) || a == b;
}

/// Returns true if `type` is a vector of `size` values.
static bool isVectorOf(RankedTensorType type, int64_t size) {
  return type.getShape() == ArrayRef(size);
}

static LogicalResult verifySoftCap(Operation *op,
                                   const std::optional<APFloat> &cap) {
  if (!cap || (cap->isFiniteNonZero() && !cap->isNegative()))
    return success();
  return op->emitOpError("soft_cap is ")
         << cap->convertToFloat()
         << " but a finite value of more than zero was expected";
}

/// Checks `input · weightᵀ -> result`, for gpt.linear and gpt.unembed.
static LogicalResult verifyProduct(Operation *op, RankedTensorType input,
                                   RankedTensorType weight,
                                   RankedTensorType result,
                                   Arithmetic arithmetic) {
  if (weight.getRank() != 2 ||
      !weight.hasStaticShape()) // linear_c1, unembed_c1
    return op->emitOpError("weight is ")
           << weight << " but a matrix was expected";
  if (input.getDimSize(1) != weight.getDimSize(1)) // linear_c1, unembed_c1
    return op->emitOpError("input has ")
           << input.getDimSize(1) << " channels but weight takes "
           << weight.getDimSize(1);
  if (!agree(result.getDimSize(0), input.getDimSize(0)) ||
      result.getDimSize(1) != weight.getDimSize(0)) // linear_c3, unembed_c2
    return op->emitOpError("result is ")
           << result << " but input and weight give " << weight.getDimSize(0)
           << " channels for each of the input's rows";
  if (getLayout(weight).value_or(Layout::panels) != Layout::panels ||
      (weight.getEncoding() &&
       OperandFormat::of(arithmetic).elementType(op->getContext()) !=
           weight.getElementType())) // linear_c5, unembed_c4
    return op->emitOpError("weight is ")
           << weight << " but panels of the operand format "
           << stringifyArithmetic(arithmetic) << " were expected";
  return success();
}

//===----------------------------------------------------------------------===//
// The contents of a module
//===----------------------------------------------------------------------===//

LogicalResult ModelOp::verify() {
  std::pair<StringRef, int64_t> sizes[] = {
      {"layers", getLayers()},        {"channels", getChannels()},
      {"heads", getHeads()},          {"kv_heads", getKvHeads()},
      {"head_size", getHeadSize()},   {"context_length", getContextLength()},
      {"vocabulary", getVocabulary()}};
  for (auto [name, size] : sizes)
    if (size < 1 || size > std::numeric_limits<int32_t>::max()) // model_c1
      return emitOpError(name)
             << " is " << size << " but 1 to 2147483647 was expected";
  if (getHeads() % getKvHeads() != 0) // model_c2
    return emitOpError("heads is ")
           << getHeads() << " but a multiple of kv_heads (" << getKvHeads()
           << ") was expected";
  if (getBos() && static_cast<int64_t>(*getBos()) < 0) // model_c3
    return emitOpError("bos is ")
           << static_cast<int64_t>(*getBos()) << " but a token was expected";
  for (int64_t id : getEos())
    if (id < 0 || id > std::numeric_limits<int32_t>::max()) // model_c3
      return emitOpError("eos holds ") << id << " but a token was expected";
  return success();
}

/// Checks that what differs by layer has `count` layers, as the model has.
static LogicalResult verifyLayerCount(Operation *op, int64_t count) {
  auto module = op->getParentOfType<ModuleOp>();
  if (ModelOp model = module ? getModel(module) : nullptr;
      model && count != static_cast<int64_t>(model.getLayers()))
    return op->emitOpError("has ")
           << count << " layers but the model has " << model.getLayers();
  return success();
}

LogicalResult KvCacheOp::verify() {
  std::pair<StringRef, int64_t> sizes[] = {{"layers", getLayers()},
                                           {"kv_heads", getKvHeads()},
                                           {"head_size", getHeadSize()},
                                           {"window", getWindow().value_or(1)}};
  for (auto [name, size] : sizes)
    if (size < 1 || size > std::numeric_limits<int32_t>::max()) // kv_cache_c1
      return emitOpError(name)
             << " is " << size << " but 1 to 2147483647 was expected";
  return verifyLayerCount(*this, getLayers()); // kv_cache_c2
}

//===----------------------------------------------------------------------===//
// Layers
//===----------------------------------------------------------------------===//

LogicalResult LayerValueOp::verify() {
  return verifyLayerCount(*this, getValues().size()); // layer_value_c1
}

OpFoldResult LayerValueOp::fold(FoldAdaptor) {
  ArrayRef<float> values = getValues();
  if (values.empty() || !llvm::all_equal(values))
    return {};
  return FloatAttr::get(getType(), values.front());
}

LogicalResult LayersOp::verify() {
  llvm::SmallBitVector used(getKinds().size());
  for (int64_t kind : getSchedule()) { // layers_c1
    if (kind < 0 || kind >= static_cast<int64_t>(getKinds().size()))
      return emitOpError("schedule names kind ")
             << kind << " but there are " << getKinds().size();
    used.set(kind);
  }
  if (!used.all())
    return emitOpError("schedule does not name kind ")
           << used.find_first_unset();
  for (Region &kind : getKinds()) { // layers_c2
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
  return verifyLayerCount(*this, getSchedule().size()); // layers_c3
}

//===----------------------------------------------------------------------===//
// The forward pass
//===----------------------------------------------------------------------===//

LogicalResult EmbeddingOp::verify() {
  RankedTensorType table = getTable().getType(), result = getType();
  if (table.getRank() != 2 || table.getDimSize(1) != result.getDimSize(1) ||
      !agree(getIds().getType().getDimSize(0),
             result.getDimSize(0))) // embedding_c1
    return emitOpError("result is ") << result << " but ids and table are "
                                     << getIds().getType() << " and " << table;
  return success();
}

LogicalResult NormOp::verify() {
  int64_t channels = getInput().getType().getDimSize(1);
  int64_t groups = getGroups();
  if (groups < 1 || channels % groups != 0) // norm_c4
    return emitOpError("groups is ")
           << groups << " but a divisor of " << channels << " was expected";
  channels /= groups;
  if (!isVectorOf(getScale().getType(), channels)) // norm_c1
    return emitOpError("a group has ")
           << channels << " channels but scale is " << getScale().getType();
  if (getBias() && !isVectorOf(getBias().getType(), channels)) // norm_c2
    return emitOpError("a group has ")
           << channels << " channels but bias is " << getBias().getType();
  if (!getEpsilon().isFinite() || getEpsilon().isNegative()) // norm_c3
    return emitOpError("epsilon is ")
           << getEpsilonAttr()
           << " but a finite, not negative value was expected";
  return success();
}

LogicalResult LinearOp::verify() {
  RankedTensorType result = getType();
  if (failed(verifyProduct(*this, getInput().getType(), getWeight().getType(),
                           result, getArithmetic())))
    return failure();
  if (getBias() &&
      !isVectorOf(getBias().getType(), result.getDimSize(1))) // linear_c2
    return emitOpError("weight has ")
           << result.getDimSize(1) << " rows but bias is "
           << getBias().getType();
  if (getResidual() && getResidual().getType() != result) // linear_c4
    return emitOpError("residual is ")
           << getResidual().getType() << " but result is " << result;
  return success();
}

LogicalResult UnembedOp::verify() {
  if (failed(verifyProduct(*this, getInput().getType(), getWeight().getType(),
                           getType(), getArithmetic())))
    return failure();
  return verifySoftCap(*this, getSoftCap()); // unembed_c3
}

LogicalResult RotaryTableOp::verify() {
  RankedTensorType result = getType();
  int64_t frequencies = getFrequencies().size();
  if (frequencies < 1 || result.getDimSize(1) != 2 * frequencies ||
      !agree(getPositions().getType().getDimSize(0),
             result.getDimSize(0))) // rotary_table_c1
    return emitOpError("result is ")
           << result << " but there are " << frequencies << " frequencies for "
           << getPositions().getType();
  return success();
}

LogicalResult RotaryOp::verify() {
  RankedTensorType input = getInput().getType(), table = getTable().getType();
  if (!agree(input.getDimSize(0), table.getDimSize(0))) // rotary_c1
    return emitOpError("input has ")
           << input.getDimSize(0) << " rows but table has "
           << table.getDimSize(0);
  int64_t heads = getHeads(), channels = input.getDimSize(1);
  if (heads < 1 || channels % heads != 0) // rotary_c2
    return emitOpError("heads is ")
           << heads << " but a divisor of " << channels << " was expected";
  if (table.getDimSize(1) % 2 != 0 ||
      table.getDimSize(1) > channels / heads) // rotary_c3
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
      input.getDimSize(0) != result.getDimSize(0)) // columns_c1
    return emitOpError("result is ")
           << result << " but input has " << input.getDimSize(1)
           << " columns, taken from " << offset;
  return success();
}

LogicalResult SelectRowsOp::verify() {
  RankedTensorType result = getType();
  if (!agree(result.getDimSize(0), getRows().getType().getDimSize(0)) ||
      result.getDimSize(1) !=
          getInput().getType().getDimSize(1)) // select_rows_c1
    return emitOpError("result is ")
           << result << " but input and rows are " << getInput().getType()
           << " and " << getRows().getType();
  return success();
}

/// Checks rows and channels of keys or queries, of gpt.kv_append and
/// gpt.attention.
static LogicalResult verifyHeads(Operation *op, StringRef name,
                                 RankedTensorType type,
                                 RankedTensorType positions, uint64_t heads,
                                 uint64_t headSize) {
  if (!agree(type.getDimSize(0),
             positions.getDimSize(0))) // kv_append_c1, attention_c1
    return op->emitOpError(name)
           << " has " << type.getDimSize(0) << " rows but there are "
           << positions.getDimSize(0) << " positions";
  if (heads < 1 || headSize < 1 || type.getDimSize(1) % heads != 0 ||
      type.getDimSize(1) / heads != headSize) // kv_append_c2, attention_c2
    return op->emitOpError(name)
           << " has " << type.getDimSize(1) << " channels but there are "
           << int64_t(heads) << " heads of " << int64_t(headSize);
  return success();
}

LogicalResult KvAppendOp::verify() {
  return verifyHeads(*this, "key", getKey().getType(), getPositions().getType(),
                     getKvHeads(), getHeadSize());
}

LogicalResult AttentionOp::verify() {
  if (failed(verifyHeads(*this, "query", getQuery().getType(),
                         getPositions().getType(), getHeads(), getHeadSize())))
    return failure();
  if (getKvHeads() < 1 || getHeads() % getKvHeads() != 0) // attention_c5
    return emitOpError("heads is ")
           << getHeads() << " but a multiple of kv_heads ("
           << int64_t(getKvHeads()) << ") was expected";
  return verifySoftCap(*this, getSoftCap()); // attention_c4
}

/// Finds the cache of gpt.kv_append or gpt.attention and checks its heads.
template <typename Op>
static FailureOr<KvCacheOp> findCache(Op op, SymbolTableCollection &symbols) {
  auto cache = symbols.lookupNearestSymbolFrom<KvCacheOp>(op.getOperation(),
                                                          op.getCacheAttr());
  if (!cache) // kv_append_c3, attention_c6
    return op.emitOpError("no gpt.kv_cache is called ") << op.getCacheAttr();
  if (op.getKvHeads() != cache.getKvHeads() ||
      op.getHeadSize() != cache.getHeadSize()) // kv_append_c3, attention_c6
    return op.emitOpError("has ")
           << op.getKvHeads() << " KV heads of " << op.getHeadSize() << " but "
           << op.getCacheAttr() << " has " << cache.getKvHeads() << " of "
           << cache.getHeadSize();
  return cache;
}

LogicalResult KvAppendOp::verifySymbolUses(SymbolTableCollection &symbols) {
  return findCache(*this, symbols);
}

LogicalResult AttentionOp::verifySymbolUses(SymbolTableCollection &symbols) {
  FailureOr<KvCacheOp> cache = findCache(*this, symbols);
  if (failed(cache))
    return failure();
  std::optional<int64_t> most = cache->getWindow();
  std::optional<int64_t> window = getWindow();
  if ((!window || *window >= 1) &&
      (!most || (window && *window <= *most))) // attention_c3
    return success();
  auto diagnostic = emitOpError("window is ");
  if (window)
    diagnostic << *window;
  else
    diagnostic << "absent";
  return diagnostic << " but at least 1"
                    << (most ? " and at most " + Twine(*most) : Twine())
                    << " was expected";
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
