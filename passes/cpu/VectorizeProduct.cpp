//===- VectorizeProduct.cpp - Products in registers -----------------------===//

#include "passes/cpu/VectorizeTile.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"
#include <memory>

using namespace mlir;
using namespace gptc;

using Values = VectorBuilder::Values;

/// Channels of one iteration of a tile's loop, which makes its overhead small;
/// each iteration prefetches one more cache line.
static constexpr int64_t unrolled = 4;
/// Channels of one iteration of a row's loop in each panel.
static constexpr int64_t rowUnrolled = 2;
/// How far ahead a row of the input prefetches the weight, in rows of 256
/// bytes: its own loads are too few to use the bandwidth of memory.
static constexpr int64_t rowsAhead = 32;

/// Collapses the pairs along k: [...][N][2] -> [...][2 N].
static Value collapsePairs(VectorBuilder &b, Value weight) {
  int64_t outer = cast<MemRefType>(weight.getType()).getRank() - 2;
  SmallVector<ReassociationIndices> dims;
  for (int64_t dim = 0; dim < outer; ++dim)
    dims.push_back({dim});
  dims.push_back({outer, outer + 1});
  return memref::CollapseShapeOp::create(b, weight, dims);
}

/// Loads 16 pairs from buffer[at] on.
static Value loadPairs(VectorBuilder &b, Value buffer, ValueRange at) {
  return vector::LoadOp::create(b, b.pairVectorType(), buffer, at);
}

/// Broadcasts the pair of the input at buffer[at] to all lanes.
static Value splatPair(VectorBuilder &b, Value buffer, ValueRange at) {
  Value pair = vector::LoadOp::create(b, VectorType::get(2, b.getBF16Type()),
                                      buffer, at);
  Value bits =
      vector::BitCastOp::create(b, VectorType::get(1, b.getI32Type()), pair);
  Value all = vector::BroadcastOp::create(b, b.intVectorType(), bits);
  return vector::BitCastOp::create(b, b.pairVectorType(), all);
}

void gptc::vectorize(VectorBuilder &b, gpt::TileExpandOp op) {
  Value weight = collapsePairs(b, op.getWeight()), output = op.getOutput();
  b.loop(b.index(0), b.index(sizeOf(weight, 0)), 1, [&](Value k) {
    Value even = b.times(k, 2), odd = b.plus(even, 1);
    for (int64_t n = 0; n < sizeOf(output, 1) / cpu::lanes; ++n) {
      auto values =
          b.widen(loadPairs(b, weight, {k, b.index(2 * n * cpu::lanes)}));
      Value column = b.index(n * cpu::lanes);
      b.store(values.even, output, {even, column});
      b.store(values.odd, output, {odd, column});
    }
  });
}

//===----------------------------------------------------------------------===//
// A kernel for each operand format
//===----------------------------------------------------------------------===//

namespace {
/// Adds products of an input and columns of a weight to sums in registers.
class ProductKernel {
public:
  /// A group along k has `rows` rows of the weight, and each row is one step of
  /// its sum.
  ProductKernel(VectorBuilder &b, Value input, Value weight, int64_t group,
                int64_t rows)
      : b(b), input(input), weight(weight), group(group), rows(rows) {}
  virtual ~ProductKernel() = default;

  /// sums[n] += input[inputAt][...] * weight[weightAt][row ...][16 n ...] for
  /// the values of `step`, of the group whose first row is `row`.
  virtual void add(ValueRange inputAt, ValueRange weightAt, Value row,
                   int64_t step, MutableArrayRef<Value> sums) = 0;

  int64_t getGroup() const { return group; }
  int64_t getRows() const { return rows; }

  /// Prefetches the columns of `vectors` sums.
  void prefetch(ValueRange weightAt, Value row, int64_t vectors) {
    for (int64_t n = 0; n < vectors; ++n)
      memref::PrefetchOp::create(b, weight, columnAt(weightAt, row, n, group),
                                 /*isWrite=*/false, /*localityHint=*/3,
                                 /*isDataCache=*/true);
  }

protected:
  VectorBuilder &b;
  Value input, weight;
  int64_t group, rows;

  static Values joined(ValueRange at, Value last) {
    Values all(at);
    all.push_back(last);
    return all;
  }

  /// Vector `n` of row `row` of the weight, with `side` values side by side.
  Values columnAt(ValueRange at, Value row, int64_t n, int64_t side) {
    Values all = joined(at, row);
    all.push_back(b.index(n * cpu::lanes * side));
    return all;
  }

  Value splatInput(ValueRange at, Value k) {
    return b.splat(memref::LoadOp::create(b, input, joined(at, k)));
  }

  /// The products of channel `k`, which is a row of an f32 weight.
  void addChannel(ValueRange inputAt, ValueRange weightAt, Value k,
                  MutableArrayRef<Value> sums) {
    Value x = splatInput(inputAt, k);
    for (auto [n, sum] : llvm::enumerate(sums))
      sum = b.fma(x, b.load(weight, columnAt(weightAt, k, n, 1)), sum);
  }
};

class F32Kernel : public ProductKernel {
public:
  F32Kernel(VectorBuilder &b, Value input, Value weight)
      : ProductKernel(b, input, weight, /*group=*/1, /*rows=*/1) {}

  void add(ValueRange inputAt, ValueRange weightAt, Value k, int64_t,
           MutableArrayRef<Value> sums) override {
    addChannel(inputAt, weightAt, k, sums);
  }
};

/// Pairs of bf16, whose odd value is added before the even one, as vdpbf16ps
/// does. An input in bf16 is multiplied by that instruction.
class PairKernel : public ProductKernel {
public:
  PairKernel(VectorBuilder &b, Value input, Value weight)
      : ProductKernel(b, input, collapsePairs(b, weight), /*group=*/2,
                      /*rows=*/1),
        isPaired(!cast<MemRefType>(input.getType()).getElementType().isF32()) {}

  void add(ValueRange inputAt, ValueRange weightAt, Value k, int64_t,
           MutableArrayRef<Value> sums) override {
    Value even = b.times(k, 2);
    auto pairsAt = [&](int64_t n) {
      return loadPairs(b, weight, columnAt(weightAt, k, n, group));
    };
    if (isPaired) {
      Value x = splatPair(b, input, joined(inputAt, even));
      for (auto [n, sum] : llvm::enumerate(sums))
        sum = b.addPairs(sum, x, pairsAt(n));
      return;
    }
    Value xOdd = splatInput(inputAt, b.plus(even, 1)),
          xEven = splatInput(inputAt, even);
    for (auto [n, sum] : llvm::enumerate(sums)) {
      auto w = b.widen(pairsAt(n));
      sum = b.fma(xEven, w.even, b.fma(xOdd, w.odd, sum));
    }
  }

private:
  bool isPaired;
};

/// Pairs of bf16 whose weights gpt.tile.expand has made f32.
class ExpandedPairKernel : public ProductKernel {
public:
  ExpandedPairKernel(VectorBuilder &b, Value input, Value weight)
      : ProductKernel(b, input, weight, /*group=*/2, /*rows=*/2) {}

  void add(ValueRange inputAt, ValueRange weightAt, Value even, int64_t step,
           MutableArrayRef<Value> sums) override {
    addChannel(inputAt, weightAt, step == 0 ? b.plus(even, 1) : even, sums);
  }
};
} // namespace

static std::unique_ptr<ProductKernel> makeKernel(VectorBuilder &b,
                                                 gpt::Arithmetic arithmetic,
                                                 Value input, Value weight) {
  bool isF32 = cast<MemRefType>(weight.getType()).getElementType().isF32();
  switch (arithmetic) {
  case gpt::Arithmetic::f32:
    return std::make_unique<F32Kernel>(b, input, weight);
  case gpt::Arithmetic::bf16:
    if (isF32)
      return std::make_unique<ExpandedPairKernel>(b, input, weight);
    return std::make_unique<PairKernel>(b, input, weight);
  }
  llvm_unreachable("an arithmetic that has no kernel");
}

//===----------------------------------------------------------------------===//
// Many rows
//===----------------------------------------------------------------------===//

/// The greatest power of two up to `most` that divides `count`.
static int64_t unrollFactor(int64_t count, int64_t most) {
  int64_t factor = 1;
  while (factor < most && count % (2 * factor) == 0)
    factor *= 2;
  return factor;
}

namespace {
/// sums[m * vectors + n] += input[m][k] * weight[k][16 n ...], k ascending.
class ProductLoop {
public:
  ProductLoop(VectorBuilder &b, gpt::TileLinearOp op)
      : b(b), kernel(makeKernel(b, op.getArithmetic(), op.getInput(),
                                op.getWeight())),
        groups(llvm::divideCeil(sizeOf(op.getInput(), 1), kernel->getGroup())),
        rows(sizeOf(op.getOutput(), 0)),
        vectors(sizeOf(op.getOutput(), 1) / cpu::lanes) {
    if (Value memory = op.getAhead()) {
      ReassociationIndices all = llvm::to_vector<2>(
          llvm::seq(cast<MemRefType>(memory.getType()).getRank()));
      ahead = memref::CollapseShapeOp::create(
          b, memory, SmallVector<ReassociationIndices>{all});
    }
  }

  Values emit() {
    int64_t unroll = unrollFactor(groups, unrolled / kernel->getGroup());
    int64_t weightRows = kernel->getRows();
    Values zeros(rows * vectors, b.splat(0.0f));
    return b.loop(b.index(0), b.index(groups * weightRows), unroll * weightRows,
                  zeros, [&](Value k, ValueRange before) {
                    if (ahead)
                      prefetchAhead(k);
                    Values sums(before);
                    for (int64_t i = 0; i < unroll; ++i)
                      add(b.plus(k, i * weightRows), sums);
                    return sums;
                  });
  }

private:
  VectorBuilder &b;
  std::unique_ptr<ProductKernel> kernel;
  /// The memory to prefetch, as one row, or null.
  Value ahead;
  int64_t groups, rows, vectors;

  /// The rows load the same weights, which CSE makes one load.
  void add(Value k, MutableArrayRef<Value> sums) {
    for (int64_t step = 0; step < kernel->getRows(); ++step)
      for (int64_t m = 0; m < rows; ++m)
        kernel->add(b.index(m), {}, k, step, sums.slice(m * vectors, vectors));
  }

  /// Into the L2 cache: 16 bytes for each channel.
  void prefetchAhead(Value k) {
    int64_t bits = cast<MemRefType>(ahead.getType()).getElementTypeBitWidth();
    int64_t values = 16 * kernel->getGroup() / kernel->getRows() * 8 / bits;
    memref::PrefetchOp::create(b, ahead, b.times(k, values), /*isWrite=*/false,
                               /*localityHint=*/2, /*isDataCache=*/true);
  }
};
} // namespace

/// Adds bias and residual, applies the activation and stores a sum at `at`.
template <typename LinearOp>
static void finish(VectorBuilder &b, LinearOp op, Value sum, Value bias,
                   ValueRange at) {
  Value x = bias ? b.add(sum, bias) : sum;
  x = b.activation(op.getActivation(), x);
  if (op.getResidual())
    x = b.add(b.load(op.getResidual(), at), x);
  b.storeFor(op.getReader(), x, op.getOutput(), at);
}

void gptc::vectorize(VectorBuilder &b, gpt::TileLinearOp op) {
  int64_t rows = sizeOf(op.getOutput(), 0),
          vectors = sizeOf(op.getOutput(), 1) / cpu::lanes;
  Values sums = ProductLoop(b, op).emit();
  for (int64_t n = 0; n < vectors; ++n) {
    Value column = b.index(n * cpu::lanes);
    Value bias = op.getBias() ? b.load(op.getBias(), column) : Value();
    for (int64_t m = 0; m < rows; ++m)
      finish(b, op, sums[m * vectors + n], bias, {b.index(m), column});
  }
}

//===----------------------------------------------------------------------===//
// One row
//===----------------------------------------------------------------------===//

/// Computes the sums into their buffer. The panels are read side by side, a few
/// channels of each one after the other.
static void sumRow(VectorBuilder &b, gpt::TileLinearRowOp op, Value panels) {
  constexpr int64_t vectors = gpt::panelWidth / cpu::lanes;
  Value sums = op.getSums();
  auto kernel =
      makeKernel(b, op.getArithmetic(), op.getInput(), op.getWeight());
  auto placeOf = [&](Value panel, int64_t n) {
    return b.plus(b.times(panel, gpt::panelWidth), n * cpu::lanes);
  };
  b.loop(b.index(0), b.times(panels, gpt::panelWidth), cpu::lanes,
         [&](Value i) { b.store(b.splat(0.0f), sums, i); });
  int64_t groups = sizeOf(op.getWeight(), 1);
  int64_t unroll = unrollFactor(groups, rowUnrolled / kernel->getGroup());
  b.loop(b.index(0), b.index(groups), unroll, [&](Value k) {
    b.loop(b.index(0), panels, 1, [&](Value panel) {
      Values next;
      for (int64_t n = 0; n < vectors; ++n)
        next.push_back(b.load(sums, placeOf(panel, n)));
      for (int64_t i = 0; i < unroll; ++i) {
        kernel->prefetch(panel, b.plus(k, i + rowsAhead), vectors);
        for (int64_t step = 0; step < kernel->getRows(); ++step)
          kernel->add({}, panel, b.plus(k, i), step, next);
      }
      for (int64_t n = 0; n < vectors; ++n)
        b.store(next[n], sums, placeOf(panel, n));
    });
  });
}

void gptc::vectorize(VectorBuilder &b, gpt::TileLinearRowOp op) {
  Value panels = memref::DimOp::create(b, op.getWeight(), 0);
  sumRow(b, op, panels);
  b.loop(b.index(0), b.times(panels, gpt::panelWidth), cpu::lanes,
         [&](Value i) {
           Value bias = op.getBias() ? b.load(op.getBias(), i) : Value();
           finish(b, op, b.load(op.getSums(), i), bias, i);
         });
}
