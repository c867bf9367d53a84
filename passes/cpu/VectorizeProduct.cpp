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

/// The pairs at buffer[at].
static Value loadPairs(VectorBuilder &b, Value buffer, ValueRange at) {
  return vector::LoadOp::create(b, b.pairVectorType(), buffer, at);
}

/// A pair of the input, from buffer[at] on, in all lanes.
static Value splatPair(VectorBuilder &b, Value buffer, ValueRange at) {
  Value pair = vector::LoadOp::create(
      b, VectorType::get(2, b.getBF16Type()), buffer, at);
  Value bits = vector::BitCastOp::create(
      b, VectorType::get(1, b.getI32Type()), pair);
  Value all = vector::BroadcastOp::create(b, b.intVectorType(), bits);
  return vector::BitCastOp::create(b, b.pairVectorType(), all);
}

static bool isBf16(Value buffer) {
  return cast<MemRefType>(buffer.getType()).getElementType().isBF16();
}

void gptc::vectorize(VectorBuilder &b, gpt::TileExpandOp op) {
  Value weight = collapsePairs(b, op.getWeight()), output = op.getOutput();
  b.loop(b.index(0), b.index(sizeOf(weight, 0)), 1, [&](Value k) {
    Value even = b.times(k, 2), odd = b.plus(even, 1);
    for (int64_t n = 0; n < sizeOf(output, 1) / gpt::lanes; ++n) {
      auto values =
          b.widen(loadPairs(b, weight, {k, b.index(2 * n * gpt::lanes)}));
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
        pairs(isBf16(weight)), oddFirst(op.getOddFirst()) {
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
    int64_t values = (pairs ? 32 : 16) / (isBf16(ahead) ? 2 : 4);
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
    Values next(sums), weights;
    for (int64_t n = 0; n < vectors; ++n)
      weights.push_back(
          loadPairs(b, weight, {k, b.index(2 * n * gpt::lanes)}));
    Value first = b.times(k, 2);
    if (isBf16(input)) {
      for (int64_t m = 0; m < rows; ++m) {
        Value x = splatPair(b, input, {b.index(m), first});
        for (int64_t n = 0; n < vectors; ++n) {
          Value &sum = next[m * vectors + n];
          sum = b.addPairs(sum, x, weights[n]);
        }
      }
      return next;
    }
    Values odd, even;
    for (Value both : weights) {
      auto values = b.widen(both);
      odd.push_back(values.odd);
      even.push_back(values.even);
    }
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
  b.storeRounded(op.getRounded(), x, op.getOutput(), at);
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
/// One row and several panels, which meet the same channels one after the
/// other.
class RowProduct {
public:
  RowProduct(VectorBuilder &b, gpt::TileLinearRowOp op)
      : b(b), input(op.getInput()), weight(op.getWeight()), sums(op.getSums()),
        pairs(isBf16(weight)) {
    if (pairs)
      weight = collapsePairs(b, weight);
    for (int64_t n = 0; n < gpt::panelWidth; n += gpt::lanes)
      columns.push_back(b.index(n));
  }

  /// Leaves the sums in their buffer.
  void emit() {
    Value panels = memref::DimOp::create(b, weight, 0);
    b.loop(b.index(0), b.times(panels, gpt::panelWidth), gpt::lanes,
           [&](Value i) { b.store(b.splat(0.0f), sums, i); });
    int64_t count = sizeOf(weight, 1);
    int64_t step = pairs || count % rowUnrolled != 0 ? 1 : rowUnrolled;
    b.loop(b.index(0), b.index(count), step, [&](Value k) {
      b.loop(b.index(0), panels, 1,
             [&](Value panel) { addRows(panel, k, step); });
    });
  }

private:
  VectorBuilder &b;
  Value input, weight, sums;
  bool pairs;
  /// Where the vectors of a panel's row begin.
  Values columns;

  /// Adds `step` rows of a panel, each of one channel or a pair.
  void addRows(Value panel, Value k, int64_t step) {
    Values places, next;
    for (Value column : columns) {
      places.push_back(b.plus(b.times(panel, gpt::panelWidth), column));
      next.push_back(b.load(sums, places.back()));
    }
    for (int64_t i = 0; i < step; ++i) {
      ask(panel, b.plus(k, i + rowsAhead));
      add(panel, b.plus(k, i), next);
    }
    for (auto [sum, place] : llvm::zip(next, places))
      b.store(sum, sums, place);
  }

  Value inputAt(Value k) {
    return b.splat(memref::LoadOp::create(b, input, k));
  }

  void add(Value panel, Value k, Values &next) {
    if (!pairs) {
      Value x = inputAt(k);
      for (auto [sum, column] : llvm::zip(next, columns))
        sum = b.fma(x, b.load(weight, {panel, k, column}), sum);
      return;
    }
    Values weights;
    for (Value column : columns)
      weights.push_back(loadPairs(b, weight, {panel, k, b.times(column, 2)}));
    Value first = b.times(k, 2);
    if (isBf16(input)) {
      Value x = splatPair(b, input, first);
      for (auto [sum, both] : llvm::zip(next, weights))
        sum = b.addPairs(sum, x, both);
      return;
    }
    Value odd = inputAt(b.plus(first, 1)), even = inputAt(first);
    for (auto [sum, both] : llvm::zip(next, weights)) {
      auto values = b.widen(both);
      sum = b.fma(even, values.even, b.fma(odd, values.odd, sum));
    }
  }

  void ask(Value panel, Value k) {
    for (Value column : columns)
      memref::PrefetchOp::create(
          b, weight, ValueRange{panel, k, b.times(column, pairs ? 2 : 1)},
          /*isWrite=*/false, /*localityHint=*/3, /*isDataCache=*/true);
  }
};
} // namespace

void gptc::vectorize(VectorBuilder &b, gpt::TileLinearRowOp op) {
  RowProduct(b, op).emit();
  Value outputs = memref::DimOp::create(b, op.getOutput(), 0);
  b.loop(b.index(0), outputs, gpt::lanes, [&](Value i) {
    Value bias = op.getBias() ? b.load(op.getBias(), i) : Value();
    finish(b, op, b.load(op.getSums(), i), bias, i);
  });
}
