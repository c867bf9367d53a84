//===- VectorizeProduct.cpp - Products in registers -----------------------===//

#include "passes/cpu/VectorizeTile.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace gptc;

using Values = VectorBuilder::Values;

/// Channels of one turn of a tile's loop, which then costs little; after each
/// turn one more cache line is asked for.
static constexpr int64_t unrolled = 4;
/// Channels of one turn of a row's loop in each panel.
static constexpr int64_t rowUnrolled = 2;
/// Rows of the weight, of 256 bytes, that a row of the input asks for ahead: it
/// has too few loads under way to keep memory busy.
static constexpr int64_t rowsAhead = 32;

/// Two values of k side by side: [...][N][2] -> [...][2 N].
static Value collapsePairs(VectorBuilder &b, Value weight) {
  int64_t outer = cast<MemRefType>(weight.getType()).getRank() - 2;
  SmallVector<ReassociationIndices> dims;
  for (int64_t dim = 0; dim < outer; ++dim)
    dims.push_back({dim});
  dims.push_back({outer, outer + 1});
  return memref::CollapseShapeOp::create(b, weight, dims);
}

namespace {
struct Pair {
  Value odd, even;
};
} // namespace

/// The weights of columns 16 n on for both values of k, as f32; `row` leads to
/// them.
static Pair loadPair(VectorBuilder &b, Value weight, ValueRange row,
                     int64_t n) {
  auto type = VectorType::get(2 * gpt::lanes, b.getBF16Type());
  Values at(row);
  at.push_back(b.index(2 * n * gpt::lanes));
  Value both = vector::LoadOp::create(b, type, weight, at);
  Value bits = vector::BitCastOp::create(b, b.intVectorType(), both);
  Value high = arith::AndIOp::create(b, bits, b.intSplat(-0x10000));
  Value low = arith::ShLIOp::create(b, bits, b.intSplat(16));
  return {arith::BitcastOp::create(b, b.vectorType(), high),
          arith::BitcastOp::create(b, b.vectorType(), low)};
}

void gptc::vectorize(VectorBuilder &b, gpt::TileExpandOp op) {
  Value weight = collapsePairs(b, op.getWeight()), output = op.getOutput();
  b.loop(b.index(0), b.index(sizeOf(weight, 0)), 1, [&](Value k) {
    Value even = b.times(k, 2), odd = b.plus(even, 1);
    for (int64_t n = 0; n < sizeOf(output, 1) / gpt::lanes; ++n) {
      Pair values = loadPair(b, weight, k, n);
      Value column = b.index(n * gpt::lanes);
      b.store(values.even, output, {even, column});
      b.store(values.odd, output, {odd, column});
    }
  });
}

namespace {
/// sums[m * vectors + n] += input[m][k] * weight[k][16 n ...], k ascending.
class ProductLoop {
public:
  ProductLoop(VectorBuilder &b, gpt::TileLinearOp op)
      : b(b), input(op.getInput()), weight(op.getWeight()),
        rows(sizeOf(op.getOutput(), 0)),
        vectors(sizeOf(op.getOutput(), 1) / gpt::lanes),
        pairs(op.getWeight().getType().getElementType().isBF16()),
        oddFirst(op.getOddFirst()) {
    if (pairs)
      weight = collapsePairs(b, weight);
    if (Value memory = op.getAhead()) {
      ReassociationIndices all = llvm::to_vector<2>(
          llvm::seq(cast<MemRefType>(memory.getType()).getRank()));
      ahead = memref::CollapseShapeOp::create(
          b, memory, SmallVector<ReassociationIndices>{all});
    }
  }

  Values emit() {
    int64_t count = sizeOf(weight, 0), most = pairs ? unrolled / 2 : unrolled;
    int64_t unit = oddFirst ? 2 : 1, step = unit;
    while (step < most && count % (2 * step) == 0)
      step *= 2;
    Values zeros(rows * vectors, b.splat(0.0f));
    return b.loop(b.index(0), b.index(count), step, zeros,
                  [&](Value k, ValueRange sums) {
                    if (ahead)
                      askAhead(k);
                    Values next(sums);
                    for (int64_t i = 0; i < step; i += unit)
                      next = turn(b.plus(k, i), next);
                    return next;
                  });
  }

private:
  VectorBuilder &b;
  Value input, weight;
  /// Null, or memory as one row.
  Value ahead;
  int64_t rows, vectors;
  bool pairs, oddFirst;

  Values turn(Value k, ValueRange sums) {
    if (pairs)
      return pair(k, sums);
    if (oddFirst)
      return one(k, one(b.plus(k, 1), sums));
    return one(k, sums);
  }

  void accumulate(Value k, ArrayRef<Value> weights, Values &sums) {
    for (int64_t m = 0; m < rows; ++m) {
      Value x =
          b.splat(memref::LoadOp::create(b, input, ValueRange{b.index(m), k}));
      for (int64_t n = 0; n < vectors; ++n)
        sums[m * vectors + n] = b.fma(x, weights[n], sums[m * vectors + n]);
    }
  }

  /// Into the second-level cache: 16 bytes for each channel.
  void askAhead(Value k) {
    int64_t values = 16 / (cast<MemRefType>(ahead.getType())
                               .getElementTypeBitWidth() / 8);
    memref::PrefetchOp::create(b, ahead, b.times(k, values), /*isWrite=*/false,
                               /*localityHint=*/2, /*isDataCache=*/true);
  }

  Values one(Value k, ValueRange sums) {
    Values next(sums), weights;
    for (int64_t n = 0; n < vectors; ++n)
      weights.push_back(b.load(weight, {k, b.index(n * gpt::lanes)}));
    accumulate(k, weights, next);
    return next;
  }

  /// The odd k first, then the even one, as vdpbf16ps does.
  Values pair(Value k, ValueRange sums) {
    Values next(sums), odd, even;
    for (int64_t n = 0; n < vectors; ++n) {
      Pair values = loadPair(b, weight, k, n);
      odd.push_back(values.odd);
      even.push_back(values.even);
    }
    Value first = b.times(k, 2);
    accumulate(b.plus(first, 1), odd, next);
    accumulate(first, even, next);
    return next;
  }
};
} // namespace

/// What becomes of a sum at `at` of the op's residual and output.
template <typename LinearOp>
static void finish(VectorBuilder &b, LinearOp op, Value sum, Value bias,
                   ValueRange at) {
  Value x = bias ? b.add(sum, bias) : sum;
  x = b.activation(op.getActivation(), x);
  if (op.getResidual())
    x = b.add(b.load(op.getResidual(), at), x);
  b.store(b.roundToBf16If(op.getRounded(), x), op.getOutput(), at);
}

void gptc::vectorize(VectorBuilder &b, gpt::TileLinearOp op) {
  int64_t rows = sizeOf(op.getOutput(), 0),
          vectors = sizeOf(op.getOutput(), 1) / gpt::lanes;
  Values sums = ProductLoop(b, op).emit();
  for (int64_t n = 0; n < vectors; ++n) {
    Value column = b.index(n * gpt::lanes);
    Value bias = op.getBias() ? b.load(op.getBias(), column) : Value();
    for (int64_t m = 0; m < rows; ++m)
      finish(b, op, sums[m * vectors + n], bias, {b.index(m), column});
  }
}

namespace {
/// Adds row `k` of a panel, of one channel or two, to sums in registers.
class RowLoop {
public:
  RowLoop(VectorBuilder &b, gpt::TileLinearRowOp op)
      : b(b), input(op.getInput()), weight(op.getWeight()), sums(op.getSums()),
        pairs(op.getWeight().getType().getElementType().isBF16()) {
    if (pairs)
      weight = collapsePairs(b, weight);
  }

  void emit() {
    Value panels = memref::DimOp::create(b, weight, 0);
    b.loop(b.index(0), b.times(panels, gpt::panelWidth), gpt::lanes,
           [&](Value column) { b.store(b.splat(0.0f), sums, column); });
    int64_t count = sizeOf(weight, 1);
    int64_t step = pairs || count % rowUnrolled != 0 ? 1 : rowUnrolled;
    b.loop(b.index(0), b.index(count), step, [&](Value k) {
      b.loop(b.index(0), panels, 1,
             [&](Value panel) { addRows(panel, k, step); });
    });
  }

private:
  static constexpr int64_t vectors = gpt::panelWidth / gpt::lanes;

  VectorBuilder &b;
  Value input, weight, sums;
  bool pairs;

  void addRows(Value panel, Value k, int64_t step) {
    Values columns, next;
    for (int64_t n = 0; n < vectors; ++n) {
      columns.push_back(
          b.plus(b.times(panel, gpt::panelWidth), n * gpt::lanes));
      next.push_back(b.load(sums, columns.back()));
    }
    for (int64_t i = 0; i < step; ++i) {
      ask(panel, b.plus(k, i + rowsAhead));
      add(panel, b.plus(k, i), next);
    }
    for (auto [sum, column] : llvm::zip(next, columns))
      b.store(sum, sums, column);
  }

  Value inputAt(Value k) {
    return b.splat(memref::LoadOp::create(b, input, k));
  }

  void add(Value panel, Value k, Values &next) {
    if (!pairs) {
      Value x = inputAt(k);
      for (auto [n, sum] : llvm::enumerate(next))
        sum = b.fma(x, b.load(weight, {panel, k, b.index(n * gpt::lanes)}),
                    sum);
      return;
    }
    Value even = b.times(k, 2);
    Value xOdd = inputAt(b.plus(even, 1)), xEven = inputAt(even);
    for (auto [n, sum] : llvm::enumerate(next)) {
      Pair values = loadPair(b, weight, {panel, k}, n);
      sum = b.fma(xEven, values.even, b.fma(xOdd, values.odd, sum));
    }
  }

  void ask(Value panel, Value k) {
    int64_t line = gpt::lanes * (pairs ? 2 : 1);
    for (int64_t n = 0; n < vectors; ++n)
      memref::PrefetchOp::create(
          b, weight, ValueRange{panel, k, b.index(n * line)},
          /*isWrite=*/false, /*localityHint=*/3, /*isDataCache=*/true);
  }
};
} // namespace

void gptc::vectorize(VectorBuilder &b, gpt::TileLinearRowOp op) {
  RowLoop(b, op).emit();
  Value columns = memref::DimOp::create(b, op.getOutput(), 0);
  b.loop(b.index(0), columns, gpt::lanes, [&](Value column) {
    Value bias = op.getBias() ? b.load(op.getBias(), column) : Value();
    finish(b, op, b.load(op.getSums(), column), bias, column);
  });
}
