//===- Interpret.cpp - Implements gptc --interpret ------------------------===//

#include "compiler/Interpret.h"

#include "compiler/TensorFiles.h"
#include "dialect/Entry.h"
#include "llvm/ADT/StringExtras.h"
#include <numeric>

using namespace gptc;
using namespace llvm;
using mlir::ModuleOp;

Expected<std::vector<int32_t>> gptc::parseTokens(StringRef text,
                                                 int64_t vocabulary) {
  std::vector<int32_t> tokens;
  for (StringRef part : split(text, ',')) {
    uint32_t id;
    if (part.getAsInteger(10, id))
      return createStringError("--tokens: '" + part + "' is not a token id");
    if (id >= vocabulary)
      return createStringError("--tokens: " + part + " is not below " +
                               Twine(vocabulary) + ", the vocabulary's size");
    tokens.push_back(id);
  }
  return tokens;
}

namespace {
/// Collects activations. If a model runs in several calls, each call adds a
/// piece of some rows.
class Activations {
public:
  void add(StringRef name, const Tensor &tensor, float masked) {
    std::vector<Piece> &pieces = named[name.str()];
    // Of several ops with the same name, the last one counts.
    if (!pieces.empty() && pieces.back().call == call)
      pieces.pop_back();
    pieces.push_back({call, tensor, masked});
  }
  void endCall() { ++call; }

  std::vector<std::pair<std::string, Tensor>> take() {
    std::vector<std::pair<std::string, Tensor>> all;
    for (auto &[name, pieces] : named)
      all.emplace_back(name, join(pieces));
    return all;
  }

private:
  struct Piece {
    int64_t call;
    /// (rows, channels) or (heads, rows, positions).
    Tensor tensor;
    float masked;

    int64_t heads() const {
      return tensor.shape.size() == 3 ? tensor.shape[0] : 1;
    }
    int64_t rows() const { return tensor.shape.end()[-2]; }
    int64_t columns() const { return tensor.shape.end()[-1]; }
  };

  /// Joins the rows of pieces. Later rows have more positions, which are masked
  /// in earlier rows.
  static Tensor join(ArrayRef<Piece> pieces) {
    Tensor joined{pieces.front().tensor.shape, {}};
    int64_t &rows = joined.shape.end()[-2] = 0;
    int64_t &columns = joined.shape.back();
    for (const Piece &piece : pieces) {
      rows += piece.rows();
      columns = std::max(columns, piece.columns());
    }
    for (int64_t head = 0; head < pieces.front().heads(); ++head)
      for (const Piece &piece : pieces)
        for (int64_t row = 0; row < piece.rows(); ++row) {
          size_t end = joined.values.size() + columns;
          append_range(joined.values,
                       ArrayRef(piece.tensor.values)
                           .slice((head * piece.rows() + row) * piece.columns(),
                                  piece.columns()));
          joined.values.resize(end, piece.masked);
        }
    return joined;
  }

  std::map<std::string, std::vector<Piece>> named;
  int64_t call = 0;
};

/// Calls the functions of a module in the same way as a program calls its
/// entries, with one sequence of tokens.
struct ModelRun {
  Expected<Tensor> logits(ArrayRef<int32_t> tokens);

  Expected<Tensor> entries(mlir::func::FuncOp prompt,
                           mlir::func::FuncOp unembed,
                           ArrayRef<int32_t> tokens);

  /// Returns the function whose arguments have exactly the roles `takes` and
  /// whose result has the role `leaves`, or null. Of several it returns the one
  /// that takes the most rows.
  mlir::func::FuncOp find(ArrayRef<gpt::Role> takes, gpt::Role leaves);
  /// Calls `function` with the values of the roles it takes. Its result is a
  /// matrix of `rows` rows.
  Expected<Tensor> call(mlir::func::FuncOp function,
                        const std::map<gpt::Role, RuntimeValue> &values,
                        int64_t rows);
  Expected<Tensor> rows(mlir::func::FuncOp function, ArrayRef<int32_t> tokens,
                        int64_t first);

  ModuleOp module;
  Interpreter &interpreter;
  Activations &activations;
};
} // namespace

/// Returns `size` ids from `first` on.
static std::vector<int32_t> count(int64_t first, int64_t size) {
  std::vector<int32_t> ids(size);
  std::iota(ids.begin(), ids.end(), first);
  return ids;
}

Expected<Tensor>
ModelRun::call(mlir::func::FuncOp function,
               const std::map<gpt::Role, RuntimeValue> &values, int64_t rows) {
  std::vector<RuntimeValue> arguments;
  for (mlir::BlockArgument argument : function.getArguments())
    arguments.push_back(values.at(*gpt::getRole(argument)));
  Expected<RuntimeValue> result =
      interpreter.call(function.getName(), arguments);
  if (!result)
    return result.takeError();
  activations.endCall();
  auto *tensor = std::get_if<std::shared_ptr<const Tensor>>(&*result);
  if (!tensor || (*tensor)->shape.size() != 2 || (*tensor)->shape[0] != rows)
    return createStringError("@" + function.getName() +
                             " yields no matrix of " + Twine(rows) + " rows");
  return **tensor;
}

/// Returns the result of `function` for tokens at the positions from `first`
/// on.
Expected<Tensor> ModelRun::rows(mlir::func::FuncOp function,
                                ArrayRef<int32_t> tokens, int64_t first) {
  int64_t size = tokens.size();
  return call(function,
              {{gpt::Role::tokens, tokens.vec()},
               {gpt::Role::positions, count(first, size)},
               {gpt::Role::sequences, std::vector<int32_t>(size, 0)}},
              size);
}

mlir::func::FuncOp ModelRun::find(ArrayRef<gpt::Role> takes, gpt::Role leaves) {
  auto fits = [&](mlir::func::FuncOp function) {
    return function.getNumArguments() == takes.size() &&
           function.getNumResults() == 1 &&
           gpt::getResultRole(function, 0) == leaves &&
           all_of(takes, [&](gpt::Role role) {
             mlir::BlockArgument argument = gpt::findArgument(function, role);
             return argument && isa<mlir::TensorType>(argument.getType());
           });
  };
  mlir::func::FuncOp found;
  for (auto function : module.getOps<mlir::func::FuncOp>())
    if (!function.isExternal() && fits(function) &&
        (!found || gpt::getCapacity(found) < gpt::getCapacity(function)))
      found = function;
  return found;
}

static constexpr gpt::Role tokenRoles[] = {
    gpt::Role::tokens, gpt::Role::positions, gpt::Role::sequences};

Expected<Tensor> ModelRun::logits(ArrayRef<int32_t> tokens) {
  if (mlir::func::FuncOp forward = find(tokenRoles, gpt::Role::logits))
    return rows(forward, tokens, /*first=*/0);
  mlir::func::FuncOp prompt = find(tokenRoles, gpt::Role::hidden);
  mlir::func::FuncOp unembed =
      find({gpt::Role::hidden, gpt::Role::rows}, gpt::Role::logits);
  if (prompt && unembed)
    return entries(prompt, unembed, tokens);
  return createStringError("the module has no forward pass of tensors, so it "
                           "is not of a phase from graph to packed");
}

/// Returns how many of `rows` rows one call of `function` takes.
static int64_t takenRows(mlir::func::FuncOp function, int64_t rows) {
  return std::clamp<int64_t>(gpt::getCapacity(function).value_or(rows), 1, rows);
}

/// Evaluates the tokens in chunks by `prompt` and the rows in groups by
/// `unembed`.
Expected<Tensor> ModelRun::entries(mlir::func::FuncOp prompt,
                                   mlir::func::FuncOp unembed,
                                   ArrayRef<int32_t> tokens) {
  int64_t chunk = takenRows(prompt, tokens.size());
  int64_t group = takenRows(unembed, tokens.size());
  Tensor logits{{0, 0}, {}};
  for (int64_t first = 0; !tokens.empty(); first += chunk) {
    ArrayRef<int32_t> taken = tokens.take_front(chunk);
    tokens = tokens.drop_front(taken.size());
    Expected<Tensor> hidden = rows(prompt, taken, first);
    if (!hidden)
      return hidden.takeError();
    auto state = std::make_shared<const Tensor>(std::move(*hidden));
    for (int64_t row = 0, size; row < int64_t(taken.size()); row += size) {
      size = std::min<int64_t>(group, taken.size() - row);
      Expected<Tensor> some = call(
          unembed,
          {{gpt::Role::hidden, state}, {gpt::Role::rows, count(row, size)}},
          size);
      if (!some)
        return some.takeError();
      logits.shape = {logits.shape[0] + size, some->shape[1]};
      append_range(logits.values, some->values);
    }
  }
  return logits;
}

Error gptc::interpretModel(ModuleOp module, WeightReader readWeight,
                           ArrayRef<int32_t> tokens, StringRef logitsFile,
                           StringRef activationsFile) {
  if (gpt::ModelOp model = gpt::getModel(module);
      model && model.getLearnedPositions() &&
      tokens.size() > model.getContextLength())
    return createStringError("--tokens: " + Twine(tokens.size()) +
                             " ids were given but the model's context is " +
                             Twine(model.getContextLength()));
  Activations activations;
  auto record = [&](StringRef name, const Tensor &tensor, float masked) {
    activations.add(name, tensor, masked);
  };
  Interpreter interpreter(module, readWeight,
                          activationsFile.empty() ? ActivationCallback()
                                                  : ActivationCallback(record));
  Expected<Tensor> logits =
      ModelRun{module, interpreter, activations}.logits(tokens);
  if (!logits)
    return logits.takeError();
  if (!activationsFile.empty())
    if (Error error = writeSafetensors(activationsFile, activations.take()))
      return error;
  return logitsFile.empty() ? Error::success() : writeNpy(logitsFile, *logits);
}
