//===- Families.h - What the families of models are -----------------------===//

#ifndef GPTC_COMPILER_IMPORT_FAMILIES_H
#define GPTC_COMPILER_IMPORT_FAMILIES_H

#include "compiler/import/Rotary.h"
#include "dialect/Gpt.h"

#include <optional>

namespace gptc {

/// A model's sizes and choices, whatever family it is of.
struct Hyperparameters {
  int64_t layers, channels, heads, kvHeads, headSize, inner, context,
      vocabulary;
  /// heads * headSize and kvHeads * headSize.
  int64_t queryChannels, kvChannels;
  gpt::Activation activation;
  float epsilon;
  /// Of every layer's attention scores.
  llvm::SmallVector<float> attentionScales;
  /// Positions that each layer looks back, the row's own included; 0: all.
  llvm::SmallVector<int64_t> windows;
  /// Without frequencies, positions are learned.
  RotaryParameters rotary;
  float embeddingScale = 1;
  /// Soft caps of scores and logits; 0: none.
  float attentionCap = 0, logitCap = 0;
  /// Attention and MLP read the same hidden state and are added to it together.
  bool parallelResidual = false;
  /// Begins a text.
  std::optional<int64_t> bos;
  /// Each ends a text.
  llvm::SmallVector<int64_t> eos;
  /// The head is a matrix of its own, not the token embedding.
  bool untied = false;
  /// Of query, key and value; of attention's output; of the MLP.
  bool inputBias = false, outputBias = false, mlpBias = false;
};

using Size = int64_t Hyperparameters::*;
using Choice = bool Hyperparameters::*;

/// A weight and where checkpoints keep it.
struct WeightPattern {
  /// Its name in the module; one that ends in ".bias" belongs to the weight of
  /// the name before it.
  llvm::StringLiteral symbol;
  /// `*` stands for the layer's number.
  llvm::StringLiteral tensor;
  /// The logical shape: outputs, then, of a matrix, inputs.
  Size outputs, inputs = nullptr;
  /// Only models with this property have it.
  Choice onlyIf = nullptr;
  /// The matrix is stored with its inputs first.
  bool inputsFirst = false;
  /// The tensor holds weights of these outputs side by side, and this is the
  /// `part`-th; without parts it holds this one alone.
  llvm::ArrayRef<Size> parts = {};
  size_t part = 0;
  /// The parts alternate head by head.
  bool headByHead = false;
  /// One is added to what is stored.
  bool addsOne = false;
  /// Rows of a head that are turned together are stored side by side.
  bool pairsInterleaved = false;

  bool isLayered() const { return tensor.contains('*'); }
};

/// A size in config.json.
struct SizeKey {
  llvm::StringLiteral name;
  /// Another spelling, which the family's class takes too.
  llvm::StringLiteral alias = "";
  int64_t most = std::numeric_limits<int32_t>::max();
};

/// A property that a key of config.json sets, or, without one, that every model
/// of the family has.
struct ChoiceKey {
  Choice choice;
  llvm::StringLiteral name;
  bool fallback;
};

/// Which layers look back through a window.
enum class WindowRule {
  none,
  /// All of them, `sliding_window` positions.
  every,
  /// If `use_sliding_window`, those from `max_window_layers` on, or those that
  /// `layer_types` names.
  fromLayer,
  /// Every second one, layer 0 first, or those that `layer_types` names.
  alternate,
};

/// The keys of config.json that matter. Defaults are those of most families.
struct ConfigKeys {
  SizeKey layers = {"num_hidden_layers", "", /*most=*/1 << 16};
  SizeKey channels = {"hidden_size"};
  SizeKey heads = {"num_attention_heads"};
  SizeKey kvHeads = {"num_key_value_heads"};
  /// Where it is absent; 0: as many as heads.
  int64_t defaultKvHeads = 0;
  SizeKey headSize = {"head_dim"};
  /// Where it is absent; 0: channels / heads.
  int64_t defaultHeadSize = 0;
  SizeKey inner = {"intermediate_size"};
  /// `inner` where it is absent or null, as a multiple of `channels`; 0: never.
  int64_t innerFactor = 0;
  SizeKey context = {"max_position_embeddings"};
  SizeKey vocabulary = {"vocab_size"};
  llvm::StringLiteral activation = "hidden_act";
  llvm::StringLiteral defaultActivation = "silu";
  /// Gemma's first files say "gelu" and mean its approximation by tanh.
  bool geluIsTanh = false;
  llvm::StringLiteral epsilon = "rms_norm_eps";
  float defaultEpsilon = 1e-6f;
  /// Attention scores are divided by the root of the head size, or of the
  /// number of this name.
  llvm::StringLiteral scoreScalar = "";
  double defaultScoreScalar = 0;
  /// Unless this is false; and by the layer's number, counted from one, if the
  /// other is true.
  llvm::StringLiteral scaled = "", scaledByLayer = "";
  /// Soft caps; null means none.
  llvm::StringLiteral attentionCap = "", logitCap = "";
  double defaultAttentionCap = 0, defaultLogitCap = 0;
  /// The part of a head's channels that is turned; empty: positions are
  /// learned.
  llvm::StringLiteral rotaryPart = "partial_rotary_factor";
  double defaultRotaryPart = 1;
  llvm::StringLiteral rotaryBase = "rope_theta";
  WindowRule windows = WindowRule::none;
  /// Where `sliding_window` is absent; 0: no window.
  int64_t defaultWindow = 0;
  bool tiedByDefault = false;
  llvm::ArrayRef<ChoiceKey> choices = {};
  /// What would make it another model: absent, null, false or empty.
  llvm::ArrayRef<llvm::StringLiteral> off = {};
};

/// A row of the table of families. The weights say what its layers are: norms
/// named `norm` come before attention and MLP, those named `post_norm` after
/// them, before the sum; with `mlp.gate` the MLP is gated; `attn.query_norm`
/// is of each head, or of the row if it is as long.
struct Family {
  /// `model_type` in config.json.
  llvm::StringLiteral name;
  ConfigKeys keys;
  gpt::NormKind norm = gpt::NormKind::rms;
  /// Embeddings are multiplied by the root of the channels.
  bool scaledEmbedding = false;
  /// Checkpoints may leave this out of the names of tensors.
  llvm::StringLiteral optionalPrefix = "model.";
  /// In the order of the module.
  llvm::ArrayRef<WeightPattern> weights;
  /// Tensors that hold nothing the graph does not say.
  llvm::ArrayRef<llvm::StringLiteral> ignoredTensors = {};
};

llvm::ArrayRef<Family> getFamilies();

} // namespace gptc

#endif // GPTC_COMPILER_IMPORT_FAMILIES_H
