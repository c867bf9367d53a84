//===- Tile.cpp - From ops on tensors to loops over tiles on buffers ------===//

#include "passes/Passes.h"
#include "passes/cpu/EntryTiler.h"

#include "llvm/ADT/TypeSwitch.h"

namespace gptc {
#define GEN_PASS_DEF_TILE
#include "passes/Passes.h.inc"
} // namespace gptc

using namespace mlir;
using namespace gptc;

EntryTiler::EntryTiler(func::FuncOp source, const Tiles &tiles,
                       gpt::ModelOp model)
    : source(source), tiles(tiles), model(model),
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
  b.setInsertionPoint(source);
  auto entry = func::FuncOp::create(b, source.getName(), entryType());
  Block *body = entry.addEntryBlock();
  b.setInsertionPointToStart(body);
  cache = body->getArgument(0);
  blocks = body->getArgument(1);
  count = body->getArgument(2);
  auto arguments = body->getArguments().drop_front(3);
  for (auto [tensor, buffer] : llvm::zip(source.getArguments(), arguments))
    buffers[tensor] = buffer;
  Operation *end = source.front().getTerminator();
  Value result = end->getOperand(0), output = arguments.back();
  buffers[result] = output;

  if (failed(lowerBlock(source.front())))
    return failure();
  func::ReturnOp::create(b);
  source.erase();
  return success();
}

LogicalResult EntryTiler::lowerBlock(Block &block) {
  // Layers work in the buffer of their result: what feeds them writes there
  // unless something else wants to read that later.
  for (auto layers : block.getOps<gpt::LayersOp>())
    if (Operation *feed = layers.getInput().getDefiningOp();
        feed && layers.getInput().hasOneUse())
      buffers[layers.getInput()] = bufferOf(layers.getResult());
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

/// Rows up to whole tiles, a row every multiple of 64 floats.
Type EntryTiler::bufferType(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor)
    return type;
  if (tensor.getRank() == 1)
    return MemRefType::get(tensor.getShape(), tensor.getElementType());
  int64_t rows = tensor.getDimSize(0);
  if (rows > 1)
    rows = std::max(roundUp(rows, tiles.linear.rows),
                    roundUp(rows, attentionGroups * tiles.attention.rows));
  return MemRefType::get({rows, roundUp(tensor.getDimSize(1), gpt::panelWidth)},
                         tensor.getElementType());
}

/// (cache, block table, count, the tensors' buffers, the result's buffer).
FunctionType EntryTiler::entryType() {
  int64_t headRoom = roundUp(model.getHeadSize(), gpt::lanes);
  auto cacheType = MemRefType::get({ShapedType::kDynamic,
                                    static_cast<int64_t>(model.getLayers()),
                                    static_cast<int64_t>(model.getKvHeads()), 2,
                                    gpt::blockPositions * headRoom},
                                   b.getF32Type());
  auto layout =
      StridedLayoutAttr::get(b.getContext(), 0, {ShapedType::kDynamic, 1});
  auto tableType = MemRefType::get({ShapedType::kDynamic, ShapedType::kDynamic},
                                   b.getI32Type(), layout);
  SmallVector<Type> types = {cacheType, tableType, b.getIndexType()};
  for (Type type : source.getArgumentTypes())
    types.push_back(bufferType(type));
  types.push_back(bufferType(source.getResultTypes().front()));
  return b.getFunctionType(types, {});
}

MemRefType EntryTiler::bufferTypeOf(Value tensor) {
  auto type = cast<MemRefType>(bufferType(tensor.getType()));
  return isRounded(tensor) ? roundedType(type) : type;
}

Value EntryTiler::makeBuffer(Value tensor) {
  return memref::AllocOp::create(b, bufferTypeOf(tensor));
}

Value EntryTiler::bufferOf(Value tensor) {
  Value &buffer = buffers[tensor];
  if (!buffer)
    buffer = makeBuffer(tensor);
  return buffer;
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
  Value layer = op.getLayer() ? buffers.lookup(op.getLayer()) : Value();
  buffers[op.getResult()] = gpt::GetWeightOp::create(
      b, MemRefType::get(type.getShape(), type.getElementType()),
      op.getWeightAttr(), layer);
  return success();
}

/// True if an op takes a value as the input of a product in bf16.
static bool readsBf16(OpOperand &use) {
  return llvm::TypeSwitch<Operation *, bool>(use.getOwner())
      .Case<gpt::LinearOp, gpt::UnembedOp>([&](auto op) {
        return op.getArithmetic() == gpt::Arithmetic::bf16 &&
               &use == &op.getInputMutable();
      })
      .Default(false);
}

bool EntryTiler::isRounded(Value tensor) {
  // Without activation a linear may add to what it has written.
  auto linear = tensor.getDefiningOp<gpt::LinearOp>();
  bool isMadeAtOnce =
      linear ? linear.getActivation() != gpt::Activation::none
             : isa_and_nonnull<gpt::NormOp, gpt::GatedOp, gpt::AttentionOp>(
                   tensor.getDefiningOp());
  return isMadeAtOnce && channelsOf(tensor) % 2 == 0 &&
         llvm::all_of(tensor.getUses(), readsBf16);
}

MemRefType EntryTiler::roundedType(MemRefType type) {
  return tiles.addsPairs ? MemRefType::get(type.getShape(), b.getBF16Type())
                         : type;
}

/// The input of a product: rounded to bf16 first where the weight is.
Value EntryTiler::productInput(Value tensor, gpt::Arithmetic arithmetic,
                               int64_t &channels) {
  Value input = bufferOf(tensor);
  channels = channelsOf(tensor);
  if (arithmetic == gpt::Arithmetic::f32 || isRounded(tensor))
    return input;
  Value rounded = memref::AllocOp::create(b, roundedType(bufferTypeOf(tensor)));
  forRows(rowsOf(tensor), [&](Value row) {
    map(input, row, gpt::Activation::none, {}, /*rounded=*/true, rounded, row,
        channels);
  });
  channels = roundUp(channels, 2);
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
  Product p;
  p.input = productInput(op.getInput(), op.getArithmetic(), p.channels);
  p.weight = weightBuffer(op.getWeight());
  p.bias = weightBuffer(op.getBias());
  p.residual = residualBuffer(op.getResidual());
  p.activation = op.getActivation();
  p.output = bufferOf(op.getResult());
  p.rounded = isRounded(op.getResult());
  bool manyRows = rowsOf(op.getResult()) > 1;
  tileProduct(b, p, tiles, manyRows ? count : Value());
  return success();
}

LogicalResult EntryTiler::tile(gpt::UnembedOp op) {
  Product p;
  p.input = productInput(op.getInput(), op.getArithmetic(), p.channels);
  p.weight = weightBuffer(op.getWeight());
  p.activation = gpt::Activation::none;
  p.softCap = op.getSoftCapAttr();
  p.output = bufferOf(op.getResult());
  // Mostly one row is asked for: a tile of many would compute it as often.
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
  int64_t headSize = model.getHeadSize(), heads = model.getHeads(),
          sharing = heads / model.getKvHeads();
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
        rows.size.rows, isRounded(op.getResult()), results);
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
  // Heads that share keys and values stand as rows of one position.
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
    gpt::ModelOp model = gpt::getModel(getOperation());
    llvm::Expected<Tiles> sizes = getTiles(isa, tiles);
    if (!sizes || !model) {
      getOperation().emitError(sizes ? "the module has no gpt.model"
                                     : llvm::toString(sizes.takeError()));
      return signalPassFailure();
    }
    for (auto entry : llvm::to_vector(getOperation().getOps<func::FuncOp>()))
      if (failed(EntryTiler(entry, *sizes, model).run()))
        return signalPassFailure();
  }
};

} // namespace
