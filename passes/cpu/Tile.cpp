//===- Tile.cpp - From ops on tensors to loops over tiles on buffers ------===//

#include "passes/Passes.h"
#include "passes/cpu/EntryTiler.h"

#include "dialect/Entry.h"
#include "dialect/OperandFormat.h"
#include "dialect/WeightLayout.h"
#include "passes/cpu/CacheType.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

namespace gptc {
#define GEN_PASS_DEF_TILE
#include "passes/Passes.h.inc"
} // namespace gptc

using namespace mlir;
using namespace gptc;

EntryTiler::EntryTiler(func::FuncOp source, const Tiles &tiles,
                       gpt::KvCacheOp cacheOp)
    : source(source), tiles(tiles), cacheOp(cacheOp),
      plan(
          source,
          [this](Value value) { return bufferTypeOf(value).getElementType(); }),
      b(source.getLoc(), source.getContext()) {}

LogicalResult EntryTiler::run() {
  auto isTensor = [](Type type) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    return tensor && tensor.hasStaticShape() && tensor.getRank() <= 2;
  };
  if (!llvm::all_of(
          source.getArgumentTypes(),
          [&](Type type) { return type.isIndex() || isTensor(type); }) ||
      source.getNumResults() != 1 || !isTensor(source.getResultTypes().front()))
    return source.emitError(
        "is no entry: static tensors and one as result were expected");
  if (failed(plan.verify()))
    return failure();
  b.setInsertionPoint(source);
  entry = func::FuncOp::create(b, source.getName(), b.getFunctionType({}, {}));
  b.setInsertionPointToStart(entry.addEntryBlock());
  if (cacheOp) {
    cache = addArgument(getCacheType(cacheOp), gpt::Role::cache);
    blocks =
        addArgument(getBlockTableType(b.getContext()), gpt::Role::block_table);
  }
  count = addArgument(b.getIndexType(), gpt::Role::count);
  for (BlockArgument argument : source.getArguments())
    buffers[argument] =
        addArgument(bufferType(argument.getType()), gpt::getRole(argument));
  Value result = source.front().getTerminator()->getOperand(0);
  std::optional<gpt::Role> left = gpt::getResultRole(source, 0);
  if (left)
    gpt::setLeft(entry, *left);
  Value output = addArgument(bufferType(result.getType()), left);
  // A view and an argument are copied where all is done.
  bool isMade =
      result.getDefiningOp() && !isa<gpt::ColumnsOp>(result.getDefiningOp());
  if (isMade)
    buffers[result] = output;
  if (failed(lowerBlock(source.front())))
    return failure();
  if (!isMade)
    copyRows(bufferOf(result), output, result);
  func::ReturnOp::create(b);
  source.erase();
  return success();
}

Value EntryTiler::addArgument(Type type, std::optional<gpt::Role> role) {
  unsigned number = entry.getNumArguments();
  (void)entry.insertArgument(number, type, DictionaryAttr(), b.getLoc());
  if (role)
    gpt::setRole(entry, number, *role);
  return entry.getArgument(number);
}

LogicalResult EntryTiler::lowerBlock(Block &block) {
  for (Operation &op : block) {
    b.setLoc(op.getLoc());
    if (failed(lower(&op)))
      return failure();
  }
  return success();
}

LogicalResult EntryTiler::lower(Operation *op) {
  if (op->hasTrait<OpTrait::IsTerminator>())
    return success();
  if (isa<arith::ConstantOp>(op)) {
    buffers[op->getResult(0)] = b.clone(*op)->getResult(0);
    return success();
  }
  return TypeSwitch<Operation *, LogicalResult>(op)
      .Case<gpt::EmbeddingOp, gpt::NormOp, gpt::ActivationOp, gpt::GatedOp,
            gpt::AddOp, gpt::SelectRowsOp, gpt::ColumnsOp, gpt::RotaryTableOp,
            gpt::RotaryOp, gpt::LinearOp, gpt::UnembedOp, gpt::KvAppendOp,
            gpt::AttentionOp, gpt::LayersOp, gpt::LayerValueOp,
            gpt::GetWeightOp>([&](auto typed) { return tile(typed); })
      .Default([](Operation *other) {
        return other->emitOpError("has no lowering to tiles");
      });
}

//===----------------------------------------------------------------------===//
// Buffers
//===----------------------------------------------------------------------===//

/// Returns the memref for a tensor: rows are rounded up to whole tiles, and
/// each begins at a multiple of 64 floats.
Type EntryTiler::bufferType(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor)
    return type;
  if (tensor.getRank() == 1)
    return MemRefType::get(tensor.getShape(), tensor.getElementType());
  int64_t rows = tensor.getDimSize(0);
  if (rows > 1)
    rows =
        std::max(llvm::alignTo(rows, tiles.linear.rows),
                 llvm::alignTo(rows, attentionGroups * tiles.attention.rows));
  int64_t columns = llvm::alignTo(tensor.getDimSize(1), gpt::panelWidth);
  return MemRefType::get({rows, columns}, tensor.getElementType());
}

MemRefType EntryTiler::bufferTypeOf(Value tensor) {
  auto type = cast<MemRefType>(bufferType(tensor.getType()));
  std::optional<gpt::Arithmetic> reader = readerOf(tensor);
  return reader ? activationType(type, *reader) : type;
}

Value EntryTiler::makeBuffer(Value tensor) {
  return memref::AllocOp::create(b, bufferTypeOf(tensor));
}

Value EntryTiler::bufferOf(Value tensor) {
  if (Value buffer = buffers.lookup(tensor))
    return buffer;
  Value leader = plan.leaderOf(tensor);
  return buffers[tensor] = leader ? bufferOf(leader) : makeBuffer(tensor);
}

Value EntryTiler::weightBuffer(Value weight) {
  return weight ? buffers.lookup(weight) : Value();
}

int64_t EntryTiler::rowsOf(Value tensor) {
  return cast<RankedTensorType>(tensor.getType()).getDimSize(0);
}

int64_t EntryTiler::channelsOf(Value tensor) {
  return cast<RankedTensorType>(tensor.getType()).getDimSize(1);
}

//===----------------------------------------------------------------------===//
// Products and attention
//===----------------------------------------------------------------------===//

LogicalResult EntryTiler::tile(gpt::GetWeightOp op) {
  auto type = cast<RankedTensorType>(op.getType());
  if (!gpt::getLayout(type))
    return op.emitOpError("yields ")
           << type << " but a packed weight was expected";
  Value layer = op.getLayer() ? buffers.lookup(op.getLayer()) : Value();
  buffers[op.getResult()] = gpt::GetWeightOp::create(b, gpt::getStorage(type),
                                                     op.getWeightAttr(), layer);
  return success();
}

/// The arithmetic of the product that takes a value as its input; none if the
/// use is another.
static std::optional<gpt::Arithmetic> arithmeticOf(OpOperand &use) {
  using Result = std::optional<gpt::Arithmetic>;
  return llvm::TypeSwitch<Operation *, Result>(use.getOwner())
      .Case<gpt::LinearOp, gpt::UnembedOp>([&](auto op) {
        return &use == &op.getInputMutable() ? Result(op.getArithmetic())
                                             : std::nullopt;
      })
      .Default(std::nullopt);
}

std::optional<gpt::Arithmetic> EntryTiler::readerOf(Value tensor) {
  // A linear without activation may sum in parts and add to what it has
  // written.
  auto linear = tensor.getDefiningOp<gpt::LinearOp>();
  bool isMadeAtOnce =
      linear ? linear.getActivation() != gpt::Activation::none
             : isa_and_nonnull<gpt::NormOp, gpt::GatedOp, gpt::AttentionOp>(
                   tensor.getDefiningOp());
  if (!isMadeAtOnce || tensor.use_empty())
    return std::nullopt;
  auto reader = arithmeticOf(*tensor.use_begin());
  if (!reader || !llvm::all_of(tensor.getUses(), [&](OpOperand &use) {
        return arithmeticOf(use) == reader;
      }))
    return std::nullopt;
  const auto &format = gpt::OperandFormat::of(*reader);
  bool isRounded = format.rounds(tensor.getContext()) &&
                   channelsOf(tensor) % format.group == 0;
  return isRounded ? reader : std::nullopt;
}

gpt::ArithmeticAttr EntryTiler::readerAttr(Value tensor) {
  return b.arithmeticAttr(readerOf(tensor));
}

MemRefType EntryTiler::activationType(MemRefType type, gpt::Arithmetic reader) {
  if (!tiles.multipliesGroups)
    return type;
  Type element =
      gpt::OperandFormat::of(reader).activationType(type.getContext());
  return MemRefType::get(type.getShape(), element);
}

/// The input of a product: rounded first where its arithmetic says so and what
/// makes it has not.
Value EntryTiler::productInput(Value tensor, gpt::Arithmetic arithmetic,
                               int64_t &channels) {
  Value input = bufferOf(tensor);
  const auto &format = gpt::OperandFormat::of(arithmetic);
  channels = channelsOf(tensor);
  if (!format.rounds(b.getContext()) || readerOf(tensor))
    return input;
  Value rounded = memref::AllocOp::create(
      b, activationType(bufferTypeOf(tensor), arithmetic));
  forRows(rowsOf(tensor), [&](Value row) {
    map(input, row, gpt::Activation::none, {}, arithmetic, rounded, row,
        channels);
  });
  channels = llvm::alignTo(channels, format.group);
  return rounded;
}

/// Tiles read whole panels of a residual: columns of another value, behind
/// which a row may end, go to a buffer of their own.
Value EntryTiler::residualBuffer(Value residual) {
  if (!residual)
    return {};
  Value buffer = bufferOf(residual);
  if (buffer.getType() == bufferTypeOf(residual))
    return buffer;
  Value whole = makeBuffer(residual);
  copyRows(buffer, whole, residual);
  return whole;
}

LogicalResult EntryTiler::tile(gpt::LinearOp op) {
  Product p(op.getArithmetic());
  p.input = productInput(op.getInput(), op.getArithmetic(), p.channels);
  p.weight = weightBuffer(op.getWeight());
  p.bias = weightBuffer(op.getBias());
  p.residual = residualBuffer(op.getResidual());
  p.activation = op.getActivation();
  p.output = bufferOf(op.getResult());
  p.reader = readerOf(op.getResult());
  bool manyRows = rowsOf(op.getResult()) > 1;
  tileProduct(b, p, tiles, manyRows ? count : Value());
  return success();
}

LogicalResult EntryTiler::tile(gpt::UnembedOp op) {
  Product p(op.getArithmetic());
  p.input = productInput(op.getInput(), op.getArithmetic(), p.channels);
  p.weight = weightBuffer(op.getWeight());
  p.activation = gpt::Activation::none;
  p.softCap = op.getSoftCapAttr();
  p.output = bufferOf(op.getResult());
  // Callers mostly want the logits of one row, for which a register tile of
  // many rows would do the same work for each of its rows.
  Value one =
      arith::CmpIOp::create(b, arith::CmpIPredicate::eq, count, b.index(1));
  auto branch = scf::IfOp::create(b, one, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  tileProduct(b, p, tiles, /*count=*/Value());
  b.setInsertionPointToStart(branch.elseBlock());
  tileProduct(b, p, tiles, count);
  return success();
}

LogicalResult EntryTiler::tile(gpt::AttentionOp op) {
  Value query = bufferOf(op.getQuery()), output = bufferOf(op.getResult());
  Value positions = bufferOf(op.getPositions()),
        sequences = bufferOf(op.getSequences());
  Value layer = buffers.lookup(op.getLayer()),
        scale = buffers.lookup(op.getScale());
  int64_t headSize = op.getHeadSize(), heads = op.getHeads(),
          sharing = op.getSharing();
  struct Rows {
    Value positions, sequences, first, count;
    TileSize size;
  };
  auto attend = [&](const Rows &rows, Value head, Value queries,
                    Value results) {
    gpt::TileAttentionOp::create(
        b, queries, rows.positions, rows.sequences, rows.first, rows.count,
        cache, layer, b.over(head, b.index(sharing)), blocks, scale,
        op.getWindowAttr(), op.getSoftCapAttr(), rows.size.columns,
        rows.size.rows, readerAttr(op.getResult()), results);
  };
  if (rowsOf(op.getQuery()) > 1) {
    int64_t rows = attentionGroups * tiles.attention.rows;
    Value rowTiles = b.overUp(count, b.index(rows));
    b.forall({b.getIndexAttr(heads), OpFoldResult(rowTiles)},
             [&](ValueRange at) {
               Value row = b.times(at[1], rows);
               Value column = b.times(at[0], headSize);
               auto view = [&](Value buffer) {
                 return b.tileView(buffer, row, column, {rows, headSize});
               };
               attend({positions, sequences, row, count, tiles.attention},
                      at[0], view(query), view(output));
             });
    return success();
  }
  // Heads that share keys and values are the rows of a tile at one position.
  TileSize size = tiles.attentionOfRow(sharing);
  b.forall({b.getIndexAttr(heads / size.rows)}, [&](ValueRange group) {
    Value head = b.times(group.front(), size.rows);
    Value column = b.times(head, headSize);
    auto view = [&](Value buffer) {
      return b.headsView(buffer, column, {size.rows, headSize});
    };
    attend({b.repeated(positions, size.rows), b.repeated(sequences, size.rows),
            b.index(0), b.index(size.rows), size},
           head, view(query), view(output));
  });
  return success();
}

namespace {

struct Tile : gptc::impl::TileBase<Tile> {
  using TileBase::TileBase;

  void runOnOperation() override {
    llvm::Expected<Tiles> sizes = getTiles(isa, tiles);
    if (!sizes) {
      getOperation().emitError(llvm::toString(sizes.takeError()));
      return signalPassFailure();
    }
    auto caches = llvm::to_vector(getOperation().getOps<gpt::KvCacheOp>());
    if (caches.size() > 1) {
      caches[1].emitOpError("is one of ")
          << caches.size() << " but entries take one cache";
      return signalPassFailure();
    }
    gpt::KvCacheOp cache = caches.empty() ? gpt::KvCacheOp() : caches.front();
    for (auto entry : llvm::to_vector(getOperation().getOps<func::FuncOp>()))
      if (failed(EntryTiler(entry, *sizes, cache).run()))
        return signalPassFailure();
    getOperation()->setAttr(
        gpt::weightsAttrName,
        Builder(&getContext())
            .getI64IntegerAttr(gpt::layoutHash(getOperation())));
  }
};

} // namespace
