//===- TileBuilder.h - Writes loops over tiles of buffers -----------------===//

#ifndef GPTC_PASSES_CPU_TILEBUILDER_H
#define GPTC_PASSES_CPU_TILEBUILDER_H

#include "dialect/Gpt.h"
#include "passes/cpu/IndexBuilder.h"
#include "passes/cpu/TileTable.h"

namespace gptc {

inline int64_t roundUp(int64_t value, int64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

class TileBuilder : public IndexBuilder {
public:
  using IndexBuilder::IndexBuilder;

  //===--------------------------------------------------------------------===//
  // Views; of a null buffer, null
  //===--------------------------------------------------------------------===//

  /// buffer[offsets][sizes], without the dimensions of size 1 that `shape`
  /// leaves out.
  Value view(Value buffer, llvm::ArrayRef<mlir::OpFoldResult> offsets,
             llvm::ArrayRef<int64_t> sizes, llvm::ArrayRef<int64_t> shape);
  /// buffer[offsets][sizes]
  Value view(Value buffer, llvm::ArrayRef<mlir::OpFoldResult> offsets,
             llvm::ArrayRef<mlir::OpFoldResult> sizes);
  Value rowView(Value buffer, Value row, int64_t channels);
  Value tileView(Value buffer, Value row, Value column, TileSize size);
  /// Heads of row 0, from `column` on: `size.rows` of `size.columns` channels.
  Value headsView(Value buffer, Value column, TileSize size);
  /// The first of `ids`, `count` times.
  Value repeated(Value ids, int64_t count);

  //===--------------------------------------------------------------------===//
  // Loops
  //===--------------------------------------------------------------------===//

  /// What threads share.
  void forall(llvm::ArrayRef<mlir::OpFoldResult> bounds,
              llvm::function_ref<void(mlir::ValueRange)> body);
  void loop(Value begin, Value end, int64_t step,
            llvm::function_ref<void(Value)> body);
};

/// cap(activation(input · weight + bias) + residual), on buffers.
struct Product {
  mlir::Value input;
  /// Of the input that are summed over.
  int64_t channels;
  mlir::Value weight, bias, residual, output;
  gpt::Activation activation;
  /// Null, or c of c tanh(x / c).
  mlir::FloatAttr softCap;
  /// Whether the output is rounded to bf16.
  bool rounded = false;
  /// The first of the channels.
  int64_t first = 0;

  mlir::MemRefType weightType() const {
    return mlir::cast<mlir::MemRefType>(weight.getType());
  }
  int64_t panels() const { return weightType().getDimSize(0); }
  /// Values of k side by side in the weight.
  int64_t pair() const { return weightType().getRank() == 4 ? 2 : 1; }
  /// Whether those of the input are so too.
  bool pairedInput() const {
    return mlir::cast<mlir::MemRefType>(input.getType())
        .getElementType()
        .isBF16();
  }
  /// Of the output, with padding.
  int64_t columns() const { return panels() * gpt::panelWidth; }
};

/// Writes the loops of a product over its panels, for rows 0 to `count`, or
/// for row 0 alone where `count` is null (TileProduct.cpp).
void tileProduct(TileBuilder &b, const Product &product, const Tiles &tiles,
                 mlir::Value count);

} // namespace gptc

#endif // GPTC_PASSES_CPU_TILEBUILDER_H
