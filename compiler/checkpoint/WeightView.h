//===- WeightView.h - Evaluates a weight's plan ---------------------------===//

#ifndef GPTC_COMPILER_CHECKPOINT_WEIGHTVIEW_H
#define GPTC_COMPILER_CHECKPOINT_WEIGHTVIEW_H

#include "compiler/checkpoint/Checkpoint.h"

namespace gptc {

/// The result of a weight's plan for one layer, before `#gpt.pack`, as a
/// matrix; a vector is one column. Nothing is copied before it is read. The
/// checkpoint must outlive the view.
class WeightView {
public:
  static llvm::Expected<WeightView> create(gpt::WeightOp weight, int64_t layer,
                                           const Checkpoint &checkpoint);

  int64_t getRows() const { return rows; }
  int64_t getColumns() const { return columns; }

  void transpose();

  /// A part of the matrix, in elements, which lies inside it.
  struct Rectangle {
    int64_t row, column, rows, columns;

    Rectangle transposed() const { return {column, row, columns, rows}; }
  };

  /// The memory that a part is read into. The element at (row, column) of the
  /// part is `elements[row * rowStride + column * columnStride]`. One of the
  /// strides is 1.
  template <typename Element>
  struct Destination {
    Element *elements;
    int64_t rowStride, columnStride;

    Element &at(int64_t row, int64_t column) const {
      return elements[row * rowStride + column * columnStride];
    }
    Destination from(int64_t row, int64_t column) const {
      return {&at(row, column), rowStride, columnStride};
    }
    Destination transposed() const {
      return {elements, columnStride, rowStride};
    }
  };

  /// Reads the values of `part`.
  void read(Rectangle part, Destination<float> destination) const;

  /// Reads `part` as `type`, which is f16 or bf16. Elements that the checkpoint
  /// stores as `type` and that no step changes keep their bits, NaNs included;
  /// others are rounded to nearest even.
  void read(Rectangle part, mlir::Type type,
            Destination<uint16_t> destination) const;

  /// Returns the type of the blocks that the rows of the matrix consist of; a
  /// vector is a row once it is transposed. Returns null if they do not: a step
  /// computes, or this layer's tensors have no block type or several types.
  gpt::BlockType getBlockType() const;

  /// The blocks `block` to `block + blocks` of the rows `row` to `row + rows`.
  /// The `i`-th block of a row starts at its column `i * getValues()`, with
  /// getValues() of the block type.
  struct BlockRectangle {
    int64_t row, block, rows, blocks;
  };

  /// Copies the blocks of `part`, which lies inside the matrix, as they are
  /// stored, row by row without a gap: `rows * blocks * getBytes()` bytes of
  /// the block type, which must not be null.
  void readBlocks(BlockRectangle part, char *bytes) const;

  /// Returns the highest address of an element of the checkpoint, or of the
  /// block that holds it, that `part` is made of.
  const char *findLast(Rectangle part) const;

private:
  /// A rectangle of the matrix whose elements have constant strides in one
  /// tensor.
  struct Piece {
    Rectangle place;
    /// The bytes of the tensor and its element type.
    const char *data;
    mlir::Type type;
    /// The index of the piece's first element in the tensor, and the distances
    /// to those of the next row and the next column, in elements.
    int64_t first, rowStride, columnStride;
    /// The steps that compute each value, in order: `#gpt.convert` and
    /// `#gpt.add`.
    llvm::SmallVector<mlir::Attribute, 1> steps;

    /// Returns the index in the tensor of the element at (row, column) of the
    /// piece.
    int64_t elementOf(int64_t row, int64_t column) const;
    /// Returns the address of that element, or of the block that holds it.
    const char *addressOf(int64_t row, int64_t column) const;
    Piece transposed() const;
  };

  static WeightView ofTensor(const StoredTensor &tensor, mlir::Type type);
  void slice(int64_t dimension, int64_t offset, int64_t size, int64_t every);
  /// Returns the part of each piece that holds the rows `first`,
  /// `first + step`, … before `end`, placed at the rows from `row` on.
  llvm::SmallVector<Piece, 1> takeRows(int64_t first, int64_t end, int64_t step,
                                       int64_t row) const;
  void deinterleave(int64_t group);
  void append(WeightView &&below);
  void convert(gpt::ConvertAttr step);
  void add(gpt::AddAttr step);

  /// Reads the intersection of a piece and a part of the matrix. `common` is
  /// relative to the piece, `row` and `column` to the part.
  using PieceReader = llvm::function_ref<void(
      const Piece &piece, Rectangle common, int64_t row, int64_t column)>;
  void readPieces(Rectangle part, PieceReader read) const;
  static void readValues(const Piece &piece, Rectangle part,
                         llvm::ArrayRef<mlir::Attribute> steps,
                         Destination<float> destination);
  static void readStored(const Piece &piece, Rectangle part,
                         Destination<uint16_t> destination);
  static void readRounded(const Piece &piece, Rectangle part, mlir::Type type,
                          Destination<uint16_t> destination);

  int64_t rows = 0, columns = 0;
  llvm::SmallVector<Piece, 1> pieces;
};

/// Returns all values of a layer's weight in row-major order.
llvm::Expected<std::vector<float>>
readWeight(gpt::WeightOp weight, int64_t layer, const Checkpoint &checkpoint);

} // namespace gptc

#endif // GPTC_COMPILER_CHECKPOINT_WEIGHTVIEW_H
