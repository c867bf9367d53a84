//===- LowerEntries.cpp - The ABI between compiled code and runtime -------===//

#include "passes/Passes.h"

#include "mlir/Conversion/LLVMCommon/MemRefBuilder.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/Transforms/RegionUtils.h"
#include "passes/cpu/ModelConstant.h"

namespace gptc {
#define GEN_PASS_DEF_LOWERENTRIES
#include "passes/Passes.h.inc"
} // namespace gptc

using namespace mlir;
using namespace gptc;

static constexpr llvm::StringLiteral parallelFor = "gptc_parallel_for";

/// gptc_arguments, field by field.
namespace field {
enum : int32_t {
  weights,
  arena,
  cache,
  blockTable,
  blockTableStride,
  count,
  tokens,
  positions,
  sequences,
  rows,
  pool,
  threads
};
} // namespace field

static LLVM::LLVMStructType argumentsType(MLIRContext *context) {
  Type pointer = LLVM::LLVMPointerType::get(context),
       i64 = IntegerType::get(context, 64);
  return LLVM::LLVMStructType::getLiteral(
      context, {pointer, pointer, pointer, pointer, i64, i64, pointer, pointer,
                pointer, pointer, pointer, i64});
}

namespace {

/// Makes an entry's arguments out of a pointer to gptc_arguments.
class ArgumentLoader {
public:
  ArgumentLoader(OpBuilder &builder, Location loc, Value arguments)
      : b(loc, builder), converter(builder.getContext()), arguments(arguments) {
  }

  Value loadField(int32_t number) {
    LLVM::LLVMStructType type = argumentsType(b.getContext());
    Value address =
        LLVM::GEPOp::create(b, LLVM::LLVMPointerType::get(b.getContext()), type,
                            arguments, ArrayRef<LLVM::GEPArg>{0, number});
    return LLVM::LoadOp::create(b, type.getBody()[number], address);
  }

  /// The entry's argument `number`: weights, arena, cache, block table, count,
  /// then tokens, positions and sequences, or rows.
  Value load(BlockArgument argument, bool unembeds) {
    static constexpr int32_t fields[] = {field::weights, field::arena,
                                         field::cache, field::blockTable,
                                         field::count};
    unsigned number = argument.getArgNumber();
    int32_t from = number < std::size(fields) ? fields[number]
                   : unembeds ? field::rows
                              : field::tokens + number - std::size(fields);
    Value value = loadField(from);
    auto type = dyn_cast<MemRefType>(argument.getType());
    if (!type)
      return arith::IndexCastOp::create(b, argument.getType(), value);
    return makeMemRef(value, type);
  }

private:
  ImplicitLocOpBuilder b;
  LLVMTypeConverter converter;
  Value arguments;

  /// Nothing asks for a dynamic size, so it stays undefined; the only dynamic
  /// stride is the block table's.
  Value makeMemRef(Value pointer, MemRefType type) {
    auto descriptor =
        MemRefDescriptor::poison(b, b.getLoc(), converter.convertType(type));
    descriptor.setAllocatedPtr(b, b.getLoc(), pointer);
    descriptor.setAlignedPtr(b, b.getLoc(), pointer);
    descriptor.setConstantOffset(b, b.getLoc(), 0);
    auto [strides, offset] = type.getStridesAndOffset();
    for (auto [dim, stride] : llvm::enumerate(strides)) {
      if (ShapedType::isDynamic(stride))
        descriptor.setStride(b, b.getLoc(), dim,
                             loadField(field::blockTableStride));
      else
        descriptor.setConstantStride(b, b.getLoc(), dim, stride);
      if (!type.isDynamicDim(dim))
        descriptor.setConstantSize(b, b.getLoc(), dim, type.getDimSize(dim));
    }
    return UnrealizedConversionCastOp::create(b, type, Value(descriptor))
        .getResult(0);
  }
};

/// Turns the scf.forall of one function into calls of gptc_parallel_for.
class ParallelLoops {
public:
  explicit ParallelLoops(LLVM::LLVMFuncOp function)
      : function(function), b(function.getLoc(), function.getContext()),
        pointer(LLVM::LLVMPointerType::get(function.getContext())) {}

  /// Gives back the functions made, one per loop.
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
  /// What the loop's function is handed: numbers, and the arguments' address.
  SetVector<Value> captures;
  DenseSet<Value> visited;

  static bool isConstant(Value value) {
    Operation *op = value.getDefiningOp();
    return op && op->hasTrait<OpTrait::ConstantLike>();
  }

  static bool isNumber(Value value) {
    return value.getType().isIntOrIndexOrFloat();
  }

  /// Buffers are made again out of numbers and the arguments' address.
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

  /// (context, first, last, worker): the iterations from `first` to `last`.
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

  /// The loop's indices, the last one fastest, out of the iteration's number.
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
    Value pool = ArgumentLoader(b, b.getLoc(), function.getArgument(0))
                     .loadField(field::pool);
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
      if (!isEntry(source)) {
        source.emitError("is no entry: (weights, arena, cache, block table, "
                         "count, rows' numbers) "
                         "were expected");
        return signalPassFailure();
      }
    declareParallelFor();
    ModelConstant model;
    model.features = features;
    model.cpu = cpu;
    model.target = target;
    for (func::FuncOp source : sources) {
      noteSizes(source, model);
      int64_t capacity = capacityOf(source);
      LLVM::LLVMFuncOp entry = lower(source);
      model.entries.push_back({entry, capacity});
      SmallVector<LLVM::LLVMFuncOp> functions = ParallelLoops(entry).run();
      functions.push_back(entry);
      for (LLVM::LLVMFuncOp function : functions)
        model.scratchBytes =
            std::max(model.scratchBytes, hoistScratch(function));
    }
    buildModelConstant(module, model);
    OpBuilder b(module);
    auto bytes = [&](StringRef name, int64_t value) {
      return b.getNamedAttr(name, b.getI64IntegerAttr(value));
    };
    module->setAttr(gpt::memoryAttrName,
                    b.getDictionaryAttr({bytes("buffers", model.arenaBytes),
                                         bytes("cache", model.blockBytes),
                                         bytes("thread", model.scratchBytes)}));
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

  static bool isEntry(func::FuncOp source) {
    static constexpr int64_t ranks[] = {1, 1, 5, 2};
    auto types = source.getArgumentTypes();
    if (types.size() < 6 || !types[4].isIndex() || source.getNumResults() != 0)
      return false;
    for (auto [index, type] : llvm::enumerate(types)) {
      auto buffer = dyn_cast<MemRefType>(type);
      if (index != 4 &&
          (!buffer || buffer.getRank() != (index < 4 ? ranks[index] : 1)))
        return false;
    }
    return true;
  }

  static int64_t sizeOf(func::FuncOp source, unsigned argument, unsigned dim) {
    return cast<MemRefType>(source.getArgumentTypes()[argument])
        .getDimSize(dim);
  }

  /// The rows of tokens, or of `rows`.
  static int64_t capacityOf(func::FuncOp source) {
    return sizeOf(source, 5, 0);
  }

  static void noteSizes(func::FuncOp source, ModelConstant &model) {
    model.weightBytes = sizeOf(source, 0, 0);
    model.arenaBytes = sizeOf(source, 1, 0);
    auto cache = cast<MemRefType>(source.getArgumentTypes()[2]);
    model.blockBytes = cache.getElementTypeBitWidth() / 8;
    for (int64_t size : cache.getShape().drop_front())
      model.blockBytes *= size;
    if (auto offset = source->getAttrOfType<IntegerAttr>("gpt.logits_offset")) {
      model.logitsOffset = offset.getInt();
      model.logitsStride =
          source->getAttrOfType<IntegerAttr>("gpt.logits_stride").getInt();
    }
  }

  LLVM::LLVMFuncOp lower(func::FuncOp source) {
    OpBuilder b(source);
    Type pointer = LLVM::LLVMPointerType::get(&getContext());
    auto type = LLVM::LLVMFunctionType::get(
        LLVM::LLVMVoidType::get(&getContext()), {pointer});
    auto entry = LLVM::LLVMFuncOp::create(b, source.getLoc(), source.getName(),
                                          type, LLVM::Linkage::Internal);
    entry.getBody().takeBody(source.getBody());
    Block &body = entry.front();
    Value arguments = body.addArgument(pointer, source.getLoc());
    b.setInsertionPointToStart(&body);
    ArgumentLoader loader(b, source.getLoc(), arguments);
    bool unembeds = source.getName() == "unembed";
    for (BlockArgument argument : body.getArguments().drop_back())
      argument.replaceAllUsesWith(loader.load(argument, unembeds));
    entry.walk([&](gpt::ThreadsOp op) {
      Value threads = loader.loadField(field::threads);
      b.setInsertionPoint(op);
      op.replaceAllUsesWith(
          arith::IndexCastOp::create(b, op.getLoc(), b.getIndexType(), threads)
              .getResult());
      op.erase();
    });
    body.eraseArguments(
        [&](BlockArgument argument) { return argument != arguments; });
    Operation *end = body.getTerminator();
    b.setInsertionPoint(end);
    LLVM::ReturnOp::create(b, end->getLoc(), ValueRange());
    end->erase();
    source.erase();
    return entry;
  }

  /// Moves stack buffers out of loops, where each turn would take more; the
  /// bytes of all.
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
