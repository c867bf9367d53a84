//===- WeightView.cpp - Carry out a weight's plan -------------------------===//

#include "compiler/import/WeightView.h"

#include "compiler/import/Float.h"
#include "compiler/import/Input.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/Endian.h"

using namespace gptc;
using namespace llvm;

static_assert(endianness::native == endianness::little,
              "tensors are read as they lie in their files");

//===----------------------------------------------------------------------===//
// The plan's steps
//===----------------------------------------------------------------------===//

static std::string describe(mlir::RankedTensorType type) {
  std::string element;
  raw_string_ostream(element) << type.getElementType();
  return StringRef(element).upper() + " " + describe(type.getShape());
}

static Expected<const StoredTensor *>
findTensor(gpt::LoadAttr load, int64_t layer, const Checkpoint &checkpoint) {
  std::string name = getTensorName(load.getName(), layer);
  const StoredTensor *tensor = checkpoint.find(name);
  mlir::RankedTensorType type = load.getType();
  if (tensor && ArrayRef<int64_t>(tensor->shape) == type.getShape() &&
      getElementType(*tensor, load.getContext()) == type.getElementType())
    return tensor;
  return inputError(checkpoint.getPath(name), "tensor " + quoted(name),
                    tensor ? describe(*tensor) : "nothing", describe(type));
}

Expected<WeightView> WeightView::create(gpt::WeightOp weight, int64_t layer,
                                        const Checkpoint &checkpoint) {
  SmallVector<WeightView, 1> stack;
  for (mlir::Attribute step : weight.getPlan()) {
    if (auto load = dyn_cast<gpt::LoadAttr>(step)) {
      auto tensor = findTensor(load, layer, checkpoint);
      if (!tensor)
        return tensor.takeError();
      stack.push_back(ofTensor(**tensor, load.getType().getElementType()));
      continue;
    }
    WeightView &top = stack.back();
    TypeSwitch<mlir::Attribute>(step)
        .Case([&](gpt::SliceAttr slice) {
          top.slice(slice.getDim(), slice.getOffset(), slice.getSize());
        })
        .Case([&](gpt::TransposeAttr) { top.transpose(); })
        .Case([&](gpt::ConcatenateAttr) {
          for (WeightView &below : MutableArrayRef(stack).drop_front())
            stack.front().append(std::move(below));
          stack.truncate(1);
        })
        .Case([&](gpt::ConvertAttr convert) { top.convert(convert.getType()); })
        .Case([](gpt::PackAttr) {})
        .DefaultUnreachable("the verifier knows this step");
  }
  return std::move(stack.front());
}

WeightView WeightView::ofTensor(const StoredTensor &tensor, mlir::Type type) {
  bool isVector = tensor.shape.size() == 1;
  WeightView view;
  view.rows = tensor.shape[0];
  view.columns = isVector ? 1 : tensor.shape[1];
  view.pieces.push_back({{0, 0, view.rows, view.columns},
                         tensor.bytes.data(),
                         type,
                         /*rowStride=*/view.columns,
                         /*columnStride=*/isVector ? view.rows : 1,
                         {}});
  return view;
}

void WeightView::slice(int64_t dimension, int64_t offset, int64_t size) {
  if (dimension == 1) {
    transpose();
    slice(0, offset, size);
    transpose();
    return;
  }
  rows = size;
  for (Piece &piece : pieces) {
    Rectangle &place = piece.place;
    int64_t begin = std::max(place.row, offset);
    int64_t end = std::min(place.row + place.rows, offset + size);
    place.rows = end - begin;
    if (place.rows <= 0)
      continue;
    piece.data += (begin - place.row) * piece.rowStride *
                  (piece.type.getIntOrFloatBitWidth() / 8);
    place.row = begin - offset;
  }
  erase_if(pieces, [](const Piece &piece) { return piece.place.rows <= 0; });
}

void WeightView::transpose() {
  std::swap(rows, columns);
  for (Piece &piece : pieces) {
    std::swap(piece.place.row, piece.place.column);
    std::swap(piece.place.rows, piece.place.columns);
    std::swap(piece.rowStride, piece.columnStride);
  }
}

void WeightView::append(WeightView &&below) {
  for (Piece &piece : below.pieces) {
    piece.place.row += rows;
    pieces.push_back(std::move(piece));
  }
  rows += below.rows;
}

void WeightView::convert(mlir::Type type) {
  for (Piece &piece : pieces) {
    mlir::Type now =
        piece.roundings.empty() ? piece.type : piece.roundings.back();
    if (!type.isF32() && type != now) // f32 holds whatever was there
      piece.roundings.push_back(type);
  }
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

/// Elements that are read at once where rows become columns: a line of f32.
static constexpr int64_t lineSize = 16;

/// Copies `rows` lines of `columns` elements, which are adjacent in the source.
template <typename Bits, float (*toFloat)(Bits)>
static void copyLines(const char *source, int64_t sourceStride, int64_t rows,
                      int64_t columns, WeightView::Destination destination) {
  // Lines are read at any address.
  auto load = [&](int64_t row, int64_t column) {
    Bits bits;
    std::memcpy(&bits, source + (row * sourceStride + column) * sizeof(Bits),
                sizeof(Bits));
    return toFloat(bits);
  };
  auto [values, rowStride, columnStride] = destination;
  if (columnStride == 1) {
    for (int64_t row = 0; row < rows; ++row)
      for (int64_t column = 0; column < columns; ++column)
        values[row * rowStride + column] = load(row, column);
    return;
  }
  // Columns in blocks, so that what is written stays in the first cache.
  for (int64_t begin = 0; begin < columns; begin += lineSize) {
    int64_t size = std::min(lineSize, columns - begin);
    for (int64_t row = 0; row < rows; ++row)
      for (int64_t i = 0; i < size; ++i)
        values[row * rowStride + (begin + i) * columnStride] =
            load(row, begin + i);
  }
}

static float fromF32(float value) { return value; }

template <uint16_t (*toBits)(float), float (*toFloat)(uint16_t)>
static void roundLines(int64_t rows, int64_t columns,
                       WeightView::Destination destination) {
  auto [values, rowStride, columnStride] = destination;
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t column = 0; column < columns; ++column) {
      float &value = values[row * rowStride + column * columnStride];
      value = toFloat(toBits(value));
    }
}

void WeightView::readPiece(const Piece &piece, Rectangle part,
                           Destination destination) {
  int64_t rowStride = piece.rowStride, columnStride = piece.columnStride;
  const char *source =
      piece.data + (part.row * rowStride + part.column * columnStride) *
                       (piece.type.getIntOrFloatBitWidth() / 8);
  if (columnStride != 1) { // then rowStride is 1
    std::swap(rowStride, columnStride);
    std::swap(part.rows, part.columns);
    std::swap(destination.rowStride, destination.columnStride);
  }
  auto copy = piece.type.isF32()   ? copyLines<float, fromF32>
              : piece.type.isF16() ? copyLines<uint16_t, fromF16>
                                   : copyLines<uint16_t, fromBf16>;
  copy(source, rowStride, part.rows, part.columns, destination);
  for (mlir::Type type : piece.roundings) {
    auto round = type.isBF16() ? roundLines<toBf16, fromBf16>
                               : roundLines<toF16, fromF16>;
    round(part.rows, part.columns, destination);
  }
}

void WeightView::read(Rectangle part, Destination destination) const {
  for (const Piece &piece : pieces) {
    const Rectangle &place = piece.place;
    int64_t row = std::max(part.row, place.row);
    int64_t column = std::max(part.column, place.column);
    int64_t rowEnd = std::min(part.row + part.rows, place.row + place.rows);
    int64_t columnEnd =
        std::min(part.column + part.columns, place.column + place.columns);
    if (row >= rowEnd || column >= columnEnd)
      continue;
    Destination corner = destination;
    corner.values += (row - part.row) * destination.rowStride +
                     (column - part.column) * destination.columnStride;
    readPiece(piece,
              {row - place.row, column - place.column, rowEnd - row,
               columnEnd - column},
              corner);
  }
}

Expected<std::vector<float>> gptc::readWeight(gpt::WeightOp weight,
                                              int64_t layer,
                                              const Checkpoint &checkpoint) {
  auto view = WeightView::create(weight, layer, checkpoint);
  if (!view)
    return view.takeError();
  int64_t rows = view->getRows(), columns = view->getColumns();
  std::vector<float> values(rows * columns);
  view->read({0, 0, rows, columns}, {values.data(), columns, 1});
  return values;
}
