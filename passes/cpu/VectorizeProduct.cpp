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
  Value pair = vector::LoadOp::create(b, VectorType::get(2, b.getBF16Type()),
                                      buffer, at);
  Value bits =
      vector::BitCastOp::create(b, VectorType::get(1, b.getI32Type()), pair);
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
/// Adds products of an input and columns of a weight to sums in registers.
class Products {
public:
  Products(VectorBuilder &b, Value input, Value weight)
      : b(b), input(input), weight(weight), paired(isBf16(weight)) {
    if (paired)
      this->weight = collapsePairs(b, weight);
  }

  /// Values of k that the weight has in a row.
  int64_t rowChannels() const { return paired ? 2 : 1; }

  /// sums[n] += input[inputAt][k] * weight[weightAt][k][16 n ...], where k is a
  /// row of the weight.
  void add(ValueRange inputAt, ValueRange weightAt, Value k,
           MutableArrayRef<Value> sums) {
    if (!paired) {
      Value x = splatInput(inputAt, k);
      for (auto [n, sum] : llvm::enumerate(sums))
        sum = b.fma(x, b.load(weight, columnAt(weightAt, k, n)), sum);
      return;
    }
    Value even = b.times(k, 2);
    if (isBf16(input)) {
      Value x = splatPair(b, input, joined(inputAt, even));
      for (auto [n, sum] : llvm::enumerate(sums))
        sum =
            b.addPairs(sum, x, loadPairs(b, weight, columnAt(weightAt, k, n)));
      return;
    }
    // The odd k first, then the even one, as vdpbf16ps does.
    Value xOdd = splatInput(inputAt, b.plus(even, 1)),
          xEven = splatInput(inputAt, even);
    for (auto [n, sum] : llvm::enumerate(sums)) {
      auto w = b.widen(loadPairs(b, weight, columnAt(weightAt, k, n)));
      sum = b.fma(xEven, w.even, b.fma(xOdd, w.odd, sum));
    }
  }

  /// Asks for the columns of `vectors` sums.
  void ask(ValueRange weightAt, Value k, int64_t vectors) {
    for (int64_t n = 0; n < vectors; ++n)
      memref::PrefetchOp::create(b, weight, columnAt(weightAt, k, n),
                                 /*isWrite=*/false, /*localityHint=*/3,
                                 /*isDataCache=*/true);
  }

private:
  VectorBuilder &b;
  Value input, weight;
  bool paired;

  static Values joined(ValueRange at, Value last) {
    Values all(at);
    all.push_back(last);
    return all;
  }

  Values columnAt(ValueRange at, Value k, int64_t n) {
    Values all = joined(at, k);
    all.push_back(b.index(n * gpt::lanes * rowChannels()));
    return all;
  }

  Value splatInput(ValueRange at, Value k) {
    return b.splat(memref::LoadOp::create(b, input, joined(at, k)));
  }
};

/// sums[m * vectors + n] += input[m][k] * weight[k][16 n ...], k ascending.
class ProductLoop {
public:
  ProductLoop(VectorBuilder &b, gpt::TileLinearOp op)
      : b(b), products(b, op.getInput(), op.getWeight()),
        count(sizeOf(op.getWeight(), 0)), rows(sizeOf(op.getOutput(), 0)),
        vectors(sizeOf(op.getOutput(), 1) / gpt::lanes),
        oddFirst(op.getOddFirst()) {
    if (Value memory = op.getAhead()) {
      ReassociationIndices all = llvm::to_vector<2>(
          llvm::seq(cast<MemRefType>(memory.getType()).getRank()));
      ahead = memref::CollapseShapeOp::create(
          b, memory, SmallVector<ReassociationIndices>{all});
    }
  }

  Values emit() {
    int64_t most = unrolled / products.rowChannels();
    int64_t unit = oddFirst ? 2 : 1, step = unit;
    while (step < most && count % (2 * step) == 0)
      step *= 2;
    Values zeros(rows * vectors, b.splat(0.0f));
    return b.loop(b.index(0), b.index(count), step, zeros,
                  [&](Value k, ValueRange before) {
                    if (ahead)
                      askAhead(k);
                    Values sums(before);
                    for (int64_t i = 0; i < step; i += unit) {
                      if (oddFirst)
                        add(b.plus(k, i + 1), sums);
                      add(b.plus(k, i), sums);
                    }
                    return sums;
                  });
  }

private:
  VectorBuilder &b;
  Products products;
  /// Null, or memory as one row.
  Value ahead;
  int64_t count, rows, vectors;
  bool oddFirst;

  /// The rows load the same weights, which CSE makes one load.
  void add(Value k, MutableArrayRef<Value> sums) {
    for (int64_t m = 0; m < rows; ++m)
      products.add(b.index(m), {}, k, sums.slice(m * vectors, vectors));
  }

  /// Into the second-level cache: 16 bytes for each channel.
  void askAhead(Value k) {
    int64_t values = 16 * products.rowChannels() / (isBf16(ahead) ? 2 : 4);
    memref::PrefetchOp::create(b, ahead, b.times(k, values), /*isWrite=*/false,
                               /*localityHint=*/2, /*isDataCache=*/true);
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

/// Leaves the sums in their buffer. The panels meet the same channels one after
/// the other.
static void sumRow(VectorBuilder &b, gpt::TileLinearRowOp op, Value panels) {
  constexpr int64_t vectors = gpt::panelWidth / gpt::lanes;
  Value sums = op.getSums();
  Products products(b, op.getInput(), op.getWeight());
  auto placeOf = [&](Value panel, int64_t n) {
    return b.plus(b.times(panel, gpt::panelWidth), n * gpt::lanes);
  };
  b.loop(b.index(0), b.times(panels, gpt::panelWidth), gpt::lanes,
         [&](Value i) { b.store(b.splat(0.0f), sums, i); });
  int64_t count = sizeOf(op.getWeight(), 1);
  int64_t step = rowUnrolled / products.rowChannels();
  if (count % step != 0)
    step = 1;
  b.loop(b.index(0), b.index(count), step, [&](Value k) {
    b.loop(b.index(0), panels, 1, [&](Value panel) {
      Values next;
      for (int64_t n = 0; n < vectors; ++n)
        next.push_back(b.load(sums, placeOf(panel, n)));
      for (int64_t i = 0; i < step; ++i) {
        products.ask(panel, b.plus(k, i + rowsAhead), vectors);
        products.add({}, panel, b.plus(k, i), next);
      }
      for (int64_t n = 0; n < vectors; ++n)
        b.store(next[n], sums, placeOf(panel, n));
    });
  });
}

void gptc::vectorize(VectorBuilder &b, gpt::TileLinearRowOp op) {
  Value panels = memref::DimOp::create(b, op.getWeight(), 0);
  sumRow(b, op, panels);
  b.loop(b.index(0), b.times(panels, gpt::panelWidth), gpt::lanes,
         [&](Value i) {
           Value bias = op.getBias() ? b.load(op.getBias(), i) : Value();
           finish(b, op, b.load(op.getSums(), i), bias, i);
         });
}
