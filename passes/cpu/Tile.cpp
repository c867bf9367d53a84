//===- Tile.cpp - From ops on tensors to loops over tiles on buffers ------===//

#include "passes/Passes.h"
#include "passes/cpu/TileTable.h"

#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "llvm/ADT/TypeSwitch.h"

namespace gptc {
#define GEN_PASS_DEF_TILE
#include "passes/Passes.h.inc"
} // namespace gptc

using namespace mlir;
using namespace gptc;

static int64_t roundUp(int64_t value, int64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

/// Channels that one sum runs over at most: the weight's part of a column of
/// tiles then fits the second-level cache.
static constexpr int64_t sumChannels = 1024;
/// Bytes of that cache that a block of input rows takes.
static constexpr int64_t inputCacheBytes = 192 * 1024;

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
    if (!llvm::all_of(source.getArgumentTypes(),
                      [&](Type type) { return type.isIndex() || isTensor(type); }) ||
        source.getNumResults() != 1 || !isTensor(source.getResultTypes().front()))
      return source.emitError("is no entry: static tensors and one as result were expected");
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
  ImplicitLocOpBuilder b;
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
      rows = std::max(roundUp(rows, tiles.linear.rows), roundUp(rows, tiles.attention.rows));
    return MemRefType::get({rows, roundUp(tensor.getDimSize(1), gpt::panelWidth)},
                           tensor.getElementType());
  }

  /// (cache, block table, count, the tensors' buffers, the result's buffer).
  FunctionType entryType() {
    int64_t headRoom = roundUp(model.getHeadSize(), gpt::lanes);
    auto cacheType = MemRefType::get(
        {ShapedType::kDynamic, static_cast<int64_t>(model.getLayers()),
         static_cast<int64_t>(model.getKvHeads()), 2, gpt::blockPositions * headRoom},
        b.getF32Type());
    auto layout = StridedLayoutAttr::get(b.getContext(), 0, {ShapedType::kDynamic, 1});
    auto tableType = MemRefType::get({ShapedType::kDynamic, ShapedType::kDynamic},
                                     b.getI32Type(), layout);
    SmallVector<Type> types = {cacheType, tableType, b.getIndexType()};
    for (Type type : source.getArgumentTypes())
      types.push_back(bufferType(type));
    types.push_back(bufferType(source.getResultTypes().front()));
    return b.getFunctionType(types, {});
  }

  Value bufferOf(Value tensor) {
    Value &buffer = buffers[tensor];
    if (!buffer)
      buffer = memref::AllocOp::create(b, cast<MemRefType>(bufferType(tensor.getType())));
    return buffer;
  }

  Value weightBuffer(Value weight) { return weight ? buffers.lookup(weight) : Value(); }

  Value constant(int64_t value) { return arith::ConstantIndexOp::create(b, value); }

  /// buffer[offsets][sizes], without the dimensions of size 1 that `shape`
  /// leaves out.
  Value view(Value buffer, ArrayRef<OpFoldResult> offsets, ArrayRef<int64_t> sizes,
             ArrayRef<int64_t> shape) {
    if (!buffer)
      return {};
    SmallVector<OpFoldResult> sizeValues = getAsIndexOpFoldResult(b.getContext(), sizes);
    SmallVector<OpFoldResult> strides(sizes.size(), b.getIndexAttr(1));
    auto type = memref::SubViewOp::inferRankReducedResultType(
        shape, cast<MemRefType>(buffer.getType()), offsets, sizeValues, strides);
    return memref::SubViewOp::create(b, cast<MemRefType>(type), buffer, offsets, sizeValues,
                                     strides);
  }

  Value rowView(Value buffer, Value row, int64_t channels) {
    return view(buffer, {row, b.getIndexAttr(0)}, {1, channels}, {channels});
  }

  Value tileView(Value buffer, Value row, Value column, TileSize size) {
    return view(buffer, {row, column}, {size.rows, size.columns}, {size.rows, size.columns});
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

  using Body = llvm::function_ref<void(ValueRange)>;

  void forall(ArrayRef<OpFoldResult> bounds, Body body) {
    auto loop = scf::ForallOp::create(b, bounds, ValueRange(), std::nullopt);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    body(loop.getInductionVars());
  }

  void loop(Value begin, Value end, int64_t step, llvm::function_ref<void(Value)> body) {
    auto loop = scf::ForOp::create(b, begin, end, constant(step));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    body(loop.getInductionVar());
  }

  /// Runs `body` for every real row of a tensor of `capacity` rows.
  void forRows(int64_t capacity, llvm::function_ref<void(Value)> body) {
    if (capacity == 1)
      return body(constant(0));
    forall({OpFoldResult(count)}, [&](ValueRange row) { body(row.front()); });
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
        .Case<gpt::EmbeddingOp, gpt::NormOp, gpt::ActivationOp, gpt::AddOp, gpt::SelectRowsOp,
              gpt::ColumnsOp, gpt::LinearOp, gpt::UnembedOp, gpt::KvAppendOp, gpt::AttentionOp,
              gpt::LayersOp, gpt::LayerValueOp, gpt::GetWeightOp>([&](auto typed) { return tile(typed); })
        .Default([](Operation *other) {
          return other->emitOpError("has no lowering to tiles");
        });
  }

  LogicalResult tile(gpt::GetWeightOp op) {
    auto type = cast<RankedTensorType>(op.getType());
    Value layer = op.getLayer() ? buffers.lookup(op.getLayer()) : Value();
    buffers[op.getResult()] = gpt::GetWeightOp::create(
        b, MemRefType::get(type.getShape(), type.getElementType()), op.getWeightAttr(), layer);
    return success();
  }

  LogicalResult tile(gpt::EmbeddingOp op) {
    Value table = weightBuffer(op.getTable());
    Value ids = bufferOf(op.getIds()), output = bufferOf(op.getResult());
    forRows(rowsOf(op.getResult()), [&](Value row) {
      Value id = memref::LoadOp::create(b, ids, row);
      gpt::TileEmbeddingOp::create(b, table, id,
                                   rowView(output, row, channelsOf(op.getResult())));
    });
    return success();
  }

  LogicalResult tile(gpt::NormOp op) {
    Value scale = weightBuffer(op.getScale());
    Value bias = weightBuffer(op.getBias());
    Value input = bufferOf(op.getInput()), output = bufferOf(op.getResult());
    int64_t channels = channelsOf(op.getResult());
    forRows(rowsOf(op.getResult()), [&](Value row) {
      gpt::TileNormOp::create(b, op.getKind(), rowView(input, row, channels), scale, bias,
                              op.getEpsilon(), rowView(output, row, channels));
    });
    return success();
  }

  void map(Value input, Value inputRow, gpt::Activation activation, Value residual, bool rounded,
           Value output, Value row, int64_t channels) {
    int64_t written = rounded ? roundUp(channels, 2) : channels;
    gpt::TileMapOp::create(b, rowView(input, inputRow, channels), activation,
                           rowView(residual, row, channels), rounded,
                           rowView(output, row, written));
  }

  LogicalResult tile(gpt::ActivationOp op) {
    Value input = bufferOf(op.getInput()), output = bufferOf(op.getResult());
    forRows(rowsOf(op.getResult()), [&](Value row) {
      map(input, row, op.getKind(), {}, false, output, row, channelsOf(op.getResult()));
    });
    return success();
  }

  LogicalResult tile(gpt::AddOp op) {
    Value lhs = bufferOf(op.getLhs()), rhs = bufferOf(op.getRhs());
    Value output = bufferOf(op.getResult());
    forRows(rowsOf(op.getResult()), [&](Value row) {
      map(lhs, row, gpt::Activation::none, rhs, false, output, row, channelsOf(op.getResult()));
    });
    return success();
  }

  void copyRows(Value input, Value output, Value tensor) {
    forRows(rowsOf(tensor), [&](Value row) {
      map(input, row, gpt::Activation::none, {}, false, output, row, channelsOf(tensor));
    });
  }

  LogicalResult tile(gpt::SelectRowsOp op) {
    Value input = bufferOf(op.getInput()), rows = bufferOf(op.getRows());
    Value output = bufferOf(op.getResult());
    forRows(rowsOf(op.getResult()), [&](Value row) {
      Value selected = memref::LoadOp::create(b, rows, row);
      Value inputRow = arith::IndexCastOp::create(b, b.getIndexType(), selected);
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
        view(input, {b.getIndexAttr(0), b.getIndexAttr(op.getOffset())}, {rows, channels},
             {rows, channels});
    return success();
  }

  /// The input of a product: rounded to bf16 first where the weight is.
  Value productInput(Value tensor, gpt::Arithmetic arithmetic, int64_t &channels) {
    Value input = bufferOf(tensor);
    channels = channelsOf(tensor);
    if (arithmetic == gpt::Arithmetic::f32)
      return input;
    Value rounded = memref::AllocOp::create(b, cast<MemRefType>(bufferType(tensor.getType())));
    forRows(rowsOf(tensor), [&](Value row) {
      map(input, row, gpt::Activation::none, {}, /*rounded=*/true, rounded, row, channels);
    });
    channels = roundUp(channels, 2);
    return rounded;
  }

  /// A product, or the part of it over `channels` channels from `first` on.
  struct Product {
    Value input;
    int64_t channels;
    Value weight, bias, residual, output;
    gpt::Activation activation;
    int64_t first = 0;
  };

  /// Rows of A from `begin` to `end`; a column of tiles runs down them, so that
  /// its part of the weight stays in the nearest cache.
  void tileColumn(const Product &p, TileSize size, Value panel, Value column, Value begin,
                  Value end) {
    SmallVector<int64_t> sizes(cast<MemRefType>(p.weight.getType()).getShape());
    int64_t pair = sizes.size() == 4 ? 2 : 1; // values of k side by side
    sizes[0] = 1;
    sizes[1] = p.channels / pair;
    sizes[2] = size.columns;
    SmallVector<OpFoldResult> offsets(sizes.size(), b.getIndexAttr(0));
    offsets[0] = panel;
    offsets[1] = b.getIndexAttr(p.first / pair);
    offsets[2] = column;
    Value weight = view(p.weight, offsets, sizes, ArrayRef(sizes).drop_front());

    Value width = constant(gpt::panelWidth);
    Value output = arith::AddIOp::create(b, arith::MulIOp::create(b, panel, width), column);
    Value bias = view(p.bias, {output}, {size.columns}, {size.columns});
    auto tileRow = [&](Value row) {
      Value input =
          tileView(p.input, row, constant(p.first), {size.rows, p.channels});
      gpt::TileLinearOp::create(b, input, weight, bias, p.activation,
                                tileView(p.residual, row, output, size),
                                tileView(p.output, row, output, size));
    };
    if (end)
      loop(begin, end, size.rows, tileRow);
    else
      tileRow(begin);
  }

  void tileColumns(const Product &p, TileSize size, Value panel, Value begin, Value end) {
    if (size.columns == gpt::panelWidth)
      return tileColumn(p, size, panel, constant(0), begin, end);
    loop(constant(0), constant(gpt::panelWidth), size.columns,
         [&](Value column) { tileColumn(p, size, panel, column, begin, end); });
  }

  /// The rows of one panel, in blocks whose input fits the second-level cache
  /// where several columns of tiles read it.
  void tilePanel(const Product &p, TileSize size, Value panel, bool manyRows) {
    if (!manyRows)
      return tileColumns(p, size, panel, constant(0), Value());
    if (size.columns == gpt::panelWidth)
      return tileColumns(p, size, panel, constant(0), count);
    int64_t fitting = inputCacheBytes / (p.channels * 4);
    int64_t rows = std::max(fitting / size.rows, int64_t(1)) * size.rows;
    loop(constant(0), count, rows, [&](Value begin) {
      Value whole = arith::AddIOp::create(b, begin, constant(rows));
      tileColumns(p, size, panel, begin, arith::MinUIOp::create(b, whole, count));
    });
  }

  /// The parts of a long product, each a sum of its own that is added to the
  /// ones before. They follow from the shape alone, so that every tile makes
  /// the same sums. An activation needs the whole sum in registers.
  static SmallVector<Product> splitChannels(const Product &whole) {
    int64_t count = whole.activation == gpt::Activation::none
                        ? (whole.channels + sumChannels - 1) / sumChannels
                        : 1;
    int64_t size = roundUp((whole.channels + count - 1) / count, 2);
    SmallVector<Product> parts;
    for (int64_t first = 0; first < whole.channels; first += size) {
      Product part = whole;
      part.first = first;
      part.channels = std::min(size, whole.channels - first);
      if (first > 0) {
        part.bias = Value();
        part.residual = whole.output;
      }
      parts.push_back(part);
    }
    return parts;
  }

  /// Panels are what threads share.
  void tileProduct(const Product &p, TileSize size, bool manyRows) {
    int64_t panels = cast<MemRefType>(p.weight.getType()).getDimSize(0);
    forall({b.getIndexAttr(panels)}, [&](ValueRange panel) {
      for (const Product &part : splitChannels(p))
        tilePanel(part, size, panel.front(), manyRows);
    });
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
    tileProduct(p, manyRows ? tiles.linear : tiles.linearRow, manyRows);
    return success();
  }

  LogicalResult tile(gpt::UnembedOp op) {
    Product p;
    p.input = productInput(op.getInput(), op.getArithmetic(), p.channels);
    p.weight = weightBuffer(op.getWeight());
    p.activation = gpt::Activation::none;
    p.output = bufferOf(op.getResult());
    // Mostly one row is asked for: a tile of many would compute it as often.
    Value one = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, count, constant(1));
    auto branch = scf::IfOp::create(b, one, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    tileProduct(p, tiles.linearRow, /*manyRows=*/false);
    b.setInsertionPointToStart(branch.elseBlock());
    tileProduct(p, tiles.linear, /*manyRows=*/true);
    return success();
  }

  LogicalResult tile(gpt::KvAppendOp op) {
    Value key = bufferOf(op.getKey()), value = bufferOf(op.getValue());
    Value positions = bufferOf(op.getPositions()), sequences = bufferOf(op.getSequences());
    int64_t channels = channelsOf(op.getKey());
    forRows(rowsOf(op.getKey()), [&](Value row) {
      Value position = memref::LoadOp::create(b, positions, row);
      Value sequence = memref::LoadOp::create(b, sequences, row);
      gpt::TileKvAppendOp::create(b, rowView(key, row, channels), rowView(value, row, channels),
                                  position, sequence, cache, buffers.lookup(op.getLayer()),
                                  blocks, model.getHeadSize());
    });
    return success();
  }

  LogicalResult tile(gpt::AttentionOp op) {
    Value query = bufferOf(op.getQuery()), output = bufferOf(op.getResult());
    Value positions = bufferOf(op.getPositions()), sequences = bufferOf(op.getSequences());
    Value layer = buffers.lookup(op.getLayer()), scale = buffers.lookup(op.getScale());
    bool manyRows = rowsOf(op.getQuery()) > 1;
    TileSize size = manyRows ? tiles.attention : tiles.attentionRow;
    int64_t headSize = model.getHeadSize(), heads = model.getHeads();
    auto body = [&](Value head, Value row) {
      Value group = constant(heads / model.getKvHeads());
      Value kvHead = arith::DivUIOp::create(b, head, group);
      Value column = arith::MulIOp::create(b, head, constant(headSize));
      TileSize view = {size.rows, headSize};
      gpt::TileAttentionOp::create(b, tileView(query, row, column, view), positions, sequences,
                                   row, count, cache, layer, kvHead, blocks, scale, size.columns,
                                   tileView(output, row, column, view));
    };
    if (!manyRows) {
      forall({b.getIndexAttr(heads)},
             [&](ValueRange head) { body(head.front(), constant(0)); });
      return success();
    }
    Value rowTiles = arith::CeilDivUIOp::create(b, count, constant(size.rows));
    forall({b.getIndexAttr(heads), OpFoldResult(rowTiles)}, [&](ValueRange at) {
      body(at[0], arith::MulIOp::create(b, at[1], constant(size.rows)));
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
    if (!last || last->getBlock() != hidden.getParentBlock() || !yielded.hasOneUse())
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
    auto type = MemRefType::get(table.getType().getShape(), table.getElementType());
    OpBuilder::InsertionGuard guard(b);
    auto module = source->getParentOfType<ModuleOp>();
    for (auto global : module.getOps<memref::GlobalOp>())
      if (global.getInitialValueAttr() == table)
        return global;
    std::string name;
    for (int64_t n = 0; name.empty() || module.lookupSymbol(name); ++n)
      name = ("layers.table" + Twine(n)).str();
    b.setInsertionPointToStart(module.getBody());
    return memref::GlobalOp::create(b, name, b.getStringAttr("private"), type, table,
                                    /*constant=*/true, IntegerAttr());
  }

  /// table[layer], from constant memory.
  Value lookUp(DenseElementsAttr table, Value layer) {
    memref::GlobalOp global = makeGlobal(table);
    Value memory = memref::GetGlobalOp::create(b, global.getType(), global.getSymName());
    return memref::LoadOp::create(b, memory, layer);
  }

  LogicalResult tile(gpt::LayerValueOp op) {
    auto type = RankedTensorType::get(op.getValues().size(), b.getF32Type());
    buffers[op.getResult()] =
        lookUp(DenseElementsAttr::get(type, op.getValues()), buffers.lookup(op.getLayer()));
    return success();
  }

  LogicalResult tile(gpt::LayersOp op) {
    Value state = bufferOf(op.getResult());
    if (Value input = bufferOf(op.getInput()); input != state)
      copyRows(input, state, op.getInput());

    auto loop = scf::ForOp::create(b, constant(0), constant(op.getSchedule().size()), constant(1));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    Value layer = loop.getInductionVar();
    if (op.getKinds().size() == 1)
      return lowerKind(op.getKinds().front(), layer, state);

    // The last kind is the switch's default.
    auto type = RankedTensorType::get(op.getSchedule().size(), b.getI64Type());
    Value kind = lookUp(DenseElementsAttr::get(type, op.getSchedule()), layer);
    auto cases = llvm::to_vector(llvm::seq<int64_t>(0, op.getKinds().size() - 1));
    auto choice = scf::IndexSwitchOp::create(
        b, TypeRange(), arith::IndexCastOp::create(b, b.getIndexType(), kind), cases, cases.size());
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
