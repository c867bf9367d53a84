//===- Families.h - The table of model families ---------------------------===//

#ifndef GPTC_COMPILER_IMPORT_FAMILIES_H
#define GPTC_COMPILER_IMPORT_FAMILIES_H

#include "compiler/import/Rotary.h"
#include "dialect/Gpt.h"

#include <optional>

namespace gptc {

/// The sizes and features of a model of any family.
struct Hyperparameters {
  int64_t layers, channels, heads, kvHeads, headSize, inner, context,
      vocabulary;
  /// heads * headSize and kvHeads * headSize.
  int64_t queryChannels, kvChannels;
  gpt::Activation activation;
  float epsilon;
  /// The factor of the attention scores in each layer.
  llvm::SmallVector<float> attentionScales;
  /// The attention window of each layer: the number of positions that a row
  /// attends to, its own included; 0 means all.
  llvm::SmallVector<int64_t> windows;
  /// Without frequencies, positions are learned.
  RotaryParameters rotary;
  float embeddingScale = 1;
  /// Soft caps of the attention scores and of the logits; 0 means none.
  float attentionCap = 0, logitCap = 0;
  /// Attention and MLP read the same hidden state, and both are added to it.
  bool parallelResidual = false;
  /// The token that begins a text.
  std::optional<int64_t> bos;
  /// The tokens that end a text.
  llvm::SmallVector<int64_t> eos;
  /// The output head has its own matrix rather than the token embedding's.
  bool untied = false;
  /// Biases of query, key and value; of attention's output; of the MLP.
  bool inputBias = false, outputBias = false, mlpBias = false;
};

using Size = int64_t Hyperparameters::*;
using Choice = bool Hyperparameters::*;

/// A weight and its place in checkpoints.
struct WeightPattern {
  /// The symbol in the module. A symbol that ends in ".bias" names the bias of
  /// the weight with the symbol before it.
  llvm::StringLiteral symbol;
  /// The tensor's name, with `*` in place of the layer's number.
  llvm::StringLiteral tensor;
  /// The logical shape: outputs and, for a matrix, inputs.
  Size outputs, inputs = nullptr;
  /// The property of models that have this weight; null means all models.
  Choice onlyIf = nullptr;
  /// The matrix is stored with its inputs as the first dimension.
  bool inputsFirst = false;
  /// The tensor concatenates weights with these numbers of outputs, and this
  /// weight is the `part`-th. Without parts the tensor holds only this weight.
  llvm::ArrayRef<Size> parts = {};
  size_t part = 0;
  /// The parts are interleaved head by head.
  bool headByHead = false;
  /// One is added to the stored values.
  bool addsOne = false;
  /// The two rows of each rotary pair are adjacent in storage.
  bool pairsInterleaved = false;

  bool isLayered() const { return tensor.contains('*'); }
};

/// A key of config.json that holds a size.
struct SizeKey {
  llvm::StringLiteral name;
  /// An alternative key that the family's configuration class accepts, too.
  llvm::StringLiteral alias = "";
  int64_t most = std::numeric_limits<int32_t>::max();
};

/// A property that a key of config.json sets. Without a key, all models of the
/// family have it.
struct ChoiceKey {
  Choice choice;
  llvm::StringLiteral name;
  bool fallback;
};

/// The rule that tells which layers have an attention window.
enum class WindowRule {
  none,
  /// All layers, of `sliding_window` positions.
  every,
  /// If `use_sliding_window` is set, the layers from `max_window_layers` on, or
  /// those that `layer_types` lists.
  fromLayer,
  /// Every second layer, starting with layer 0, or those that `layer_types`
  /// lists.
  alternate,
};

/// The keys of config.json that matter. The defaults fit most families.
struct ConfigKeys {
  SizeKey layers = {"num_hidden_layers", "", /*most=*/1 << 16};
  SizeKey channels = {"hidden_size"};
  SizeKey heads = {"num_attention_heads"};
  SizeKey kvHeads = {"num_key_value_heads"};
  /// The value if the key is absent; 0 means as many as heads.
  int64_t defaultKvHeads = 0;
  SizeKey headSize = {"head_dim"};
  /// The value if the key is absent; 0 means channels / heads.
  int64_t defaultHeadSize = 0;
  SizeKey inner = {"intermediate_size"};
  /// The value of `inner` if it is absent or null, as a multiple of `channels`;
  /// 0 means that it is required.
  int64_t innerFactor = 0;
  SizeKey context = {"max_position_embeddings"};
  SizeKey vocabulary = {"vocab_size"};
  llvm::StringLiteral activation = "hidden_act";
  llvm::StringLiteral defaultActivation = "silu";
  /// Gemma's first files say "gelu" but mean its tanh approximation.
  bool geluIsTanh = false;
  llvm::StringLiteral epsilon = "rms_norm_eps";
  float defaultEpsilon = 1e-6f;
  /// Attention scores are divided by the square root of the head size, or of
  /// the number at this key.
  llvm::StringLiteral scoreScalar = "";
  double defaultScoreScalar = 0;
  /// The keys that disable this scaling if false, and that also divide scores
  /// by the layer's number, counted from one, if true.
  llvm::StringLiteral scaled = "", scaledByLayer = "";
  /// Soft caps; null means none.
  llvm::StringLiteral attentionCap = "", logitCap = "";
  double defaultAttentionCap = 0, defaultLogitCap = 0;
  /// The fraction of a head's channels that rotary embedding rotates; an empty
  /// key means that positions are learned.
  llvm::StringLiteral rotaryFraction = "partial_rotary_factor";
  double defaultRotaryFraction = 1;
  llvm::StringLiteral rotaryBase = "rope_theta";
  WindowRule windows = WindowRule::none;
  /// The value if `sliding_window` is absent; 0 means no window.
  int64_t defaultWindow = 0;
  bool tiedByDefault = false;
  llvm::ArrayRef<ChoiceKey> choices = {};
  /// Keys of unsupported features; they must be absent, null, false or empty.
  llvm::ArrayRef<llvm::StringLiteral> off = {};
};

/// A row of the table of families. The weights determine the structure of
/// layers: norms named `norm` precede attention and MLP; those named
/// `post_norm` follow them, before the residual is added; with `mlp.gate` the
/// MLP is gated; `attn.query_norm` applies to each head, or to the whole row if
/// it is as long.
struct Family {
  /// The value of `model_type` in config.json.
  llvm::StringLiteral name;
  ConfigKeys keys;
  gpt::NormKind norm = gpt::NormKind::rms;
  /// Embeddings are multiplied by the square root of the number of channels.
  bool scaledEmbedding = false;
  /// A prefix that checkpoints may omit from the names of tensors.
  llvm::StringLiteral optionalPrefix = "model.";
  /// The weights in the order of the module.
  llvm::ArrayRef<WeightPattern> weights;
  /// Tensors without any information that the graph needs.
  llvm::ArrayRef<llvm::StringLiteral> ignoredTensors = {};
};

llvm::ArrayRef<Family> getFamilies();

} // namespace gptc

#endif // GPTC_COMPILER_IMPORT_FAMILIES_H
