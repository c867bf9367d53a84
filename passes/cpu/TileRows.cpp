//===- TileRows.cpp - Loops of the ops that work row by row ---------------===//

#include "dialect/OperandFormat.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "passes/cpu/EntryTiler.h"
#include "runtime/engine/Abi.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace gptc;

/// Runs `body` for every real row of a tensor of `capacity` rows.
void EntryTiler::forRows(int64_t capacity,
                         llvm::function_ref<void(Value)> body) {
  if (capacity == 1)
    return body(b.index(0));
  b.forall({OpFoldResult(count)}, [&](ValueRange row) { body(row.front()); });
}

//===----------------------------------------------------------------------===//
// The ops
//===----------------------------------------------------------------------===//

LogicalResult EntryTiler::tile(gpt::EmbeddingOp op) {
  Value table = weightBuffer(op.getTable());
  Value ids = bufferOf(op.getIds()), output = bufferOf(op.getResult());
  gpt::Layout layout = *gpt::getLayout(op.getTable().getType());
  int64_t channels = channelsOf(op.getResult());
  forRows(rowsOf(op.getResult()), [&](Value row) {
    Value id = memref::LoadOp::create(b, ids, row);
    gpt::TileEmbeddingOp::create(b, layout, table, id, op.getScaleAttr(),
                                 b.rowView(output, row, channels));
  });
  return success();
}

LogicalResult EntryTiler::tile(gpt::NormOp op) {
  Value scale = weightBuffer(op.getScale());
  Value bias = weightBuffer(op.getBias());
  Value input = bufferOf(op.getInput());
  Value output = bufferOf(op.getResult());
  int64_t groups = op.getGroups();
  int64_t channels = channelsOf(op.getResult()) / groups;
  auto normalize = [&](Value row, OpFoldResult first) {
    gpt::TileNormOp::create(
        b, op.getKind(), b.view(input, {row, first}, {1, channels}, {channels}),
        scale, bias, op.getEpsilon(), readerAttr(op.getResult()),
        b.view(output, {row, first}, {1, channels}, {channels}));
  };
  forRows(rowsOf(op.getResult()), [&](Value row) {
    if (groups == 1)
      return normalize(row, b.getIndexAttr(0));
    b.loop(b.index(0), b.index(groups * channels), channels,
           [&](Value first) { normalize(row, first); });
  });
  return success();
}

void EntryTiler::map(Value input, Value inputRow, gpt::Activation activation,
                     Value residual, std::optional<gpt::Arithmetic> reader,
                     Value output, Value row, int64_t channels) {
  int64_t group = reader ? gpt::OperandFormat::of(*reader).group : 1;
  gpt::TileMapOp::create(
      b, b.rowView(input, inputRow, channels), activation,
      b.rowView(residual, row, channels), b.arithmeticAttr(reader),
      b.rowView(output, row, llvm::alignTo(channels, group)));
}

LogicalResult EntryTiler::tile(gpt::ActivationOp op) {
  Value input = bufferOf(op.getInput());
  Value output = bufferOf(op.getResult());
  forRows(rowsOf(op.getResult()), [&](Value row) {
    map(input, row, op.getKind(), {}, {}, output, row,
        channelsOf(op.getResult()));
  });
  return success();
}

LogicalResult EntryTiler::tile(gpt::GatedOp op) {
  Value gate = bufferOf(op.getGate()), up = bufferOf(op.getUp());
  Value output = bufferOf(op.getResult());
  int64_t channels = channelsOf(op.getResult());
  forRows(rowsOf(op.getResult()), [&](Value row) {
    gpt::TileGatedOp::create(b, op.getKind(), b.rowView(gate, row, channels),
                             b.rowView(up, row, channels),
                             readerAttr(op.getResult()),
                             b.rowView(output, row, channels));
  });
  return success();
}

LogicalResult EntryTiler::tile(gpt::AddOp op) {
  Value lhs = bufferOf(op.getLhs()), rhs = bufferOf(op.getRhs());
  Value output = bufferOf(op.getResult());
  forRows(rowsOf(op.getResult()), [&](Value row) {
    map(lhs, row, gpt::Activation::none, rhs, {}, output, row,
        channelsOf(op.getResult()));
  });
  return success();
}

void EntryTiler::copyRows(Value input, Value output, Value tensor) {
  forRows(rowsOf(tensor), [&](Value row) {
    map(input, row, gpt::Activation::none, {}, {}, output, row,
        channelsOf(tensor));
  });
}

LogicalResult EntryTiler::tile(gpt::SelectRowsOp op) {
  Value input = bufferOf(op.getInput()), rows = bufferOf(op.getRows());
  Value output = bufferOf(op.getResult());
  forRows(rowsOf(op.getResult()), [&](Value row) {
    Value selected = memref::LoadOp::create(b, rows, row);
    Value inputRow = arith::IndexCastOp::create(b, b.getIndexType(), selected);
    map(input, inputRow, gpt::Activation::none, {}, {}, output, row,
        channelsOf(op.getResult()));
  });
  return success();
}

LogicalResult EntryTiler::tile(gpt::ColumnsOp op) {
  Value input = bufferOf(op.getInput());
  int64_t rows = cast<MemRefType>(input.getType()).getDimSize(0);
  int64_t channels = channelsOf(op.getResult());
  buffers[op.getResult()] =
      b.view(input, {b.getIndexAttr(0), b.getIndexAttr(op.getOffset())},
             {rows, channels}, {rows, channels});
  return success();
}

LogicalResult EntryTiler::tile(gpt::RotaryTableOp op) {
  Value positions = bufferOf(op.getPositions());
  Value output = bufferOf(op.getResult());
  forRows(rowsOf(op.getResult()), [&](Value row) {
    Value position = memref::LoadOp::create(b, positions, row);
    gpt::TileRotaryTableOp::create(
        b, position, op.getFrequenciesAttr(), op.getMagnitudeAttr(),
        b.rowView(output, row, channelsOf(op.getResult())));
  });
  return success();
}

LogicalResult EntryTiler::tile(gpt::RotaryOp op) {
  Value input = bufferOf(op.getInput()), table = bufferOf(op.getTable());
  Value output = bufferOf(op.getResult());
  int64_t channels = channelsOf(op.getResult());
  forRows(rowsOf(op.getResult()), [&](Value row) {
    Value from = b.rowView(input, row, channels);
    // One view, so that the op sees where nothing is to be copied.
    Value to = input == output ? from : b.rowView(output, row, channels);
    gpt::TileRotaryOp::create(b, from,
                              b.rowView(table, row, channelsOf(op.getTable())),
                              op.getHeadsAttr(), to);
  });
  return success();
}

/// Appends head by head, so that the rows of a block write to its keys while
/// these are in the L1 cache.
LogicalResult EntryTiler::tile(gpt::KvAppendOp op) {
  Value key = bufferOf(op.getKey()), value = bufferOf(op.getValue());
  Value positions = bufferOf(op.getPositions()),
        sequences = bufferOf(op.getSequences());
  int64_t headSize = op.getHeadSize(), heads = op.getKvHeads();
  auto append = [&](Value head, Value row) {
    Value column = b.times(head, headSize);
    auto headOf = [&](Value buffer) {
      return b.view(buffer, {row, column}, {1, headSize}, {headSize});
    };
    Value position = memref::LoadOp::create(b, positions, row);
    Value sequence = memref::LoadOp::create(b, sequences, row);
    gpt::TileKvAppendOp::create(b, headOf(key), headOf(value), position,
                                sequence, cache, buffers.lookup(op.getLayer()),
                                head, blocks);
  };
  if (rowsOf(op.getKey()) == 1) {
    b.loop(b.index(0), b.index(heads), 1,
           [&](Value head) { append(head, b.index(0)); });
    return success();
  }
  Value size = b.index(GPTC_BLOCK_POSITIONS);
  OpFoldResult blockCount = b.overUp(count, size);
  b.forall({b.getIndexAttr(heads), blockCount}, [&](ValueRange at) {
    Value begin = b.times(at[1], size);
    b.loop(begin, b.least(b.plus(begin, size), count), 1,
           [&](Value row) { append(at[0], row); });
  });
  return success();
}
