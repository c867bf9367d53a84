//===- TileProduct.cpp - Loops over the tiles of a product ----------------===//
//
// Many rows are multiplied in blocks whose input stays in the L2 cache,
// together with the panel of the weights that all rows of the block are
// multiplied by. The register tiles prefetch the next panel meanwhile. A single
// row is bound by memory bandwidth: it reads several panels side by side.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "passes/cpu/TileBuilder.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace gptc;

/// The most channels that one sum runs over: the parts of two panels then fit
/// the L2 cache beside a block of rows.
static constexpr int64_t sumChannels = 1024;
/// The most channels of a panel that is expanded to f32 before many rows are
/// multiplied by it: 512 KiB of each thread's stack.
static constexpr int64_t expandedChannels = 2048;

/// Caps a panel's outputs while they are in the L1 cache.
static void capPanel(TileBuilder &b, const Product &p, Value row, Value panel) {
  Value outputs = b.view(p.output, {row, b.times(panel, p.format->panel)},
                         {1, p.format->panel}, {p.format->panel});
  gpt::TileSoftCapOp::create(b, outputs, p.softCap);
}

namespace {
/// The numbers from `begin` up to `end`.
struct Span {
  Value begin, end;
};

/// The loops that many rows run inside one panel.
class PanelTiler {
public:
  PanelTiler(TileBuilder &b, const Product &product, TileSize size, Value panel)
      : b(b), p(product), size(size), panel(panel) {}

  void tile(Span rows) {
    if (p.format->group > 1 && !p.multipliesGroups() &&
        p.channels <= expandedChannels)
      expand();
    if (size.columns == p.format->panel)
      tileColumn(b.index(0), rows);
    else
      b.loop(b.index(0), b.index(p.format->panel), size.columns,
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
  /// The panel's weights as f32, or null.
  Value expanded;

  /// weight[of][first ...][column ...]: `channels` of k from pair `first` on.
  Value weightOf(Value of, Value first, int64_t channels, Value column,
                 int64_t columns) {
    SmallVector<int64_t> sizes = p.format->tileShape(channels, columns);
    sizes.insert(sizes.begin(), 1);
    SmallVector<OpFoldResult> offsets(sizes.size(), b.getIndexAttr(0));
    offsets[0] = of;
    offsets[1] = getAsOpFoldResult(first);
    offsets[2] = column;
    return b.view(p.weight, offsets, sizes, ArrayRef(sizes).drop_front());
  }

  /// The panel's weights for the channels that are summed.
  Value weightOf(Value column, int64_t columns) {
    return weightOf(panel, b.index(p.first / p.format->group), p.channels,
                    column, columns);
  }

  void expand() {
    expanded = memref::AllocaOp::create(
        b, MemRefType::get({p.channels, p.format->panel}, b.getF32Type()),
        b.getI64IntegerAttr(64));
    gpt::TileExpandOp::create(b, weightOf(b.index(0), p.format->panel),
                              expanded);
  }

  /// The weights that the `tile`-th tile from a column's top prefetches, 16
  /// bytes for each of its channels: a share of the next panel, which has 256
  /// or 128 bytes for each. Tiles after the last share prefetch that again.
  Value weightAhead(Value column, Value tile) {
    int64_t channels = p.channels / 16, shares = 16 / p.format->group;
    int64_t inColumn = shares * size.columns / p.format->panel;
    Value next = b.least(b.plus(panel, 1), b.index(p.panels() - 1));
    Value above = b.times(b.over(column, b.index(size.columns)), inColumn);
    Value share = b.plus(above, b.least(tile, b.index(inColumn - 1)));
    Value first =
        b.plus(b.times(share, channels), b.index(p.first / p.format->group));
    return weightOf(next, first, channels * p.format->group, b.index(0),
                    p.format->panel);
  }

  /// Runs a column of tiles down the rows, so that its part of the weight stays
  /// in the L1 cache.
  void tileColumn(Value column, Span rows) {
    Value weight = expanded ? b.tileView(expanded, b.index(0), column,
                                         {p.channels, size.columns})
                            : weightOf(column, size.columns);
    Value output = b.plus(b.times(panel, p.format->panel), column);
    Value bias = b.view(p.bias, {output}, {size.columns}, {size.columns});
    b.loop(rows.begin, rows.end, size.rows, [&](Value row) {
      Value input =
          b.tileView(p.input, row, b.index(p.first), {size.rows, p.channels});
      Value ahead;
      if (p.channels % 16 == 0)
        ahead = weightAhead(
            column, b.over(b.minus(row, rows.begin), b.index(size.rows)));
      gpt::TileLinearOp::create(
          b, input, weight, p.format->arithmetic, bias, p.activation,
          b.tileView(p.residual, row, output, size), ahead,
          b.arithmeticAttr(p.reader), b.tileView(p.output, row, output, size));
    });
  }
};
} // namespace

/// Returns the parts of a long product, each a sum of its own that is added to
/// the ones before. They follow from the shape alone, so that every tile makes
/// the same sums. An activation needs the whole sum in registers.
static SmallVector<Product> splitChannels(const Product &whole) {
  int64_t count = whole.activation == gpt::Activation::none
                      ? llvm::divideCeil(whole.channels, sumChannels)
                      : 1;
  int64_t unit = std::max<int64_t>(whole.format->group, 2);
  int64_t size = llvm::alignTo(llvm::divideCeil(whole.channels, count), unit);
  SmallVector<Product> parts;
  for (int64_t first = 0; first < whole.channels; first += size) {
    Product part = whole;
    part.first = first;
    part.channels = std::min(size, whole.channels - first);
    if (first + size < whole.channels) {
      part.softCap = FloatAttr();
      part.reader = std::nullopt;
    }
    if (first > 0) {
      part.bias = Value();
      part.residual = whole.output;
    }
    parts.push_back(part);
  }
  return parts;
}

/// Visits 0 to `count` in blocks of about the same number of tiles of `size`,
/// of at most `fitting` rows, or one tile where less fits.
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

/// Multiplies one row by the panels in `panels`.
static void tileRow(TileBuilder &b, const Product &p, Value sums, Span panels) {
  Value count = b.minus(panels.end, panels.begin);
  SmallVector<OpFoldResult> offsets(p.weightType().getRank(),
                                    b.getIndexAttr(0));
  SmallVector<OpFoldResult> sizes =
      getAsIndexOpFoldResult(b.getContext(), p.weightType().getShape());
  offsets[0] = panels.begin;
  sizes[0] = count;
  offsets[1] = b.getIndexAttr(p.first / p.format->group);
  sizes[1] = b.getIndexAttr(p.channels / p.format->group);
  auto outputs = [&](Value buffer) -> Value {
    OpFoldResult first = b.times(panels.begin, p.format->panel);
    return b.view(buffer, {first},
                  {OpFoldResult(b.times(count, p.format->panel))});
  };
  auto row = [&](Value buffer) {
    return b.rowView(buffer, b.index(0), p.columns());
  };
  Value input = b.view(p.input, {b.getIndexAttr(0), b.getIndexAttr(p.first)},
                       {1, p.channels}, {p.channels});
  gpt::TileLinearRowOp::create(
      b, input, b.view(p.weight, offsets, sizes), p.format->arithmetic,
      outputs(p.bias), p.activation, outputs(row(p.residual)), sums,
      b.arithmeticAttr(p.reader), outputs(row(p.output)));
  if (p.softCap)
    b.loop(panels.begin, panels.end, 1,
           [&](Value panel) { capPanel(b, p, b.index(0), panel); });
}

/// Multiplies one row by each thread's panels, at most `together` at a time.
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

/// Visits each panel with all rows. The middle one of an odd number is visited
/// with each half of the rows, so that two threads have the same work.
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
  int64_t valueBytes = product.inputType().getElementTypeBitWidth() / 8;
  int64_t fitting = tiles.inputBytes / (parts.front().channels * valueBytes);
  forBlocks(b, fitting, size.rows, count, [&](Span rows) {
    for (const Product &part : parts)
      forPanels(b, product.panels(), rows, size.rows,
                [&](Value panel, Span some) {
                  PanelTiler(b, part, size, panel).tile(some);
                });
  });
}
