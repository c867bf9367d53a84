//===- BufferPlan.cpp - Which values of an entry share a buffer -----------===//

#include "passes/cpu/BufferPlan.h"

#include "llvm/ADT/TypeSwitch.h"
#include <limits>

using namespace mlir;
using namespace gptc;

/// The end of values that a caller reads, or that a later call reads again.
static constexpr int64_t forever = std::numeric_limits<int64_t>::max();

static bool isMatrix(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && type.getRank() == 2 && type.getElementType().isF32() &&
         !type.getEncoding() && !value.getDefiningOp<gpt::GetWeightOp>();
}

static int64_t columnsOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getDimSize(1);
}

/// The operands of `op` of which each element is read before the same element
/// of the result is written, by the same thread.
static SmallVector<Value> readBeforeWritten(Operation *op) {
  return llvm::TypeSwitch<Operation *, SmallVector<Value>>(op)
      .Case<gpt::NormOp, gpt::ActivationOp, gpt::RotaryOp>(
          [](auto row) { return SmallVector<Value>{row.getInput()}; })
      .Case([](gpt::GatedOp gated) {
        return SmallVector<Value>{gated.getGate(), gated.getUp()};
      })
      .Case([](gpt::AddOp add) {
        return SmallVector<Value>{add.getLhs(), add.getRhs()};
      })
      .Case([](gpt::LinearOp linear) {
        Value residual = linear.getResidual();
        return residual && residual != linear.getInput()
                   ? SmallVector<Value>{residual}
                   : SmallVector<Value>();
      })
      .Default(SmallVector<Value>());
}

//===----------------------------------------------------------------------===//
// Lifetimes
//===----------------------------------------------------------------------===//

BufferPlan::BufferPlan(func::FuncOp entry,
                       llvm::function_ref<Type(Value)> storedType)
    : body(&entry.front()) {
  // Twice the number, so that there is a time between any two ops.
  int64_t next = 0;
  entry.walk<WalkOrder::PreOrder>([&](Operation *op) {
    times[op] = next;
    next += 2;
  });
  addLives(entry);
  decide(entry, storedType);
}

void BufferPlan::addLives(func::FuncOp entry) {
  for (BlockArgument argument : entry.getArguments())
    addLife(argument);
  entry.walk<WalkOrder::PreOrder>([&](Operation *op) {
    for (Value result : op->getResults())
      addLife(result);
    if (auto layers = dyn_cast<gpt::LayersOp>(op))
      for (Region &kind : layers.getKinds())
        addLife(kind.getArgument(1));
  });
}

void BufferPlan::addLife(Value value) {
  if (!isMatrix(value))
    return;
  Life life{value, value, {value, 0, columnsOf(value)}, beginOf(value), 0};
  if (auto columns = value.getDefiningOp<gpt::ColumnsOp>()) {
    const Life &whole = lives[lifeOf.at(columns.getInput())];
    life.written = whole.written;
    life.begin = whole.begin;
    life.place = {whole.place.buffer,
                  whole.place.first + int64_t(columns.getOffset()),
                  columnsOf(value)};
  }
  life.end = endOf(life);
  lifeOf[value] = lives.size();
  lives.push_back(life);
}

/// Returns the time after the last layer.
int64_t BufferPlan::timeAfter(gpt::LayersOp layers) const {
  int64_t last = 0;
  layers->walk([&](Operation *op) { last = std::max(last, times.at(op)); });
  return last + 1;
}

/// Returns the time at which `value` is written.
int64_t BufferPlan::beginOf(Value value) const {
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    Block *block = argument.getOwner();
    return block == body ? -1 : times.at(&block->front()) - 1;
  }
  if (auto layers = value.getDefiningOp<gpt::LayersOp>())
    return timeAfter(layers);
  return times.at(value.getDefiningOp());
}

/// Returns the time at which a value is read last. Reads through a view belong
/// to the view's own life.
int64_t BufferPlan::endOf(Life life) const {
  if (life.begin == -1)
    return forever;
  int64_t end = life.begin;
  for (Operation *user : life.value.getUsers()) {
    if (isa<gpt::ColumnsOp>(user))
      continue;
    if (isa<func::ReturnOp>(user))
      return forever;
    // A value from before the layers is read in each of them.
    auto layers = user->getParentOfType<gpt::LayersOp>();
    bool isCarried =
        layers &&
        !layers->isAncestor(life.written.getParentBlock()->getParentOp());
    end = std::max(end, isCarried ? timeAfter(layers) : times.at(user));
  }
  return end;
}

//===----------------------------------------------------------------------===//
// Sharing
//===----------------------------------------------------------------------===//

/// Returns true if `a`, in `placeOfA`, and `b` need the same memory at the same
/// time.
bool BufferPlan::clash(const Life &a, const Place &placeOfA,
                       const Life &b) const {
  if (a.written == b.written || !placeOfA.overlaps(b.place) ||
      a.begin > b.end || b.begin > a.end)
    return false;
  // They touch where the op that writes one reads the other for the last time.
  auto replaces = [](const Life &later, const Place &placeOfLater,
                     const Life &earlier, const Place &placeOfEarlier) {
    Operation *op = later.value.getDefiningOp();
    return op && later.begin == earlier.end && placeOfLater == placeOfEarlier &&
           llvm::is_contained(readBeforeWritten(op), earlier.value);
  };
  return !replaces(a, placeOfA, b, b.place) &&
         !replaces(b, b.place, a, placeOfA);
}

/// Returns a life that `life` would clash with in `place`, or null.
const BufferPlan::Life *BufferPlan::findClash(const Life &life,
                                              const Place &place) const {
  for (const Life &other : lives)
    if (clash(life, place, other))
      return &other;
  return nullptr;
}

static BufferPlan::Place within(BufferPlan::Place outer,
                                BufferPlan::Place inner) {
  return {outer.buffer, outer.first + inner.first, inner.columns};
}

/// Moves everything in the buffer of `value` to `place`.
void BufferPlan::moveTo(Value value, Place place) {
  for (Life &life : lives)
    if (life.place.buffer == value)
      life.place = within(place, life.place);
}

void BufferPlan::share(Value value, Value leader) {
  leaders[value] = leader;
  moveTo(value, lives[lifeOf.at(leader)].place);
}

void BufferPlan::shareIfFree(Value value, Value leader,
                             llvm::function_ref<Type(Value)> storedType) {
  const Life &life = lives[lifeOf.at(value)];
  const Place &place = lives[lifeOf.at(leader)].place;
  // A view, what shares already, and what a caller gives or gets stay where
  // they are.
  bool isFree = life.place.buffer == value && life.end != forever;
  // Tiles of a product write whole panels, beyond the columns of a view.
  bool isWhole = place.first == 0 && place.columns == columnsOf(place.buffer);
  if (!isFree || (value.getDefiningOp<gpt::LinearOp>() && !isWhole) ||
      columnsOf(value) != place.columns ||
      storedType(value) != storedType(leader))
    return;
  for (const Life &part : lives)
    if (part.place.buffer == value &&
        findClash(part, within(place, part.place)))
      return;
  share(value, leader);
}

void BufferPlan::decide(func::FuncOp entry,
                        llvm::function_ref<Type(Value)> storedType) {
  // Layers work in the buffer of their result: it holds the hidden state
  // through all of them, and what is yielded is computed there if it can be.
  entry.walk<WalkOrder::PreOrder>([&](gpt::LayersOp layers) {
    for (Region &kind : layers.getKinds()) {
      share(kind.getArgument(1), layers.getResult());
      auto yield = cast<gpt::YieldOp>(kind.front().getTerminator());
      if (yield.getValue().getParentBlock() == &kind.front())
        shareIfFree(yield.getValue(), layers.getResult(), storedType);
    }
    shareIfFree(layers.getInput(), layers.getResult(), storedType);
  });
  // Ops that work row by row overwrite their input. Additions and residuals
  // read two values and leave both.
  entry.walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (!isa<gpt::NormOp, gpt::ActivationOp, gpt::RotaryOp, gpt::GatedOp>(op))
      return;
    shareIfFree(op->getResult(0), readBeforeWritten(op).front(), storedType);
  });
}

//===----------------------------------------------------------------------===//
// Proof
//===----------------------------------------------------------------------===//

static std::string nameOf(Value value) {
  StringRef name = gpt::getName(value.getLoc());
  return name.empty() ? "a value" : ("'" + name + "'").str();
}

LogicalResult BufferPlan::verify() const {
  for (const Life &life : lives)
    if (const Life *other = findClash(life, life.place)) {
      const Life &later = life.begin >= other->begin ? life : *other;
      const Life &earlier = life.begin >= other->begin ? *other : life;
      return mlir::emitError(later.value.getLoc())
             << nameOf(later.value) << " is written to the place of "
             << nameOf(earlier.value) << ", which is still read";
    }
  return success();
}
