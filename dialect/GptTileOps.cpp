//===- GptTileOps.cpp - Verifiers of the tile ops -------------------------===//

#include "dialect/Gpt.h"

using namespace mlir;
using namespace gptc::gpt;

/// True if a row or panel of `table` holds `channels` values.
static bool holdsRow(MemRefType table, int64_t channels) {
  ArrayRef<int64_t> shape = table.getShape();
  switch (shape.size()) {
  case 2:
  case 3:
    return shape[1] >= channels;
  case 4:
    return shape[1] * shape[3] >= channels;
  default:
    return false;
  }
}

static bool isPositive(const APFloat &value) {
  return value.isFiniteNonZero() && !value.isNegative();
}

LogicalResult TileEmbeddingOp::verify() {
  if (!holdsRow(getTable().getType(),
                getOutput().getType().getDimSize(0))) // C1
    return emitOpError("table is ")
           << getTable().getType() << " but output has "
           << getOutput().getType().getDimSize(0) << " channels";
  return success();
}

/// The last of several constraints: what is stored as bf16 is rounded.
template <typename Op>
static LogicalResult verifyRounding(Op op) {
  MemRefType output = op.getOutput().getType();
  if (output.getElementType().isBF16() && !op.getRounded())
    return op.emitOpError("output is ") << output << " but is not rounded";
  return success();
}

/// Of a product: pairs of k of the input meet pairs of the weight.
template <typename Op>
static LogicalResult verifyPairs(Op op, int64_t channels) {
  MemRefType input = op.getInput().getType(), weight = op.getWeight().getType();
  if (input.getElementType().isBF16() &&
      (!weight.getElementType().isBF16() || channels % 2 != 0))
    return op.emitOpError("input is ")
           << input << " but weight is " << weight
           << ": an even number of channels in bf16 was expected of both";
  return verifyRounding(op);
}

LogicalResult TileNormOp::verify() {
  int64_t channels = getOutput().getType().getDimSize(0);
  auto holds = [&](MemRefType type) {
    return type.getRank() == 1 && type.getDimSize(0) >= channels;
  };
  if (getInput().getType().getDimSize(0) != channels ||
      !holds(getScale().getType()) ||
      (getBias() && !holds(getBias().getType()))) // C1
    return emitOpError("input, scale or bias has another number of channels "
                       "than output (")
           << channels << ")";
  return verifyRounding(*this);
}

LogicalResult TileMapOp::verify() {
  int64_t channels = getInput().getType().getDimSize(0);
  int64_t written = getRounded() ? (channels + 1) / 2 * 2 : channels;
  if (getOutput().getType().getDimSize(0) != written ||
      (getResidual() &&
       getResidual().getType().getDimSize(0) != channels)) // C1
    return emitOpError("input, residual or output has another number of "
                       "channels than expected (")
           << channels << ", " << channels << " and " << written << ")";
  return verifyRounding(*this);
}

LogicalResult TileGatedOp::verify() {
  int64_t channels = getOutput().getType().getDimSize(0);
  if (getGate().getType().getDimSize(0) != channels ||
      getUp().getType().getDimSize(0) != channels) // C1
    return emitOpError("gate or up has another number of channels than output "
                       "(")
           << channels << ")";
  return verifyRounding(*this);
}

LogicalResult TileSoftCapOp::verify() {
  if (!isPositive(getCap())) // C1
    return emitOpError("cap is ")
           << getCapAttr() << " but more than zero was expected";
  return success();
}

LogicalResult TileRotaryTableOp::verify() {
  int64_t values = getOutput().getType().getDimSize(0);
  if (values != 2 * static_cast<int64_t>(getFrequencies().size())) // C1
    return emitOpError("output has ")
           << values << " values but there are " << getFrequencies().size()
           << " frequencies";
  return success();
}

LogicalResult TileRotaryOp::verify() {
  int64_t channels = getInput().getType().getDimSize(0);
  int64_t heads = getHeads(), turned = getTable().getType().getDimSize(0);
  if (getOutput().getType().getDimSize(0) != channels || heads < 1 ||
      channels % heads != 0) // C1
    return emitOpError("input has ")
           << channels << " channels and output "
           << getOutput().getType().getDimSize(0) << " but as many for "
           << heads << " heads were expected";
  if (turned % 2 != 0 || turned > channels / heads) // C2
    return emitOpError("table has ")
           << turned << " values but an even number of at most "
           << channels / heads << " was expected";
  return success();
}

/// Whether a buffer's values lie side by side and take `bytes`.
static bool isPiece(MemRefType type, int64_t bytes) {
  return type.areTrailingDimsContiguous(type.getRank()) &&
         type.getNumElements() * type.getElementTypeBitWidth() / 8 == bytes;
}

LogicalResult TileLinearOp::verify() {
  ArrayRef<int64_t> input = getInput().getType().getShape();
  ArrayRef<int64_t> output = getOutput().getType().getShape();
  MemRefType weight = getWeight().getType();
  bool pairs = weight.getElementType().isBF16();
  if (weight.getRank() != (pairs ? 3 : 2))
    return emitOpError("weight is ")
           << weight << " but columns of a panel were expected";
  if (output[1] % lanes != 0 || weight.getDimSize(1) != output[1]) // C1
    return emitOpError("output has ")
           << output[1] << " columns but weight has " << weight.getDimSize(1)
           << ", in multiples of " << lanes;
  if (weight.getDimSize(0) != (pairs ? (input[1] + 1) / 2 : input[1])) // C2
    return emitOpError("input has ")
           << input[1] << " channels but weight is " << weight;
  bool biasFits =
      !getBias() || getBias().getType().getShape() == output.drop_front();
  bool residualFits =
      !getResidual() || getResidual().getType().getShape() == output;
  if (input[0] != output[0] || !biasFits || !residualFits) // C3
    return emitOpError("input, bias or residual does not fit output of ")
           << output[0] << "x" << output[1];
  if (getOddFirst() && (pairs || input[1] % 2 != 0)) // C4
    return emitOpError("odd_first meets weight ")
           << weight << " but an even number of channels in f32 was expected";
  if (getAhead() && !isPiece(getAhead().getType(), 16 * input[1])) // C5
    return emitOpError("ahead is ")
           << getAhead().getType() << " but " << 16 * input[1]
           << " bytes in one piece were expected";
  return verifyPairs(*this, input[1]);
}

LogicalResult TileLinearRowOp::verify() {
  MemRefType weight = getWeight().getType();
  ArrayRef<int64_t> shape = weight.getShape();
  bool pairs = weight.getElementType().isBF16();
  if (shape.size() != (pairs ? 4 : 3) || shape[2] != panelWidth ||
      (pairs && shape[3] != 2)) // C1
    return emitOpError("weight is ") << weight << " but panels of "
                                     << panelWidth << " columns were expected";
  int64_t channels = getInput().getType().getDimSize(0);
  if (shape[1] != (pairs ? (channels + 1) / 2 : channels)) // C2
    return emitOpError("input has ")
           << channels << " channels but weight is " << weight;
  bool known = !ShapedType::isDynamic(shape[0]);
  int64_t outputs = known ? shape[0] * panelWidth : ShapedType::kDynamic;
  auto fits = [&](auto buffer) {
    return !buffer || buffer.getType().getShape() == ArrayRef(outputs);
  };
  if (!fits(getOutput()) || !fits(getBias()) || !fits(getResidual()) ||
      getSums().getType().getDimSize(0) < (known ? outputs : panelWidth)) // C3
    return emitOpError("bias, residual, sums or output does not fit weight ")
           << weight;
  return verifyPairs(*this, channels);
}

LogicalResult TileExpandOp::verify() {
  ArrayRef<int64_t> weight = getWeight().getType().getShape();
  ArrayRef<int64_t> output = getOutput().getType().getShape();
  if (weight[2] != 2 || output[0] != 2 * weight[0] || output[1] != weight[1] ||
      output[1] % lanes != 0) // C1
    return emitOpError("output is ")
           << getOutput().getType() << " but weight is "
           << getWeight().getType();
  return success();
}

/// Values that the cache holds for one position of one head.
static int64_t headRoom(MemRefType cache) {
  return cache.getDimSize(4) / blockPositions;
}

LogicalResult TileKvAppendOp::verify() {
  int64_t channels = getKey().getType().getDimSize(0);
  if (getValue().getType().getDimSize(0) != channels) // C1
    return emitOpError("key has ") << channels << " channels but value has "
                                   << getValue().getType().getDimSize(0);
  if (headRoom(getCache().getType()) < channels) // C2
    return emitOpError("key has ")
           << channels << " channels but the cache has room for "
           << headRoom(getCache().getType());
  return success();
}

LogicalResult TileAttentionOp::verify() {
  if (getQuery().getType().getShape() != getOutput().getType().getShape()) // C1
    return emitOpError("query is ") << getQuery().getType() << " but output is "
                                    << getOutput().getType();
  if (headRoom(getCache().getType()) < getQuery().getType().getDimSize(1)) // C2
    return emitOpError("query has ") << getQuery().getType().getDimSize(1)
                                     << " channels but the cache has room for "
                                     << headRoom(getCache().getType());
  if (getStep() != 16 && getStep() != 32 && getStep() != 64) // C3
    return emitOpError("step is ")
           << getStep() << " but 16, 32 or 64 was expected";
  if (getWindow() && static_cast<int64_t>(*getWindow()) < 1) // C4
    return emitOpError("window is ") << static_cast<int64_t>(*getWindow())
                                     << " but at least 1 was expected";
  if (getSoftCap() && !isPositive(*getSoftCap())) // C4
    return emitOpError("soft_cap is ")
           << getSoftCapAttr() << " but more than zero was expected";
  int64_t rows = getQuery().getType().getDimSize(0), group = getGroup();
  if (group < 1 || rows % group != 0) // C5
    return emitOpError("group is ")
           << group << " but a divisor of " << rows << " rows was expected";
  return verifyRounding(*this);
}
