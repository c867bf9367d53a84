//===- AssignArena.cpp - Places for buffers and weights -------------------===//

#include "dialect/Entry.h"
#include "dialect/Layout.h"
#include "dialect/WeightLayout.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "passes/Passes.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/MathExtras.h"

namespace gptc {
#define GEN_PASS_DEF_ASSIGNARENA
#include "passes/Passes.h.inc"
} // namespace gptc

using namespace mlir;
using namespace gptc;

/// Every buffer starts on a cache line.
static constexpr int64_t alignment = gpt::weightAlignment;

/// Returns the bytes of a buffer, rounded up; 0 where they are not known, which
/// the caller has checked.
static int64_t bytesOf(MemRefType type) {
  return llvm::alignTo(gpt::getBytes(type).value_or(0), alignment);
}

/// The buffers that live from one call to the next, in the order of their
/// places.
static constexpr gpt::Role persistentRoles[] = {gpt::Role::hidden,
                                                gpt::Role::logits};

namespace {

/// A buffer and the ops, by number, from which to which it lives.
struct Life {
  memref::AllocOp buffer;
  int64_t first, last;
  int64_t bytes, offset = 0;

  bool overlaps(const Life &other) const {
    return first <= other.last && other.first <= last;
  }
  bool sharesMemory(const Life &other) const {
    return offset < other.offset + other.bytes && other.offset < offset + bytes;
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

  /// Places buffers by first fit from `start` on and returns the end of the
  /// last.
  int64_t place(int64_t start) {
    int64_t end = start;
    SmallVector<Life *> placed;
    for (Life &life : lives) {
      life.offset = start;
      // They are in order of their offsets, so that one walk finds the first
      // gap.
      for (Life *other : placed)
        if (life.overlaps(*other) && life.sharesMemory(*other))
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

  /// Proves that no two buffers that live at the same time share memory.
  LogicalResult verify() const {
    for (auto [index, life] : llvm::enumerate(lives))
      for (const Life &other : ArrayRef(lives).drop_front(index + 1))
        if (life.overlaps(other) && life.sharesMemory(other))
          return life.buffer->emitError("shares its place in the arena with a "
                                        "buffer that lives at the same time");
    return success();
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
    WalkResult sized = module.walk([](memref::AllocOp buffer) {
      if (gpt::getBytes(buffer.getType()))
        return WalkResult::advance();
      buffer.emitError("is ") << buffer.getType() << " but numbers of whole "
                              << "bytes and a static size were expected";
      return WalkResult::interrupt();
    });
    if (sized.wasInterrupted())
      return signalPassFailure();
    int64_t persistentBytes = placePersistent(entries);

    SmallVector<ArenaPlan> plans;
    int64_t arenaBytes = persistentBytes;
    for (func::FuncOp entry : entries) {
      arenaBytes = std::max(arenaBytes,
                            plans.emplace_back(entry).place(persistentBytes));
      if (failed(plans.back().verify()))
        return signalPassFailure();
    }

    int64_t weightBytes = 0;
    auto weights = gpt::placeWeights(module, weightBytes);
    for (auto [entry, plan] : llvm::zip(entries, plans)) {
      Value arena = prependBytes(entry, arenaBytes, gpt::Role::arena);
      Value weightsArgument =
          prependBytes(entry, weightBytes, gpt::Role::weights);
      replacePersistent(entry, arena);
      for (const Life &life : plan.getLives())
        replace(life.buffer, arena, life.offset);
      replaceWeights(entry, weightsArgument, weights);
    }
  }

private:
  llvm::MapVector<gpt::Role, int64_t> offsets;

  /// Returns the end of all.
  int64_t placePersistent(ArrayRef<func::FuncOp> entries) {
    int64_t end = 0;
    for (gpt::Role role : persistentRoles) {
      offsets[role] = end;
      int64_t bytes = 0;
      for (func::FuncOp entry : entries)
        if (Value buffer = gpt::findArgument(entry, role))
          bytes = std::max(bytes, bytesOf(cast<MemRefType>(buffer.getType())));
      end += bytes;
    }
    return end;
  }

  Value prependBytes(func::FuncOp entry, int64_t bytes, gpt::Role role) {
    auto type = MemRefType::get({bytes}, IntegerType::get(&getContext(), 8));
    (void)entry.insertArgument(0, type, DictionaryAttr(), entry.getLoc());
    gpt::setRole(entry, 0, role);
    return entry.getArgument(0);
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
    for (auto [role, offset] : offsets) {
      BlockArgument buffer = gpt::findArgument(entry, role);
      if (!buffer)
        continue;
      auto type = cast<MemRefType>(buffer.getType());
      buffer.replaceAllUsesWith(
          viewOf(builder, buffer.getLoc(), type, arena, offset));
      if (role == gpt::Role::logits) // where the caller finds them
        entry->setAttr(
            gpt::logitsAttrName,
            gpt::PlaceAttr::get(&getContext(), offset, type.getDimSize(1)));
      (void)entry.eraseArgument(buffer.getArgNumber());
    }
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
