//===- Predicates.h - Conditions of the passes on gpt ops -----------------===//
//
// The check of a phase's promise (passes/VerifyPhase.cpp) uses the same
// conditions: what a pass could still rewrite breaks the promise.
//
//===----------------------------------------------------------------------===//

#ifndef GPTC_PASSES_GRAPH_PREDICATES_H
#define GPTC_PASSES_GRAPH_PREDICATES_H

#include "dialect/OperandFormat.h"

namespace gptc {

/// Returns true if an activation can move into `linear`, which may be null, once
/// nothing else reads it.
inline bool takesActivation(gpt::LinearOp linear) {
  return linear && linear.getActivation() == gpt::Activation::none &&
         !linear.getResidual();
}

/// Returns true if a residual can move into `linear`, which may be null, once nothing
/// else reads it.
inline bool takesResidual(gpt::LinearOp linear) {
  return linear && !linear.getResidual();
}

/// Returns the linears of `block` that share an input and can be joined, two or more in a
/// group.
llvm::SmallVector<llvm::SmallVector<gpt::LinearOp>>
findJoinableLinears(mlir::Block &block, const mlir::SymbolTable &symbols);

/// Returns how products with `weight` are summed, by its element type.
inline gpt::Arithmetic arithmeticOf(mlir::Value weight) {
  auto type = mlir::cast<mlir::RankedTensorType>(weight.getType());
  const auto *format = gpt::OperandFormat::ofWeight(type.getElementType());
  return format ? format->arithmetic : gpt::Arithmetic::f32;
}

} // namespace gptc

#endif // GPTC_PASSES_GRAPH_PREDICATES_H
