//===- Call.h - One call of a function --------------------------*- C++ -*-===//

#ifndef GPTC_DIALECT_INTERPRETER_CALL_H
#define GPTC_DIALECT_INTERPRETER_CALL_H

#include "dialect/Interpreter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

namespace gptc {

using TensorPtr = std::shared_ptr<const Tensor>;
using Ids = std::vector<int32_t>;

inline RuntimeValue makeTensor(llvm::ArrayRef<int64_t> shape,
                               std::vector<float> values) {
  return std::make_shared<const Tensor>(
      Tensor{llvm::SmallVector<int64_t, 3>(shape), std::move(values)});
}

/// A running function: the values that it has computed so far, and what each
/// op computes from them.
class Interpreter::Call {
public:
  explicit Call(Interpreter &state) : state(state) {}

  /// Runs the ops of `block` and returns the value that it ends with.
  llvm::Expected<RuntimeValue> run(mlir::Block &block,
                                   llvm::ArrayRef<RuntimeValue> arguments);

private:
  using Result = llvm::Expected<RuntimeValue>;

  llvm::Error visit(mlir::Operation &op);
  Result compute(mlir::arith::ConstantOp op);
  Result compute(gpt::GetWeightOp op);
  Result compute(gpt::LayerValueOp op);
  Result compute(gpt::LayersOp op);
  Result compute(gpt::EmbeddingOp op);
  Result compute(gpt::SelectRowsOp op);
  Result compute(gpt::ColumnsOp op);
  Result compute(gpt::NormOp op);
  Result compute(gpt::ActivationOp op);
  Result compute(gpt::GatedOp op);
  Result compute(gpt::RotaryTableOp op);
  Result compute(gpt::RotaryOp op);
  Result compute(gpt::AddOp op);
  Result compute(gpt::LinearOp op);
  Result compute(gpt::UnembedOp op);
  Result compute(gpt::AttentionOp op);
  llvm::Error append(gpt::KvAppendOp op);

  // The kind of value follows from its type in the IR.
  const RuntimeValue &lookup(mlir::Value value) const {
    return values.find(value)->second;
  }
  const Tensor &tensor(mlir::Value value) const {
    return *std::get<TensorPtr>(lookup(value));
  }
  const Tensor *tensorOrNull(mlir::Value value) const {
    return value ? &tensor(value) : nullptr;
  }
  llvm::ArrayRef<int32_t> ids(mlir::Value value) const {
    return std::get<Ids>(lookup(value));
  }
  int64_t index(mlir::Value value) const {
    return std::get<int64_t>(lookup(value));
  }

  /// The op's name, with the layer's number; may be empty.
  std::string name(mlir::Operation *op) const;
  llvm::Error fail(mlir::Operation *op, const llvm::Twine &message) const;
  llvm::Error checkShape(mlir::Operation *op, llvm::StringRef operand,
                         const Tensor &tensor,
                         llvm::ArrayRef<int64_t> shape) const;
  /// Gathers rows `ids` of `table`; `what` names an id in errors.
  Result gather(mlir::Operation *op, llvm::StringRef what, const Tensor &table,
                llvm::ArrayRef<int32_t> ids) const;
  /// Checks that `tensor` has a row of `channels` values for every position.
  llvm::Error checkHeads(mlir::Operation *op, llvm::StringRef operand,
                         const Tensor &tensor, int64_t channels,
                         mlir::Value positions, mlir::Value sequences) const;
  /// Returns what the cache holds for positions 0 to `position`.
  llvm::Expected<std::vector<const KeyAndValue *>>
  past(gpt::AttentionOp op, int32_t sequence, int32_t position) const;

  Interpreter &state;
  llvm::DenseMap<mlir::Value, RuntimeValue> values;
  /// The number of the layer that is running.
  std::optional<int64_t> layer;
};

} // namespace gptc

#endif // GPTC_DIALECT_INTERPRETER_CALL_H
