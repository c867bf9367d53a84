//===- TileProduct.cpp - Loops over the tiles of a product ----------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "passes/cpu/TileBuilder.h"

using namespace mlir;
using namespace gptc;

/// Channels that one sum runs over at most: the weight's part of a column of
/// tiles then fits the second-level cache.
static constexpr int64_t sumChannels = 1024;
/// Bytes of that cache that a block of input rows takes.
static constexpr int64_t inputCacheBytes = 192 * 1024;
/// Channels of a panel that are made f32 before many rows meet it: 512 KiB of
/// each thread's stack at most.
static constexpr int64_t expandedChannels = 2048;

namespace {
/// The loops inside one panel.
class PanelTiler {
public:
  PanelTiler(TileBuilder &b, TileSize size) : b(b), size(size) {}

  /// Takes scratch for the panel as f32 if it is bf16 and not too long.
  void reserve(const Product &longest) {
    if (isBf16(longest.weight) && longest.channels <= expandedChannels)
      scratch = memref::AllocaOp::create(
          b,
          MemRefType::get({longest.channels, gpt::panelWidth}, b.getF32Type()),
          b.getI64IntegerAttr(64));
  }

  /// The rows of one panel, in blocks whose input fits the second-level cache
  /// where several columns of tiles read it.
  void tilePanel(const Product &p, Value panel, Value count) {
    if (scratch)
      expand(p, panel);
    if (!count || size.columns == gpt::panelWidth)
      return tileColumns(p, panel, b.constant(0), count);
    int64_t fitting = inputCacheBytes / (p.channels * 4);
    int64_t rows = std::max(fitting / size.rows, int64_t(1)) * size.rows;
    b.loop(b.constant(0), count, rows, [&](Value begin) {
      Value whole = arith::AddIOp::create(b, begin, b.constant(rows));
      tileColumns(p, panel, begin, arith::MinUIOp::create(b, whole, count));
    });
  }

private:
  TileBuilder &b;
  TileSize size;
  /// Null, or the panel's weights as f32 and the memory that they are in.
  Value expanded, scratch;

  static bool isBf16(Value weight) {
    return cast<MemRefType>(weight.getType()).getElementType().isBF16();
  }

  void expand(const Product &p, Value panel) {
    Value first = b.constant(0);
    expanded =
        b.tileView(scratch, first, first, {p.channels, gpt::panelWidth});
    gpt::TileExpandOp::create(
        b, weightOf(p, panel, first, gpt::panelWidth), expanded);
  }

  /// `columns` of a panel from `column` on, of the channels that are summed.
  Value weightOf(const Product &p, Value panel, Value column,
                 int64_t columns) {
    SmallVector<int64_t> sizes(cast<MemRefType>(p.weight.getType()).getShape());
    int64_t pair = isBf16(p.weight) ? 2 : 1; // values of k side by side
    sizes[0] = 1;
    sizes[1] = p.channels / pair;
    sizes[2] = columns;
    SmallVector<OpFoldResult> offsets(sizes.size(), b.getIndexAttr(0));
    offsets[0] = panel;
    offsets[1] = b.getIndexAttr(p.first / pair);
    offsets[2] = column;
    return b.view(p.weight, offsets, sizes, ArrayRef(sizes).drop_front());
  }

  /// Rows of A from `begin` to `end`; a column of tiles runs down them, so that
  /// its part of the weight stays in the nearest cache.
  void tileColumn(const Product &p, Value panel, Value column, Value begin,
                  Value end) {
    Value weight =
        expanded ? b.tileView(expanded, b.constant(0), column,
                              {p.channels, size.columns})
                 : weightOf(p, panel, column, size.columns);
    Value width = b.constant(gpt::panelWidth);
    Value output = arith::AddIOp::create(
        b, arith::MulIOp::create(b, panel, width), column);
    Value bias = b.view(p.bias, {output}, {size.columns}, {size.columns});
    auto tileRow = [&](Value row) {
      Value input = b.tileView(p.input, row, b.constant(p.first),
                               {size.rows, p.channels});
      gpt::TileLinearOp::create(b, input, weight, bias, p.activation,
                                b.tileView(p.residual, row, output, size),
                                /*odd_first=*/expanded != Value(),
                                b.tileView(p.output, row, output, size));
    };
    if (end)
      b.loop(begin, end, size.rows, tileRow);
    else
      tileRow(begin);
  }

  void tileColumns(const Product &p, Value panel, Value begin, Value end) {
    if (size.columns == gpt::panelWidth)
      return tileColumn(p, panel, b.constant(0), begin, end);
    b.loop(b.constant(0), b.constant(gpt::panelWidth), size.columns,
           [&](Value column) { tileColumn(p, panel, column, begin, end); });
  }
};
} // namespace

/// The parts of a long product, each a sum of its own that is added to the
/// ones before. They follow from the shape alone, so that every tile makes
/// the same sums. An activation needs the whole sum in registers.
static SmallVector<Product> splitChannels(const Product &whole) {
  int64_t count = whole.activation == gpt::Activation::none
                      ? (whole.channels + sumChannels - 1) / sumChannels
                      : 1;
  int64_t size = roundUp((whole.channels + count - 1) / count, 2);
  SmallVector<Product> parts;
  for (int64_t first = 0; first < whole.channels; first += size) {
    Product part = whole;
    part.first = first;
    part.channels = std::min(size, whole.channels - first);
    if (first > 0) {
      part.bias = Value();
      part.residual = whole.output;
    }
    parts.push_back(part);
  }
  return parts;
}

/// Caps a panel's outputs while the nearest cache holds them.
static void capPanel(TileBuilder &b, const Product &p, Value panel,
                     Value count) {
  Value column = arith::MulIOp::create(b, panel, b.constant(gpt::panelWidth));
  auto cap = [&](Value row) {
    Value outputs = b.view(p.output, {row, column}, {1, gpt::panelWidth},
                           {gpt::panelWidth});
    gpt::TileSoftCapOp::create(b, outputs, p.softCap);
  };
  if (count)
    b.loop(b.constant(0), count, 1, cap);
  else
    cap(b.constant(0));
}

void gptc::tileProduct(TileBuilder &b, const Product &product, TileSize size,
                       Value count) {
  int64_t panels = cast<MemRefType>(product.weight.getType()).getDimSize(0);
  b.forall({b.getIndexAttr(panels)}, [&](ValueRange panel) {
    PanelTiler tiler(b, size);
    SmallVector<Product> parts = splitChannels(product);
    if (count)
      tiler.reserve(parts.front());
    for (const Product &part : parts)
      tiler.tilePanel(part, panel.front(), count);
    if (product.softCap)
      capPanel(b, product, panel.front(), count);
  });
}
