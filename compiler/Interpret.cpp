//===- Interpret.cpp - gptc --interpret -----------------------------------===//

#include "compiler/Interpret.h"

#include "compiler/TensorFiles.h"
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
/// Collects activations. A model that runs in several calls gives each in
/// pieces of some rows.
class Activations {
public:
  void add(StringRef name, const Tensor &tensor, float masked) {
    std::vector<Piece> &pieces = named[name.str()];
    // Of ops that share a name the last one counts.
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

  /// Later rows look back on more positions, which are masked in earlier ones.
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

/// Drives the functions of a module as a program drives its entries, with one
/// sequence of tokens.
struct ModelRun {
  Expected<Tensor> logits(ArrayRef<int32_t> tokens);

  Expected<Tensor> entries(ArrayRef<int32_t> tokens);

  Expected<Tensor> rows(StringRef function, ArrayRef<int32_t> tokens,
                        int64_t first);
  Expected<Tensor> call(StringRef function, ArrayRef<RuntimeValue> arguments,
                        int64_t rows);
  bool takes(StringRef function, unsigned arguments);
  int64_t capacity(StringRef function, unsigned argument, int64_t rows);

  ModuleOp module;
  Interpreter &interpreter;
  Activations &activations;
};
} // namespace

/// Ids from `first` on.
static std::vector<int32_t> count(int64_t first, int64_t size) {
  std::vector<int32_t> ids(size);
  std::iota(ids.begin(), ids.end(), first);
  return ids;
}

/// Calls a function that yields a matrix of `rows` rows.
Expected<Tensor> ModelRun::call(StringRef function,
                                ArrayRef<RuntimeValue> arguments,
                                int64_t rows) {
  Expected<RuntimeValue> result = interpreter.call(function, arguments);
  if (!result)
    return result.takeError();
  activations.endCall();
  auto *tensor = std::get_if<std::shared_ptr<const Tensor>>(&*result);
  if (!tensor || (*tensor)->shape.size() != 2 || (*tensor)->shape[0] != rows)
    return createStringError("@" + function + " yields no matrix of " +
                             Twine(rows) + " rows");
  return **tensor;
}

/// What `function` computes for tokens at the positions from `first` on.
Expected<Tensor> ModelRun::rows(StringRef function, ArrayRef<int32_t> tokens,
                                int64_t first) {
  int64_t size = tokens.size();
  std::vector<int32_t> sequences(size, 0);
  return call(function, {tokens.vec(), count(first, size), sequences}, size);
}

bool ModelRun::takes(StringRef function, unsigned arguments) {
  auto entry = module.lookupSymbol<mlir::func::FuncOp>(function);
  return entry && entry.getNumArguments() == arguments;
}

Expected<Tensor> ModelRun::logits(ArrayRef<int32_t> tokens) {
  if (takes("forward", 3))
    return rows("forward", tokens, /*first=*/0);
  if (takes("prompt", 3) && takes("unembed", 2))
    return entries(tokens);
  return createStringError("the module has no forward pass of tensors, so it "
                           "is not of a phase from graph to packed");
}

/// How many of `rows` rows one call of `function` takes.
int64_t ModelRun::capacity(StringRef function, unsigned argument,
                           int64_t rows) {
  auto entry = module.lookupSymbol<mlir::func::FuncOp>(function);
  auto type =
      dyn_cast<mlir::RankedTensorType>(entry.getArgumentTypes()[argument]);
  if (!type || type.getRank() != 1 || type.isDynamicDim(0))
    return rows;
  return std::clamp<int64_t>(type.getDimSize(0), 1, rows);
}

/// Chunks of tokens through @prompt, their rows in groups through @unembed.
Expected<Tensor> ModelRun::entries(ArrayRef<int32_t> tokens) {
  int64_t chunk = capacity("prompt", 0, tokens.size());
  int64_t group = capacity("unembed", 1, tokens.size());
  Tensor logits{{0, 0}, {}};
  for (int64_t first = 0; !tokens.empty(); first += chunk) {
    ArrayRef<int32_t> taken = tokens.take_front(chunk);
    tokens = tokens.drop_front(taken.size());
    Expected<Tensor> hidden = rows("prompt", taken, first);
    if (!hidden)
      return hidden.takeError();
    auto state = std::make_shared<const Tensor>(std::move(*hidden));
    for (int64_t row = 0, size; row < int64_t(taken.size()); row += size) {
      size = std::min<int64_t>(group, taken.size() - row);
      Expected<Tensor> some = call("unembed", {state, count(row, size)}, size);
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
