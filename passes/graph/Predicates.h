//===- Predicates.h - Conditions of the passes on gpt ops -----------------===//
//
// The checks of what holds after a phase (passes/VerifyPhase.cpp) use the same
// conditions, so they fail if a pass could still rewrite an op.
//
//===----------------------------------------------------------------------===//

#ifndef GPTC_PASSES_GRAPH_PREDICATES_H
#define GPTC_PASSES_GRAPH_PREDICATES_H

#include "dialect/OperandFormat.h"

namespace gptc {

/// Returns true if an activation can move into `linear`, which may be null,
/// provided that nothing else reads it.
inline bool takesActivation(gpt::LinearOp linear) {
  return linear && linear.getActivation() == gpt::Activation::none &&
         !linear.getResidual();
}

/// Returns true if a residual can move into `linear`, which may be null,
/// provided that nothing else reads it.
inline bool takesResidual(gpt::LinearOp linear) {
  return linear && !linear.getResidual();
}

/// Returns the groups of two or more linears of `block` that share an input and
/// can be joined.
llvm::SmallVector<llvm::SmallVector<gpt::LinearOp>>
findJoinableLinears(mlir::Block &block, const mlir::SymbolTable &symbols);

/// Returns the arithmetic of products with `weight`, given by its element type.
inline gpt::Arithmetic arithmeticOf(mlir::Value weight) {
  auto type = mlir::cast<mlir::RankedTensorType>(weight.getType());
  const auto *format = gpt::OperandFormat::ofWeight(type.getElementType());
  return format ? format->arithmetic : gpt::Arithmetic::f32;
}

} // namespace gptc

#endif // GPTC_PASSES_GRAPH_PREDICATES_H
