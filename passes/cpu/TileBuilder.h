//===- TileBuilder.h - Builds loops over tiles of buffers -----------------===//

#ifndef GPTC_PASSES_CPU_TILEBUILDER_H
#define GPTC_PASSES_CPU_TILEBUILDER_H

#include "dialect/Layout.h"
#include "dialect/OperandFormat.h"
#include "passes/cpu/IndexBuilder.h"
#include "passes/cpu/TileTable.h"

namespace gptc {

class TileBuilder : public IndexBuilder {
public:
  using IndexBuilder::IndexBuilder;

  /// Returns `value` as an attribute, null for none.
  gpt::ArithmeticAttr arithmeticAttr(std::optional<gpt::Arithmetic> value) {
    return value ? gpt::ArithmeticAttr::get(getContext(), *value)
                 : gpt::ArithmeticAttr();
  }

  //===--------------------------------------------------------------------===//
  // Views, which are null for a null buffer
  //===--------------------------------------------------------------------===//

  /// Returns buffer[offsets][sizes], without the dimensions of size 1 that
  /// `shape` leaves out.
  Value view(Value buffer, llvm::ArrayRef<mlir::OpFoldResult> offsets,
             llvm::ArrayRef<int64_t> sizes, llvm::ArrayRef<int64_t> shape);
  /// Returns buffer[offsets][sizes].
  Value view(Value buffer, llvm::ArrayRef<mlir::OpFoldResult> offsets,
             llvm::ArrayRef<mlir::OpFoldResult> sizes);
  Value rowView(Value buffer, Value row, int64_t channels);
  Value tileView(Value buffer, Value row, Value column, TileSize size);
  /// Returns heads of row 0 from `column` on: `size.rows` heads of
  /// `size.columns` channels.
  Value headsView(Value buffer, Value column, TileSize size);
  /// Returns a view that repeats the first of `ids` `count` times.
  Value repeated(Value ids, int64_t count);

  //===--------------------------------------------------------------------===//
  // Loops
  //===--------------------------------------------------------------------===//

  /// Builds a loop whose iterations are distributed to threads.
  void forall(llvm::ArrayRef<mlir::OpFoldResult> bounds,
              llvm::function_ref<void(mlir::ValueRange)> body);
  void loop(Value begin, Value end, int64_t step,
            llvm::function_ref<void(Value)> body);
};

/// The product cap(activation(input · weight + bias) + residual) on buffers.
struct Product {
  explicit Product(gpt::Arithmetic arithmetic)
      : format(&gpt::OperandFormat::of(arithmetic)) {}

  const gpt::OperandFormat *format;
  mlir::Value input;
  /// The number of channels of the input that are summed over.
  int64_t channels;
  mlir::Value weight, bias, residual, output;
  gpt::Activation activation;
  /// The c of the soft cap c tanh(x / c), or null.
  mlir::FloatAttr softCap;
  /// The arithmetic that the output is rounded for, if only products of this
  /// arithmetic read it.
  std::optional<gpt::Arithmetic> reader;
  /// The first channel that is summed over.
  int64_t first = 0;

  mlir::MemRefType weightType() const {
    return mlir::cast<mlir::MemRefType>(weight.getType());
  }
  int64_t panels() const { return weightType().getDimSize(0); }
  mlir::MemRefType inputType() const {
    return mlir::cast<mlir::MemRefType>(input.getType());
  }
  /// Returns true if instructions multiply whole groups of input and weight
  /// channels.
  bool multipliesGroups() const {
    return format->group > 1 && !inputType().getElementType().isF32();
  }
  /// Returns the number of columns of the output, padding included.
  int64_t columns() const { return panels() * format->panel; }
};

/// Builds the loops of a product over its panels, for the rows [0, count), or
/// for row 0 alone if `count` is null (TileProduct.cpp).
void tileProduct(TileBuilder &b, const Product &product, const Tiles &tiles,
                 mlir::Value count);

} // namespace gptc

#endif // GPTC_PASSES_CPU_TILEBUILDER_H
