//===- VectorizeRows.cpp - Kernels of one row -----------------------------===//

#include "passes/cpu/VectorizeTile.h"

#include "dialect/OperandFormat.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace gptc;

using Values = VectorBuilder::Values;

/// A row of a table of panels: one value of each group of 64 outputs.
static void gatherFromPanels(VectorBuilder &b, gpt::TileEmbeddingOp op,
                             Value id) {
  Value table = op.getTable();
  Type type = cast<MemRefType>(table.getType()).getElementType();
  const auto &format = *gpt::OperandFormat::ofWeight(type);
  Value panel = b.over(id, b.index(format.panel)),
        lane = b.modulo(id, b.index(format.panel)),
        group = b.index(format.group);
  b.loop(b.index(0), b.index(sizeOf(op.getOutput(), 0)), 1, [&](Value channel) {
    SmallVector<Value> at = {panel, channel, lane};
    if (format.group > 1)
      at = {panel, b.over(channel, group), lane, b.modulo(channel, group)};
    Value value = memref::LoadOp::create(b, table, at);
    if (!type.isF32())
      value = arith::ExtFOp::create(b, b.getF32Type(), value);
    if (op.getScale())
      value = b.mul(value, arith::ConstantOp::create(b, op.getScaleAttr()));
    memref::StoreOp::create(b, value, op.getOutput(), channel);
  });
}

static void copyRow(VectorBuilder &b, gpt::TileEmbeddingOp op, Value id) {
  Value table = op.getTable(), output = op.getOutput();
  bool isF32 = op.getTable().getType().getElementType().isF32();
  b.forLanes(sizeOf(output, 0), [&](Value i, int64_t lanes) {
    Value row = isF32 ? b.load(table, {id, i}, lanes)
                      : b.loadBf16(table, {id, i}, lanes);
    if (op.getScale())
      row = b.mul(row, b.splat(op.getScale()->convertToFloat()));
    b.store(row, output, i, lanes);
  });
}

void gptc::vectorize(VectorBuilder &b, gpt::TileEmbeddingOp op) {
  Value id = b.toIndex(op.getId());
  if (op.getLayout() == gpt::Layout::panels)
    gatherFromPanels(b, op, id);
  else
    copyRow(b, op, id);
}

/// Returns the mean in all lanes, null where the norm does not subtract it.
static Value meanOf(VectorBuilder &b, gpt::TileNormOp op, Value size) {
  if (op.getKind() == gpt::NormKind::rms)
    return {};
  Value sums =
      b.forLanes(sizeOf(op.getInput(), 0), b.splat(0.0f),
                 [&](Value i, int64_t lanes, ValueRange s) {
                   return Values{b.add(s[0], b.load(op.getInput(), i, lanes))};
                 })[0];
  return b.splat(b.div(b.sum(sums), size));
}

void gptc::vectorize(VectorBuilder &b, gpt::TileNormOp op) {
  Value input = op.getInput(), output = op.getOutput();
  int64_t channels = sizeOf(output, 0);
  Value size = b.number(channels);
  Value mean = meanOf(b, op, size);
  auto centered = [&](Value i, int64_t lanes) {
    Value x = b.load(input, i, lanes);
    return mean ? b.sub(x, mean) : x;
  };

  Value squares = b.forLanes(
      channels, b.splat(0.0f), [&](Value i, int64_t lanes, ValueRange s) {
        Value difference = b.keep(centered(i, lanes), lanes);
        return Values{b.fma(difference, difference, s[0])};
      })[0];
  Value variance = b.div(b.sum(squares), size);
  Value deviation = math::SqrtOp::create(
      b, b.add(variance, arith::ConstantOp::create(b, op.getEpsilonAttr())));
  Value factor = b.splat(b.div(b.number(1.0f), deviation));

  b.forLanes(channels, [&](Value i, int64_t lanes) {
    Value normal = b.mul(centered(i, lanes), factor);
    Value scale = b.load(op.getScale(), i, lanes);
    Value result = op.getBias()
                       ? b.fma(normal, scale, b.load(op.getBias(), i, lanes))
                       : b.mul(normal, scale);
    b.storeFor(op.getReader(), result, output, i, lanes);
  });
}

void gptc::vectorize(VectorBuilder &b, gpt::TileMapOp op) {
  int64_t channels = sizeOf(op.getInput(), 0),
          written = sizeOf(op.getOutput(), 0);
  b.forLanes(channels, [&](Value i, int64_t lanes) {
    Value x = b.activation(op.getActivation(), b.load(op.getInput(), i, lanes));
    if (op.getResidual())
      x = b.add(b.load(op.getResidual(), i, lanes), x);
    b.storeFor(op.getReader(), x, op.getOutput(), i, lanes);
  });
  for (int64_t channel = channels; channel < written; ++channel) {
    Type type = op.getOutput().getType().getElementType();
    Value zero = arith::ConstantOp::create(b, b.getFloatAttr(type, 0));
    memref::StoreOp::create(b, zero, op.getOutput(), b.index(channel));
  }
}

void gptc::vectorize(VectorBuilder &b, gpt::TileGatedOp op) {
  b.forLanes(sizeOf(op.getOutput(), 0), [&](Value i, int64_t lanes) {
    Value gate = b.activation(op.getKind(), b.load(op.getGate(), i, lanes));
    Value x = b.mul(gate, b.load(op.getUp(), i, lanes));
    b.storeFor(op.getReader(), x, op.getOutput(), i, lanes);
  });
}

void gptc::vectorize(VectorBuilder &b, gpt::TileSoftCapOp op) {
  b.forLanes(sizeOf(op.getRow(), 0), [&](Value i, int64_t lanes) {
    Value x = b.load(op.getRow(), i, lanes);
    b.store(b.softCap(x, op.getCap().convertToFloat()), op.getRow(), i, lanes);
  });
}

//===----------------------------------------------------------------------===//
// Rotary embedding
//===----------------------------------------------------------------------===//

/// Emits straight-line code, with the frequencies as vector constants.
void gptc::vectorize(VectorBuilder &b, gpt::TileRotaryTableOp op) {
  ArrayRef<float> frequencies = op.getFrequencies();
  int64_t pairs = frequencies.size();
  Value position =
      b.splat(arith::SIToFPOp::create(b, b.getF32Type(), op.getPosition()));
  for (int64_t first = 0; first < pairs; first += cpu::lanes) {
    ArrayRef<float> part = frequencies.drop_front(first).take_front(cpu::lanes);
    auto [sine, cosine] = b.sinCos(b.mul(position, b.constant(part)));
    int64_t at = first;
    for (Value values : {cosine, sine}) {
      if (op.getMagnitude())
        values = b.mul(values, b.splat(op.getMagnitude()->convertToFloat()));
      b.store(values, op.getOutput(), b.index(at), part.size());
      at += pairs;
    }
  }
}

void gptc::vectorize(VectorBuilder &b, gpt::TileRotaryOp op) {
  Value input = op.getInput(), output = op.getOutput(), table = op.getTable();
  int64_t channels = sizeOf(input, 0), pairs = sizeOf(table, 0) / 2;
  int64_t headSize = channels / op.getHeads();
  auto forHeads = [&](llvm::function_ref<void(Value)> body) {
    b.loop(b.index(0), b.index(channels), headSize, body);
  };
  b.forLanes(pairs, [&](Value i, int64_t lanes) {
    Value cosine = b.load(table, i, lanes);
    Value sine = b.load(table, b.plus(i, pairs), lanes);
    forHeads([&](Value head) {
      Value low = b.plus(head, i), high = b.plus(low, pairs);
      Value x = b.load(input, low, lanes), y = b.load(input, high, lanes);
      b.store(b.fma(x, cosine, b.negate(b.mul(y, sine))), output, low, lanes);
      b.store(b.fma(y, cosine, b.mul(x, sine)), output, high, lanes);
    });
  });
  if (input == output)
    return;
  b.forLanes(headSize - 2 * pairs, [&](Value i, int64_t lanes) {
    forHeads([&](Value head) {
      Value at = b.plus(b.plus(head, 2 * pairs), i);
      b.store(b.load(input, at, lanes), output, at, lanes);
    });
  });
}

//===----------------------------------------------------------------------===//
// The cache
//===----------------------------------------------------------------------===//

Value gptc::collapseBlocks(VectorBuilder &b, Value cache) {
  SmallVector<ReassociationIndices> dims = {{0}, {1}, {2}, {3}, {4, 5}};
  return memref::CollapseShapeOp::create(b, cache, dims);
}

void gptc::vectorize(VectorBuilder &b, gpt::TileKvAppendOp op) {
  Value key = op.getKey();
  int64_t headSize = sizeOf(key, 0);
  int64_t headRoom = sizeOf(op.getCache(), 5),
          blockPositions = sizeOf(op.getCache(), 4);
  Value cache = collapseBlocks(b, op.getCache());
  Value position = b.toIndex(op.getPosition()),
        sequence = b.toIndex(op.getSequence());
  Value size = b.index(blockPositions);
  Value slot = b.over(position, size);
  Value lane = b.modulo(position, size);
  Value block = b.toIndex(
      memref::LoadOp::create(b, op.getBlocks(), ValueRange{sequence, slot}));
  auto place = [&](int64_t part, Value at) {
    return Values{block, op.getLayer(), op.getKvHead(), b.index(part), at};
  };
  b.loop(b.index(0), b.index(headSize), 1, [&](Value channel) {
    Value at = b.plus(b.times(channel, blockPositions), lane);
    Value value = memref::LoadOp::create(b, key, channel);
    memref::StoreOp::create(b, value, cache, place(0, at));
  });
  Value first = b.times(lane, headRoom);
  b.forLanes(headSize, [&](Value channel, int64_t lanes) {
    b.store(b.load(op.getValue(), {channel}, lanes), cache,
            place(1, b.plus(first, channel)), lanes);
  });
}
