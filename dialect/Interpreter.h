//===- Interpreter.h - What the ops of the gpt dialect mean ---------------===//
//
// The reference that compiled programs are held to: plain loops that follow
// the ops' descriptions. It runs modules of the phases `graph` to `packed`.
//
//===----------------------------------------------------------------------===//

#ifndef GPTC_DIALECT_INTERPRETER_H
#define GPTC_DIALECT_INTERPRETER_H

#include "dialect/Gpt.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Error.h"
#include <map>
#include <memory>
#include <tuple>
#include <variant>
#include <vector>

namespace gptc {

/// Activations or a weight, row-major. Sums are made in double and rounded
/// once, to the f32 that the IR says.
struct Tensor {
  llvm::SmallVector<int64_t, 3> shape;
  std::vector<float> values;

  /// Row `index` of a matrix.
  llvm::ArrayRef<float> row(int64_t index) const {
    return llvm::ArrayRef(values).slice(index * shape[1], shape[1]);
  }
};

/// An index, a number, one id per token, or a tensor.
using RuntimeValue = std::variant<int64_t, float, std::vector<int32_t>,
                                  std::shared_ptr<const Tensor>>;

/// The values that the weight's plan leaves before `#gpt.pack`, row-major.
/// `layer` is 0 for a weight of the model itself.
using WeightReader = llvm::function_ref<llvm::Expected<std::vector<float>>(
    gpt::WeightOp, int64_t layer)>;

/// Takes what the op called `name` computed. `masked` is what a column would
/// hold that the tensor has not because no row may look there.
using ActivationCallback = llvm::function_ref<void(
    llvm::StringRef name, const Tensor &tensor, float masked)>;

/// A key and a value of one position, with all KV heads side by side.
struct KeyAndValue {
  std::vector<float> key, value;
};

/// Runs functions of `module`, which must be valid. Shapes come from the
/// values, not from the types: a function whose types say 512 tokens takes
/// fewer. Weights of the model stay in memory, those of a layer leave with it.
class Interpreter {
public:
  /// Both callbacks outlive the interpreter; `activation` may be null.
  Interpreter(mlir::ModuleOp module, WeightReader readWeight,
              ActivationCallback activation = nullptr)
      : symbols(module), readWeight(readWeight), activation(activation) {}

  /// Runs a function of one result. The KV caches keep what earlier calls
  /// wrote.
  llvm::Expected<RuntimeValue> call(llvm::StringRef function,
                                    llvm::ArrayRef<RuntimeValue> arguments);

private:
  class Call;

  mlir::SymbolTable symbols;
  WeightReader readWeight;
  ActivationCallback activation;
  llvm::DenseMap<gpt::WeightOp, std::shared_ptr<const Tensor>> modelWeights;
  /// (cache, sequence, layer) -> position -> key and value.
  std::map<std::tuple<llvm::StringRef, int32_t, int64_t>,
           std::map<int32_t, KeyAndValue>>
      caches;
};

} // namespace gptc

#endif // GPTC_DIALECT_INTERPRETER_H
