//===- Arithmetic.cpp - The formulas of the ops ---------------------------===//

#include "dialect/interpreter/Arithmetic.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/bit.h"
#include <cmath>
#include <numbers>

using namespace gptc;
using namespace gptc::gpt;
using llvm::ArrayRef;

double gptc::dot(ArrayRef<float> a, ArrayRef<float> b) {
  double sum = 0;
  for (auto [x, y] : llvm::zip_equal(a, b))
    sum += double(x) * y;
  return sum;
}

static double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

double gptc::activate(Activation kind, double x) {
  switch (kind) {
  case Activation::none:
    return x;
  case Activation::relu:
    return x < 0 ? 0 : x; // NaN stays NaN
  case Activation::gelu:
    return x * 0.5 * (1 + std::erf(x / std::numbers::sqrt2));
  case Activation::gelu_tanh: {
    double inner = std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x);
    return x * 0.5 * (1 + std::tanh(inner));
  }
  case Activation::gelu_quick:
    return x * sigmoid(1.702 * x);
  case Activation::silu:
    return x * sigmoid(x);
  case Activation::tanh:
    return std::tanh(x);
  }
  llvm_unreachable("unknown activation");
}

/// Rounds to the nearest bf16, ties to even.
static float roundToBF16(float x) {
  if (std::isnan(x))
    return x;
  uint32_t bits = llvm::bit_cast<uint32_t>(x);
  bits += 0x7fff + (bits >> 16 & 1);
  return llvm::bit_cast<float>(bits & 0xffff0000);
}

std::vector<float> gptc::roundInput(ArrayRef<float> row,
                                    Arithmetic arithmetic) {
  std::vector<float> rounded = row.vec();
  if (arithmetic == Arithmetic::bf16)
    llvm::transform(rounded, rounded.begin(), roundToBF16);
  return rounded;
}

double gptc::softCap(const std::optional<llvm::APFloat> &cap, double x) {
  if (!cap)
    return x;
  double most = cap->convertToFloat();
  return most * std::tanh(x / most);
}

Moments gptc::moments(NormKind kind, ArrayRef<float> row, double epsilon) {
  double sum = 0, squares = 0;
  if (kind == NormKind::layer)
    for (float x : row)
      sum += x;
  double mean = sum / row.size();
  for (float x : row)
    squares += (x - mean) * (x - mean);
  return {mean, std::sqrt(squares / row.size() + epsilon)};
}

std::vector<double> gptc::softmax(ArrayRef<double> scores) {
  double largest = *llvm::max_element(scores), sum = 0;
  std::vector<double> result;
  for (double score : scores) {
    result.push_back(std::exp(score - largest));
    sum += result.back();
  }
  for (double &probability : result)
    probability /= sum;
  return result;
}
