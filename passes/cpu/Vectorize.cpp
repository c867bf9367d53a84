//===- Vectorize.cpp - From tile ops to loops of vectors ------------------===//

#include "passes/Passes.h"
#include "passes/cpu/VectorizeTile.h"

#include "llvm/ADT/TypeSwitch.h"

namespace gptc {
#define GEN_PASS_DEF_VECTORIZE
#include "passes/Passes.h.inc"
} // namespace gptc

using namespace mlir;
using namespace gptc;

using Values = VectorBuilder::Values;

namespace {
/// sums[m * vectors + n] += input[m][k] * weight[k][16 n ...], k ascending.
class ProductLoop {
public:
  ProductLoop(VectorBuilder &b, gpt::TileLinearOp op)
      : b(b), input(op.getInput()), weight(op.getWeight()),
        rows(sizeOf(op.getOutput(), 0)),
        vectors(sizeOf(op.getOutput(), 1) / gpt::lanes),
        pairs(op.getWeight().getType().getElementType().isBF16()) {
    if (pairs) // two values of k side by side: [K/2][N][2] -> [K/2][2 N]
      weight = memref::CollapseShapeOp::create(
          b, weight, SmallVector<ReassociationIndices>{{0}, {1, 2}});
  }

  Values emit() {
    Values zeros(rows * vectors, b.splat(0.0f));
    return b.loop(b.index(0), b.index(sizeOf(weight, 0)), 1, zeros,
                  [&](Value k, ValueRange sums) {
                    return pairs ? pair(k, sums) : one(k, sums);
                  });
  }

private:
  VectorBuilder &b;
  Value input, weight;
  int64_t rows, vectors;
  bool pairs;

  void accumulate(Value k, ArrayRef<Value> weights, Values &sums) {
    for (int64_t m = 0; m < rows; ++m) {
      Value x =
          b.splat(memref::LoadOp::create(b, input, ValueRange{b.index(m), k}));
      for (int64_t n = 0; n < vectors; ++n)
        sums[m * vectors + n] = b.fma(x, weights[n], sums[m * vectors + n]);
    }
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
    auto type = VectorType::get(2 * gpt::lanes, b.getBF16Type());
    for (int64_t n = 0; n < vectors; ++n) {
      Value both = vector::LoadOp::create(
          b, type, weight, ValueRange{k, b.index(2 * n * gpt::lanes)});
      Value bits = vector::BitCastOp::create(b, b.intVectorType(), both);
      Value high = arith::AndIOp::create(b, bits, b.intSplat(-0x10000));
      Value low = arith::ShLIOp::create(b, bits, b.intSplat(16));
      odd.push_back(arith::BitcastOp::create(b, b.vectorType(), high));
      even.push_back(arith::BitcastOp::create(b, b.vectorType(), low));
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
      b.store(x, op.getOutput(), {row, column});
    }
  }
}

namespace {

struct Vectorize : gptc::impl::VectorizeBase<Vectorize> {
  void runOnOperation() override {
    getOperation().walk([](Operation *op) {
      TypeSwitch<Operation *>(op)
          .Case<gpt::TileEmbeddingOp, gpt::TileNormOp, gpt::TileMapOp,
                gpt::TileGatedOp, gpt::TileSoftCapOp, gpt::TileRotaryTableOp,
                gpt::TileRotaryOp, gpt::TileKvAppendOp, gpt::TileLinearOp,
                gpt::TileAttentionOp>(
              [](auto tile) {
                VectorBuilder b(tile.getLoc(), tile);
                vectorize(b, tile);
                tile.erase();
              });
    });
  }
};

} // namespace
