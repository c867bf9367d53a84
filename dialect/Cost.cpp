//===- Cost.cpp - What an op moves and computes ---------------------------===//

#include "dialect/Cost.h"

#include "llvm/ADT/TypeSwitch.h"
#include <limits>

using namespace mlir;
using namespace gptc::gpt;

static double bytesOf(Type element) {
  return element.getIntOrFloatBitWidth() / 8;
}

/// None of a weight that is absent.
static double bytesOf(Value weight) {
  if (!weight)
    return 0;
  auto type = cast<RankedTensorType>(weight.getType());
  double bytes = bytesOf(type.getElementType());
  for (int64_t size : type.getShape())
    bytes *= size;
  return bytes;
}

static double channelsOf(Value matrix) {
  return cast<RankedTensorType>(matrix.getType()).getDimSize(1);
}

//===----------------------------------------------------------------------===//
// Positions
//===----------------------------------------------------------------------===//

/// Positions that the first `rows` rows of a sequence see, summed over them.
static double sumSeen(double rows, double window) {
  double growing = std::min(rows, window);
  return growing * (growing + 1) / 2 + (rows - growing) * window;
}

/// Of an op without a window: more than any position.
static double windowOf(AttentionOp op) {
  return op.getWindow() ? double(*op.getWindow())
                        : std::numeric_limits<double>::max();
}

/// `V` of the header.
static double sumSeen(CallRows rows, double window) {
  double first = rows.firstPosition;
  return sumSeen(first + rows.count, window) - sumSeen(first, window);
}

/// `S` of the header.
static double countSeen(CallRows rows, double window) {
  double first = rows.firstPosition;
  return std::min(first + 1, window) + rows.count - 1;
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

/// Of `positions` positions in the cache, key and value.
static double cacheBytes(ModelOp model, double positions, Type element) {
  return 2 * positions * model.getKvHeads() * model.getHeadSize() *
         bytesOf(element);
}

static double productFlops(Value input, Value result, CallRows rows) {
  return 2.0 * rows.count * channelsOf(input) * channelsOf(result);
}

Cost gptc::gpt::costOf(Operation *op, ModelOp model, CallRows rows) {
  double count = rows.count;
  return llvm::TypeSwitch<Operation *, Cost>(op)
      .Case([&](LinearOp op) {
        return Cost{bytesOf(op.getWeight()) + bytesOf(op.getBias()),
                    productFlops(op.getInput(), op.getResult(), rows)};
      })
      .Case([&](UnembedOp op) {
        return Cost{bytesOf(op.getWeight()),
                    productFlops(op.getInput(), op.getResult(), rows)};
      })
      .Case([&](EmbeddingOp op) {
        Type element = op.getTable().getType().getElementType();
        return Cost{count * channelsOf(op.getResult()) * bytesOf(element), 0};
      })
      .Case([&](NormOp op) {
        return Cost{bytesOf(op.getScale()) + bytesOf(op.getBias()), 0};
      })
      .Case([&](KvAppendOp op) {
        Type element = op.getKey().getType().getElementType();
        return Cost{cacheBytes(model, count, element), 0};
      })
      .Case([&](AttentionOp op) {
        Type element = op.getQuery().getType().getElementType();
        double seen = countSeen(rows, windowOf(op));
        return Cost{cacheBytes(model, seen, element),
                    4.0 * model.getHeadSize() * model.getHeads() *
                        sumSeen(rows, windowOf(op))};
      })
      .Default(Cost());
}
