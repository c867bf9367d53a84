//===- TileProduct.cpp - Loops over the tiles of a product ----------------===//
//
// Many rows meet the weights in blocks whose input stays in the second-level
// cache, as does one panel of the weights while all rows of the block meet it.
// Meanwhile the tiles ask memory for the next panel. One row only waits for
// memory, so it meets several panels side by side.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "passes/cpu/TileBuilder.h"

using namespace mlir;
using namespace gptc;

/// Channels that one sum runs over at most: two panels' parts of the weight
/// then fit the second-level cache beside a block of rows.
static constexpr int64_t sumChannels = 1024;
/// Channels of a panel that are made f32 before many rows meet it: 512 KiB of
/// each thread's stack at most.
static constexpr int64_t expandedChannels = 2048;

/// Caps a panel's outputs while the nearest cache holds them.
static void capPanel(TileBuilder &b, const Product &p, Value row, Value panel) {
  Value outputs = b.view(p.output, {row, b.times(panel, gpt::panelWidth)},
                         {1, gpt::panelWidth}, {gpt::panelWidth});
  gpt::TileSoftCapOp::create(b, outputs, p.softCap);
}

namespace {
/// From `begin` to `end`.
struct Span {
  Value begin, end;
};

/// The loops that many rows run inside one panel.
class PanelTiler {
public:
  PanelTiler(TileBuilder &b, const Product &product, TileSize size, Value panel)
      : b(b), p(product), size(size), panel(panel) {}

  void tile(Span rows) {
    if (p.pair() == 2 && !p.pairedInput() && p.channels <= expandedChannels)
      expand();
    if (size.columns == gpt::panelWidth)
      tileColumn(b.index(0), rows);
    else
      b.loop(b.index(0), b.index(gpt::panelWidth), size.columns,
             [&](Value column) { tileColumn(column, rows); });
    if (p.softCap)
      b.loop(rows.begin, rows.end, 1,
             [&](Value row) { capPanel(b, p, row, panel); });
  }

private:
  TileBuilder &b;
  const Product &p;
  TileSize size;
  Value panel;
  /// Null, or the panel's weights as f32.
  Value expanded;

  /// weight[of][first ...][column ...]: `channels` of k from pair `first` on.
  Value weightOf(Value of, Value first, int64_t channels, Value column,
                 int64_t columns) {
    SmallVector<int64_t> sizes(p.weightType().getShape());
    sizes[0] = 1;
    sizes[1] = channels / p.pair();
    sizes[2] = columns;
    SmallVector<OpFoldResult> offsets(sizes.size(), b.getIndexAttr(0));
    offsets[0] = of;
    offsets[1] = getAsOpFoldResult(first);
    offsets[2] = column;
    return b.view(p.weight, offsets, sizes, ArrayRef(sizes).drop_front());
  }

  /// The channels that are summed.
  Value weightOf(Value column, int64_t columns) {
    return weightOf(panel, b.index(p.first / p.pair()), p.channels, column,
                    columns);
  }

  void expand() {
    expanded = memref::AllocaOp::create(
        b, MemRefType::get({p.channels, gpt::panelWidth}, b.getF32Type()),
        b.getI64IntegerAttr(64));
    gpt::TileExpandOp::create(b, weightOf(b.index(0), gpt::panelWidth),
                              expanded);
  }

  /// What the `tile`-th tile from a column's top asks for, 16 bytes for each of
  /// its channels: a share of the next panel, which has 256 or 128 bytes for
  /// each. Tiles after the last share ask for it again.
  Value weightAhead(Value column, Value tile) {
    int64_t channels = p.channels / 16, shares = 16 / p.pair();
    int64_t inColumn = shares * size.columns / gpt::panelWidth;
    Value next = b.least(b.plus(panel, 1), b.index(p.panels() - 1));
    Value above = b.times(b.over(column, b.index(size.columns)), inColumn);
    Value share = b.plus(above, b.least(tile, b.index(inColumn - 1)));
    Value first = b.plus(b.times(share, channels), b.index(p.first / p.pair()));
    return weightOf(next, first, channels * p.pair(), b.index(0),
                    gpt::panelWidth);
  }

  /// A column of tiles runs down the rows, so that its part of the weight stays
  /// in the nearest cache.
  void tileColumn(Value column, Span rows) {
    Value weight = expanded ? b.tileView(expanded, b.index(0), column,
                                         {p.channels, size.columns})
                            : weightOf(column, size.columns);
    Value output = b.plus(b.times(panel, gpt::panelWidth), column);
    Value bias = b.view(p.bias, {output}, {size.columns}, {size.columns});
    b.loop(rows.begin, rows.end, size.rows, [&](Value row) {
      Value input =
          b.tileView(p.input, row, b.index(p.first), {size.rows, p.channels});
      Value ahead;
      if (p.channels % 16 == 0)
        ahead = weightAhead(
            column, b.over(b.minus(row, rows.begin), b.index(size.rows)));
      gpt::TileLinearOp::create(b, input, weight, bias, p.activation,
                                b.tileView(p.residual, row, output, size),
                                /*odd_first=*/expanded != Value(), ahead,
                                p.rounded,
                                b.tileView(p.output, row, output, size));
    });
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
    if (first + size < whole.channels) {
      part.softCap = FloatAttr();
      part.rounded = false;
    }
    if (first > 0) {
      part.bias = Value();
      part.residual = whole.output;
    }
    parts.push_back(part);
  }
  return parts;
}

/// 0 to `count` in blocks of about the same number of tiles of `size`, with at
/// most `fitting` if that is a tile.
static void forBlocks(TileBuilder &b, int64_t fitting, int64_t size,
                      Value count, llvm::function_ref<void(Span)> body) {
  Value most = b.index(std::max(fitting / size, int64_t(1)));
  Value tiles = b.overUp(count, b.index(size));
  Value blocks = b.overUp(tiles, most);
  b.loop(b.index(0), blocks, 1, [&](Value block) {
    auto begin = [&](Value index) {
      return b.times(b.over(b.times(index, tiles), blocks), size);
    };
    Value end = b.least(begin(b.plus(block, 1)), count);
    body({begin(block), end});
  });
}

/// One row and the panels in `panels`.
static void tileRow(TileBuilder &b, const Product &p, Value sums, Span panels) {
  Value count = b.minus(panels.end, panels.begin);
  SmallVector<OpFoldResult> offsets(p.weightType().getRank(),
                                    b.getIndexAttr(0));
  SmallVector<OpFoldResult> sizes =
      getAsIndexOpFoldResult(b.getContext(), p.weightType().getShape());
  offsets[0] = panels.begin;
  sizes[0] = count;
  offsets[1] = b.getIndexAttr(p.first / p.pair());
  sizes[1] = b.getIndexAttr(p.channels / p.pair());
  auto outputs = [&](Value buffer) -> Value {
    OpFoldResult first = b.times(panels.begin, gpt::panelWidth);
    return b.view(buffer, {first},
                  {OpFoldResult(b.times(count, gpt::panelWidth))});
  };
  auto row = [&](Value buffer) {
    return b.rowView(buffer, b.index(0), p.columns());
  };
  Value input = b.view(p.input, {b.getIndexAttr(0), b.getIndexAttr(p.first)},
                       {1, p.channels}, {p.channels});
  gpt::TileLinearRowOp::create(
      b, input, b.view(p.weight, offsets, sizes), outputs(p.bias), p.activation,
      outputs(row(p.residual)), sums, p.rounded, outputs(row(p.output)));
  if (p.softCap)
    b.loop(panels.begin, panels.end, 1,
           [&](Value panel) { capPanel(b, p, b.index(0), panel); });
}

/// One row: each thread's panels, at most `together` at a time.
static void tileRow(TileBuilder &b, ArrayRef<Product> parts, int64_t together) {
  Value threads = gpt::ThreadsOp::create(b);
  b.forall({OpFoldResult(threads)}, [&](ValueRange thread) {
    auto type = MemRefType::get({together * gpt::panelWidth}, b.getF32Type());
    Value sums = memref::AllocaOp::create(b, type, b.getI64IntegerAttr(64));
    auto firstOf = [&](Value number) {
      return b.over(b.times(number, parts.front().panels()), threads);
    };
    Value begin = firstOf(thread.front());
    Value count = b.minus(firstOf(b.plus(thread.front(), 1)), begin);
    forBlocks(b, together, 1, count, [&](Span block) {
      Span panels = {b.plus(begin, block.begin), b.plus(begin, block.end)};
      for (const Product &part : parts)
        tileRow(b, part, sums, panels);
    });
  });
}

/// Each panel with all rows; an odd number's middle one with one half of them,
/// then with the other, so that two threads get the same to do.
static void forPanels(TileBuilder &b, int64_t panels, Span rows,
                      int64_t tileRows,
                      llvm::function_ref<void(Value, Span)> body) {
  if (panels % 2 == 0)
    return b.forall({b.getIndexAttr(panels)},
                    [&](ValueRange panel) { body(panel.front(), rows); });
  Value two = b.index(2 * tileRows);
  Value half =
      b.plus(rows.begin,
             b.times(b.overUp(b.minus(rows.end, rows.begin), two), tileRows));
  b.forall({b.getIndexAttr(panels + 1)}, [&](ValueRange item) {
    Value middle = b.index(panels / 2);
    auto select = [&](arith::CmpIPredicate predicate, Value index, Value then,
                      Value otherwise) -> Value {
      Value is = arith::CmpIOp::create(b, predicate, item.front(), index);
      return arith::SelectOp::create(b, is, then, otherwise);
    };
    Value second = b.plus(middle, 1);
    Value before = b.minus(item.front(), b.index(1));
    Value panel =
        select(arith::CmpIPredicate::ugt, middle, before, item.front());
    Value begin = select(arith::CmpIPredicate::eq, second, half, rows.begin);
    Value end = select(arith::CmpIPredicate::eq, middle,
                       b.least(half, rows.end), rows.end);
    body(panel, {begin, end});
  });
}

void gptc::tileProduct(TileBuilder &b, const Product &product,
                       const Tiles &tiles, Value count) {
  SmallVector<Product> parts = splitChannels(product);
  if (!count)
    return tileRow(b, parts, tiles.linearRow.rows);
  TileSize size = tiles.linear;
  int64_t valueBytes = product.pairedInput() ? 2 : 4;
  int64_t fitting = tiles.inputBytes / (parts.front().channels * valueBytes);
  forBlocks(b, fitting, size.rows, count, [&](Span rows) {
    for (const Product &part : parts)
      forPanels(b, product.panels(), rows, size.rows,
                [&](Value panel, Span some) {
                  PanelTiler(b, part, size, panel).tile(some);
                });
  });
}
