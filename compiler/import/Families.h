//===- Families.h - What the families of models are -----------------------===//

#ifndef GPTC_COMPILER_IMPORT_FAMILIES_H
#define GPTC_COMPILER_IMPORT_FAMILIES_H

#include "dialect/Gpt.h"

#include <optional>

namespace gptc {

/// A model's sizes and choices, whatever family it is of.
struct Hyperparameters {
  int64_t layers, channels, heads, headSize, inner, context, vocabulary;
  gpt::Activation activation;
  float epsilon;
  /// Of every layer's attention scores.
  llvm::SmallVector<float> attentionScales;
  /// Begin and end of text.
  std::optional<int64_t> bos, eos;
  /// The head is a matrix of its own, not the token embedding.
  bool untied;
};

using Size = int64_t Hyperparameters::*;

/// A weight and where checkpoints keep it.
struct WeightPattern {
  /// Its name in the module; one that ends in ".bias" belongs to the weight of
  /// the name before it.
  llvm::StringLiteral symbol;
  /// `*` stands for the layer's number.
  llvm::StringLiteral tensor;
  /// The logical shape: outputs, then, of a matrix, inputs.
  Size outputs, inputs = nullptr;
  /// The matrix is stored with its inputs first.
  bool inputsFirst = false;
  /// The tensor holds so many such weights, side by side along the outputs;
  /// this is the `part`-th.
  int64_t parts = 1, part = 0;
  /// Only models with this property have it.
  bool Hyperparameters::*onlyIf = nullptr;

  bool isLayered() const { return tensor.contains('*'); }
};

/// A size in config.json.
struct SizeKey {
  llvm::StringLiteral name;
  /// Another spelling, which the family's class takes too.
  llvm::StringLiteral alias;
  int64_t most = std::numeric_limits<int32_t>::max();
};

/// The keys of config.json that matter.
struct ConfigKeys {
  SizeKey layers, channels, heads, inner, context, vocabulary;
  /// `inner` where it is absent or null, as a multiple of `channels`.
  int64_t innerFactor;
  llvm::StringLiteral activation, defaultActivation;
  llvm::StringLiteral epsilon;
  float defaultEpsilon;
  /// Attention scores are divided by the root of the head size unless this is
  /// false, and by the layer's number, counted from one, if this is true.
  llvm::StringLiteral scaled, scaledByLayer;
  /// What would make it another model: absent, null, false or empty.
  llvm::ArrayRef<llvm::StringLiteral> off;
};

/// A row of the table of families. Its layers are
///   x + attention(norm(x)), then x + mlp(norm(x)).
struct Family {
  /// `model_type` in config.json.
  llvm::StringLiteral name;
  ConfigKeys keys;
  gpt::NormKind norm;
  /// Checkpoints may leave this out of the names of tensors.
  llvm::StringLiteral optionalPrefix;
  /// In the order of the module.
  llvm::ArrayRef<WeightPattern> weights;
  /// Tensors that hold nothing the graph does not say.
  llvm::ArrayRef<llvm::StringLiteral> ignoredTensors;
};

llvm::ArrayRef<Family> getFamilies();

} // namespace gptc

#endif // GPTC_COMPILER_IMPORT_FAMILIES_H
