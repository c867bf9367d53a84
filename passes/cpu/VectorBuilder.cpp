//===- VectorBuilder.cpp - Writes kernels on 16-lane vectors --------------===//

#include "passes/cpu/VectorBuilder.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Dialect/X86Vector/X86VectorDialect.h"

using namespace mlir;
using namespace gptc;

//===----------------------------------------------------------------------===//
// Constants and integers
//===----------------------------------------------------------------------===//

Value VectorBuilder::number(float value) {
  return arith::ConstantOp::create(*this, getF32FloatAttr(value));
}

Value VectorBuilder::splat(float value) {
  return arith::ConstantOp::create(*this,
                                   DenseElementsAttr::get(vectorType(), value));
}

Value VectorBuilder::splat(Value scalar) {
  return vector::BroadcastOp::create(*this, vectorType(), scalar);
}

Value VectorBuilder::intSplat(int32_t value) {
  return arith::ConstantOp::create(
      *this, DenseElementsAttr::get(intVectorType(), value));
}

Value VectorBuilder::constant(ArrayRef<float> values) {
  SmallVector<float> lanes(values);
  lanes.resize(cpu::lanes, 0.0f);
  return arith::ConstantOp::create(
      *this, DenseElementsAttr::get(vectorType(), ArrayRef(lanes)));
}

Value VectorBuilder::mask(int64_t lanes) {
  SmallVector<bool> bits(cpu::lanes, false);
  std::fill_n(bits.begin(), lanes, true);
  auto type = VectorType::get(cpu::lanes, getI1Type());
  return arith::ConstantOp::create(*this, DenseElementsAttr::get(type, bits));
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

Value VectorBuilder::load(Value buffer, ValueRange at, int64_t lanes) {
  if (lanes == cpu::lanes)
    return vector::LoadOp::create(*this, vectorType(), buffer, at);
  return vector::MaskedLoadOp::create(*this, vectorType(), buffer, at,
                                      mask(lanes), splat(0.0f));
}

void VectorBuilder::store(Value vector, Value buffer, ValueRange at,
                          int64_t lanes) {
  if (lanes == cpu::lanes)
    vector::StoreOp::create(*this, vector, buffer, at);
  else
    vector::MaskedStoreOp::create(*this, buffer, at, mask(lanes), vector);
}

Value VectorBuilder::loadBf16(Value buffer, ValueRange at, int64_t lanes) {
  // Rows are padded to 16, so that the lanes beyond can be read.
  auto type = VectorType::get(cpu::lanes, getBF16Type());
  Value narrow = vector::LoadOp::create(*this, type, buffer, at);
  return keep(arith::ExtFOp::create(*this, vectorType(), narrow), lanes);
}

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

Value VectorBuilder::fma(Value a, Value b, Value c) {
  // vector.fma becomes fmuladd, which may be split; this may not.
  return math::FmaOp::create(*this, a, b, c);
}

Value VectorBuilder::max(Value a, Value b) {
  Value greater = arith::CmpFOp::create(*this, arith::CmpFPredicate::OGT, a, b);
  return arith::SelectOp::create(*this, greater, a, b);
}

Value VectorBuilder::keep(Value a, int64_t lanes) {
  if (lanes == cpu::lanes)
    return a;
  return arith::SelectOp::create(*this, mask(lanes), a, splat(0.0f));
}

Value VectorBuilder::reduce(Value vector,
                            llvm::function_ref<Value(Value, Value)> combine) {
  for (int64_t half = cpu::lanes / 2; half >= 1; half /= 2) {
    Value low =
        vector::ExtractStridedSliceOp::create(*this, vector, 0, half, 1);
    Value high =
        vector::ExtractStridedSliceOp::create(*this, vector, half, half, 1);
    vector = combine(low, high);
  }
  return vector::ExtractOp::create(*this, vector, 0);
}

Value VectorBuilder::sum(Value vector) {
  return reduce(vector, [&](Value a, Value b) { return add(a, b); });
}

Value VectorBuilder::maximum(Value vector) {
  return reduce(vector, [&](Value a, Value b) { return max(a, b); });
}

Value VectorBuilder::bitsToFloats(Value bits) {
  return arith::BitcastOp::create(*this, vectorType(), bits);
}

Value VectorBuilder::floatsToBits(Value floats) {
  return arith::BitcastOp::create(*this, intVectorType(), floats);
}

Value VectorBuilder::abs(Value x) {
  return bitsToFloats(
      arith::AndIOp::create(*this, floatsToBits(x), intSplat(0x7fffffff)));
}

Value VectorBuilder::expNotPositive(Value x) {
  // exp(x) = 2^n exp(r), n = round(x / ln 2), |r| <= ln 2 / 2 (Cody and Waite).
  // Adding 1.5 * 2^23 rounds to an integer, which the low bits then hold.
  Value magic = splat(0x1.8p23f);
  Value shifted = fma(x, splat(0x1.715476p0f), magic);
  Value n = sub(shifted, magic);
  Value r = fma(n, splat(-0x1.62e4p-1f), x);
  r = fma(n, splat(-0x1.7f7d1cp-20f), r);
  // Minimax on that interval, with 1 and x exact; from Cephes' expf.
  Value p = splat(1.9875691500e-4f);
  for (float c : {1.3981999507e-3f, 8.3334519073e-3f, 4.1665795894e-2f,
                  1.6666665459e-1f, 5.0000001201e-1f, 1.0f, 1.0f})
    p = fma(p, r, splat(c));
  Value exponent =
      arith::ShLIOp::create(*this, floatsToBits(shifted), intSplat(23));
  Value power = bitsToFloats(
      arith::AddIOp::create(*this, exponent, intSplat(0x3f800000)));
  Value below = arith::CmpFOp::create(*this, arith::CmpFPredicate::OLT, x,
                                      splat(-87.33f));
  return arith::SelectOp::create(*this, below, splat(0.0f), mul(p, power));
}

Value VectorBuilder::sigmoid(Value x) {
  Value e = expNotPositive(sub(splat(0.0f), abs(x)));
  Value negative =
      arith::CmpFOp::create(*this, arith::CmpFPredicate::OLT, x, splat(0.0f));
  Value numerator = arith::SelectOp::create(*this, negative, e, splat(1.0f));
  return div(numerator, add(e, splat(1.0f)));
}

Value VectorBuilder::tanh(Value x) {
  Value magnitude = abs(x);
  Value e = expNotPositive(mul(magnitude, splat(-2.0f)));
  Value large = math::CopySignOp::create(
      *this, div(sub(splat(1.0f), e), add(splat(1.0f), e)), x);
  // Below 5/8 that loses digits; minimax there, from Cephes' tanhf.
  Value square = mul(x, x);
  Value p = splat(-5.70498872745e-3f);
  for (float c : {2.06390887954e-2f, -5.37397155531e-2f, 1.33314422036e-1f,
                  -3.33332819422e-1f})
    p = fma(p, square, splat(c));
  Value small = fma(mul(p, square), x, x);
  Value isSmall = arith::CmpFOp::create(*this, arith::CmpFPredicate::OLT,
                                        magnitude, splat(0.625f));
  return arith::SelectOp::create(*this, isSmall, small, large);
}

Value VectorBuilder::softCap(Value x, float cap) {
  return mul(tanh(mul(x, splat(1.0f / cap))), splat(cap));
}

std::pair<Value, Value> VectorBuilder::sinCos(Value x) {
  // x = n π/2 + r, |r| a little over π/4 at most (Cody and Waite); n as in
  // expNotPositive. The first difference is exact.
  Value magic = splat(0x1.8p23f);
  Value shifted = fma(x, splat(0x1.45f306p-1f), magic);
  Value n = sub(shifted, magic);
  Value r = fma(n, splat(-0x1.921fb6p0f), x);
  r = fma(n, splat(0x1.777a5cp-25f), r);
  r = fma(n, splat(0x1.ee59dap-50f), r);
  // Minimax on [-π/4, π/4], from Cephes' sinf and cosf.
  Value square = mul(r, r);
  Value p = splat(-1.9515295891e-4f);
  for (float c : {8.3321608736e-3f, -1.6666654611e-1f})
    p = fma(p, square, splat(c));
  Value sine = fma(mul(p, square), r, r);
  Value q = splat(2.443315711809948e-5f);
  for (float c : {-1.388731625493765e-3f, 4.166664568298827e-2f, -0.5f, 1.0f})
    q = fma(q, square, splat(c));
  Value cosine = q;

  // An odd number of quarters swaps them; each is negative in two of four.
  Value quarter = floatsToBits(shifted);
  Value odd = arith::CmpIOp::create(
      *this, arith::CmpIPredicate::ne,
      arith::AndIOp::create(*this, quarter, intSplat(1)), intSplat(0));
  auto signedBy = [&](Value magnitude, Value quarter) {
    Value sign = arith::ShLIOp::create(
        *this, arith::AndIOp::create(*this, quarter, intSplat(2)),
        intSplat(30));
    return bitsToFloats(
        arith::XOrIOp::create(*this, floatsToBits(magnitude), sign));
  };
  Value next = arith::AddIOp::create(*this, quarter, intSplat(1));
  return {signedBy(arith::SelectOp::create(*this, odd, cosine, sine), quarter),
          signedBy(arith::SelectOp::create(*this, odd, sine, cosine), next)};
}

Value VectorBuilder::erf(Value x) {
  Value magnitude = abs(x);
  Value t = div(splat(1.0f), fma(magnitude, splat(0.3275911f), splat(1.0f)));
  Value p = splat(1.061405429f);
  for (float c :
       {-1.453152027f, 1.421413741f, -0.284496736f, 0.254829592f, 0.0f})
    p = fma(p, t, splat(c));
  Value e = expNotPositive(sub(splat(0.0f), mul(x, x)));
  return math::CopySignOp::create(*this, sub(splat(1.0f), mul(p, e)), x);
}

Value VectorBuilder::activation(gpt::Activation kind, Value x) {
  switch (kind) {
  case gpt::Activation::none:
    return x;
  case gpt::Activation::relu:
    return max(x, splat(0.0f));
  case gpt::Activation::gelu: {
    Value half = mul(x, splat(0.5f));
    return fma(half, erf(mul(x, splat(0x1.6a09e6p-1f))), half);
  }
  case gpt::Activation::gelu_tanh: {
    // x/2 (1 + tanh(u)) = x sigmoid(2u), u = sqrt(2/π) (x + 0.044715 x³)
    Value square = mul(x, x);
    Value factor = fma(square, splat(2 * 0.7978845608f * 0.044715f),
                       splat(2 * 0.7978845608f));
    return mul(x, sigmoid(mul(x, factor)));
  }
  case gpt::Activation::gelu_quick:
    return mul(x, sigmoid(mul(x, splat(1.702f))));
  case gpt::Activation::silu:
    return mul(x, sigmoid(x));
  case gpt::Activation::tanh:
    return tanh(x);
  }
  llvm_unreachable("an activation without kernel");
}

Value VectorBuilder::roundToBf16(Value x) {
  Value bits = floatsToBits(x);
  Value odd = arith::AndIOp::create(
      *this, arith::ShRUIOp::create(*this, bits, intSplat(16)), intSplat(1));
  Value rounded = arith::AddIOp::create(
      *this, bits, arith::AddIOp::create(*this, odd, intSplat(0x7fff)));
  Value high =
      bitsToFloats(arith::AndIOp::create(*this, rounded, intSplat(-0x10000)));
  // A NaN's bits could carry over into an infinity or a zero.
  Value nan = arith::CmpFOp::create(*this, arith::CmpFPredicate::UNO, x, x);
  return arith::SelectOp::create(*this, nan, x, high);
}

//===----------------------------------------------------------------------===//
// Pairs of bf16
//===----------------------------------------------------------------------===//

VectorBuilder::Pair VectorBuilder::widen(Value pairs) {
  Value bits = vector::BitCastOp::create(*this, intVectorType(), pairs);
  return {bitsToFloats(arith::AndIOp::create(*this, bits, intSplat(-0x10000))),
          bitsToFloats(arith::ShLIOp::create(*this, bits, intSplat(16)))};
}

Value VectorBuilder::addPairs(Value sums, Value a, Value b) {
  if (hasBf16)
    return x86vector::DotBF16Op::create(*this, vectorType(), sums, a, b);
  Pair x = widen(a), y = widen(b);
  return fma(x.even, y.even, fma(x.odd, y.odd, sums));
}

void VectorBuilder::storeFor(std::optional<gpt::Arithmetic> reader, Value x,
                             Value buffer, ValueRange at, int64_t lanes) {
  switch (reader.value_or(gpt::Arithmetic::f32)) {
  case gpt::Arithmetic::f32:
    return store(x, buffer, at, lanes);
  case gpt::Arithmetic::bf16:
    return storeBf16(x, buffer, at, lanes);
  }
}

void VectorBuilder::storeBf16(Value x, Value buffer, ValueRange at,
                              int64_t lanes) {
  auto type = VectorType::get(cpu::lanes, getBF16Type());
  if (cast<MemRefType>(buffer.getType()).getElementType().isF32())
    return store(roundToBf16(x), buffer, at, lanes);
  if (hasBf16)
    return store(x86vector::CvtPackedF32ToBF16Op::create(*this, type, x),
                 buffer, at, lanes);
  Value bits =
      arith::ShRUIOp::create(*this, floatsToBits(roundToBf16(x)), intSplat(16));
  Value high = arith::TruncIOp::create(
      *this, VectorType::get(cpu::lanes, getI16Type()), bits);
  store(arith::BitcastOp::create(*this, type, high), buffer, at, lanes);
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

VectorBuilder::Values
VectorBuilder::loop(Value begin, Value end, int64_t step, ValueRange state,
                    llvm::function_ref<Values(Value, ValueRange)> body) {
  Value stride = index(step);
  auto loop = scf::ForOp::create(*this, begin, end, stride, state);
  OpBuilder::InsertionGuard guard(*this);
  setInsertionPointToStart(loop.getBody());
  Values next = body(loop.getInductionVar(), loop.getRegionIterArgs());
  if (!state.empty())
    scf::YieldOp::create(*this, next);
  return Values(loop.getResults());
}

void VectorBuilder::loop(Value begin, Value end, int64_t step,
                         llvm::function_ref<void(Value)> body) {
  loop(begin, end, step, ValueRange(), [&](Value i, ValueRange) {
    body(i);
    return Values();
  });
}

VectorBuilder::Values VectorBuilder::forLanes(
    int64_t channels, ValueRange state,
    llvm::function_ref<Values(Value, int64_t, ValueRange)> body) {
  int64_t whole = channels / cpu::lanes * cpu::lanes;
  Values result(state);
  if (whole > 0)
    result =
        loop(index(0), index(whole), cpu::lanes, state,
             [&](Value i, ValueRange s) { return body(i, cpu::lanes, s); });
  if (whole < channels)
    result = body(index(whole), channels - whole, result);
  return result;
}

void VectorBuilder::forLanes(int64_t channels,
                             llvm::function_ref<void(Value, int64_t)> body) {
  forLanes(channels, ValueRange(), [&](Value i, int64_t lanes, ValueRange) {
    body(i, lanes);
    return Values();
  });
}
