//===- LowerEntries.cpp - The ABI between compiled code and runtime -------===//

#include "passes/Passes.h"

#include "dialect/Entry.h"
#include "mlir/Conversion/LLVMCommon/MemRefBuilder.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/Transforms/RegionUtils.h"
#include "passes/cpu/ModelConstant.h"
#include "runtime/engine/Abi.h"
#include <cstddef>

namespace gptc {
#define GEN_PASS_DEF_LOWERENTRIES
#include "passes/Passes.h.inc"
} // namespace gptc

using namespace mlir;
using namespace gptc;

static constexpr llvm::StringLiteral parallelFor = "gptc_parallel_for";

/// Returns the offset of the field of gptc_arguments that holds an argument of
/// this role, or nothing for a buffer in the arena.
static std::optional<size_t> fieldOf(gpt::Role role) {
  switch (role) {
  case gpt::Role::tokens:
    return offsetof(gptc_arguments, tokens);
  case gpt::Role::positions:
    return offsetof(gptc_arguments, positions);
  case gpt::Role::sequences:
    return offsetof(gptc_arguments, sequences);
  case gpt::Role::rows:
    return offsetof(gptc_arguments, rows);
  case gpt::Role::count:
    return offsetof(gptc_arguments, count);
  case gpt::Role::cache:
    return offsetof(gptc_arguments, cache);
  case gpt::Role::block_table:
    return offsetof(gptc_arguments, block_table);
  case gpt::Role::weights:
    return offsetof(gptc_arguments, weights);
  case gpt::Role::arena:
    return offsetof(gptc_arguments, arena);
  case gpt::Role::hidden:
  case gpt::Role::logits:
    return std::nullopt;
  }
  llvm_unreachable("a role that is not known");
}

/// Returns the bit in gptc_entry's `takes` or `leaves` for an argument of this
/// role, or 0 for memory.
static uint32_t bitOf(std::optional<gpt::Role> role) {
  if (!role)
    return 0;
  switch (*role) {
  case gpt::Role::tokens:
    return GPTC_TOKENS;
  case gpt::Role::positions:
    return GPTC_POSITIONS;
  case gpt::Role::sequences:
    return GPTC_SEQUENCES;
  case gpt::Role::rows:
    return GPTC_ROWS;
  case gpt::Role::hidden:
    return GPTC_HIDDEN;
  case gpt::Role::logits:
    return GPTC_LOGITS;
  default:
    return 0;
  }
}

namespace {

/// Builds an entry's arguments from a pointer to gptc_arguments.
class ArgumentLoader {
public:
  ArgumentLoader(OpBuilder &builder, Location loc, Value arguments)
      : b(loc, builder), converter(builder.getContext()), arguments(arguments) {
  }

  /// Loads the field at `offset` (runtime/engine/Abi.h), a pointer or an i64.
  Value loadField(size_t offset, Type type) {
    Value address = LLVM::GEPOp::create(
        b, LLVM::LLVMPointerType::get(b.getContext()), b.getI8Type(), arguments,
        ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(offset)});
    return LLVM::LoadOp::create(b, type, address);
  }

  Value loadPool() {
    return loadField(offsetof(gptc_arguments, pool), pointerType());
  }

  Value loadIndex(size_t offset) {
    return arith::IndexCastOp::create(b, b.getIndexType(),
                                      loadField(offset, b.getI64Type()));
  }

  Value load(BlockArgument argument) {
    size_t offset = *fieldOf(*gpt::getRole(argument));
    auto type = dyn_cast<MemRefType>(argument.getType());
    return type ? makeMemRef(loadField(offset, pointerType()), type)
                : loadIndex(offset);
  }

private:
  ImplicitLocOpBuilder b;
  LLVMTypeConverter converter;
  Value arguments;

  Type pointerType() { return LLVM::LLVMPointerType::get(b.getContext()); }

  /// Builds a memref from a pointer. Nothing reads a dynamic size, so it stays
  /// undefined; the only dynamic stride is the block table's.
  Value makeMemRef(Value pointer, MemRefType type) {
    auto descriptor =
        MemRefDescriptor::poison(b, b.getLoc(), converter.convertType(type));
    descriptor.setAllocatedPtr(b, b.getLoc(), pointer);
    descriptor.setAlignedPtr(b, b.getLoc(), pointer);
    descriptor.setConstantOffset(b, b.getLoc(), 0);
    auto [strides, offset] = type.getStridesAndOffset();
    for (auto [dim, stride] : llvm::enumerate(strides)) {
      if (ShapedType::isDynamic(stride))
        descriptor.setStride(
            b, b.getLoc(), dim,
            loadField(offsetof(gptc_arguments, block_table_stride),
                      b.getI64Type()));
      else
        descriptor.setConstantStride(b, b.getLoc(), dim, stride);
      if (!type.isDynamicDim(dim))
        descriptor.setConstantSize(b, b.getLoc(), dim, type.getDimSize(dim));
    }
    return UnrealizedConversionCastOp::create(b, type, Value(descriptor))
        .getResult(0);
  }
};

/// Lowers each scf.forall of one function to a call of gptc_parallel_for.
class ParallelLoops {
public:
  explicit ParallelLoops(LLVM::LLVMFuncOp function)
      : function(function), b(function.getLoc(), function.getContext()),
        pointer(LLVM::LLVMPointerType::get(function.getContext())) {}

  /// Lowers the loops and returns the functions of their bodies, one per loop.
  SmallVector<LLVM::LLVMFuncOp> run() {
    SmallVector<scf::ForallOp> loops;
    function.walk([&](scf::ForallOp loop) { loops.push_back(loop); });
    SmallVector<LLVM::LLVMFuncOp> made;
    for (scf::ForallOp loop : loops) {
      captures.clear();
      visited.clear();
      SetVector<Value> above;
      getUsedValuesDefinedAbove(loop.getRegion(), above);
      for (Value bound : loop.getDynamicUpperBound())
        above.insert(bound);
      for (Value value : above)
        collect(value);
      std::string name = (function.getName() + "." + Twine(made.size())).str();
      made.push_back(outline(loop, name, above.getArrayRef()));
      call(loop, made.back());
      loop.erase();
    }
    return made;
  }

private:
  LLVM::LLVMFuncOp function;
  ImplicitLocOpBuilder b;
  Type pointer;
  /// The values that the loop's function receives: numbers, and the address of
  /// gptc_arguments.
  SetVector<Value> captures;
  DenseSet<Value> visited;

  static bool isConstant(Value value) {
    Operation *op = value.getDefiningOp();
    return op && op->hasTrait<OpTrait::ConstantLike>();
  }

  static bool isNumber(Value value) {
    return value.getType().isIntOrIndexOrFloat();
  }

  /// Adds to `captures` the values that `value` depends on. A buffer is not
  /// captured: the loop's function rebuilds it from numbers and the address of
  /// gptc_arguments.
  void collect(Value value) {
    if (isConstant(value) || !visited.insert(value).second)
      return;
    if (isNumber(value) || isa<BlockArgument>(value)) {
      captures.insert(value);
      return;
    }
    for (Value operand : value.getDefiningOp()->getOperands())
      collect(operand);
  }

  void remake(OpBuilder &builder, Value value, IRMapping &values) {
    if (values.contains(value))
      return;
    Operation *op = value.getDefiningOp();
    for (Value operand : op->getOperands())
      remake(builder, operand, values);
    builder.clone(*op, values);
  }

  LLVM::LLVMStructType contextType() {
    SmallVector<Type> types;
    for (Value value : captures)
      types.push_back(value.getType().isIndex() ? b.getI64Type()
                                                : value.getType());
    return LLVM::LLVMStructType::getLiteral(b.getContext(), types);
  }

  Value fieldAddress(Value context, int32_t number) {
    return LLVM::GEPOp::create(b, pointer, contextType(), context,
                               ArrayRef<LLVM::GEPArg>{0, number});
  }

  Value cast(Value value, Type type) {
    return value.getType() == type ? value
                                   : arith::IndexCastOp::create(b, type, value);
  }

  /// Creates the function (context, first, last, worker) that runs the
  /// iterations [first, last).
  LLVM::LLVMFuncOp outline(scf::ForallOp loop, StringRef name,
                           ArrayRef<Value> above) {
    b.setLoc(loop.getLoc());
    b.setInsertionPoint(function);
    Type i64 = b.getI64Type();
    auto type = LLVM::LLVMFunctionType::get(
        LLVM::LLVMVoidType::get(b.getContext()), {pointer, i64, i64, i64});
    auto made =
        LLVM::LLVMFuncOp::create(b, name, type, LLVM::Linkage::Internal);
    Block *body = made.addEntryBlock(b);
    b.setInsertionPointToStart(body);

    IRMapping values;
    LLVM::LLVMStructType context = contextType();
    for (auto [number, value] : llvm::enumerate(captures)) {
      Value loaded =
          LLVM::LoadOp::create(b, context.getBody()[number],
                               fieldAddress(body->getArgument(0), number));
      values.map(value, cast(loaded, value.getType()));
    }
    for (Value value : above)
      remake(b, value, values);

    Value first = cast(body->getArgument(1), b.getIndexType());
    Value last = cast(body->getArgument(2), b.getIndexType());
    auto iterations = scf::ForOp::create(b, first, last,
                                         arith::ConstantIndexOp::create(b, 1));
    LLVM::ReturnOp::create(b, ValueRange());
    b.setInsertionPointToStart(iterations.getBody());
    mapIndices(loop, iterations.getInductionVar(), values);
    for (Operation &op : loop.getBody()->without_terminator())
      b.clone(op, values);
    return made;
  }

  /// Computes the loop's indices from the number of the iteration. The last
  /// index varies fastest.
  void mapIndices(scf::ForallOp loop, Value iteration, IRMapping &values) {
    SmallVector<OpFoldResult> bounds = loop.getMixedUpperBound();
    for (int64_t dim = bounds.size() - 1; dim > 0; --dim) {
      Value bound = getValueOrCreateConstantIndexOp(b, b.getLoc(), bounds[dim]);
      bound = values.lookupOrDefault(bound);
      values.map(loop.getInductionVars()[dim],
                 arith::RemUIOp::create(b, iteration, bound));
      iteration = arith::DivUIOp::create(b, iteration, bound);
    }
    values.map(loop.getInductionVars().front(), iteration);
  }

  void call(scf::ForallOp loop, LLVM::LLVMFuncOp made) {
    b.setInsertionPointToStart(&function.front());
    Value one = LLVM::ConstantOp::create(b, b.getI64Type(), 1);
    Value context = LLVM::AllocaOp::create(b, pointer, contextType(), one);

    b.setInsertionPoint(loop);
    for (auto [number, value] : llvm::enumerate(captures)) {
      Type type = contextType().getBody()[number];
      LLVM::StoreOp::create(b, cast(value, type),
                            fieldAddress(context, number));
    }
    Value count = arith::ConstantIndexOp::create(b, 1);
    for (OpFoldResult bound : loop.getMixedUpperBound())
      count = arith::MulIOp::create(
          b, count, getValueOrCreateConstantIndexOp(b, b.getLoc(), bound));
    Value pool =
        ArgumentLoader(b, b.getLoc(), function.getArgument(0)).loadPool();
    Value address = LLVM::AddressOfOp::create(b, made);
    LLVM::CallOp::create(
        b, TypeRange(), parallelFor,
        ValueRange{pool, address, context, cast(count, b.getI64Type())});
  }
};

struct LowerEntries : gptc::impl::LowerEntriesBase<LowerEntries> {
  using LowerEntriesBase::LowerEntriesBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto sources = llvm::to_vector(module.getOps<func::FuncOp>());
    if (!gpt::getModel(module) || sources.empty()) {
      module.emitError("the module has no ")
          << (sources.empty() ? "entries" : "gpt.model");
      return signalPassFailure();
    }
    for (func::FuncOp source : sources)
      if (failed(checkEntry(source)))
        return signalPassFailure();
    declareParallelFor();
    ModelConstant model;
    model.features = features;
    model.cpu = cpu;
    model.target = target;
    for (func::FuncOp source : sources) {
      noteSizes(source, model);
      int64_t capacity = *gpt::getCapacity(source);
      uint32_t takes = 0, leaves = bitOf(gpt::getLeft(source));
      for (BlockArgument argument : source.getArguments())
        takes |= bitOf(gpt::getRole(argument));
      LLVM::LLVMFuncOp entry = lower(source);
      model.entries.push_back({entry, capacity, takes, leaves});
      SmallVector<LLVM::LLVMFuncOp> functions = ParallelLoops(entry).run();
      functions.push_back(entry);
      for (LLVM::LLVMFuncOp function : functions)
        model.scratchBytes =
            std::max(model.scratchBytes, hoistScratch(function));
    }
    buildModelConstant(module, model);
    module->setAttr(gpt::memoryAttrName,
                    gpt::MemoryAttr::get(&getContext(), model.arenaBytes,
                                         model.blockBytes, model.scratchBytes));
  }

private:
  void declareParallelFor() {
    OpBuilder b = OpBuilder::atBlockBegin(getOperation().getBody());
    Type pointer = LLVM::LLVMPointerType::get(&getContext());
    auto type = LLVM::LLVMFunctionType::get(
        LLVM::LLVMVoidType::get(&getContext()),
        {pointer, pointer, pointer, b.getI64Type()});
    LLVM::LLVMFuncOp::create(b, getOperation().getLoc(), parallelFor, type);
  }

  static LogicalResult checkEntry(func::FuncOp source) {
    for (BlockArgument argument : source.getArguments()) {
      std::optional<gpt::Role> role = gpt::getRole(argument);
      if (!role || !fieldOf(*role))
        return source.emitError("argument ")
               << argument.getArgNumber() << " has "
               << (role ? "the gpt.role " + gpt::stringifyRole(*role).str()
                        : "no gpt.role")
               << " but one of gptc_arguments was expected";
    }
    if (source.getNumResults() != 0)
      return source.emitError("has ")
             << source.getNumResults() << " results but none were expected";
    if (!gpt::getCapacity(source))
      return source.emitError("has neither tokens nor rows, by gpt.role");
    return success();
  }

  static void noteSizes(func::FuncOp source, ModelConstant &model) {
    auto typeOf = [&](gpt::Role role) {
      Value argument = gpt::findArgument(source, role);
      return argument ? cast<MemRefType>(argument.getType()) : MemRefType();
    };
    if (MemRefType weights = typeOf(gpt::Role::weights))
      model.weightBytes = weights.getDimSize(0);
    if (MemRefType arena = typeOf(gpt::Role::arena))
      model.arenaBytes = arena.getDimSize(0);
    if (MemRefType cache = typeOf(gpt::Role::cache)) {
      model.blockBytes = cache.getElementTypeBitWidth() / 8;
      for (int64_t size : cache.getShape().drop_front())
        model.blockBytes *= size;
    }
    if (auto place =
            source->getAttrOfType<gpt::PlaceAttr>(gpt::logitsAttrName)) {
      model.logitsOffset = place.getOffset();
      model.logitsStride = place.getStride();
    }
  }

  LLVM::LLVMFuncOp lower(func::FuncOp source) {
    OpBuilder b(source);
    Type pointer = LLVM::LLVMPointerType::get(&getContext());
    auto type = LLVM::LLVMFunctionType::get(
        LLVM::LLVMVoidType::get(&getContext()), {pointer});
    auto entry = LLVM::LLVMFuncOp::create(b, source.getLoc(), source.getName(),
                                          type, LLVM::Linkage::Internal);
    Block &body = source.front();
    Value arguments = body.addArgument(pointer, source.getLoc());
    b.setInsertionPointToStart(&body);
    ArgumentLoader loader(b, source.getLoc(), arguments);
    for (BlockArgument argument : body.getArguments().drop_back())
      argument.replaceAllUsesWith(loader.load(argument));
    source.walk([&](gpt::ThreadsOp op) {
      op.replaceAllUsesWith(
          loader.loadIndex(offsetof(gptc_arguments, threads)));
      op.erase();
    });
    body.eraseArguments(
        [&](BlockArgument argument) { return argument != arguments; });
    entry.getBody().takeBody(source.getBody());
    Operation *end = body.getTerminator();
    b.setInsertionPoint(end);
    LLVM::ReturnOp::create(b, end->getLoc(), ValueRange());
    end->erase();
    source.erase();
    return entry;
  }

  /// Moves stack buffers out of loops, where each iteration would allocate
  /// again. Returns their total size in bytes.
  static int64_t hoistScratch(LLVM::LLVMFuncOp function) {
    int64_t bytes = 0;
    SmallVector<memref::AllocaOp> buffers;
    function.walk([&](memref::AllocaOp buffer) { buffers.push_back(buffer); });
    for (memref::AllocaOp buffer : buffers) {
      buffer->moveBefore(&function.front(), function.front().begin());
      bytes += buffer.getType().getNumElements() *
               buffer.getType().getElementTypeBitWidth() / 8;
    }
    return bytes;
  }
};

} // namespace
