//===- Support.h - Small modules for the interpreter ------------*- C++ -*-===//

#ifndef GPTC_TEST_INTERPRETER_SUPPORT_H
#define GPTC_TEST_INTERPRETER_SUPPORT_H

#include "dialect/Interpreter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

namespace gptc {

/// A module and its interpreter. Layer `l` of a weight has the values l + 1, l
/// + 2, ...; `record` stores the activations that the interpreter reports.
class TestModule {
public:
  explicit TestModule(llvm::StringRef source) {
    context.loadDialect<gpt::GptDialect, mlir::arith::ArithDialect,
                        mlir::func::FuncDialect>();
    module = mlir::parseSourceString<mlir::ModuleOp>(source, &context);
    interpreter.emplace(*module, readWeight, record);
  }

  llvm::Expected<RuntimeValue> call(llvm::ArrayRef<RuntimeValue> arguments,
                                    llvm::StringRef function = "f") {
    return interpreter->call(function, arguments);
  }

  /// Returns the result of @f.
  Tensor run(llvm::ArrayRef<RuntimeValue> arguments) {
    auto result = call(arguments);
    if (!result) {
      ADD_FAILURE() << toString(result.takeError());
      return {};
    }
    return *std::get<std::shared_ptr<const Tensor>>(*result);
  }

  /// Returns the error of @f.
  std::string error(llvm::ArrayRef<RuntimeValue> arguments,
                    llvm::StringRef function = "f") {
    auto result = call(arguments, function);
    return result ? "no error" : toString(result.takeError());
  }

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::map<std::string, Tensor> activations;
  /// Each read of a weight, as "name layer".
  std::vector<std::string> reads;

private:
  std::function<llvm::Expected<std::vector<float>>(gpt::WeightOp, int64_t)>
      readWeight = [this](gpt::WeightOp weight, int64_t layer) {
        reads.push_back((weight.getName() + " " + llvm::Twine(layer)).str());
        std::vector<float> values(weight.getTensorType().getNumElements());
        std::iota(values.begin(), values.end(), layer + 1);
        return values;
      };
  std::function<void(llvm::StringRef, const Tensor &, float)> record =
      [this](llvm::StringRef name, const Tensor &tensor, float) {
        activations[name.str()] = tensor;
      };
  std::optional<Interpreter> interpreter;
};

inline RuntimeValue tensor(llvm::ArrayRef<int64_t> shape,
                           std::vector<float> values) {
  return std::make_shared<const Tensor>(
      Tensor{llvm::SmallVector<int64_t, 3>(shape), std::move(values)});
}

inline RuntimeValue ids(std::vector<int32_t> values) { return values; }

using Shape = llvm::SmallVector<int64_t, 3>;
using Values = std::vector<float>;

inline void expectNear(const Values &values,
                       const std::vector<double> &expected, double limit) {
  ASSERT_EQ(values.size(), expected.size());
  for (size_t i = 0; i < values.size(); ++i)
    EXPECT_NEAR(values[i], expected[i], limit) << "at index " << i;
}

} // namespace gptc

#endif // GPTC_TEST_INTERPRETER_SUPPORT_H
