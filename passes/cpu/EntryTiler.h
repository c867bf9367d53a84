//===- EntryTiler.h - One entry as loops over tiles on buffers ------------===//

#ifndef GPTC_PASSES_CPU_ENTRYTILER_H
#define GPTC_PASSES_CPU_ENTRYTILER_H

#include "passes/cpu/BufferPlan.h"
#include "passes/cpu/TileBuilder.h"

namespace gptc {

/// Lowers one entry.
class EntryTiler {
public:
  /// `cacheOp` is null in a module without a KV cache.
  EntryTiler(mlir::func::FuncOp source, const Tiles &tiles,
             gpt::KvCacheOp cacheOp);

  mlir::LogicalResult run();

private:
  using Value = mlir::Value;
  using LogicalResult = mlir::LogicalResult;

  mlir::func::FuncOp source, entry;
  const Tiles &tiles;
  gpt::KvCacheOp cacheOp;
  BufferPlan plan;
  TileBuilder b;
  Value cache, blocks, count;
  /// The buffer of a tensor, and the new value of an index or a number.
  llvm::DenseMap<Value, Value> buffers;

  LogicalResult lowerBlock(mlir::Block &block);
  LogicalResult lower(mlir::Operation *op);

  //===--------------------------------------------------------------------===//
  // Buffers
  //===--------------------------------------------------------------------===//

  mlir::Type bufferType(mlir::Type type);
  mlir::MemRefType bufferTypeOf(Value tensor);
  Value addArgument(mlir::Type type, std::optional<gpt::Role> role);
  Value makeBuffer(Value tensor);
  Value bufferOf(Value tensor);
  /// Returns the memory of a weight, null for a null weight.
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
  /// The arithmetic for which what makes a value rounds it: only products of
  /// that arithmetic read it. None if nothing is rounded.
  static std::optional<gpt::Arithmetic> readerOf(Value tensor);
  gpt::ArithmeticAttr readerAttr(Value tensor);
  /// `type` as products of `reader` read it.
  mlir::MemRefType activationType(mlir::MemRefType type,
                                  gpt::Arithmetic reader);

  //===--------------------------------------------------------------------===//
  // Ops that work row by row (TileRows.cpp)
  //===--------------------------------------------------------------------===//

  void forRows(int64_t capacity, llvm::function_ref<void(Value)> body);
  void map(Value input, Value inputRow, gpt::Activation activation,
           Value residual, std::optional<gpt::Arithmetic> reader, Value output,
           Value row, int64_t channels);
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
