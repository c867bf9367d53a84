//===- Cost.cpp - What an op moves and computes ---------------------------===//

#include "dialect/Cost.h"

#include "dialect/Layout.h"
#include "llvm/ADT/TypeSwitch.h"
#include <limits>

using namespace mlir;
using namespace gptc::gpt;

static double bytesOf(Type element) {
  return element.getIntOrFloatBitWidth() / 8;
}

/// Returns the bytes of a packed weight, 0 for one that is absent.
static double bytesOf(Value weight) {
  if (!weight)
    return 0;
  return getStorageBytes(cast<RankedTensorType>(weight.getType()));
}

static double channelsOf(Value matrix) {
  return cast<RankedTensorType>(matrix.getType()).getDimSize(1);
}

//===----------------------------------------------------------------------===//
// Positions
//===----------------------------------------------------------------------===//

/// Returns how many positions the first `rows` rows of a sequence see, summed
/// over the rows.
static double sumSeen(double rows, double window) {
  double growing = std::min(rows, window);
  return growing * (growing + 1) / 2 + (rows - growing) * window;
}

/// Returns the window, or more than any position where there is none.
static double windowOf(AttentionOp op) {
  return op.getWindow() ? double(*op.getWindow())
                        : std::numeric_limits<double>::max();
}

/// Returns `V` of the header.
static double sumSeen(CallRows rows, double window) {
  double first = rows.firstPosition;
  return sumSeen(first + rows.count, window) - sumSeen(first, window);
}

/// Returns `S` of the header.
static double countSeen(CallRows rows, double window) {
  double first = rows.firstPosition;
  return std::min(first + 1, window) + rows.count - 1;
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

/// Returns the bytes of keys and values at `positions` positions.
template <typename Op>
static double cacheBytes(Op op, double positions) {
  auto cache =
      SymbolTable::lookupNearestSymbolFrom<KvCacheOp>(op, op.getCacheAttr());
  return 2 * positions * op.getKvHeads() * op.getHeadSize() *
         bytesOf(cache.getElementType());
}

static double productFlops(Value input, Value result, CallRows rows) {
  return 2.0 * rows.count * channelsOf(input) * channelsOf(result);
}

Cost gptc::gpt::costOf(Operation *op, CallRows rows) {
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
      .Case([&](KvAppendOp op) { return Cost{cacheBytes(op, count), 0}; })
      .Case([&](AttentionOp op) {
        double seen = countSeen(rows, windowOf(op));
        return Cost{cacheBytes(op, seen), 4.0 * op.getHeadSize() *
                                              op.getHeads() *
                                              sumSeen(rows, windowOf(op))};
      })
      .Default(Cost());
}
