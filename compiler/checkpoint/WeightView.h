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

  /// A part of the matrix, in elements, which lies inside it.
  struct Rectangle {
    int64_t row, column, rows, columns;

    Rectangle transposed() const { return {column, row, columns, rows}; }
  };

  /// Where elements go: `elements[row * rowStride + column * columnStride]`,
  /// from the part's corner on. One of the strides is 1.
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

  /// Reads `part` in `type`, which is f16 or bf16. Elements that the checkpoint
  /// stores in it and that no step changes keep their bits, NaNs too; others
  /// are rounded to nearest even.
  void read(Rectangle part, mlir::Type type,
            Destination<uint16_t> destination) const;

  /// The type of the blocks that the rows of the matrix consist of; a vector is
  /// a row once it is transposed. Null where there are none: a step computes, or
  /// this layer's tensors are stored otherwise or in more than one type.
  gpt::BlockType getBlockType() const;

  /// Blocks `block` to `block + blocks` of rows `row` to `row + rows`. The
  /// `i`-th block of a row holds its columns from `i * getValues()` of the
  /// block type on.
  struct BlockRectangle {
    int64_t row, block, rows, blocks;
  };

  /// Copies the blocks of `part`, which lies inside the matrix, as they are
  /// stored, row by row without a gap: `rows * blocks * getBytes()` bytes of
  /// the block type, which must not be null.
  void readBlocks(BlockRectangle part, char *bytes) const;

  /// Where the last element of the checkpoint that `part` is made of, or its
  /// block, begins: the highest address.
  const char *findLast(Rectangle part) const;

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

    /// The element of the tensor at (row, column) of the piece.
    int64_t elementOf(int64_t row, int64_t column) const;
    /// Where it, or the block that holds it, begins.
    const char *addressOf(int64_t row, int64_t column) const;
    Piece transposed() const;
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

  /// Takes a piece, what it has in common with a part of the matrix, from the
  /// piece's corner on, and the row and the column of that within the part.
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

/// All values of a layer's weight, row-major.
llvm::Expected<std::vector<float>>
readWeight(gpt::WeightOp weight, int64_t layer, const Checkpoint &checkpoint);

} // namespace gptc

#endif // GPTC_COMPILER_CHECKPOINT_WEIGHTVIEW_H
