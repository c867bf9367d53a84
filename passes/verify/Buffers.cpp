//===- Buffers.cpp - Checks of the phases tiled to buffers ----------------===//

#include "dialect/Entry.h"
#include "dialect/Layout.h"
#include "dialect/WeightLayout.h"
#include "mlir/Transforms/RegionUtils.h"
#include "passes/verify/Checks.h"
#include <numeric>

using namespace mlir;
using namespace gptc;

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

/// Returns true if `op` may be in an entry in all phases from tiled to buffers.
static bool isFrame(Operation *op) {
  return isDeclaration(op) ||
         isa<func::FuncOp, func::ReturnOp, gpt::GetWeightOp, gpt::ThreadsOp>(
             op) ||
         isa_and_nonnull<arith::ArithDialect, memref::MemRefDialect,
                         scf::SCFDialect>(op->getDialect());
}

static LogicalResult checkOps(const CheckedModule &checked,
                              bool (*isAllowed)(Operation *),
                              StringRef expected) {
  return checked.each([&](Operation *op) -> LogicalResult {
    if (isa<func::CallOp, memref::CopyOp, vector::PrintOp>(op))
      return checked.broken(op, "a call", "entries that call nothing");
    if (!isFrame(op) && !isAllowed(op))
      return checked.broken(op, "an op that is not of the phase", expected);
    return success();
  });
}

LogicalResult gptc::checkTiledOps(const CheckedModule &checked) {
  return checkOps(checked, isTile, "gpt.tile ops, arith, memref and scf");
}

LogicalResult gptc::checkVectorOps(const CheckedModule &checked) {
  auto isVectorOp = [](Operation *op) {
    return isa_and_nonnull<math::MathDialect, vector::VectorDialect,
                           x86vector::X86VectorDialect>(op->getDialect());
  };
  return checkOps(checked, isVectorOp,
                  "arith, math, memref, scf, vector and x86vector");
}

//===----------------------------------------------------------------------===//
// Buffers
//===----------------------------------------------------------------------===//

static bool isView(Operation *op) {
  return isa<memref::CastOp, memref::CollapseShapeOp, memref::ExpandShapeOp,
             memref::ReinterpretCastOp, memref::SubViewOp, memref::ViewOp>(op);
}

/// Returns true if `op` yields a buffer of static size, or one that exists
/// without an allocation.
static bool isBuffer(Operation *op) {
  return isa<memref::AllocOp, memref::AllocaOp, memref::GetGlobalOp,
             gpt::GetWeightOp>(op);
}

static bool isEntryArgument(Value value) {
  auto argument = dyn_cast<BlockArgument>(value);
  return argument && argument.getOwner()->isEntryBlock() &&
         isa<func::FuncOp>(argument.getOwner()->getParentOp());
}

/// Returns the buffer that `buffer` is a view of, or `buffer` itself.
static Value findRoot(Value buffer) {
  Operation *op = buffer.getDefiningOp();
  while (op && isView(op)) {
    buffer = op->getOperand(0);
    op = buffer.getDefiningOp();
  }
  return buffer;
}

LogicalResult gptc::checkBuffers(const CheckedModule &checked) {
  auto checkType = [&](Operation *op, Type type) -> LogicalResult {
    if (isa<TensorType>(type))
      return checked.broken(op, print(type), "buffers");
    if (!isa<BaseMemRefType>(type) || isa<func::FuncOp>(op) || isView(op))
      return success();
    if (!isBuffer(op))
      return checked.broken(op, "a choice between buffers",
                            "a buffer or a view of one");
    return gpt::getBytes(cast<MemRefType>(type))
               ? success()
               : checked.broken(op, print(type), "numbers of a static size");
  };
  if (failed(checked.eachType(checkType)))
    return failure();
  return checked.each([&](Operation *op) {
    if (isa<memref::DeallocOp, memref::ReallocOp>(op))
      return checked.broken(op, "a deallocation",
                            "buffers that live while they are used");
    auto global = dyn_cast<memref::GlobalOp>(op);
    return global && !global.getConstant()
               ? checked.broken(op, "a variable of the whole program",
                                "a constant")
               : success();
  });
}

//===----------------------------------------------------------------------===//
// Parallel loops
//===----------------------------------------------------------------------===//

/// Checks that the body of `loop` can capture `value`. The body becomes a
/// function that receives numbers, and rebuilds buffers from them and from the
/// entry's arguments.
static LogicalResult checkCapture(const CheckedModule &checked,
                                  scf::ForallOp loop, Value value) {
  Operation *op = value.getDefiningOp();
  if (value.getType().isIntOrIndexOrFloat() ||
      (op && op->hasTrait<OpTrait::ConstantLike>()))
    return success();
  if (!isa<MemRefType>(value.getType()))
    return checked.broken(loop, "a captured " + print(value.getType()),
                          "numbers and buffers");
  Operation *root = findRoot(value).getDefiningOp();
  if (isa_and_nonnull<memref::AllocaOp>(root))
    return checked.broken(root,
                          "the stack of one thread in an scf.forall of all",
                          "it inside the loop");
  return success();
}

static LogicalResult checkLoop(const CheckedModule &checked,
                               scf::ForallOp loop) {
  if (loop->getParentOfType<scf::ForallOp>())
    return checked.broken(loop, "a loop inside another",
                          "one level of parallelism");
  if (!loop.isNormalized())
    return checked.broken(loop, "bounds that do not count from 0 by 1",
                          "the number of iterations alone");
  SetVector<Value> captured;
  getUsedValuesDefinedAbove(loop.getRegion(), captured);
  for (Value value : captured)
    if (failed(checkCapture(checked, loop, value)))
      return failure();
  return success();
}

LogicalResult gptc::checkParallelLoops(const CheckedModule &checked) {
  return checked.each([&](Operation *op) -> LogicalResult {
    if (isa<scf::ParallelOp>(op))
      return checked.broken(op, "a parallel loop", "scf.forall");
    if (isa<memref::AllocOp>(op) && op->getParentOfType<scf::ForallOp>())
      return checked.broken(op,
                            "a buffer that all threads share in an "
                            "scf.forall",
                            "memref.alloca");
    auto loop = dyn_cast<scf::ForallOp>(op);
    return loop ? checkLoop(checked, loop) : success();
  });
}

//===----------------------------------------------------------------------===//
// The arena
//===----------------------------------------------------------------------===//

namespace {
/// The range of a number: a multiple of `factor` from `least` to `most`. A
/// number that can only be 0 has the factor 0.
struct Numbers {
  int64_t least, most, factor;
};
} // namespace

static std::optional<Numbers> add(Numbers a, Numbers b) {
  Numbers sum{0, 0, std::gcd(a.factor, b.factor)};
  if (llvm::AddOverflow(a.least, b.least, sum.least) ||
      llvm::AddOverflow(a.most, b.most, sum.most))
    return std::nullopt;
  return sum;
}

/// Returns the range of the product, or nothing if a number can be negative or
/// the product overflows.
static std::optional<Numbers> multiply(Numbers a, Numbers b) {
  Numbers product;
  if (a.least < 0 || b.least < 0 ||
      llvm::MulOverflow(a.least, b.least, product.least) ||
      llvm::MulOverflow(a.most, b.most, product.most) ||
      llvm::MulOverflow(a.factor, b.factor, product.factor))
    return std::nullopt;
  return product;
}

/// Returns the range of an index that is a sum of constants and of counters of
/// loops with constant bounds, each times a constant; else nothing.
static std::optional<Numbers> findNumbers(Value index) {
  if (std::optional<int64_t> value = getConstantIntValue(index))
    return Numbers{*value, *value, std::abs(*value)};
  if (auto sum = index.getDefiningOp<arith::AddIOp>()) {
    auto a = findNumbers(sum.getLhs()), b = findNumbers(sum.getRhs());
    return a && b ? add(*a, *b) : std::nullopt;
  }
  if (auto product = index.getDefiningOp<arith::MulIOp>()) {
    auto a = findNumbers(product.getLhs()), b = findNumbers(product.getRhs());
    return a && b ? multiply(*a, *b) : std::nullopt;
  }
  auto loop =
      dyn_cast_or_null<scf::ForOp>(index.getParentBlock()->getParentOp());
  if (!loop || index != loop.getInductionVar())
    return std::nullopt;
  auto first = getConstantIntValue(loop.getLowerBound()),
       end = getConstantIntValue(loop.getUpperBound());
  return first && end && *first < *end
             ? std::optional(Numbers{*first, *end - 1, 1})
             : std::nullopt;
}

static LogicalResult checkPlace(const CheckedModule &checked,
                                memref::ViewOp view) {
  auto memory = cast<MemRefType>(view.getSource().getType());
  MemRefType type = view.getType();
  if (!isEntryArgument(view.getSource()) || !memory.hasStaticShape())
    return checked.broken(view, "a view of " + print(memory),
                          "one of the arena or the weights");
  if (!gpt::getBytes(type))
    return checked.broken(view, print(type), "numbers of a static size");
  std::optional<Numbers> offset = findNumbers(view.getByteShift());
  if (!offset)
    return checked.broken(view, "an offset that is not static",
                          "a sum of constants and layers times constants");
  if (offset->factor % gpt::weightAlignment != 0)
    return checked.broken(view, "an offset of " + Twine(offset->least),
                          "multiples of " + Twine(gpt::weightAlignment));
  int64_t bytes = *gpt::getBytes(type);
  if (offset->least < 0 || offset->most > memory.getDimSize(0) - bytes)
    return checked.broken(
        view, Twine(bytes) + " bytes from " + Twine(offset->most) + " on",
        "a place in " + Twine(memory.getDimSize(0)) + " bytes");
  return success();
}

/// Checks that an entry has as arguments the weights, of `weightBytes` bytes,
/// and the arena, of the type `arenaType`, which the first entry sets.
static LogicalResult checkMemory(const CheckedModule &checked,
                                 func::FuncOp entry, int64_t weightBytes,
                                 Type &arenaType) {
  Value weights = gpt::findArgument(entry, gpt::Role::weights),
        arena = gpt::findArgument(entry, gpt::Role::arena);
  if (!weights || !arena)
    return checked.broken(entry, "an entry of other arguments",
                          "the weights and the arena, by gpt.role");
  int64_t bytes = cast<MemRefType>(weights.getType()).getDimSize(0);
  if (bytes != weightBytes)
    return checked.broken(entry, Twine(bytes) + " bytes of weights",
                          Twine(weightBytes) + " as the module's have");
  if (arenaType && arenaType != arena.getType())
    return checked.broken(entry, "an arena of " + print(arena.getType()),
                          print(arenaType) + " as in other entries");
  arenaType = arena.getType();
  return success();
}

/// Checks that the entry that leaves logits says where, inside the arena.
static LogicalResult checkLogits(const CheckedModule &checked,
                                 func::FuncOp entry) {
  auto place = entry->getAttrOfType<gpt::PlaceAttr>(gpt::logitsAttrName);
  bool leavesLogits = gpt::getLeft(entry) == gpt::Role::logits;
  if (!place && !leavesLogits)
    return success();
  if (!place || !leavesLogits)
    return checked.broken(
        entry, leavesLogits ? "no place of its logits" : "a place of logits",
        leavesLogits ? "gpt.logits" : "none of what it does not leave");
  gpt::ModelOp model = gpt::getModel(checked.module);
  Value arena = gpt::findArgument(entry, gpt::Role::arena);
  int64_t rows = gpt::getCapacity(entry).value_or(0);
  int64_t columns = model ? int64_t(model.getVocabulary()) : 0;
  int64_t bytes = arena ? cast<MemRefType>(arena.getType()).getDimSize(0) : 0;
  int64_t offset = place.getOffset(), stride = place.getStride();
  if (offset >= 0 && offset % gpt::weightAlignment == 0 && stride >= columns &&
      stride >= 0 && offset <= bytes &&
      (rows == 0 || stride <= (bytes - offset) / 4 / rows))
    return success();
  return checked.broken(entry,
                        "logits at byte " + Twine(offset) + ", a row every " +
                            Twine(stride) + " floats",
                        Twine(rows) + " rows of " + Twine(columns) + " in " +
                            Twine(bytes) + " bytes");
}

LogicalResult gptc::checkArena(const CheckedModule &checked) {
  auto checkOp = [&](Operation *op) -> LogicalResult {
    if (isa<memref::AllocOp>(op))
      return checked.broken(op, "an allocation", "a memref.view of the arena");
    if (isa<gpt::GetWeightOp>(op))
      return checked.broken(op, "a weight's name",
                            "a memref.view of the weights");
    auto view = dyn_cast<memref::ViewOp>(op);
    return view ? checkPlace(checked, view) : success();
  };
  if (failed(checked.each(checkOp)))
    return failure();
  ModuleOp module = checked.module;
  int64_t weightBytes = 0;
  gpt::placeWeights(module, weightBytes);
  for (auto entry : module.getOps<func::FuncOp>())
    if (failed(checkLogits(checked, entry)))
      return failure();
  Type arenaType;
  for (auto entry : module.getOps<func::FuncOp>())
    if (failed(checkMemory(checked, entry, weightBytes, arenaType)))
      return failure();
  return success();
}

LogicalResult gptc::checkWeights(const CheckedModule &checked) {
  ModuleOp module = checked.module;
  auto hash = module->getAttrOfType<IntegerAttr>(gpt::weightsAttrName);
  int64_t expected = gpt::layoutHash(module);
  if (!hash || hash.getInt() == expected)
    return success();
  return checked.broken(
      module, "weights of other names, types or order",
      "those of the phase 'packed', which offsets and kernels are made for");
}
