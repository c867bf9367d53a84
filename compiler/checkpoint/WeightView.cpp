//===- WeightView.cpp - Evaluates a weight's plan -------------------------===//

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

/// Returns the type and the shape as files spell them.
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
  for (Piece &piece : pieces)
    piece = piece.transposed();
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
    // The conversion to f32 dequantizes blocks. Other elements keep their
    // values, because f32 holds all of them.
    bool isIdentity =
        step.getType().isF32() && !isa<gpt::BlockType>(piece.type);
    if (!isIdentity && !isSame)
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

template <typename Element>
using Destination = WeightView::Destination<Element>;

/// The number of elements of a row that are read at once if rows become
/// columns: a cache line.
template <typename Element>
static constexpr int64_t lineSize = 64 / sizeof(Element);

/// Copies `rows` lines of `columns` elements, which are `step` apart in the
/// source. Mostly `step` is 1.
template <typename Stored, auto convert, typename Element>
static void copyLines(const char *source, int64_t sourceStride, int64_t step,
                      int64_t rows, int64_t columns,
                      Destination<Element> destination) {
  // Elements may be unaligned.
  auto load = [&](int64_t row, int64_t column) {
    Stored bits;
    std::memcpy(&bits,
                source + (row * sourceStride + column * step) * sizeof(Stored),
                sizeof(Stored));
    return convert(bits);
  };
  auto [elements, rowStride, columnStride] = destination;
  if (columnStride == 1) {
    for (int64_t row = 0; row < rows; ++row)
      for (int64_t column = 0; column < columns; ++column)
        elements[row * rowStride + column] = load(row, column);
    return;
  }
  // Columns are copied in blocks, so that the memory that is written stays in
  // the L1 cache.
  for (int64_t begin = 0; begin < columns; begin += lineSize<Stored>) {
    int64_t size = std::min(lineSize<Stored>, columns - begin);
    for (int64_t row = 0; row < rows; ++row)
      for (int64_t i = 0; i < size; ++i)
        elements[row * rowStride + (begin + i) * columnStride] =
            load(row, begin + i);
  }
}

template <typename Element>
static Element unchanged(Element element) {
  return element;
}

/// The number of values that are dequantized at once.
static constexpr int64_t lineValues = 256;

/// Does the same for quantized values. The source starts with value `first`.
static void copyBlocks(gpt::BlockType type, const char *data, int64_t first,
                       int64_t sourceStride, int64_t step, int64_t rows,
                       int64_t columns, Destination<float> destination) {
  auto [values, rowStride, columnStride] = destination;
  std::array<float, lineValues> line;
  // The number of columns whose values fit into `line`.
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

/// Sets value = function(value) for each value of a rectangle.
template <typename Function>
static void forValues(int64_t rows, int64_t columns,
                      Destination<float> destination, Function function) {
  auto [values, rowStride, columnStride] = destination;
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t column = 0; column < columns; ++column) {
      float &value = values[row * rowStride + column * columnStride];
      value = function(value);
    }
}

static void carryOut(mlir::Attribute step, int64_t rows, int64_t columns,
                     Destination<float> destination) {
  if (auto add = dyn_cast<gpt::AddAttr>(step)) {
    float addend = add.getValue().getValue().convertToFloat();
    forValues(rows, columns, destination,
              [=](float value) { return value + addend; });
    return;
  }
  mlir::Type type = cast<gpt::ConvertAttr>(step).getType();
  if (type.isBF16())
    forValues(rows, columns, destination,
              [](float value) { return fromBf16(toBf16(value)); });
  else if (type.isF16())
    forValues(rows, columns, destination,
              [](float value) { return fromF16(toF16(value)); });
}

int64_t WeightView::Piece::elementOf(int64_t row, int64_t column) const {
  return first + row * rowStride + column * columnStride;
}

const char *WeightView::Piece::addressOf(int64_t row, int64_t column) const {
  int64_t element = elementOf(row, column);
  if (auto block = dyn_cast<gpt::BlockType>(type))
    return data + element / block.getValues() * block.getBytes();
  return data + element * (type.getIntOrFloatBitWidth() / 8);
}

WeightView::Piece WeightView::Piece::transposed() const {
  Piece piece = *this;
  piece.place = place.transposed();
  std::swap(piece.rowStride, piece.columnStride);
  return piece;
}

void WeightView::readStored(const Piece &piece, Rectangle part,
                            Destination<uint16_t> destination) {
  if (piece.rowStride < piece.columnStride)
    return readStored(piece.transposed(), part.transposed(),
                      destination.transposed());
  copyLines<uint16_t, unchanged<uint16_t>>(
      piece.addressOf(part.row, part.column), piece.rowStride,
      piece.columnStride, part.rows, part.columns, destination);
}

void WeightView::readValues(const Piece &piece, Rectangle part,
                            ArrayRef<mlir::Attribute> steps,
                            Destination<float> destination) {
  if (piece.rowStride < piece.columnStride)
    return readValues(piece.transposed(), part.transposed(), steps,
                      destination.transposed());
  auto [row, column, rows, columns] = part;
  if (auto block = dyn_cast<gpt::BlockType>(piece.type)) {
    copyBlocks(block, piece.data, piece.elementOf(row, column), piece.rowStride,
               piece.columnStride, rows, columns, destination);
  } else {
    auto copy = piece.type.isF32()   ? copyLines<float, unchanged<float>, float>
                : piece.type.isF16() ? copyLines<uint16_t, fromF16, float>
                                     : copyLines<uint16_t, fromBf16, float>;
    copy(piece.addressOf(row, column), piece.rowStride, piece.columnStride,
         rows, columns, destination);
  }
  for (mlir::Attribute step : steps)
    carryOut(step, rows, columns, destination);
}

/// The side of the square of values that is rounded at once and that the L1
/// cache holds.
static constexpr int64_t tileSize = 64;

static void round(ArrayRef<float> values, mlir::Type type, uint16_t *bits) {
  if (type.isBF16())
    llvm::transform(values, bits, toBf16);
  else
    llvm::transform(values, bits, toF16);
}

void WeightView::readRounded(const Piece &piece, Rectangle part,
                             mlir::Type type,
                             Destination<uint16_t> destination) {
  if (destination.columnStride != 1)
    return readRounded(piece.transposed(), part.transposed(), type,
                       destination.transposed());
  ArrayRef<mlir::Attribute> steps = piece.steps;
  auto last = steps.empty() ? gpt::ConvertAttr()
                            : dyn_cast<gpt::ConvertAttr>(steps.back());
  if (last && last.getType() == type)
    steps = steps.drop_back(); // round() does the same rounding
  std::array<float, tileSize * tileSize> values;
  for (int64_t row = 0; row < part.rows; row += tileSize)
    for (int64_t column = 0; column < part.columns; column += tileSize) {
      int64_t rows = std::min(tileSize, part.rows - row);
      int64_t columns = std::min(tileSize, part.columns - column);
      readValues(piece, {part.row + row, part.column + column, rows, columns},
                 steps, {values.data(), tileSize, 1});
      for (int64_t i = 0; i < rows; ++i)
        round(ArrayRef(values).slice(i * tileSize, columns), type,
              &destination.at(row + i, column));
    }
}

void WeightView::readPieces(Rectangle part, PieceReader read) const {
  for (const Piece &piece : pieces) {
    const Rectangle &place = piece.place;
    int64_t row = std::max(part.row, place.row);
    int64_t column = std::max(part.column, place.column);
    int64_t rowEnd = std::min(part.row + part.rows, place.row + place.rows);
    int64_t columnEnd =
        std::min(part.column + part.columns, place.column + place.columns);
    if (row < rowEnd && column < columnEnd)
      read(piece,
           {row - place.row, column - place.column, rowEnd - row,
            columnEnd - column},
           row - part.row, column - part.column);
  }
}

void WeightView::read(Rectangle part, Destination<float> destination) const {
  readPieces(part, [&](const Piece &piece, Rectangle common, int64_t row,
                       int64_t column) {
    readValues(piece, common, piece.steps, destination.from(row, column));
  });
}

void WeightView::read(Rectangle part, mlir::Type type,
                      Destination<uint16_t> destination) const {
  readPieces(part, [&](const Piece &piece, Rectangle common, int64_t row,
                       int64_t column) {
    if (piece.type == type && piece.steps.empty())
      readStored(piece, common, destination.from(row, column));
    else
      readRounded(piece, common, type, destination.from(row, column));
  });
}

const char *WeightView::findLast(Rectangle part) const {
  const char *last = nullptr;
  readPieces(part, [&](const Piece &piece, Rectangle common, int64_t, int64_t) {
    last = std::max(last, piece.addressOf(common.row + common.rows - 1,
                                          common.column + common.columns - 1));
  });
  return last;
}

gpt::BlockType WeightView::getBlockType() const {
  auto type = dyn_cast<gpt::BlockType>(pieces.front().type);
  // Steps that split rows come after #gpt.convert. Columns are not adjacent in
  // a matrix, or a vector, that its reader has transposed.
  bool isWhole = all_of(pieces, [&](const Piece &piece) {
    return piece.type == type && piece.steps.empty() && piece.columnStride == 1;
  });
  return isWhole ? type : gpt::BlockType();
}

void WeightView::readBlocks(BlockRectangle part, char *bytes) const {
  gpt::BlockType type = getBlockType();
  assert(type && "the matrix consists of no blocks");
  int64_t values = type.getValues(), blockBytes = type.getBytes();
  Rectangle elements = {part.row, part.block * values, part.rows,
                        part.blocks * values};
  readPieces(elements, [&](const Piece &piece, Rectangle common, int64_t row,
                           int64_t column) {
    char *corner = bytes + (row * part.blocks + column / values) * blockBytes;
    for (int64_t i = 0; i < common.rows; ++i)
      std::memcpy(corner + i * part.blocks * blockBytes,
                  piece.addressOf(common.row + i, common.column),
                  common.columns / values * blockBytes);
  });
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
