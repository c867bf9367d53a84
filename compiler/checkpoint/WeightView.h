//===- WeightView.h - Carry out a weight's plan ---------------------------===//

#ifndef GPTC_COMPILER_CHECKPOINT_WEIGHTVIEW_H
#define GPTC_COMPILER_CHECKPOINT_WEIGHTVIEW_H

#include "compiler/checkpoint/Checkpoint.h"

namespace gptc {

/// What the plan of a weight leaves for one layer, before `#gpt.pack`, as a
/// matrix; a vector is one column. Nothing is copied before it is read. The
/// checkpoint must outlive it.
class WeightView {
public:
  static llvm::Expected<WeightView> create(gpt::WeightOp weight, int64_t layer,
                                           const Checkpoint &checkpoint);

  int64_t getRows() const { return rows; }
  int64_t getColumns() const { return columns; }

  void transpose();

  /// A part of the matrix.
  struct Rectangle {
    int64_t row, column, rows, columns;
  };

  /// Where values go: `values[row * rowStride + column * columnStride]`, from
  /// the part's corner on.
  struct Destination {
    float *values;
    int64_t rowStride, columnStride;
  };

  /// Reads `part`, which lies inside the matrix.
  void read(Rectangle part, Destination destination) const;

private:
  /// A rectangle of the matrix that lies regularly in one tensor.
  struct Piece {
    Rectangle place;
    /// The tensor's bytes and its type.
    const char *data;
    mlir::Type type;
    /// The element of the tensor that is the piece's corner, and how far the
    /// next ones are, in elements.
    int64_t first, rowStride, columnStride;
    /// `#gpt.convert` and `#gpt.add`: what is done to each value, in order.
    llvm::SmallVector<mlir::Attribute, 1> steps;
  };

  static WeightView ofTensor(const StoredTensor &tensor, mlir::Type type);
  void slice(int64_t dimension, int64_t offset, int64_t size, int64_t every);
  /// The part of each piece that holds rows `first`, `first + step`, … up to
  /// `end`, which are put at `row`.
  llvm::SmallVector<Piece, 1> takeRows(int64_t first, int64_t end, int64_t step,
                                       int64_t row) const;
  void deinterleave(int64_t group);
  void append(WeightView &&below);
  void convert(gpt::ConvertAttr step);
  void add(gpt::AddAttr step);
  static void readPiece(const Piece &piece, Rectangle part,
                        Destination destination);

  int64_t rows = 0, columns = 0;
  llvm::SmallVector<Piece, 1> pieces;
};

/// All values of a layer's weight, row-major.
llvm::Expected<std::vector<float>>
readWeight(gpt::WeightOp weight, int64_t layer, const Checkpoint &checkpoint);

} // namespace gptc

#endif // GPTC_COMPILER_CHECKPOINT_WEIGHTVIEW_H
