//===- VectorBuilder.h - Writes kernels on 16-lane vectors ----------------===//
//
// Every kernel computes on vector<16xf32> whatever the target, so its bits are
// the same wherever it runs: two AVX2 registers, one of AVX-512, four of NEON.
//
//===----------------------------------------------------------------------===//

#ifndef GPTC_PASSES_CPU_VECTORBUILDER_H
#define GPTC_PASSES_CPU_VECTORBUILDER_H

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "passes/cpu/IndexBuilder.h"
#include "passes/cpu/Kernels.h"

namespace gptc {

class VectorBuilder : public IndexBuilder {
public:
  using IndexBuilder::IndexBuilder;

  /// True if the target has AVX-512 BF16.
  bool hasBf16 = false;

  //===--------------------------------------------------------------------===//
  // Constants
  //===--------------------------------------------------------------------===//

  mlir::VectorType vectorType() {
    return mlir::VectorType::get(cpu::lanes, getF32Type());
  }
  mlir::VectorType intVectorType() {
    return mlir::VectorType::get(cpu::lanes, getI32Type());
  }
  Value number(float value);
  Value splat(float value);
  Value splat(Value scalar);
  Value intSplat(int32_t value);
  /// Makes a constant of up to 16 values; the lanes beyond are zero.
  Value constant(llvm::ArrayRef<float> values);
  Value toIndex(Value i32) {
    return mlir::arith::IndexCastOp::create(*this, getIndexType(), i32);
  }

  //===--------------------------------------------------------------------===//
  // Memory: `lanes` of 16 are real, the others read as zero and are not written
  //===--------------------------------------------------------------------===//

  Value load(Value buffer, mlir::ValueRange at, int64_t lanes = cpu::lanes);
  void store(Value vector, Value buffer, mlir::ValueRange at,
             int64_t lanes = cpu::lanes);
  /// A vector of bf16 as f32.
  Value loadBf16(Value buffer, mlir::ValueRange at, int64_t lanes = cpu::lanes);

  //===--------------------------------------------------------------------===//
  // Arithmetic; none of it is contracted or reordered
  //===--------------------------------------------------------------------===//

  Value add(Value a, Value b) {
    return mlir::arith::AddFOp::create(*this, a, b);
  }
  Value sub(Value a, Value b) {
    return mlir::arith::SubFOp::create(*this, a, b);
  }
  Value mul(Value a, Value b) {
    return mlir::arith::MulFOp::create(*this, a, b);
  }
  Value div(Value a, Value b) {
    return mlir::arith::DivFOp::create(*this, a, b);
  }
  Value negate(Value a) { return mlir::arith::NegFOp::create(*this, a); }
  Value fma(Value a, Value b, Value c);
  /// The greater, `b` if they cannot be compared.
  Value max(Value a, Value b);
  /// `a` where lane < lanes, zero elsewhere.
  Value keep(Value a, int64_t lanes);
  /// The sum of all lanes: halves first, down to one.
  Value sum(Value vector);
  /// The greatest of all lanes.
  Value maximum(Value vector);

  // test/passes/VectorMathTest.cpp holds these functions to what they state.
  // They map NaN to NaN, but for relu, which maps it to zero.

  /// exp(x) for x <= 0, within 1 unit in the last place of f32 down to -87.33
  /// and zero below; exp(0) is 1.
  Value expNotPositive(Value x);
  /// 1 / (1 + exp(-x)), within 2.5 units in the last place, zero as exp is.
  Value sigmoid(Value x);
  /// Within 2e-7 of the value, however small that is.
  Value tanh(Value x);
  /// cap * tanh(x / cap), within 3e-7 of the value.
  Value softCap(Value x, float cap);
  /// Sine and cosine, within 2^-23 for |x| <= 2^20.
  std::pair<Value, Value> sinCos(Value x);
  /// The error function, within 6e-7 (Abramowitz and Stegun, 7.1.26, is within
  /// 1.5e-7; near zero, 1 - p(t) exp(-x²) adds roundings of 1).
  Value erf(Value x);
  /// An activation of finite x, within 2e-7 |x|, gelu within 3.5e-7 |x|; relu
  /// is exact, tanh as above.
  Value activation(gpt::Activation kind, Value x);
  /// Rounds each lane to bf16, ties to even, and keeps it as f32.
  Value roundToBf16(Value x);
  Value abs(Value x);

  //===--------------------------------------------------------------------===//
  // Pairs of bf16, in 32 bits
  //===--------------------------------------------------------------------===//

  mlir::VectorType pairVectorType() {
    return mlir::VectorType::get(2 * cpu::lanes, getBF16Type());
  }
  struct Pair {
    Value odd, even;
  };
  /// 16 pairs as f32.
  Pair widen(Value pairs);
  /// sums + a.odd * b.odd + a.even * b.even, fused in that order (vdpbf16ps).
  Value addPairs(Value sums, Value a, Value b);
  /// buffer[at], as products of the arithmetic `reader`, if any, read it: f32
  /// or rounded to bf16, in f32 or bf16.
  void storeFor(std::optional<gpt::Arithmetic> reader, Value x, Value buffer,
                mlir::ValueRange at, int64_t lanes = cpu::lanes);

  //===--------------------------------------------------------------------===//
  // Loops
  //===--------------------------------------------------------------------===//

  using Values = llvm::SmallVector<Value>;

  /// for (i = begin; i < end; i += step) state = body(i, state)
  Values loop(Value begin, Value end, int64_t step, mlir::ValueRange state,
              llvm::function_ref<Values(Value, mlir::ValueRange)> body);
  void loop(Value begin, Value end, int64_t step,
            llvm::function_ref<void(Value)> body);
  /// Visits `channels` values 16 at a time: body(first, lanes, state).
  Values
  forLanes(int64_t channels, mlir::ValueRange state,
           llvm::function_ref<Values(Value, int64_t, mlir::ValueRange)> body);
  void forLanes(int64_t channels,
                llvm::function_ref<void(Value, int64_t)> body);

private:
  /// buffer[at] rounded to bf16, in f32 or bf16.
  void storeBf16(Value x, Value buffer, mlir::ValueRange at, int64_t lanes);
  Value bitsToFloats(Value bits);
  Value floatsToBits(Value floats);
  Value mask(int64_t lanes);
  /// Folds halves until one lane is left.
  Value reduce(Value vector, llvm::function_ref<Value(Value, Value)> combine);
};

} // namespace gptc

#endif // GPTC_PASSES_CPU_VECTORBUILDER_H
