//===- WeightImport.cpp - Declares a model's weights ----------------------===//

#include "compiler/import/WeightImport.h"

#include "compiler/checkpoint/Input.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/MathExtras.h"

using namespace gptc;
using namespace llvm;

static bool matches(StringRef pattern, StringRef name) {
  if (!pattern.contains('*'))
    return name == pattern;
  auto [before, after] = pattern.split('*');
  return name.consume_front(before) && name.consume_back(after) &&
         !name.empty() && all_of(name, isDigit);
}

namespace {
class WeightImporter {
public:
  WeightImporter(mlir::OpBuilder &builder, const Config &config,
                 const Checkpoint *checkpoint)
      : builder(builder), config(config), family(*config.family),
        hyperparameters(config.hyperparameters), checkpoint(checkpoint) {
    if (checkpoint)
      isPrefixed = any_of(checkpoint->getTensors(), [&](auto *tensor) {
        return StringRef(tensor->name).starts_with(family.optionalPrefix);
      });
  }

  Error import();

private:
  /// Returns the tensor name of a pattern in this checkpoint.
  StringRef storedName(StringRef pattern) const {
    if (!isPrefixed)
      pattern.consume_front(family.optionalPrefix);
    return pattern;
  }

  Error tensorError(StringRef name, const Twine &found,
                    const Twine &expected) const {
    return inputError(checkpoint->getPath(name), "tensor " + quoted(name),
                      found, expected);
  }

  SmallVector<int64_t> storedShape(const WeightPattern &pattern) const;
  gpt::SliceAttr sliceOf(const WeightPattern &pattern) const;
  Error importWeight(const WeightPattern &pattern);
  Expected<mlir::Type> findElementType(const WeightPattern &pattern,
                                       ArrayRef<int64_t> shape);
  Error checkSize(ArrayRef<int64_t> shape);
  Error checkTied(const WeightPattern &pattern);
  Error checkUnderstood();

  mlir::OpBuilder &builder;
  const Config &config;
  const Family &family;
  const Hyperparameters &hyperparameters;
  const Checkpoint *checkpoint;
  bool isPrefixed = true;
  StringSet<> understood;
};
} // namespace

Error WeightImporter::import() {
  for (const WeightPattern &pattern : family.weights) {
    bool isPresent = !pattern.onlyIf || hyperparameters.*pattern.onlyIf;
    if (!isPresent && pattern.onlyIf != &Hyperparameters::untied)
      continue; // a tensor of this name is an error
    if (Error error = isPresent ? importWeight(pattern) : checkTied(pattern))
      return error;
  }
  return checkUnderstood();
}

SmallVector<int64_t>
WeightImporter::storedShape(const WeightPattern &pattern) const {
  int64_t outputs = hyperparameters.*pattern.outputs;
  if (!pattern.parts.empty()) {
    outputs = 0;
    for (Size part : pattern.parts)
      outputs += hyperparameters.*part;
  }
  SmallVector<int64_t> shape = {outputs};
  if (pattern.inputs)
    shape.push_back(hyperparameters.*pattern.inputs);
  if (pattern.inputsFirst)
    std::swap(shape[0], shape[1]);
  return shape;
}

/// Returns the pattern's part of the stored tensor.
gpt::SliceAttr WeightImporter::sliceOf(const WeightPattern &pattern) const {
  int64_t dim = pattern.inputsFirst ? 1 : 0;
  if (pattern.headByHead) {
    int64_t size = hyperparameters.headSize;
    return gpt::SliceAttr::get(builder.getContext(), dim, pattern.part * size,
                               size, pattern.parts.size() * size);
  }
  int64_t offset = 0;
  for (Size part : pattern.parts.take_front(pattern.part))
    offset += hyperparameters.*part;
  return gpt::SliceAttr::get(builder.getContext(), dim, offset,
                             hyperparameters.*pattern.outputs, /*every=*/0);
}

Error WeightImporter::importWeight(const WeightPattern &pattern) {
  SmallVector<int64_t> stored = storedShape(pattern);
  if (Error error = checkSize(stored))
    return error;
  Expected<mlir::Type> found = findElementType(pattern, stored);
  if (!found)
    return found.takeError();
  mlir::Type element = *found;

  mlir::MLIRContext *context = builder.getContext();
  SmallVector<mlir::Attribute> plan = {
      gpt::LoadAttr::get(context, storedName(pattern.tensor),
                         mlir::RankedTensorType::get(stored, element))};
  auto convertToF32 = [&] {
    element = builder.getF32Type();
    plan.push_back(gpt::ConvertAttr::get(context, element));
  };
  // Steps that split rows work on plain elements, not on quantized blocks.
  if (!element.isIntOrFloat() && (stored.size() == 1 || pattern.inputsFirst))
    convertToF32();
  if (!pattern.parts.empty())
    plan.push_back(sliceOf(pattern));
  if (pattern.inputsFirst)
    plan.push_back(gpt::TransposeAttr::get(context));
  if (pattern.pairsInterleaved)
    plan.push_back(
        gpt::DeinterleaveAttr::get(context, hyperparameters.headSize));
  if (pattern.addsOne) {
    if (!element.isF32())
      convertToF32();
    plan.push_back(gpt::AddAttr::get(context, builder.getF32FloatAttr(1)));
  }
  SmallVector<int64_t> logical = {hyperparameters.*pattern.outputs};
  if (pattern.inputs)
    logical.push_back(hyperparameters.*pattern.inputs);
  gpt::WeightOp::create(
      builder, mlir::NameLoc::get(builder.getStringAttr(pattern.symbol)),
      pattern.symbol,
      pattern.isLayered() ? builder.getI64IntegerAttr(hyperparameters.layers)
                          : mlir::IntegerAttr(),
      mlir::RankedTensorType::get(logical, element),
      builder.getArrayAttr(plan));
  return Error::success();
}

/// Returns the element type of the pattern's tensors, or !gpt.mixed if it
/// differs from layer to layer.
Expected<mlir::Type>
WeightImporter::findElementType(const WeightPattern &pattern,
                                ArrayRef<int64_t> shape) {
  if (!checkpoint)
    return config.elementType;
  mlir::Type type;
  int64_t layers = pattern.isLayered() ? hyperparameters.layers : 1;
  for (int64_t layer = 0; layer < layers; ++layer) {
    std::string name = getTensorName(storedName(pattern.tensor), layer);
    const StoredTensor *tensor = checkpoint->find(name);
    if (!tensor)
      return tensorError(name, "nothing", "a tensor of " + describe(shape));
    if (shape != ArrayRef<int64_t>(tensor->shape))
      return tensorError(name, describe(*tensor), describe(shape));
    mlir::Type found = getElementType(*tensor, builder.getContext());
    if (!found)
      return tensorError(name, describe(*tensor),
                         checkpoint->findFile(name)->getGguf()
                             ? "F32, F16, BF16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, "
                               "Q2_K, Q3_K, Q4_K, Q5_K or Q6_K"
                             : "F32, F16 or BF16");
    type = !type || type == found ? found
                                  : gpt::MixedType::get(builder.getContext());
    understood.insert(name);
  }
  return type;
}

/// Checks that the weight is not too large for gpt.weight. A checkpoint's
/// tensors have been checked against their files, but a configuration alone may
/// have any sizes.
Error WeightImporter::checkSize(ArrayRef<int64_t> shape) {
  uint64_t values = 1;
  for (int64_t size : shape)
    values = SaturatingMultiply(values, static_cast<uint64_t>(size));
  if (values > uint64_t{1} << 40)
    return inputError(config.path, "sizes", "a tensor of " + describe(shape),
                      "at most 2^40 values");
  return Error::success();
}

/// Checks a head that is stored although it is tied. Older transformers ignore
/// it and newer ones use it, so it must equal the embedding.
Error WeightImporter::checkTied(const WeightPattern &pattern) {
  const StoredTensor *head =
      checkpoint ? checkpoint->find(storedName(pattern.tensor)) : nullptr;
  if (!head)
    return Error::success();
  understood.insert(head->name);
  StringRef embeddingName = storedName(family.weights.front().tensor);
  const StoredTensor *embedding = checkpoint->find(embeddingName);
  if (head->type == embedding->type && head->bytes == embedding->bytes)
    return Error::success();
  return tensorError(head->name, "other values than those of the embedding",
                     "the same, unless " + config.path +
                         " sets tie_word_embeddings to false");
}

Error WeightImporter::checkUnderstood() {
  if (!checkpoint)
    return Error::success();
  for (const StoredTensor *tensor : checkpoint->getTensors()) {
    bool isIgnored = any_of(family.ignoredTensors, [&](StringRef pattern) {
      return matches(storedName(pattern), tensor->name);
    });
    if (!isIgnored && !understood.contains(tensor->name))
      return tensorError(tensor->name, describe(*tensor),
                         "no such tensor in " + family.name + " with " +
                             Twine(hyperparameters.layers) + " layers");
  }
  return Error::success();
}

Error gptc::importWeights(mlir::OpBuilder &builder, const Config &config,
                          const Checkpoint *checkpoint) {
  return WeightImporter(builder, config, checkpoint).import();
}
