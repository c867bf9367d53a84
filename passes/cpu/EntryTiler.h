//===- EntryTiler.h - One entry as loops over tiles on buffers ------------===//

#ifndef GPTC_PASSES_CPU_ENTRYTILER_H
#define GPTC_PASSES_CPU_ENTRYTILER_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "passes/cpu/TileBuilder.h"

namespace gptc {

/// Lowers one entry.
class EntryTiler {
public:
  EntryTiler(mlir::func::FuncOp source, const Tiles &tiles, gpt::ModelOp model);

  mlir::LogicalResult run();

private:
  using Value = mlir::Value;
  using LogicalResult = mlir::LogicalResult;

  mlir::func::FuncOp source;
  const Tiles &tiles;
  gpt::ModelOp model;
  TileBuilder b;
  Value cache, blocks, count;
  /// The buffer of a tensor; what stands for an index or a number.
  llvm::DenseMap<Value, Value> buffers;

  LogicalResult lowerBlock(mlir::Block &block);
  LogicalResult lower(mlir::Operation *op);

  //===--------------------------------------------------------------------===//
  // Buffers
  //===--------------------------------------------------------------------===//

  mlir::Type bufferType(mlir::Type type);
  mlir::MemRefType bufferTypeOf(Value tensor);
  mlir::FunctionType entryType();
  Value makeBuffer(Value tensor);
  Value bufferOf(Value tensor);
  /// Null for a null weight.
  Value weightBuffer(Value weight);
  static int64_t rowsOf(Value tensor);
  static int64_t channelsOf(Value tensor);

  //===--------------------------------------------------------------------===//
  // Products and attention (Tile.cpp)
  //===--------------------------------------------------------------------===//

  LogicalResult tile(gpt::GetWeightOp op);
  LogicalResult tile(gpt::LinearOp op);
  LogicalResult tile(gpt::UnembedOp op);
  LogicalResult tile(gpt::AttentionOp op);
  Value productInput(Value tensor, gpt::Arithmetic arithmetic,
                     int64_t &channels);
  Value residualBuffer(Value residual);
  /// Whether what makes a value rounds it to bf16: products in bf16 alone read
  /// it.
  static bool isRounded(Value tensor);
  /// `type` as products in bf16 read it.
  mlir::MemRefType roundedType(mlir::MemRefType type);

  //===--------------------------------------------------------------------===//
  // What works row by row (TileRows.cpp)
  //===--------------------------------------------------------------------===//

  void forRows(int64_t capacity, llvm::function_ref<void(Value)> body);
  /// The buffer that an op writes which reads `input` before it writes the
  /// same channels: that of `input` if nothing else wants it.
  Value outputFor(Value result, Value input);
  void map(Value input, Value inputRow, gpt::Activation activation,
           Value residual, bool rounded, Value output, Value row,
           int64_t channels);
  void copyRows(Value input, Value output, Value tensor);
  LogicalResult tile(gpt::EmbeddingOp op);
  LogicalResult tile(gpt::NormOp op);
  LogicalResult tile(gpt::ActivationOp op);
  LogicalResult tile(gpt::GatedOp op);
  LogicalResult tile(gpt::AddOp op);
  LogicalResult tile(gpt::SelectRowsOp op);
  LogicalResult tile(gpt::ColumnsOp op);
  LogicalResult tile(gpt::RotaryTableOp op);
  LogicalResult tile(gpt::RotaryOp op);
  LogicalResult tile(gpt::KvAppendOp op);

  //===--------------------------------------------------------------------===//
  // Layers (TileLayers.cpp)
  //===--------------------------------------------------------------------===//

  LogicalResult tile(gpt::LayersOp op);
  LogicalResult tile(gpt::LayerValueOp op);
  LogicalResult lowerKind(mlir::Region &kind, Value layer, Value state);
  Value lookUp(mlir::DenseElementsAttr table, Value layer);
  mlir::memref::GlobalOp makeGlobal(mlir::DenseElementsAttr table);
};

} // namespace gptc

#endif // GPTC_PASSES_CPU_ENTRYTILER_H
