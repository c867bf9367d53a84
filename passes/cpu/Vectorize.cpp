//===- Vectorize.cpp - From tile ops to loops of vectors ------------------===//

#include "passes/Passes.h"
#include "passes/cpu/VectorBuilder.h"

#include "llvm/ADT/TypeSwitch.h"

namespace gptc {
#define GEN_PASS_DEF_VECTORIZE
#include "passes/Passes.h.inc"
} // namespace gptc

using namespace mlir;
using namespace gptc;

using Values = VectorBuilder::Values;

static int64_t sizeOf(Value buffer, int64_t dim) {
  return cast<MemRefType>(buffer.getType()).getDimSize(dim);
}

//===----------------------------------------------------------------------===//
// One row
//===----------------------------------------------------------------------===//

/// A row of a table of panels: one value of every group of 64.
static void gatherFromPanels(VectorBuilder &b, Value table, Value id,
                             Value output) {
  bool pairs = cast<MemRefType>(table.getType()).getElementType().isBF16();
  Value width = b.index(gpt::panelWidth), two = b.index(2);
  Value panel = arith::DivUIOp::create(b, id, width);
  Value lane = arith::RemUIOp::create(b, id, width);
  b.loop(b.index(0), b.index(sizeOf(output, 0)), 1, [&](Value channel) {
    SmallVector<Value> at = {panel, channel, lane};
    if (pairs)
      at = {panel, arith::DivUIOp::create(b, channel, two), lane,
            arith::RemUIOp::create(b, channel, two)};
    Value value = memref::LoadOp::create(b, table, at);
    if (pairs)
      value = arith::ExtFOp::create(b, b.getF32Type(), value);
    memref::StoreOp::create(b, value, output, channel);
  });
}

static void vectorize(VectorBuilder &b, gpt::TileEmbeddingOp op) {
  Value table = op.getTable(), output = op.getOutput();
  Value id = b.toIndex(op.getId());
  if (op.getTable().getType().getRank() > 2)
    return gatherFromPanels(b, table, id, output);
  bool bf16 = op.getTable().getType().getElementType().isBF16();
  b.forLanes(sizeOf(output, 0), [&](Value i, int64_t lanes) {
    Value row = bf16 ? b.loadBf16(table, {id, i}, lanes)
                     : b.load(table, {id, i}, lanes);
    b.store(row, output, i, lanes);
  });
}

static void vectorize(VectorBuilder &b, gpt::TileNormOp op) {
  Value input = op.getInput(), output = op.getOutput();
  int64_t channels = sizeOf(output, 0);
  Value size = b.number(channels);

  Value sums = b.forLanes(channels, b.splat(0.0f),
                          [&](Value i, int64_t lanes, ValueRange s) {
                            return Values{b.add(s[0], b.load(input, i, lanes))};
                          })[0];
  Value mean = b.splat(b.div(b.sum(sums), size));

  Value squares = b.forLanes(
      channels, b.splat(0.0f), [&](Value i, int64_t lanes, ValueRange s) {
        Value difference = b.keep(b.sub(b.load(input, i, lanes), mean), lanes);
        return Values{b.fma(difference, difference, s[0])};
      })[0];
  Value variance = b.div(b.sum(squares), size);
  Value deviation = math::SqrtOp::create(
      b, b.add(variance, arith::ConstantOp::create(b, op.getEpsilonAttr())));
  Value factor = b.splat(b.div(b.number(1.0f), deviation));

  b.forLanes(channels, [&](Value i, int64_t lanes) {
    Value normal = b.mul(b.sub(b.load(input, i, lanes), mean), factor);
    Value scale = b.load(op.getScale(), i, lanes);
    Value result = op.getBias()
                       ? b.fma(normal, scale, b.load(op.getBias(), i, lanes))
                       : b.mul(normal, scale);
    b.store(result, output, i, lanes);
  });
}

static void vectorize(VectorBuilder &b, gpt::TileMapOp op) {
  int64_t channels = sizeOf(op.getInput(), 0),
          written = sizeOf(op.getOutput(), 0);
  b.forLanes(channels, [&](Value i, int64_t lanes) {
    Value x = b.activation(op.getActivation(), b.load(op.getInput(), i, lanes));
    if (op.getResidual())
      x = b.add(b.load(op.getResidual(), i, lanes), x);
    if (op.getRounded())
      x = b.roundToBf16(x);
    b.store(x, op.getOutput(), i, lanes);
  });
  if (written > channels)
    memref::StoreOp::create(b, b.number(0.0f), op.getOutput(),
                            b.index(channels));
}

static void vectorize(VectorBuilder &b, gpt::TileKvAppendOp op) {
  Value cache = op.getCache(), layer = op.getLayer();
  int64_t headSize = op.getHeadSize(), heads = sizeOf(cache, 2);
  int64_t headRoom = sizeOf(cache, 4) / gpt::blockPositions;
  Value position = b.toIndex(op.getPosition()),
        sequence = b.toIndex(op.getSequence());
  Value size = b.index(gpt::blockPositions);
  Value slot = arith::DivUIOp::create(b, position, size);
  Value lane = arith::RemUIOp::create(b, position, size);
  Value block = b.toIndex(
      memref::LoadOp::create(b, op.getBlocks(), ValueRange{sequence, slot}));
  b.loop(b.index(0), b.index(heads), 1, [&](Value head) {
    Value first = b.times(head, headSize);
    b.loop(b.index(0), b.index(headSize), 1, [&](Value channel) {
      Value from = b.plus(first, channel);
      Value keyAt = b.plus(b.times(channel, gpt::blockPositions), lane);
      Value valueAt = b.plus(b.times(lane, headRoom), channel);
      auto copy = [&](Value source, int64_t part, Value at) {
        Value value = memref::LoadOp::create(b, source, from);
        memref::StoreOp::create(
            b, value, cache, ValueRange{block, layer, head, b.index(part), at});
      };
      copy(op.getKey(), 0, keyAt);
      copy(op.getValue(), 1, valueAt);
    });
  });
}

//===----------------------------------------------------------------------===//
// A tile of a product
//===----------------------------------------------------------------------===//

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

static void vectorize(VectorBuilder &b, gpt::TileLinearOp op) {
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

static void vectorize(VectorBuilder &b, gpt::TileAttentionOp op) {
  vectorizeAttention(b, op);
}

namespace {

struct Vectorize : gptc::impl::VectorizeBase<Vectorize> {
  void runOnOperation() override {
    getOperation().walk([](Operation *op) {
      TypeSwitch<Operation *>(op)
          .Case<gpt::TileEmbeddingOp, gpt::TileNormOp, gpt::TileMapOp,
                gpt::TileKvAppendOp, gpt::TileLinearOp, gpt::TileAttentionOp>(
              [](auto tile) {
                VectorBuilder b(tile.getLoc(), tile);
                vectorize(b, tile);
                tile.erase();
              });
    });
  }
};

} // namespace
