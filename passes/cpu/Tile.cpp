//===- Tile.cpp - From ops on tensors to loops over tiles on buffers ------===//

#include "passes/Passes.h"
#include "passes/cpu/TileBuilder.h"

#include "llvm/ADT/TypeSwitch.h"

namespace gptc {
#define GEN_PASS_DEF_TILE
#include "passes/Passes.h.inc"
} // namespace gptc

using namespace mlir;
using namespace gptc;

namespace {

/// Lowers one entry.
class EntryTiler {
public:
  EntryTiler(func::FuncOp source, const Tiles &tiles, gpt::ModelOp model)
      : source(source), tiles(tiles), model(model),
        b(source.getLoc(), source.getContext()) {}

  LogicalResult run() {
    auto isTensor = [](Type type) {
      auto tensor = dyn_cast<RankedTensorType>(type);
      return tensor && tensor.hasStaticShape() && tensor.getRank() <= 2;
    };
    if (!llvm::all_of(
            source.getArgumentTypes(),
            [&](Type type) { return type.isIndex() || isTensor(type); }) ||
        source.getNumResults() != 1 ||
        !isTensor(source.getResultTypes().front()))
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

private:
  func::FuncOp source;
  const Tiles &tiles;
  gpt::ModelOp model;
  TileBuilder b;
  Value cache, blocks, count;
  DenseMap<Value, Value> buffers;

  //===--------------------------------------------------------------------===//
  // Buffers
  //===--------------------------------------------------------------------===//

  /// Rows up to whole tiles, a row every multiple of 64 floats.
  Type bufferType(Type type) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor)
      return type;
    if (tensor.getRank() == 1)
      return MemRefType::get(tensor.getShape(), tensor.getElementType());
    int64_t rows = tensor.getDimSize(0);
    if (rows > 1)
      rows = std::max(roundUp(rows, tiles.linear.rows),
                      roundUp(rows, tiles.attention.rows));
    return MemRefType::get(
        {rows, roundUp(tensor.getDimSize(1), gpt::panelWidth)},
        tensor.getElementType());
  }

  /// (cache, block table, count, the tensors' buffers, the result's buffer).
  FunctionType entryType() {
    int64_t headRoom = roundUp(model.getHeadSize(), gpt::lanes);
    auto cacheType = MemRefType::get({ShapedType::kDynamic,
                                      static_cast<int64_t>(model.getLayers()),
                                      static_cast<int64_t>(model.getKvHeads()),
                                      2, gpt::blockPositions * headRoom},
                                     b.getF32Type());
    auto layout =
        StridedLayoutAttr::get(b.getContext(), 0, {ShapedType::kDynamic, 1});
    auto tableType = MemRefType::get(
        {ShapedType::kDynamic, ShapedType::kDynamic}, b.getI32Type(), layout);
    SmallVector<Type> types = {cacheType, tableType, b.getIndexType()};
    for (Type type : source.getArgumentTypes())
      types.push_back(bufferType(type));
    types.push_back(bufferType(source.getResultTypes().front()));
    return b.getFunctionType(types, {});
  }

  Value bufferOf(Value tensor) {
    Value &buffer = buffers[tensor];
    if (!buffer)
      buffer = memref::AllocOp::create(
          b, cast<MemRefType>(bufferType(tensor.getType())));
    return buffer;
  }

  Value weightBuffer(Value weight) {
    return weight ? buffers.lookup(weight) : Value();
  }

  static int64_t rowsOf(Value tensor) {
    return cast<RankedTensorType>(tensor.getType()).getDimSize(0);
  }
  static int64_t channelsOf(Value tensor) {
    return cast<RankedTensorType>(tensor.getType()).getDimSize(1);
  }

  //===--------------------------------------------------------------------===//
  // Loops
  //===--------------------------------------------------------------------===//

  /// Runs `body` for every real row of a tensor of `capacity` rows.
  void forRows(int64_t capacity, llvm::function_ref<void(Value)> body) {
    if (capacity == 1)
      return body(b.constant(0));
    b.forall({OpFoldResult(count)}, [&](ValueRange row) { body(row.front()); });
  }

  //===--------------------------------------------------------------------===//
  // Ops
  //===--------------------------------------------------------------------===//

  LogicalResult lowerBlock(Block &block) {
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

  LogicalResult lower(Operation *op) {
    if (op->hasTrait<OpTrait::IsTerminator>())
      return success();
    if (isa<arith::ConstantOp>(op)) {
      buffers[op->getResult(0)] = b.clone(*op)->getResult(0);
      return success();
    }
    return TypeSwitch<Operation *, LogicalResult>(op)
        .Case<gpt::EmbeddingOp, gpt::NormOp, gpt::ActivationOp, gpt::AddOp,
              gpt::SelectRowsOp, gpt::ColumnsOp, gpt::LinearOp, gpt::UnembedOp,
              gpt::KvAppendOp, gpt::AttentionOp, gpt::LayersOp,
              gpt::LayerValueOp, gpt::GetWeightOp>(
            [&](auto typed) { return tile(typed); })
        .Default([](Operation *other) {
          return other->emitOpError("has no lowering to tiles");
        });
  }

  LogicalResult tile(gpt::GetWeightOp op) {
    auto type = cast<RankedTensorType>(op.getType());
    Value layer = op.getLayer() ? buffers.lookup(op.getLayer()) : Value();
    buffers[op.getResult()] = gpt::GetWeightOp::create(
        b, MemRefType::get(type.getShape(), type.getElementType()),
        op.getWeightAttr(), layer);
    return success();
  }

  LogicalResult tile(gpt::EmbeddingOp op) {
    Value table = weightBuffer(op.getTable());
    Value ids = bufferOf(op.getIds()), output = bufferOf(op.getResult());
    forRows(rowsOf(op.getResult()), [&](Value row) {
      Value id = memref::LoadOp::create(b, ids, row);
      gpt::TileEmbeddingOp::create(
          b, table, id, op.getScaleAttr(), b.rowView(output, row, channelsOf(op.getResult())));
    });
    return success();
  }

  LogicalResult tile(gpt::NormOp op) {
    Value scale = weightBuffer(op.getScale());
    Value bias = weightBuffer(op.getBias());
    Value input = bufferOf(op.getInput()), output = bufferOf(op.getResult());
    int64_t channels = channelsOf(op.getResult());
    forRows(rowsOf(op.getResult()), [&](Value row) {
      gpt::TileNormOp::create(b, op.getKind(), b.rowView(input, row, channels),
                              scale, bias, op.getEpsilon(),
                              b.rowView(output, row, channels));
    });
    return success();
  }

  void map(Value input, Value inputRow, gpt::Activation activation,
           Value residual, bool rounded, Value output, Value row,
           int64_t channels) {
    int64_t written = rounded ? roundUp(channels, 2) : channels;
    gpt::TileMapOp::create(b, b.rowView(input, inputRow, channels), activation,
                           b.rowView(residual, row, channels), rounded,
                           b.rowView(output, row, written));
  }

  LogicalResult tile(gpt::ActivationOp op) {
    Value input = bufferOf(op.getInput()), output = bufferOf(op.getResult());
    forRows(rowsOf(op.getResult()), [&](Value row) {
      map(input, row, op.getKind(), {}, false, output, row,
          channelsOf(op.getResult()));
    });
    return success();
  }

  LogicalResult tile(gpt::AddOp op) {
    Value lhs = bufferOf(op.getLhs()), rhs = bufferOf(op.getRhs());
    Value output = bufferOf(op.getResult());
    forRows(rowsOf(op.getResult()), [&](Value row) {
      map(lhs, row, gpt::Activation::none, rhs, false, output, row,
          channelsOf(op.getResult()));
    });
    return success();
  }

  void copyRows(Value input, Value output, Value tensor) {
    forRows(rowsOf(tensor), [&](Value row) {
      map(input, row, gpt::Activation::none, {}, false, output, row,
          channelsOf(tensor));
    });
  }

  LogicalResult tile(gpt::SelectRowsOp op) {
    Value input = bufferOf(op.getInput()), rows = bufferOf(op.getRows());
    Value output = bufferOf(op.getResult());
    forRows(rowsOf(op.getResult()), [&](Value row) {
      Value selected = memref::LoadOp::create(b, rows, row);
      Value inputRow =
          arith::IndexCastOp::create(b, b.getIndexType(), selected);
      map(input, inputRow, gpt::Activation::none, {}, false, output, row,
          channelsOf(op.getResult()));
    });
    return success();
  }

  LogicalResult tile(gpt::ColumnsOp op) {
    Value input = bufferOf(op.getInput());
    int64_t rows = cast<MemRefType>(input.getType()).getDimSize(0);
    int64_t channels = channelsOf(op.getResult());
    buffers[op.getResult()] =
        b.view(input, {b.getIndexAttr(0), b.getIndexAttr(op.getOffset())},
               {rows, channels}, {rows, channels});
    return success();
  }

  /// The input of a product: rounded to bf16 first where the weight is.
  Value productInput(Value tensor, gpt::Arithmetic arithmetic,
                     int64_t &channels) {
    Value input = bufferOf(tensor);
    channels = channelsOf(tensor);
    if (arithmetic == gpt::Arithmetic::f32)
      return input;
    Value rounded = memref::AllocOp::create(
        b, cast<MemRefType>(bufferType(tensor.getType())));
    forRows(rowsOf(tensor), [&](Value row) {
      map(input, row, gpt::Activation::none, {}, /*rounded=*/true, rounded, row,
          channels);
    });
    channels = roundUp(channels, 2);
    return rounded;
  }

  LogicalResult tile(gpt::LinearOp op) {
    Product p;
    p.input = productInput(op.getInput(), op.getArithmetic(), p.channels);
    p.weight = weightBuffer(op.getWeight());
    p.bias = weightBuffer(op.getBias());
    p.residual = op.getResidual() ? bufferOf(op.getResidual()) : Value();
    p.activation = op.getActivation();
    p.output = bufferOf(op.getResult());
    bool manyRows = rowsOf(op.getResult()) > 1;
    tileProduct(b, p, manyRows ? tiles.linear : tiles.linearRow,
                manyRows ? count : Value());
    return success();
  }

  LogicalResult tile(gpt::UnembedOp op) {
    Product p;
    p.input = productInput(op.getInput(), op.getArithmetic(), p.channels);
    p.weight = weightBuffer(op.getWeight());
    p.activation = gpt::Activation::none;
    p.output = bufferOf(op.getResult());
    // Mostly one row is asked for: a tile of many would compute it as often.
    Value one = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, count,
                                      b.constant(1));
    auto branch = scf::IfOp::create(b, one, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    tileProduct(b, p, tiles.linearRow, /*count=*/Value());
    b.setInsertionPointToStart(branch.elseBlock());
    tileProduct(b, p, tiles.linear, count);
    return success();
  }

  LogicalResult tile(gpt::KvAppendOp op) {
    Value key = bufferOf(op.getKey()), value = bufferOf(op.getValue());
    Value positions = bufferOf(op.getPositions()),
          sequences = bufferOf(op.getSequences());
    int64_t channels = channelsOf(op.getKey());
    forRows(rowsOf(op.getKey()), [&](Value row) {
      Value position = memref::LoadOp::create(b, positions, row);
      Value sequence = memref::LoadOp::create(b, sequences, row);
      gpt::TileKvAppendOp::create(
          b, b.rowView(key, row, channels), b.rowView(value, row, channels),
          position, sequence, cache, buffers.lookup(op.getLayer()), blocks,
          model.getHeadSize());
    });
    return success();
  }

  LogicalResult tile(gpt::AttentionOp op) {
    Value query = bufferOf(op.getQuery()), output = bufferOf(op.getResult());
    Value positions = bufferOf(op.getPositions()),
          sequences = bufferOf(op.getSequences());
    Value layer = buffers.lookup(op.getLayer()),
          scale = buffers.lookup(op.getScale());
    bool manyRows = rowsOf(op.getQuery()) > 1;
    TileSize size = manyRows ? tiles.attention : tiles.attentionRow;
    int64_t headSize = model.getHeadSize(), heads = model.getHeads();
    auto body = [&](Value head, Value row) {
      Value group = b.constant(heads / model.getKvHeads());
      Value kvHead = arith::DivUIOp::create(b, head, group);
      Value column = arith::MulIOp::create(b, head, b.constant(headSize));
      TileSize view = {size.rows, headSize};
      gpt::TileAttentionOp::create(b, b.tileView(query, row, column, view),
                                   positions, sequences, row, count, cache,
                                   layer, kvHead, blocks, scale, op.getWindowAttr(),
                                   op.getSoftCapAttr(), size.columns,
                                   b.tileView(output, row, column, view));
    };
    if (!manyRows) {
      b.forall({b.getIndexAttr(heads)},
               [&](ValueRange head) { body(head.front(), b.constant(0)); });
      return success();
    }
    Value rowTiles =
        arith::CeilDivUIOp::create(b, count, b.constant(size.rows));
    b.forall(
        {b.getIndexAttr(heads), OpFoldResult(rowTiles)}, [&](ValueRange at) {
          body(at[0], arith::MulIOp::create(b, at[1], b.constant(size.rows)));
        });
    return success();
  }

  //===--------------------------------------------------------------------===//
  // Layers
  //===--------------------------------------------------------------------===//

  /// True if the op that makes `yielded` may write over the hidden state: all
  /// other readers of that stand before it, and it reads value by value.
  static bool mayOverwrite(Value hidden, Value yielded) {
    Operation *last = yielded.getDefiningOp();
    if (!last || last->getBlock() != hidden.getParentBlock() ||
        !yielded.hasOneUse())
      return false;
    return llvm::all_of(hidden.getUses(), [&](OpOperand &use) {
      Operation *user = use.getOwner();
      if (isa<gpt::ColumnsOp>(user))
        return false; // its users read the hidden state too
      if (user != last)
        return user->isBeforeInBlock(last);
      auto linear = dyn_cast<gpt::LinearOp>(last);
      return isa<gpt::AddOp>(last) || (linear && linear.getInput() != hidden);
    });
  }

  LogicalResult lowerKind(Region &kind, Value layer, Value state) {
    Block &body = kind.front();
    Value hidden = body.getArgument(1);
    Value yielded = cast<gpt::YieldOp>(body.getTerminator()).getValue();
    buffers[body.getArgument(0)] = layer;
    buffers[hidden] = state;
    bool inPlace = mayOverwrite(hidden, yielded);
    if (inPlace)
      buffers[yielded] = state;
    if (failed(lowerBlock(body)))
      return failure();
    if (!inPlace && yielded != hidden)
      copyRows(bufferOf(yielded), state, hidden);
    return success();
  }

  /// Puts `table` into constant memory, once for all entries.
  memref::GlobalOp makeGlobal(DenseElementsAttr table) {
    auto type =
        MemRefType::get(table.getType().getShape(), table.getElementType());
    OpBuilder::InsertionGuard guard(b);
    auto module = source->getParentOfType<ModuleOp>();
    for (auto global : module.getOps<memref::GlobalOp>())
      if (global.getInitialValueAttr() == table)
        return global;
    std::string name;
    for (int64_t n = 0; name.empty() || module.lookupSymbol(name); ++n)
      name = ("layers.table" + Twine(n)).str();
    b.setInsertionPointToStart(module.getBody());
    return memref::GlobalOp::create(b, name, b.getStringAttr("private"), type,
                                    table,
                                    /*constant=*/true, IntegerAttr());
  }

  /// table[layer], from constant memory.
  Value lookUp(DenseElementsAttr table, Value layer) {
    memref::GlobalOp global = makeGlobal(table);
    Value memory =
        memref::GetGlobalOp::create(b, global.getType(), global.getSymName());
    return memref::LoadOp::create(b, memory, layer);
  }

  LogicalResult tile(gpt::LayerValueOp op) {
    auto type = RankedTensorType::get(op.getValues().size(), b.getF32Type());
    buffers[op.getResult()] =
        lookUp(DenseElementsAttr::get(type, op.getValues()),
               buffers.lookup(op.getLayer()));
    return success();
  }

  LogicalResult tile(gpt::LayersOp op) {
    Value state = bufferOf(op.getResult());
    if (Value input = bufferOf(op.getInput()); input != state)
      copyRows(input, state, op.getInput());

    auto loop = scf::ForOp::create(
        b, b.constant(0), b.constant(op.getSchedule().size()), b.constant(1));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    Value layer = loop.getInductionVar();
    if (op.getKinds().size() == 1)
      return lowerKind(op.getKinds().front(), layer, state);

    // The last kind is the switch's default.
    auto type = RankedTensorType::get(op.getSchedule().size(), b.getI64Type());
    Value kind = lookUp(DenseElementsAttr::get(type, op.getSchedule()), layer);
    auto cases =
        llvm::to_vector(llvm::seq<int64_t>(0, op.getKinds().size() - 1));
    auto choice = scf::IndexSwitchOp::create(
        b, TypeRange(), arith::IndexCastOp::create(b, b.getIndexType(), kind),
        cases, cases.size());
    for (auto [index, body] : llvm::enumerate(op.getKinds())) {
      Region &region = index < cases.size() ? choice.getCaseRegions()[index]
                                            : choice.getDefaultRegion();
      b.setInsertionPointToStart(&region.emplaceBlock());
      auto yield = scf::YieldOp::create(b);
      b.setInsertionPoint(yield);
      if (failed(lowerKind(body, layer, state)))
        return failure();
    }
    return success();
  }
};

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
