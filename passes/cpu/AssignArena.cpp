//===- AssignArena.cpp - Places for buffers and weights -------------------===//

#include "passes/Passes.h"

#include "dialect/WeightLayout.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace gptc {
#define GEN_PASS_DEF_ASSIGNARENA
#include "passes/Passes.h.inc"
} // namespace gptc

using namespace mlir;
using namespace gptc;

/// Every buffer starts on a cache line.
static constexpr int64_t alignment = 64;

static int64_t bytesOf(MemRefType type) {
  int64_t bytes = type.getNumElements() * (type.getElementTypeBitWidth() / 8);
  return (bytes + alignment - 1) / alignment * alignment;
}

namespace {

/// A buffer and the ops, by number, from which to which it lives.
struct Life {
  memref::AllocOp buffer;
  int64_t first, last;
  int64_t bytes, offset = 0;

  bool overlaps(const Life &other) const {
    return first <= other.last && other.first <= last;
  }
};

/// Finds lives of an entry's buffers and places for them.
class ArenaPlan {
public:
  explicit ArenaPlan(func::FuncOp entry) {
    int64_t next = 0;
    entry.walk<WalkOrder::PreOrder>(
        [&](Operation *op) { numbers[op] = next++; });
    entry.walk([&](memref::AllocOp buffer) {
      lives.push_back({buffer, numbers[buffer],
                       lastUse(buffer, buffer->getBlock()),
                       bytesOf(buffer.getType())});
    });
    llvm::sort(lives,
               [](const Life &a, const Life &b) { return a.first < b.first; });
  }

  /// First fit from `start` on; the end of the last buffer.
  int64_t place(int64_t start) {
    int64_t end = start;
    SmallVector<Life *> placed;
    for (Life &life : lives) {
      life.offset = start;
      // In order of their offsets, so that one walk finds the first gap.
      for (Life *other : placed)
        if (life.overlaps(*other) &&
            life.offset < other->offset + other->bytes &&
            other->offset < life.offset + life.bytes)
          life.offset = other->offset + other->bytes;
      end = std::max(end, life.offset + life.bytes);
      auto at =
          llvm::upper_bound(placed, &life, [](const Life *a, const Life *b) {
            return a->offset < b->offset;
          });
      placed.insert(at, &life);
    }
    return end;
  }

  ArrayRef<Life> getLives() const { return lives; }

private:
  DenseMap<Operation *, int64_t> numbers;
  SmallVector<Life> lives;

  /// The last op of `block`, with all that it holds, that reads or writes
  /// `buffer` or a view of it.
  int64_t lastUse(Value buffer, Block *block) {
    int64_t last = numbers[buffer.getDefiningOp()];
    for (Operation *user : buffer.getUsers()) {
      Operation *ancestor = block->findAncestorOpInBlock(*user);
      ancestor->walk(
          [&](Operation *nested) { last = std::max(last, numbers[nested]); });
      for (Value view : user->getResults())
        if (isa<MemRefType>(view.getType()))
          last = std::max(last, lastUse(view, block));
    }
    return last;
  }
};

struct AssignArena : gptc::impl::AssignArenaBase<AssignArena> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto entries = llvm::to_vector(module.getOps<func::FuncOp>());
    persistent = placePersistent(entries);

    SmallVector<ArenaPlan> plans;
    int64_t arenaBytes = persistent.end;
    for (func::FuncOp entry : entries)
      arenaBytes =
          std::max(arenaBytes, plans.emplace_back(entry).place(persistent.end));

    int64_t weightBytes = 0;
    auto weights = gpt::placeWeights(module, weightBytes);
    for (auto [entry, plan] : llvm::zip(entries, plans)) {
      Value arena = prependBytes(entry, arenaBytes);
      Value weightsArgument = prependBytes(entry, weightBytes);
      replacePersistent(entry, arena);
      for (const Life &life : plan.getLives())
        replace(life.buffer, arena, life.offset);
      replaceWeights(entry, weightsArgument, weights);
      entry.setFunctionType(FunctionType::get(
          &getContext(), entry.getBody().getArgumentTypes(), {}));
    }
  }

private:
  struct {
    int64_t logitsOffset = 0, end = 0;
  } persistent;

  /// The buffers that live from call to call: hidden state, then logits.
  static SmallVector<BlockArgument> persistentBuffers(func::FuncOp entry) {
    return llvm::to_vector(
        llvm::make_filter_range(entry.getArguments(), [](Value argument) {
          auto type = dyn_cast<MemRefType>(argument.getType());
          return type && type.getRank() == 2 && type.hasStaticShape();
        }));
  }

  decltype(persistent) placePersistent(ArrayRef<func::FuncOp> entries) {
    int64_t hiddenBytes = 0, logitsBytes = 0;
    for (func::FuncOp entry : entries)
      for (auto [index, buffer] : llvm::enumerate(persistentBuffers(entry))) {
        int64_t &bytes = index == 0 ? hiddenBytes : logitsBytes;
        bytes = std::max(bytes, bytesOf(cast<MemRefType>(buffer.getType())));
      }
    return {hiddenBytes, hiddenBytes + logitsBytes};
  }

  Value prependBytes(func::FuncOp entry, int64_t bytes) {
    auto type = MemRefType::get({bytes}, IntegerType::get(&getContext(), 8));
    return entry.front().insertArgument(0u, type, entry.getLoc());
  }

  static Value viewOf(OpBuilder &builder, Location loc, MemRefType type,
                      Value bytes, int64_t offset) {
    Value shift = arith::ConstantIndexOp::create(builder, loc, offset);
    return memref::ViewOp::create(builder, loc, type, bytes, shift,
                                  ValueRange());
  }

  static void replace(memref::AllocOp buffer, Value arena, int64_t offset) {
    OpBuilder builder(buffer);
    buffer.replaceAllUsesWith(
        viewOf(builder, buffer.getLoc(), buffer.getType(), arena, offset));
    buffer.erase();
  }

  void replacePersistent(func::FuncOp entry, Value arena) {
    OpBuilder builder(entry.getBody());
    for (auto [index, buffer] : llvm::enumerate(persistentBuffers(entry))) {
      auto type = cast<MemRefType>(buffer.getType());
      int64_t offset = index == 0 ? 0 : persistent.logitsOffset;
      buffer.replaceAllUsesWith(
          viewOf(builder, buffer.getLoc(), type, arena, offset));
      if (index == 1) { // the caller finds the logits by these
        entry->setAttr("gpt.logits_offset", builder.getI64IntegerAttr(offset));
        entry->setAttr("gpt.logits_stride",
                       builder.getI64IntegerAttr(type.getDimSize(1)));
      }
    }
    entry.front().eraseArguments([](BlockArgument argument) {
      auto type = dyn_cast<MemRefType>(argument.getType());
      return type && type.getRank() == 2 && type.hasStaticShape();
    });
  }

  template <typename Places>
  static void replaceWeights(func::FuncOp entry, Value bytes,
                             const Places &places) {
    SmallVector<gpt::GetWeightOp> gets;
    entry.walk([&](gpt::GetWeightOp get) { gets.push_back(get); });
    for (gpt::GetWeightOp get : gets) {
      ImplicitLocOpBuilder b(get.getLoc(), get);
      gpt::WeightPlacement place = places.lookup(get.getWeightAttr().getAttr());
      Value shift = arith::ConstantIndexOp::create(b, place.offset);
      if (Value layer = get.getLayer()) {
        Value stride = arith::ConstantIndexOp::create(b, place.layerStride);
        shift = arith::AddIOp::create(b, shift,
                                      arith::MulIOp::create(b, layer, stride));
      }
      auto type = cast<MemRefType>(get.getType());
      Value view = memref::ViewOp::create(b, type, bytes, shift, ValueRange());
      get.replaceAllUsesWith(view);
      get.erase();
    }
  }
};

} // namespace
