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
/// Rows of the weight, of 256 bytes, that one row of the input asks for ahead.
static constexpr int64_t rowsAhead = 24;

/// Two values of k side by side: [K/2][N][2] -> [K/2][2 N].
static Value collapsePairs(VectorBuilder &b, Value weight) {
  return memref::CollapseShapeOp::create(
      b, weight, SmallVector<ReassociationIndices>{{0}, {1, 2}});
}

namespace {
struct Pair {
  Value odd, even;
};
} // namespace

/// The weights of columns 16 n on for both values of k, as f32.
static Pair loadPair(VectorBuilder &b, Value weight, Value k, int64_t n) {
  auto type = VectorType::get(2 * gpt::lanes, b.getBF16Type());
  Value both = vector::LoadOp::create(
      b, type, weight, ValueRange{k, b.index(2 * n * gpt::lanes)});
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
                    for (int64_t i = 0; rows == 1 && i < step; ++i)
                      askNext(b.plus(k, i));
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
    ask(ahead, b.times(k, values), /*locality=*/2);
  }

  /// A row of the weight: one row of the input has too few loads under way to
  /// keep memory busy.
  void askNext(Value k) {
    int64_t line = gpt::lanes * (pairs ? 2 : 1);
    for (int64_t column = 0; column < sizeOf(weight, 1); column += line)
      ask(weight, {b.plus(k, rowsAhead), b.index(column)}, /*locality=*/3);
  }

  void ask(Value memory, ValueRange at, unsigned locality) {
    memref::PrefetchOp::create(b, memory, at, /*isWrite=*/false, locality,
                               /*isDataCache=*/true);
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

void gptc::vectorize(VectorBuilder &b, gpt::TileLinearOp op) {
  int64_t rows = sizeOf(op.getOutput(), 0),
          vectors = sizeOf(op.getOutput(), 1) / gpt::lanes;
  Values sums = ProductLoop(b, op).emit();
  for (int64_t n = 0; n < vectors; ++n) {
    Value column = b.index(n * gpt::lanes);
    Value bias = op.getBias() ? b.load(op.getBias(), column) : Value();
    for (int64_t m = 0; m < rows; ++m) {
      Value x = sums[m * vectors + n], row = b.index(m);
      if (bias)
        x = b.add(x, bias);
      x = b.activation(op.getActivation(), x);
      if (op.getResidual())
        x = b.add(b.load(op.getResidual(), {row, column}), x);
      b.store(b.roundToBf16If(op.getRounded(), x), op.getOutput(),
              {row, column});
    }
  }
}
