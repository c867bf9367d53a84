//===- TileBuilder.cpp - Builds loops over tiles of buffers ---------------===//

#include "passes/cpu/TileBuilder.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace gptc;

Value TileBuilder::view(Value buffer, ArrayRef<OpFoldResult> offsets,
                        ArrayRef<int64_t> sizes, ArrayRef<int64_t> shape) {
  if (!buffer)
    return {};
  SmallVector<OpFoldResult> sizeValues =
      getAsIndexOpFoldResult(getContext(), sizes);
  SmallVector<OpFoldResult> strides(sizes.size(), getIndexAttr(1));
  auto type = memref::SubViewOp::inferRankReducedResultType(
      shape, cast<MemRefType>(buffer.getType()), offsets, sizeValues, strides);
  return memref::SubViewOp::create(*this, cast<MemRefType>(type), buffer,
                                   offsets, sizeValues, strides);
}

Value TileBuilder::view(Value buffer, ArrayRef<OpFoldResult> offsets,
                        ArrayRef<OpFoldResult> sizes) {
  if (!buffer)
    return {};
  SmallVector<OpFoldResult> strides(sizes.size(), getIndexAttr(1));
  return memref::SubViewOp::create(*this, buffer, offsets, sizes, strides);
}

Value TileBuilder::rowView(Value buffer, Value row, int64_t channels) {
  return view(buffer, {row, getIndexAttr(0)}, {1, channels}, {channels});
}

Value TileBuilder::tileView(Value buffer, Value row, Value column,
                            TileSize size) {
  return view(buffer, {row, column}, {size.rows, size.columns},
              {size.rows, size.columns});
}

Value TileBuilder::headsView(Value buffer, Value column, TileSize size) {
  int64_t channels = size.rows * size.columns;
  Value row =
      view(buffer, {getIndexAttr(0), column}, {1, channels}, {channels});
  return memref::ExpandShapeOp::create(
      *this, ArrayRef<int64_t>{size.rows, size.columns}, row,
      SmallVector<ReassociationIndices>{{0, 1}});
}

Value TileBuilder::repeated(Value ids, int64_t count) {
  if (count == 1)
    return ids;
  auto type = cast<MemRefType>(ids.getType());
  auto layout = StridedLayoutAttr::get(getContext(), 0, {0});
  return memref::ReinterpretCastOp::create(
      *this, MemRefType::get({count}, type.getElementType(), layout), ids,
      /*offset=*/0, ArrayRef<int64_t>{count}, ArrayRef<int64_t>{0});
}

void TileBuilder::forall(ArrayRef<OpFoldResult> bounds,
                         llvm::function_ref<void(ValueRange)> body) {
  auto loop = scf::ForallOp::create(*this, bounds, ValueRange(), std::nullopt);
  OpBuilder::InsertionGuard guard(*this);
  setInsertionPointToStart(loop.getBody());
  body(loop.getInductionVars());
}

void TileBuilder::loop(Value begin, Value end, int64_t step,
                       llvm::function_ref<void(Value)> body) {
  auto loop = scf::ForOp::create(*this, begin, end, index(step));
  OpBuilder::InsertionGuard guard(*this);
  setInsertionPointToStart(loop.getBody());
  body(loop.getInductionVar());
}
