//===- IndexBuilder.h - Writes arithmetic on indices ----------------------===//

#ifndef GPTC_PASSES_CPU_INDEXBUILDER_H
#define GPTC_PASSES_CPU_INDEXBUILDER_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace gptc {

class IndexBuilder : public mlir::ImplicitLocOpBuilder {
public:
  using Value = mlir::Value;
  using ImplicitLocOpBuilder::ImplicitLocOpBuilder;

  Value index(int64_t value) {
    return mlir::arith::ConstantIndexOp::create(*this, value);
  }
  Value plus(Value a, Value b) {
    return mlir::arith::AddIOp::create(*this, a, b);
  }
  Value plus(Value a, int64_t b) { return b ? plus(a, index(b)) : a; }
  Value minus(Value a, Value b) {
    return mlir::arith::SubIOp::create(*this, a, b);
  }
  Value times(Value a, Value b) {
    return mlir::arith::MulIOp::create(*this, a, b);
  }
  Value times(Value a, int64_t b) { return times(a, index(b)); }

  // The operands of the following ops must not be negative.

  /// Returns a / b, rounded down by over() and up by overUp().
  Value over(Value a, Value b) {
    return mlir::arith::DivUIOp::create(*this, a, b);
  }
  Value overUp(Value a, Value b) {
    return mlir::arith::CeilDivUIOp::create(*this, a, b);
  }
  Value modulo(Value a, Value b) {
    return mlir::arith::RemUIOp::create(*this, a, b);
  }
  Value greatest(Value a, Value b) {
    return mlir::arith::MaxUIOp::create(*this, a, b);
  }
  Value least(Value a, Value b) {
    return mlir::arith::MinUIOp::create(*this, a, b);
  }
};

} // namespace gptc

#endif // GPTC_PASSES_CPU_INDEXBUILDER_H
