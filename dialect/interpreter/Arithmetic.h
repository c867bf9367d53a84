//===- Arithmetic.h - The formulas of the ops -------------------*- C++ -*-===//

#ifndef GPTC_DIALECT_INTERPRETER_ARITHMETIC_H
#define GPTC_DIALECT_INTERPRETER_ARITHMETIC_H

#include "dialect/Gpt.h"
#include <vector>

namespace gptc {

double dot(llvm::ArrayRef<float> a, llvm::ArrayRef<float> b);

double activate(gpt::Activation kind, double x);

/// `row` as the products of `arithmetic` take it.
std::vector<float> roundInput(llvm::ArrayRef<float> row,
                              gpt::Arithmetic arithmetic);

double softCap(const std::optional<llvm::APFloat> &cap, double x);

/// The moments that a row is normalized by: its mean, or zero, and
/// sqrt(mean square of what is left + epsilon).
struct Moments {
  double mean, deviation;
};
Moments moments(gpt::NormKind kind, llvm::ArrayRef<float> row, double epsilon);

std::vector<double> softmax(llvm::ArrayRef<double> scores);

} // namespace gptc

#endif // GPTC_DIALECT_INTERPRETER_ARITHMETIC_H
