//===- TileLayers.cpp - Builds the loop over the layers -------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "passes/cpu/EntryTiler.h"

using namespace mlir;
using namespace gptc;

LogicalResult EntryTiler::lowerKind(Region &kind, Value layer, Value state) {
  Block &body = kind.front();
  Value hidden = body.getArgument(1);
  Value yielded = cast<gpt::YieldOp>(body.getTerminator()).getValue();
  buffers[body.getArgument(0)] = layer;
  if (failed(lowerBlock(body)))
    return failure();
  if (Value buffer = bufferOf(yielded); buffer != state)
    copyRows(buffer, state, hidden);
  return success();
}

/// Returns the constant global that holds `table`, one for all entries.
memref::GlobalOp EntryTiler::makeGlobal(DenseElementsAttr table) {
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

/// Loads table[layer] from constant memory.
Value EntryTiler::lookUp(DenseElementsAttr table, Value layer) {
  memref::GlobalOp global = makeGlobal(table);
  Value memory =
      memref::GetGlobalOp::create(b, global.getType(), global.getSymName());
  return memref::LoadOp::create(b, memory, layer);
}

LogicalResult EntryTiler::tile(gpt::LayerValueOp op) {
  auto type = RankedTensorType::get(op.getValues().size(), b.getF32Type());
  buffers[op.getResult()] = lookUp(DenseElementsAttr::get(type, op.getValues()),
                                   buffers.lookup(op.getLayer()));
  return success();
}

LogicalResult EntryTiler::tile(gpt::LayersOp op) {
  Value state = bufferOf(op.getResult());
  if (Value input = bufferOf(op.getInput()); input != state)
    copyRows(input, state, op.getInput());

  auto loop = scf::ForOp::create(b, b.index(0),
                                 b.index(op.getSchedule().size()), b.index(1));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value layer = loop.getInductionVar();
  if (op.getKinds().size() == 1)
    return lowerKind(op.getKinds().front(), layer, state);

  // The last kind is the default case of the switch.
  auto type = RankedTensorType::get(op.getSchedule().size(), b.getI64Type());
  Value kind = lookUp(DenseElementsAttr::get(type, op.getSchedule()), layer);
  auto cases = llvm::to_vector(llvm::seq<int64_t>(0, op.getKinds().size() - 1));
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
