//===- WeightView.cpp - Carry out a weight's plan -------------------------===//

#include "compiler/checkpoint/WeightView.h"

#include "compiler/checkpoint/Dequantize.h"
#include "compiler/checkpoint/Float.h"
#include "compiler/checkpoint/Input.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/Endian.h"

using namespace gptc;
using namespace llvm;

static_assert(endianness::native == endianness::little,
              "tensors are read as they lie in their files");

//===----------------------------------------------------------------------===//
// The plan's steps
//===----------------------------------------------------------------------===//

/// As a file spells it.
static std::string describe(mlir::RankedTensorType type) {
  std::string element;
  raw_string_ostream out(element);
  if (auto block = dyn_cast<gpt::BlockType>(type.getElementType()))
    out << stringifyBlockKind(block.getKind());
  else if (isa<gpt::MixedType>(type.getElementType()))
    return "a known type " + describe(type.getShape());
  else
    out << type.getElementType();
  return StringRef(element).upper() + " " + describe(type.getShape());
}

static Expected<const StoredTensor *>
findTensor(gpt::LoadAttr load, int64_t layer, const Checkpoint &checkpoint) {
  std::string name = getTensorName(load.getName(), layer);
  const StoredTensor *tensor = checkpoint.find(name);
  mlir::RankedTensorType type = load.getType();
  mlir::Type element =
      tensor ? getElementType(*tensor, load.getContext()) : mlir::Type();
  if (element && ArrayRef<int64_t>(tensor->shape) == type.getShape() &&
      (element == type.getElementType() ||
       isa<gpt::MixedType>(type.getElementType())))
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
      stack.push_back(
          ofTensor(**tensor, getElementType(**tensor, load.getContext())));
      continue;
    }
    WeightView &top = stack.back();
    TypeSwitch<mlir::Attribute>(step)
        .Case([&](gpt::SliceAttr slice) {
          top.slice(slice.getDim(), slice.getOffset(), slice.getSize(),
                    slice.getEvery());
        })
        .Case([&](gpt::TransposeAttr) { top.transpose(); })
        .Case([&](gpt::ConcatenateAttr step) {
          size_t first = stack.size() - step.getCount();
          for (WeightView &below : MutableArrayRef(stack).drop_front(first + 1))
            stack[first].append(std::move(below));
          stack.truncate(first + 1);
        })
        .Case([&](gpt::DeinterleaveAttr step) {
          top.deinterleave(step.getGroup());
        })
        .Case([&](gpt::ConvertAttr convert) { top.convert(convert); })
        .Case([&](gpt::AddAttr step) { top.add(step); })
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
                         /*first=*/0,
                         /*rowStride=*/view.columns,
                         /*columnStride=*/isVector ? view.rows : 1,
                         {}});
  return view;
}

SmallVector<WeightView::Piece, 1> WeightView::takeRows(int64_t first,
                                                       int64_t end,
                                                       int64_t step,
                                                       int64_t row) const {
  SmallVector<Piece, 1> taken;
  for (const Piece &piece : pieces) {
    const Rectangle &place = piece.place;
    int64_t skipped = std::max<int64_t>(divideCeilSigned(place.row - first, step), 0);
    int64_t begin = first + skipped * step;
    int64_t count = divideCeilSigned(
        std::min(place.row + place.rows, end) - begin, step);
    if (count <= 0)
      continue;
    Piece part = piece;
    part.place.row = row + skipped;
    part.place.rows = count;
    part.first += (begin - place.row) * piece.rowStride;
    part.rowStride *= step;
    taken.push_back(std::move(part));
  }
  return taken;
}

void WeightView::slice(int64_t dimension, int64_t offset, int64_t size,
                       int64_t every) {
  if (dimension == 1) {
    transpose();
    slice(0, offset, size, every);
    transpose();
    return;
  }
  SmallVector<Piece, 1> taken;
  int64_t row = 0;
  for (int64_t group = 0; group < rows; group += every ? every : rows) {
    int64_t first = group + offset;
    append_range(taken, takeRows(first, first + size, 1, row));
    row += size;
  }
  rows = row;
  pieces = std::move(taken);
}

void WeightView::deinterleave(int64_t group) {
  SmallVector<Piece, 1> taken;
  for (int64_t first = 0; first < rows; first += group)
    for (int64_t odd : {0, 1})
      append_range(taken, takeRows(first + odd, first + group, 2,
                                   first + odd * group / 2));
  pieces = std::move(taken);
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

void WeightView::convert(gpt::ConvertAttr step) {
  for (Piece &piece : pieces) {
    auto last = piece.steps.empty()
                    ? gpt::ConvertAttr()
                    : dyn_cast<gpt::ConvertAttr>(piece.steps.back());
    bool isSame = piece.steps.empty() ? step.getType() == piece.type
                                      : step == last;
    if (!step.getType().isF32() && !isSame) // f32 holds whatever was there
      piece.steps.push_back(step);
  }
}

void WeightView::add(gpt::AddAttr step) {
  for (Piece &piece : pieces)
    piece.steps.push_back(step);
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

/// Elements that are read at once where rows become columns: a line of f32.
static constexpr int64_t lineSize = 16;

/// Copies `rows` lines of `columns` elements, which are `step` apart in the
/// source, mostly adjacent.
template <typename Bits, float (*toFloat)(Bits)>
static void copyLines(const char *source, int64_t sourceStride, int64_t step,
                      int64_t rows, int64_t columns,
                      WeightView::Destination destination) {
  // Lines are read at any address.
  auto load = [&](int64_t row, int64_t column) {
    Bits bits;
    std::memcpy(&bits,
                source + (row * sourceStride + column * step) * sizeof(Bits),
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

/// Values that are dequantized at once.
static constexpr int64_t lineValues = 256;

/// The same of quantized values; the source starts with value `first`.
static void copyBlocks(gpt::BlockType type, const char *data, int64_t first,
                       int64_t sourceStride, int64_t step, int64_t rows,
                       int64_t columns, WeightView::Destination destination) {
  auto [values, rowStride, columnStride] = destination;
  std::array<float, lineValues> line;
  // Values that are read for the columns of one line.
  int64_t size = std::max<int64_t>((lineValues - 1) / step + 1, 1);
  for (int64_t begin = 0; begin < columns; begin += size) {
    int64_t taken = std::min(size, columns - begin);
    for (int64_t row = 0; row < rows; ++row) {
      float *target = values + row * rowStride + begin * columnStride;
      int64_t source = first + row * sourceStride + begin * step;
      if (step == 1 && columnStride == 1) {
        dequantize(type, data, source, taken, target);
        continue;
      }
      dequantize(type, data, source, (taken - 1) * step + 1, line.data());
      for (int64_t i = 0; i < taken; ++i)
        target[i * columnStride] = line[i * step];
    }
  }
}

/// value = function(value), for a rectangle of values.
template <typename Function>
static void forValues(int64_t rows, int64_t columns,
                      WeightView::Destination destination, Function function) {
  auto [values, rowStride, columnStride] = destination;
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t column = 0; column < columns; ++column) {
      float &value = values[row * rowStride + column * columnStride];
      value = function(value);
    }
}

static void carryOut(mlir::Attribute step, int64_t rows, int64_t columns,
                     WeightView::Destination destination) {
  if (auto add = dyn_cast<gpt::AddAttr>(step)) {
    float addend = add.getValue().getValue().convertToFloat();
    forValues(rows, columns, destination,
              [=](float value) { return value + addend; });
  } else if (cast<gpt::ConvertAttr>(step).getType().isBF16()) {
    forValues(rows, columns, destination,
              [](float value) { return fromBf16(toBf16(value)); });
  } else {
    forValues(rows, columns, destination,
              [](float value) { return fromF16(toF16(value)); });
  }
}

void WeightView::readPiece(const Piece &piece, Rectangle part,
                           Destination destination) {
  int64_t rowStride = piece.rowStride, columnStride = piece.columnStride;
  int64_t first =
      piece.first + part.row * rowStride + part.column * columnStride;
  if (rowStride < columnStride) { // lines run along what is nearer
    std::swap(rowStride, columnStride);
    std::swap(part.rows, part.columns);
    std::swap(destination.rowStride, destination.columnStride);
  }
  if (auto block = dyn_cast<gpt::BlockType>(piece.type)) {
    copyBlocks(block, piece.data, first, rowStride, columnStride, part.rows,
               part.columns, destination);
  } else {
    auto copy = piece.type.isF32()   ? copyLines<float, fromF32>
                : piece.type.isF16() ? copyLines<uint16_t, fromF16>
                                     : copyLines<uint16_t, fromBf16>;
    copy(piece.data + first * (piece.type.getIntOrFloatBitWidth() / 8),
         rowStride, columnStride, part.rows, part.columns, destination);
  }
  for (mlir::Attribute step : piece.steps)
    carryOut(step, part.rows, part.columns, destination);
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
