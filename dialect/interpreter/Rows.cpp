//===- Rows.cpp - Ops that treat each row alone ---------------------------===//

#include "dialect/interpreter/Arithmetic.h"
#include "dialect/interpreter/Call.h"
#include "mlir/Support/DebugStringHelper.h"
#include <cmath>

using namespace mlir;
using namespace gptc;
using namespace gptc::gpt;
using llvm::Error;
using llvm::Expected;

Expected<RuntimeValue> Interpreter::Call::gather(Operation *op, StringRef what,
                                                 const Tensor &table,
                                                 ArrayRef<int32_t> ids) const {
  std::vector<float> rows;
  for (int32_t id : ids) {
    if (id < 0 || id >= table.shape[0])
      return fail(op, what + " is " + Twine(id) + " but there are " +
                          Twine(table.shape[0]) + " rows");
    llvm::append_range(rows, table.row(id));
  }
  return makeTensor({int64_t(ids.size()), table.shape[1]}, std::move(rows));
}

Expected<RuntimeValue> Interpreter::Call::compute(EmbeddingOp op) {
  const Tensor &table = tensor(op.getTable());
  if (table.shape.size() != 2)
    return fail(op, "the table is not a matrix");
  auto rows = gather(op, "id", table, ids(op.getIds()));
  if (!rows || !op.getScale())
    return rows;
  const Tensor &gathered = *std::get<TensorPtr>(*rows);
  std::vector<float> values;
  for (float value : gathered.values)
    values.push_back(double(value) * op.getScale()->convertToFloat());
  return makeTensor(gathered.shape, std::move(values));
}

Expected<RuntimeValue> Interpreter::Call::compute(SelectRowsOp op) {
  return gather(op, "row", tensor(op.getInput()), ids(op.getRows()));
}

Expected<RuntimeValue> Interpreter::Call::compute(ColumnsOp op) {
  const Tensor &input = tensor(op.getInput());
  int64_t offset = op.getOffset(), columns = op.getType().getDimSize(1);
  if (columns < 0 || offset > input.shape[1] ||
      columns > input.shape[1] - offset)
    return fail(op, "takes " + Twine(columns) + " columns from " +
                        Twine(offset) + " but the input has " +
                        Twine(input.shape[1]));
  std::vector<float> values;
  for (int64_t t = 0; t < input.shape[0]; ++t)
    llvm::append_range(values, input.row(t).slice(offset, columns));
  return makeTensor({input.shape[0], columns}, std::move(values));
}

Expected<RuntimeValue> Interpreter::Call::compute(NormOp op) {
  const Tensor &input = tensor(op.getInput());
  const Tensor &scale = tensor(op.getScale());
  const Tensor *bias = tensorOrNull(op.getBias());
  int64_t channels = input.shape[1] / int64_t(op.getGroups());
  if (Error error = checkShape(op, "scale", scale, {channels}))
    return error;
  if (bias)
    if (Error error = checkShape(op, "bias", *bias, {channels}))
      return error;

  std::vector<float> values;
  for (size_t begin = 0; begin < input.values.size(); begin += channels) {
    ArrayRef<float> x = ArrayRef(input.values).slice(begin, channels);
    auto [mean, deviation] =
        moments(op.getKind(), x, op.getEpsilon().convertToDouble());
    for (int64_t c = 0; c < channels; ++c)
      values.push_back((x[c] - mean) / deviation * scale.values[c] +
                       (bias ? bias->values[c] : 0));
  }
  return makeTensor(input.shape, std::move(values));
}

Expected<RuntimeValue> Interpreter::Call::compute(RotaryTableOp op) {
  ArrayRef<float> frequencies = op.getFrequencies();
  double magnitude =
      op.getMagnitude() ? op.getMagnitude()->convertToFloat() : 1;
  ArrayRef<int32_t> positions = ids(op.getPositions());
  std::vector<float> values;
  for (int32_t position : positions)
    for (double (*function)(double) :
         {static_cast<double (*)(double)>(std::cos),
          static_cast<double (*)(double)>(std::sin)})
      for (float frequency : frequencies) {
        float angle = float(position) * frequency;
        values.push_back(magnitude * function(angle));
      }
  return makeTensor(
      {int64_t(positions.size()), 2 * int64_t(frequencies.size())},
      std::move(values));
}

Expected<RuntimeValue> Interpreter::Call::compute(RotaryOp op) {
  const Tensor &input = tensor(op.getInput()), &table = tensor(op.getTable());
  if (Error error =
          checkShape(op, "table", table, {input.shape[0], table.shape[1]}))
    return error;
  int64_t half = table.shape[1] / 2, heads = op.getHeads();
  int64_t size = input.shape[1] / heads;
  if (2 * half > size)
    return fail(op, "table has " + Twine(2 * half) + " values but a head has " +
                        Twine(size) + " channels");
  std::vector<float> values = input.values;
  for (int64_t t = 0; t < input.shape[0]; ++t)
    for (int64_t h = 0; h < heads; ++h) {
      float *head = values.data() + (t * heads + h) * size;
      for (int64_t i = 0; i < half; ++i) {
        double x = head[i], y = head[i + half];
        double cosine = table.row(t)[i], sine = table.row(t)[half + i];
        head[i] = x * cosine - y * sine;
        head[i + half] = y * cosine + x * sine;
      }
    }
  return makeTensor(input.shape, std::move(values));
}

Expected<RuntimeValue> Interpreter::Call::compute(ActivationOp op) {
  const Tensor &input = tensor(op.getInput());
  std::vector<float> values;
  for (float x : input.values)
    values.push_back(activate(op.getKind(), x));
  return makeTensor(input.shape, std::move(values));
}

Expected<RuntimeValue> Interpreter::Call::compute(GatedOp op) {
  const Tensor &gate = tensor(op.getGate()), &up = tensor(op.getUp());
  if (Error error = checkShape(op, "up", up, gate.shape))
    return error;
  std::vector<float> values;
  for (auto [x, y] : llvm::zip_equal(gate.values, up.values))
    values.push_back(activate(op.getKind(), x) * y);
  return makeTensor(gate.shape, std::move(values));
}

Expected<RuntimeValue> Interpreter::Call::compute(AddOp op) {
  const Tensor &lhs = tensor(op.getLhs()), &rhs = tensor(op.getRhs());
  if (Error error = checkShape(op, "rhs", rhs, lhs.shape))
    return error;
  std::vector<float> values;
  for (auto [x, y] : llvm::zip_equal(lhs.values, rhs.values))
    values.push_back(double(x) + y);
  return makeTensor(lhs.shape, std::move(values));
}

Expected<RuntimeValue> Interpreter::Call::compute(LinearOp op) {
  const Tensor &input = tensor(op.getInput());
  const Tensor &weight = tensor(op.getWeight());
  const Tensor *bias = tensorOrNull(op.getBias());
  const Tensor *residual = tensorOrNull(op.getResidual());
  int64_t tokens = input.shape[0], outputs = weight.shape[0];
  if (Error error = checkShape(op, "weight", weight, {outputs, input.shape[1]}))
    return error;
  if (bias)
    if (Error error = checkShape(op, "bias", *bias, {outputs}))
      return error;
  if (residual)
    if (Error error = checkShape(op, "residual", *residual, {tokens, outputs}))
      return error;

  std::vector<float> values;
  for (int64_t t = 0; t < tokens; ++t) {
    std::vector<float> x = roundInput(input.row(t), op.getArithmetic());
    for (int64_t o = 0; o < outputs; ++o) {
      double sum = dot(x, weight.row(o)) + (bias ? bias->values[o] : 0);
      values.push_back(activate(op.getActivation(), sum) +
                       (residual ? residual->row(t)[o] : 0));
    }
  }
  return makeTensor({tokens, outputs}, std::move(values));
}

Expected<RuntimeValue> Interpreter::Call::compute(UnembedOp op) {
  const Tensor &input = tensor(op.getInput());
  const Tensor &weight = tensor(op.getWeight());
  int64_t tokens = input.shape[0], vocabulary = weight.shape[0];
  if (Error error =
          checkShape(op, "weight", weight, {vocabulary, input.shape[1]}))
    return error;
  std::vector<float> values;
  for (int64_t t = 0; t < tokens; ++t) {
    std::vector<float> x = roundInput(input.row(t), op.getArithmetic());
    for (int64_t v = 0; v < vocabulary; ++v)
      values.push_back(softCap(op.getSoftCap(), dot(x, weight.row(v))));
  }
  return makeTensor({tokens, vocabulary}, std::move(values));
}
