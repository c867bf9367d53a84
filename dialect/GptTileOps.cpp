//===- GptTileOps.cpp - Verifiers of the tile ops -------------------------===//

#include "dialect/Layout.h"
#include "dialect/OperandFormat.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace gptc::gpt;

static bool isPositive(const APFloat &value) {
  return value.isFiniteNonZero() && !value.isNegative();
}

/// Returns true if `table` has `layout` with rows of `channels` values.
static bool holdsRows(MemRefType table, Layout layout, int64_t channels) {
  ArrayRef<int64_t> shape = table.getShape();
  if (layout == Layout::rows)
    return shape.size() == 2 &&
           shape[1] == int64_t(llvm::alignTo(channels, rowPadding));
  const OperandFormat *format = OperandFormat::ofWeight(table.getElementType());
  return layout == Layout::panels && format && !shape.empty() &&
         shape.drop_front() ==
             ArrayRef(format->tileShape(channels, format->panel));
}

LogicalResult TileEmbeddingOp::verify() {
  if (!holdsRows(getTable().getType(), getLayout(),
                 getOutput().getType().getDimSize(0))) // tile_embedding_c1
    return emitOpError("table is ")
           << getTable().getType() << " but " << stringifyLayout(getLayout())
           << " of " << getOutput().getType().getDimSize(0)
           << " channels were expected";
  return success();
}

/// Checks the element type of the output by the arithmetic of its readers; the
/// last constraint of several ops.
template <typename Op>
static LogicalResult verifyOutputFor(Op op) {
  // tile_norm_c2, tile_map_c2, tile_gated_c2, tile_linear_c6,
  // tile_linear_row_c5, tile_attention_c6
  MemRefType output = op.getOutput().getType();
  Type element = output.getElementType(), activation;
  if (op.getReader())
    activation =
        OperandFormat::of(*op.getReader()).activationType(op.getContext());
  if (element.isF32() || element == activation)
    return success();
  auto diagnostic = op.emitOpError("output is ") << output << " but f32";
  if (activation)
    diagnostic << " or " << activation;
  return diagnostic << " was expected";
}

/// Checks the element type of a product's input. The weight is in `format` if
/// `isGrouped`, else it is expanded to f32.
template <typename Op>
static LogicalResult verifyInput(Op op, const OperandFormat &format,
                                 bool isGrouped, int64_t channels) {
  // tile_linear_c5, tile_linear_row_c4
  MemRefType input = op.getInput().getType();
  Type element = input.getElementType();
  bool isActivation = element == format.activationType(op.getContext()) &&
                      isGrouped && channels % format.group == 0;
  if (!element.isF32() && !isActivation)
    return op.emitOpError("input is ")
           << input << " but weight is " << op.getWeight().getType()
           << ": f32 was expected, or whole groups of the operand format "
           << stringifyArithmetic(format.arithmetic);
  return verifyOutputFor(op);
}

LogicalResult TileNormOp::verify() {
  int64_t channels = getOutput().getType().getDimSize(0);
  auto holds = [&](MemRefType type) {
    return type.getRank() == 1 && type.getDimSize(0) >= channels;
  };
  if (getInput().getType().getDimSize(0) != channels ||
      !holds(getScale().getType()) ||
      (getBias() && !holds(getBias().getType()))) // tile_norm_c1
    return emitOpError("input, scale or bias has another number of channels "
                       "than output (")
           << channels << ")";
  return verifyOutputFor(*this);
}

LogicalResult TileMapOp::verify() {
  int64_t channels = getInput().getType().getDimSize(0);
  int64_t group = getReader() ? OperandFormat::of(*getReader()).group : 1;
  int64_t written = llvm::alignTo(channels, group);
  if (getOutput().getType().getDimSize(0) != written ||
      (getResidual() &&
       getResidual().getType().getDimSize(0) != channels)) // tile_map_c1
    return emitOpError("input, residual or output has another number of "
                       "channels than expected (")
           << channels << ", " << channels << " and " << written << ")";
  return verifyOutputFor(*this);
}

LogicalResult TileGatedOp::verify() {
  int64_t channels = getOutput().getType().getDimSize(0);
  if (getGate().getType().getDimSize(0) != channels ||
      getUp().getType().getDimSize(0) != channels) // tile_gated_c1
    return emitOpError("gate or up has another number of channels than output "
                       "(")
           << channels << ")";
  return verifyOutputFor(*this);
}

LogicalResult TileSoftCapOp::verify() {
  if (!isPositive(getCap())) // tile_soft_cap_c1
    return emitOpError("cap is ")
           << getCapAttr() << " but more than zero was expected";
  return success();
}

LogicalResult TileRotaryTableOp::verify() {
  int64_t values = getOutput().getType().getDimSize(0);
  if (values !=
      2 * static_cast<int64_t>(getFrequencies().size())) // tile_rotary_table_c1
    return emitOpError("output has ")
           << values << " values but there are " << getFrequencies().size()
           << " frequencies";
  return success();
}

LogicalResult TileRotaryOp::verify() {
  int64_t channels = getInput().getType().getDimSize(0);
  int64_t heads = getHeads(), rotated = getTable().getType().getDimSize(0);
  if (getOutput().getType().getDimSize(0) != channels || heads < 1 ||
      channels % heads != 0) // tile_rotary_c1
    return emitOpError("input has ")
           << channels << " channels and output "
           << getOutput().getType().getDimSize(0) << " but as many for "
           << heads << " heads were expected";
  if (rotated % 2 != 0 || rotated > channels / heads) // tile_rotary_c2
    return emitOpError("table has ")
           << rotated << " values but an even number of at most "
           << channels / heads << " was expected";
  return success();
}

/// Returns true if a buffer is contiguous and has `bytes` bytes.
static bool isPiece(MemRefType type, int64_t bytes) {
  return type.areTrailingDimsContiguous(type.getRank()) &&
         type.getNumElements() * type.getElementTypeBitWidth() / 8 == bytes;
}

LogicalResult TileLinearOp::verify() {
  ArrayRef<int64_t> input = getInput().getType().getShape();
  ArrayRef<int64_t> output = getOutput().getType().getShape();
  MemRefType weight = getWeight().getType();
  const OperandFormat &format = OperandFormat::of(getArithmetic());
  if (output[1] % rowPadding != 0) // tile_linear_c1
    return emitOpError("output has ")
           << output[1] << " columns but a multiple of " << rowPadding
           << " was expected";
  bool isGrouped =
      weight.getElementType() == format.elementType(getContext()) &&
      weight.getShape() == ArrayRef(format.tileShape(input[1], output[1]));
  bool isExpanded = weight.getElementType().isF32() &&
                    input[1] % format.group == 0 &&
                    weight.getShape() == ArrayRef({input[1], output[1]});
  if (!isGrouped && !isExpanded) // tile_linear_c2
    return emitOpError("weight is ")
           << weight << " but " << input[1] << " channels of " << output[1]
           << " outputs in " << stringifyArithmetic(getArithmetic())
           << " were expected";
  bool biasFits =
      !getBias() || getBias().getType().getShape() == output.drop_front();
  bool residualFits =
      !getResidual() || getResidual().getType().getShape() == output;
  if (input[0] != output[0] || !biasFits || !residualFits) // tile_linear_c3
    return emitOpError("input, bias or residual does not fit output of ")
           << output[0] << "x" << output[1];
  if (getAhead() &&
      !isPiece(getAhead().getType(), 16 * input[1])) // tile_linear_c4
    return emitOpError("ahead is ")
           << getAhead().getType() << " but " << 16 * input[1]
           << " bytes in one piece were expected";
  return verifyInput(*this, format, isGrouped, input[1]);
}

LogicalResult TileLinearRowOp::verify() {
  MemRefType weight = getWeight().getType();
  ArrayRef<int64_t> shape = weight.getShape();
  const OperandFormat &format = OperandFormat::of(getArithmetic());
  int64_t channels = getInput().getType().getDimSize(0);
  SmallVector<int64_t> panel = format.tileShape(channels, format.panel);
  if (weight.getElementType() != format.elementType(getContext()) ||
      shape.size() != panel.size() + 1 ||
      shape.drop_front(2) != ArrayRef(panel).drop_front()) // tile_linear_row_c1
    return emitOpError("weight is ")
           << weight << " but panels of " << format.panel << " outputs in "
           << stringifyArithmetic(getArithmetic()) << " were expected";
  if (shape[1] != panel[0]) // tile_linear_row_c2
    return emitOpError("input has ")
           << channels << " channels but weight is " << weight;
  bool known = !ShapedType::isDynamic(shape[0]);
  int64_t outputs = known ? shape[0] * format.panel : ShapedType::kDynamic;
  auto fits = [&](auto buffer) {
    return !buffer || buffer.getType().getShape() == ArrayRef(outputs);
  };
  if (!fits(getOutput()) || !fits(getBias()) || !fits(getResidual()) ||
      getSums().getType().getDimSize(0) <
          (known ? outputs : format.panel)) // tile_linear_row_c3
    return emitOpError("bias, residual, sums or output does not fit weight ")
           << weight;
  return verifyInput(*this, format, /*isGrouped=*/true, channels);
}

LogicalResult TileExpandOp::verify() {
  ArrayRef<int64_t> weight = getWeight().getType().getShape();
  ArrayRef<int64_t> output = getOutput().getType().getShape();
  if (weight[2] != 2 || output[0] != 2 * weight[0] || output[1] != weight[1] ||
      output[1] % rowPadding != 0) // tile_expand_c1
    return emitOpError("output is ")
           << getOutput().getType() << " but weight is "
           << getWeight().getType();
  return success();
}

/// Returns the channels that the cache has room for at one position of a head.
static int64_t headRoom(MemRefType cache) { return cache.getDimSize(5); }

LogicalResult TileKvAppendOp::verify() {
  int64_t channels = getKey().getType().getDimSize(0);
  if (getValue().getType().getDimSize(0) != channels) // tile_kv_append_c1
    return emitOpError("key has ") << channels << " channels but value has "
                                   << getValue().getType().getDimSize(0);
  if (headRoom(getCache().getType()) < channels) // tile_kv_append_c2
    return emitOpError("key has ")
           << channels << " channels but the cache has room for "
           << headRoom(getCache().getType());
  return success();
}

LogicalResult TileAttentionOp::verify() {
  if (getQuery().getType().getShape() !=
      getOutput().getType().getShape()) // tile_attention_c1
    return emitOpError("query is ") << getQuery().getType() << " but output is "
                                    << getOutput().getType();
  if (headRoom(getCache().getType()) <
      getQuery().getType().getDimSize(1)) // tile_attention_c2
    return emitOpError("query has ") << getQuery().getType().getDimSize(1)
                                     << " channels but the cache has room for "
                                     << headRoom(getCache().getType());
  if (getStep() != 16 && getStep() != 32 &&
      getStep() != 64) // tile_attention_c3
    return emitOpError("step is ")
           << getStep() << " but 16, 32 or 64 was expected";
  if (getWindow() &&
      static_cast<int64_t>(*getWindow()) < 1) // tile_attention_c4
    return emitOpError("window is ") << static_cast<int64_t>(*getWindow())
                                     << " but at least 1 was expected";
  if (getSoftCap() && !isPositive(*getSoftCap())) // tile_attention_c4
    return emitOpError("soft_cap is ")
           << getSoftCapAttr() << " but more than zero was expected";
  int64_t rows = getQuery().getType().getDimSize(0), group = getGroup();
  if (group < 1 || rows % group != 0) // tile_attention_c5
    return emitOpError("group is ")
           << group << " but a divisor of " << rows << " rows was expected";
  return verifyOutputFor(*this);
}
