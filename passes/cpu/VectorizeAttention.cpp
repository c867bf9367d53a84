//===- VectorizeAttention.cpp - Attention by units of positions -----------===//
//
// A row's scores for a whole unit of 512 positions are computed before its
// maximum, its sum and its value sum. Units are merged in ascending order (the
// online softmax of Milakov and Gimelshein 2018, arXiv:1805.02867, at fixed
// positions). All groups of a tile's rows are computed for a unit while its
// keys and values are in the L2 cache. The rows that share a group, and the
// largest position among them, only add terms that are exactly zero, so the
// bits do not depend on them. With a window, blocks of positions that no row
// of the group attends to are not read, because they may belong to another
// sequence. Rows of a group beyond the call's last row are never written.
//
//===----------------------------------------------------------------------===//

#include "passes/cpu/VectorizeTile.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace gptc;

using Values = VectorBuilder::Values;

/// The number of channels or positions that an iteration of a summing loop
/// adds.
static constexpr int64_t unrolled = 4;

namespace {

class AttentionTile {
public:
  AttentionTile(VectorBuilder &b, gpt::TileAttentionOp op)
      : b(b), op(op), headSize(op.getQuery().getType().getDimSize(1)),
        headRoom(sizeOf(op.getCache(), 5)),
        blockPositions(sizeOf(op.getCache(), 4)),
        cache(collapseBlocks(b, op.getCache())) {}

  void emit() {
    int64_t rows = op.getQuery().getType().getDimSize(0), group = op.getGroup();
    tile = {scratch(rows, headRoom), scratch(rows, headRoom), scratch(rows, 0),
            scratch(rows, 0)};
    scores = scratch(group, cpu::unitPositions);
    Value count = b.least(b.minus(op.getCount(), op.getRow()), b.index(rows));
    b.loop(b.index(0), count, 1, [&](Value row) { beginRow(row); });
    auto [begin, end] = unitsOf(count);
    b.loop(begin, end, cpu::unitPositions, [&](Value unit) {
      b.loop(b.index(0), count, group,
             [&](Value first) { emitGroup(unit, first); });
    });
    b.loop(b.index(0), count, 1, [&](Value row) { writeOutput(row); });
  }

private:
  VectorBuilder &b;
  gpt::TileAttentionOp op;
  int64_t headSize, headRoom, blockPositions;
  /// The KV cache, with a block's positions and channels as one dimension.
  Value cache;

  /// The state of rows between units.
  struct RowState {
    /// (rows, head size): the scaled queries.
    Value queries;
    /// (rows, head size): the value sums.
    Value outputs;
    /// (rows, 16): the maximum and the sum of the exponentials in all lanes.
    Value maxima, sums;
  };
  /// The state of all rows of the tile, and of the current group.
  RowState tile, work;
  /// The positions of the group's rows.
  Values positions;
  Value sequence;
  /// (group, 512): the scores of a unit, then their exponentials.
  Value scores;

  /// Allocates a buffer on the stack. Its rows are padded by a cache line, so
  /// that they do not compete for the same cache sets.
  Value scratch(int64_t rows, int64_t columns) {
    return memref::AllocaOp::create(
        b, MemRefType::get({rows, columns + cpu::lanes}, b.getF32Type()),
        b.getI64IntegerAttr(64));
  }

  /// Returns the row of the call for a row of the tile. Rows beyond the last
  /// row of the call repeat it.
  Value globalRow(Value local) {
    Value row = b.plus(op.getRow(), local);
    Value last = b.minus(op.getCount(), b.index(1));
    return b.least(row, last);
  }

  Value positionOf(Value local) {
    return memref::LoadOp::create(b, op.getPositions(), globalRow(local));
  }

  Value sequenceOf(Value local) {
    return memref::LoadOp::create(b, op.getSequences(), globalRow(local));
  }

  /// Loads the number of the KV cache block that holds `position`.
  Value blockAt(Value position) {
    Value slot = b.over(position, b.index(blockPositions));
    return b.toIndex(
        memref::LoadOp::create(b, op.getBlocks(), ValueRange{sequence, slot}));
  }

  Value loadCache(Value block, int64_t part, Value at) {
    return b.load(cache,
                  {block, op.getLayer(), op.getKvHead(), b.index(part), at});
  }

  /// Returns a value that no unmasked score is below.
  Value lowest() { return b.splat(-std::numeric_limits<float>::max()); }

  void beginRow(Value local) {
    b.forLanes(headSize, [&](Value c, int64_t lanes) {
      Value query = b.load(op.getQuery(), {local, c}, lanes);
      b.store(b.mul(query, b.splat(op.getScale())), tile.queries, {local, c});
    });
    b.forLanes(headRoom, [&](Value c, int64_t) {
      b.store(b.splat(0.0f), tile.outputs, {local, c});
    });
    b.store(lowest(), tile.maxima, {local, b.index(0)});
    b.store(b.splat(0.0f), tile.sums, {local, b.index(0)});
  }

  /// Computes a unit for a group of rows. Rows of a sequence are adjacent, so
  /// all rows are of one sequence if the first and the last are. Otherwise the
  /// rows are computed one by one.
  void emitGroup(Value unit, Value first) {
    int64_t size = op.getGroup();
    if (size == 1)
      return emitRows(unit, first, 1);
    Value same =
        arith::CmpIOp::create(b, arith::CmpIPredicate::eq, sequenceOf(first),
                              sequenceOf(b.plus(first, size - 1)));
    emitIf(
        same, [&] { emitRows(unit, first, size); },
        [&] {
          b.loop(first, b.plus(first, size), 1,
                 [&](Value row) { emitRows(unit, row, 1); });
        });
  }

  void emitIf(Value condition, llvm::function_ref<void()> then,
              llvm::function_ref<void()> otherwise = {}) {
    auto branch = scf::IfOp::create(b, condition, bool(otherwise));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    then();
    if (!otherwise)
      return;
    b.setInsertionPointToStart(branch.elseBlock());
    otherwise();
  }

  Value rowsOf(Value buffer, Value first, int64_t count) {
    SmallVector<OpFoldResult> offsets = {first, b.getIndexAttr(0)},
                              sizes = {b.getIndexAttr(count),
                                       b.getIndexAttr(sizeOf(buffer, 1))},
                              strides(2, b.getIndexAttr(1));
    return memref::SubViewOp::create(b, buffer, offsets, sizes, strides);
  }

  void emitRows(Value unit, Value first, int64_t count) {
    auto some = [&](Value buffer) { return rowsOf(buffer, first, count); };
    work = {some(tile.queries), some(tile.outputs), some(tile.maxima),
            some(tile.sums)};
    positions.clear();
    for (int64_t i = 0; i < count; ++i)
      positions.push_back(positionOf(b.plus(first, i)));
    sequence = b.toIndex(sequenceOf(first));
    Value from = offsetIn(unit, firstBlock(positions.front()));
    Value end = sizeOfUnit(unit, endOf(positions.back()));
    Value sees = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, from, end);
    emitIf(sees, [&] { emitUnit({unit, from, end}); });
  }

  void writeOutput(Value local) {
    Value sum = b.load(tile.sums, {local, b.index(0)});
    b.forLanes(headSize, [&](Value c, int64_t lanes) {
      Value mean = b.div(b.load(tile.outputs, {local, c}), sum);
      b.storeFor(op.getReader(), mean, op.getOutput(), {local, c}, lanes);
    });
  }

  //===--------------------------------------------------------------------===//
  // Visible positions
  //===--------------------------------------------------------------------===//

  /// The positions `first + from` to `first + end`. `first` is a multiple of
  /// 512.
  struct Unit {
    Value first, from, end;
  };

  Value roundDown(Value position, int64_t size) {
    return b.times(b.over(position, b.index(size)), size);
  }

  /// Returns the attention window, limited so that a position minus the window
  /// is an i32.
  std::optional<int32_t> window() {
    if (!op.getWindow())
      return std::nullopt;
    return std::min<int64_t>(*op.getWindow(),
                             std::numeric_limits<int32_t>::max());
  }

  Value endOf(Value position) { return b.plus(b.toIndex(position), 1); }

  /// Returns the start of the first unit that a row attends to, and the end of
  /// the last row's positions.
  std::pair<Value, Value> unitsOf(Value count) {
    Value most = b.index(std::numeric_limits<int64_t>::max());
    Values range =
        b.loop(b.index(0), count, 1, {most, b.index(0)},
               [&](Value row, ValueRange state) {
                 Value position = positionOf(row);
                 return Values{b.least(state[0], firstBlock(position)),
                               b.greatest(state[1], endOf(position))};
               });
    return {roundDown(range[0], cpu::unitPositions), range[1]};
  }

  /// Returns the start of the first block that a row at `position` attends to,
  /// which ascends with the position.
  Value firstBlock(Value position) {
    if (!window())
      return b.index(0);
    Value first = b.minus(b.toIndex(position), b.index(*window() - 1));
    return roundDown(arith::MaxSIOp::create(b, first, b.index(0)),
                     blockPositions);
  }

  Value offsetIn(Value unit, Value begin) {
    if (!window())
      return b.index(0);
    return b.minus(b.greatest(begin, unit), unit);
  }

  /// Returns the number of positions of the unit before `end`, which is zero or
  /// less if the rows attend to none of them.
  Value sizeOfUnit(Value unit, Value end) {
    Value left = b.minus(end, unit);
    return arith::MinSIOp::create(b, left, b.index(cpu::unitPositions));
  }

  /// Builds for (i = 0; i < end; ++i), unrolled by four with a remainder loop.
  /// If `whole`, `end` is a multiple of four and there is no remainder.
  Values loopUnrolled(Value end, bool whole, ValueRange state,
                      llvm::function_ref<Values(Value, ValueRange)> body) {
    Value most = whole ? end : roundDown(end, unrolled);
    Values sums = b.loop(b.index(0), most, unrolled, state,
                         [&](Value at, ValueRange inner) {
                           Values next(inner);
                           for (int64_t i = 0; i < unrolled; ++i)
                             next = body(b.plus(at, i), next);
                           return next;
                         });
    return whole ? sums : b.loop(most, end, 1, sums, body);
  }

  //===--------------------------------------------------------------------===//
  // A unit
  //===--------------------------------------------------------------------===//

  /// Computes a unit and merges it into the state of the rows. A row that
  /// attends to no position of the unit has the lowest maximum and the sum zero
  /// there, which change neither its sum nor its value sums.
  void emitUnit(Unit unit) {
    Values unitMaxima = emitScores(unit);
    Values unitSums = emitExponentials(unit, unitMaxima);

    Values keep, take;
    for (size_t i = 0; i < positions.size(); ++i) {
      SmallVector<Value> at = {b.index(i), b.index(0)};
      Value before = b.load(work.maxima, at), sum = b.load(work.sums, at);
      Value maximum = b.max(unitMaxima[i], before);
      keep.push_back(b.expNotPositive(b.sub(before, maximum)));
      take.push_back(b.expNotPositive(b.sub(unitMaxima[i], maximum)));
      b.store(maximum, work.maxima, at);
      b.store(b.fma(sum, keep[i], b.mul(unitSums[i], take[i])), work.sums, at);
    }
    int64_t width = op.getStep();
    for (int64_t c = 0; c < headRoom; c += width)
      emitValues(unit, c, std::min(width, headRoom - c), keep, take);
  }

  /// A range of positions in the unit that every row attends to. `begin` is a
  /// multiple of 32 and `end - begin` one of the step.
  struct Span {
    Value begin, end;
  };

  Span seenByAll(Unit unit) {
    Value begin = unit.from;
    if (window()) {
      Value past = b.plus(b.toIndex(positions.back()), 1 - *window());
      Value missed =
          arith::MaxSIOp::create(b, b.minus(past, unit.first), unit.from);
      begin =
          b.least(roundDown(b.plus(missed, blockPositions - 1), blockPositions),
                  unit.end);
    }
    Value after = b.minus(endOf(positions.front()), unit.first);
    Value end = arith::MinSIOp::create(b, after, unit.end);
    Value count = arith::MaxSIOp::create(b, b.minus(end, begin), b.index(0));
    return {begin, b.plus(begin, roundDown(count, op.getStep()))};
  }

  /// Writes the scores of the unit to `scores`, -inf where masked, and returns
  /// their maxima.
  Values emitScores(Unit unit) {
    Span whole = seenByAll(unit);
    int64_t step = op.getStep();
    int64_t partStep = std::min(step, blockPositions);
    Values maxima(positions.size(), lowest());
    if (window())
      maxima = emitScores(unit.first, {unit.from, whole.begin}, partStep,
                          /*masked=*/true, maxima);
    maxima = emitScores(unit.first, whole, step, /*masked=*/false, maxima);
    maxima = emitScores(unit.first, {whole.end, unit.end}, partStep,
                        /*masked=*/true, maxima);
    for (Value &maximum : maxima)
      maximum = b.splat(b.maximum(maximum));
    return maxima;
  }

  Values emitScores(Value unit, Span span, int64_t step, bool masked,
                    Values maxima) {
    int64_t vectors = step / cpu::lanes;
    return b.loop(
        span.begin, span.end, step, maxima, [&](Value at, ValueRange state) {
          Values next(state);
          Value position = b.plus(unit, at);
          Values dots = emitDots(position, vectors);
          for (size_t i = 0; i < positions.size(); ++i)
            for (int64_t v = 0; v < vectors; ++v) {
              Value score = dots[i * vectors + v];
              if (op.getSoftCap())
                score = b.softCap(score, op.getSoftCap()->convertToFloat());
              if (masked)
                score =
                    mask(score, b.plus(position, v * cpu::lanes), positions[i]);
              b.store(score, scores, {b.index(i), b.plus(at, v * cpu::lanes)});
              next[i] = b.max(score, next[i]);
            }
          return next;
        });
  }

  /// Returns query · key of `vectors` times 16 positions for each row.
  Values emitDots(Value position, int64_t vectors) {
    int64_t perBlock = blockPositions / cpu::lanes;
    Values blocks;
    for (int64_t v = 0; v < vectors; v += perBlock)
      blocks.push_back(blockAt(b.plus(position, v * cpu::lanes)));
    Value lane = b.modulo(position, b.index(blockPositions));
    auto addChannel = [&](Value channel, ValueRange state) {
      Values next(state), keys;
      Value at = b.plus(b.times(channel, blockPositions), lane);
      for (int64_t v = 0; v < vectors; ++v)
        keys.push_back(loadCache(blocks[v / perBlock], 0,
                                 b.plus(at, v % perBlock * cpu::lanes)));
      for (size_t i = 0; i < positions.size(); ++i) {
        Value query = b.splat(memref::LoadOp::create(
            b, work.queries, ValueRange{b.index(i), channel}));
        for (int64_t v = 0; v < vectors; ++v)
          next[i * vectors + v] = b.fma(query, keys[v], next[i * vectors + v]);
      }
      return next;
    };
    Values zeros(positions.size() * vectors, b.splat(0.0f));
    return loopUnrolled(b.index(headSize), headSize % unrolled == 0, zeros,
                        addChannel);
  }

  /// Returns `score`, whose lanes are the positions from `first` on, with -inf
  /// for positions after the row's or outside its window.
  Value mask(Value score, Value first, Value rowPosition) {
    auto numbers = llvm::to_vector(llvm::seq<int32_t>(0, cpu::lanes));
    Value iota = arith::ConstantOp::create(
        b,
        DenseElementsAttr::get(b.intVectorType(), ArrayRef<int32_t>(numbers)));
    Value start = arith::IndexCastOp::create(b, b.getI32Type(), first);
    Value distance = b.minus(rowPosition, start);
    Value limit = vector::BroadcastOp::create(b, b.intVectorType(), distance);
    Value visible =
        arith::CmpIOp::create(b, arith::CmpIPredicate::sle, iota, limit);
    if (window()) {
      Value before = b.minus(limit, b.intSplat(*window()));
      Value inWindow =
          arith::CmpIOp::create(b, arith::CmpIPredicate::sgt, iota, before);
      visible = arith::AndIOp::create(b, visible, inWindow);
    }
    return arith::SelectOp::create(
        b, visible, score, b.splat(-std::numeric_limits<float>::infinity()));
  }

  /// Sets scores = exp(scores - maximum) and returns the sums.
  Values emitExponentials(Unit unit, ArrayRef<Value> maxima) {
    Values sums = b.loop(unit.from, unit.end, cpu::lanes,
                         Values(positions.size(), b.splat(0.0f)),
                         [&](Value at, ValueRange state) {
                           Values next(state);
                           for (size_t i = 0; i < positions.size(); ++i) {
                             Value score = b.load(scores, {b.index(i), at});
                             Value e =
                                 b.expNotPositive(b.sub(score, maxima[i]));
                             b.store(e, scores, {b.index(i), at});
                             next[i] = b.add(next[i], e);
                           }
                           return next;
                         });
    for (Value &sum : sums)
      sum = b.splat(b.sum(sum));
    return sums;
  }

  /// Sets outputs = outputs * keep + (exponentials · values) * take for the
  /// `width` channels from `channel` on.
  void emitValues(Unit unit, int64_t channel, int64_t width,
                  ArrayRef<Value> keep, ArrayRef<Value> take) {
    int64_t vectors = width / cpu::lanes;
    Values zeros(positions.size() * vectors, b.splat(0.0f));
    Values sums = b.loop(unit.from, unit.end, blockPositions, zeros,
                         [&](Value at, ValueRange state) {
                           Value block = blockAt(b.plus(unit.first, at));
                           Value left = b.minus(unit.end, at);
                           Value end = b.least(left, b.index(blockPositions));
                           return loopUnrolled(
                               end, /*whole=*/false, state,
                               [&](Value lane, ValueRange inner) {
                                 return addValue(block, lane, b.plus(at, lane),
                                                 channel, vectors, inner);
                               });
                         });
    for (size_t i = 0; i < positions.size(); ++i)
      for (int64_t v = 0; v < vectors; ++v) {
        Value at = b.index(channel + v * cpu::lanes);
        Value before = b.load(work.outputs, {b.index(i), at});
        Value added = b.mul(sums[i * vectors + v], take[i]);
        b.store(b.fma(before, keep[i], added), work.outputs, {b.index(i), at});
      }
  }

  Values addValue(Value block, Value lane, Value at, int64_t channel,
                  int64_t vectors, ValueRange state) {
    Values next(state), values;
    Value first = b.plus(b.times(lane, headRoom), channel);
    for (int64_t v = 0; v < vectors; ++v)
      values.push_back(loadCache(block, 1, b.plus(first, v * cpu::lanes)));
    for (size_t i = 0; i < positions.size(); ++i) {
      Value e = b.splat(
          memref::LoadOp::create(b, scores, ValueRange{b.index(i), at}));
      for (int64_t v = 0; v < vectors; ++v)
        next[i * vectors + v] = b.fma(e, values[v], next[i * vectors + v]);
    }
    return next;
  }
};

} // namespace

void gptc::vectorize(VectorBuilder &b, gpt::TileAttentionOp op) {
  AttentionTile(b, op).emit();
}
