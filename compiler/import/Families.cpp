//===- Families.cpp - The table of model families -------------------------===//

#include "compiler/import/Families.h"

using namespace gptc;
using namespace llvm;

using H = Hyperparameters;

/// Tensors that fuse query, key and value, or gate and up.
static constexpr Size queryKeyValue[] = {&H::queryChannels, &H::kvChannels,
                                         &H::kvChannels};
static constexpr Size gateUp[] = {&H::inner, &H::inner};

//===----------------------------------------------------------------------===//
// GPT-2
//===----------------------------------------------------------------------===//

/// Linears are stored as transformers' Conv1D, with the inputs as the first
/// dimension.
static constexpr WeightPattern conv1d(StringLiteral symbol,
                                      StringLiteral tensor, Size outputs,
                                      Size inputs,
                                      ArrayRef<Size> parts = {},
                                      size_t part = 0) {
  return {symbol,  tensor, outputs, inputs, /*onlyIf=*/nullptr,
          /*inputsFirst=*/true, parts,   part};
}

static constexpr WeightPattern partOf(ArrayRef<Size> parts, size_t part,
                                      WeightPattern pattern) {
  pattern.parts = parts;
  pattern.part = part;
  return pattern;
}

static constexpr WeightPattern gpt2Weights[] = {
    {"embedding.token", "transformer.wte.weight", &H::vocabulary, &H::channels},
    {"embedding.position", "transformer.wpe.weight", &H::context, &H::channels},
    {"attn.norm.scale", "transformer.h.*.ln_1.weight", &H::channels},
    {"attn.norm.bias", "transformer.h.*.ln_1.bias", &H::channels},
    conv1d("attn.query", "transformer.h.*.attn.c_attn.weight",
           &H::queryChannels, &H::channels, queryKeyValue, 0),
    partOf(queryKeyValue, 0,
           {"attn.query.bias", "transformer.h.*.attn.c_attn.bias",
            &H::queryChannels}),
    conv1d("attn.key", "transformer.h.*.attn.c_attn.weight", &H::kvChannels,
           &H::channels, queryKeyValue, 1),
    partOf(queryKeyValue, 1,
           {"attn.key.bias", "transformer.h.*.attn.c_attn.bias",
            &H::kvChannels}),
    conv1d("attn.value", "transformer.h.*.attn.c_attn.weight", &H::kvChannels,
           &H::channels, queryKeyValue, 2),
    partOf(queryKeyValue, 2,
           {"attn.value.bias", "transformer.h.*.attn.c_attn.bias",
            &H::kvChannels}),
    conv1d("attn.output", "transformer.h.*.attn.c_proj.weight", &H::channels,
           &H::queryChannels),
    {"attn.output.bias", "transformer.h.*.attn.c_proj.bias", &H::channels},
    {"mlp.norm.scale", "transformer.h.*.ln_2.weight", &H::channels},
    {"mlp.norm.bias", "transformer.h.*.ln_2.bias", &H::channels},
    conv1d("mlp.up", "transformer.h.*.mlp.c_fc.weight", &H::inner,
           &H::channels),
    {"mlp.up.bias", "transformer.h.*.mlp.c_fc.bias", &H::inner},
    conv1d("mlp.down", "transformer.h.*.mlp.c_proj.weight", &H::channels,
           &H::inner),
    {"mlp.down.bias", "transformer.h.*.mlp.c_proj.bias", &H::channels},
    {"norm.scale", "transformer.ln_f.weight", &H::channels},
    {"norm.bias", "transformer.ln_f.bias", &H::channels},
    {"head", "lm_head.weight", &H::vocabulary, &H::channels, &H::untied},
};

/// Stored causal masks.
static constexpr StringLiteral gpt2Ignored[] = {
    "transformer.h.*.attn.bias", "transformer.h.*.attn.masked_bias"};

static constexpr StringLiteral gpt2Off[] = {"add_cross_attention",
                                            "pruned_heads"};

//===----------------------------------------------------------------------===//
// GPT-NeoX
//===----------------------------------------------------------------------===//

static constexpr WeightPattern headByHead(WeightPattern pattern, size_t part) {
  pattern.parts = queryKeyValue;
  pattern.part = part;
  pattern.headByHead = true;
  return pattern;
}

#define NEOX_QKV "gpt_neox.layers.*.attention.query_key_value"
static constexpr WeightPattern gptNeoXWeights[] = {
    {"embedding.token", "gpt_neox.embed_in.weight", &H::vocabulary,
     &H::channels},
    {"attn.norm.scale", "gpt_neox.layers.*.input_layernorm.weight",
     &H::channels},
    {"attn.norm.bias", "gpt_neox.layers.*.input_layernorm.bias", &H::channels},
    headByHead({"attn.query", NEOX_QKV ".weight", &H::queryChannels, &H::channels},
               0),
    headByHead({"attn.query.bias", NEOX_QKV ".bias", &H::queryChannels, nullptr,
                &H::inputBias},
               0),
    headByHead({"attn.key", NEOX_QKV ".weight", &H::kvChannels, &H::channels},
               1),
    headByHead({"attn.key.bias", NEOX_QKV ".bias", &H::kvChannels, nullptr,
                &H::inputBias},
               1),
    headByHead({"attn.value", NEOX_QKV ".weight", &H::kvChannels, &H::channels},
               2),
    headByHead({"attn.value.bias", NEOX_QKV ".bias", &H::kvChannels, nullptr,
                &H::inputBias},
               2),
    {"attn.output", "gpt_neox.layers.*.attention.dense.weight", &H::channels,
     &H::queryChannels},
    {"attn.output.bias", "gpt_neox.layers.*.attention.dense.bias",
     &H::channels, nullptr, &H::outputBias},
    {"mlp.norm.scale", "gpt_neox.layers.*.post_attention_layernorm.weight",
     &H::channels},
    {"mlp.norm.bias", "gpt_neox.layers.*.post_attention_layernorm.bias",
     &H::channels},
    {"mlp.up", "gpt_neox.layers.*.mlp.dense_h_to_4h.weight", &H::inner,
     &H::channels},
    {"mlp.up.bias", "gpt_neox.layers.*.mlp.dense_h_to_4h.bias", &H::inner},
    {"mlp.down", "gpt_neox.layers.*.mlp.dense_4h_to_h.weight", &H::channels,
     &H::inner},
    {"mlp.down.bias", "gpt_neox.layers.*.mlp.dense_4h_to_h.bias",
     &H::channels},
    {"norm.scale", "gpt_neox.final_layer_norm.weight", &H::channels},
    {"norm.bias", "gpt_neox.final_layer_norm.bias", &H::channels},
    {"head", "embed_out.weight", &H::vocabulary, &H::channels, &H::untied},
};
#undef NEOX_QKV

static constexpr StringLiteral gptNeoXIgnored[] = {
    "gpt_neox.layers.*.attention.bias",
    "gpt_neox.layers.*.attention.masked_bias",
    "gpt_neox.layers.*.attention.rotary_emb.inv_freq"};

static constexpr ChoiceKey gptNeoXChoices[] = {
    {&H::inputBias, "attention_bias", true},
    {&H::outputBias, "attention_bias", true},
    {&H::parallelResidual, "use_parallel_residual", true}};

//===----------------------------------------------------------------------===//
// Llama, and families that differ from it only in their configuration
//===----------------------------------------------------------------------===//

#define LAYER "model.layers.*."
#define EMBEDDING                                                              \
  {"embedding.token", "model.embed_tokens.weight", &H::vocabulary, &H::channels}
#define HEAD                                                                   \
  {"head", "lm_head.weight", &H::vocabulary, &H::channels, &H::untied}
#define NORM(SYMBOL, TENSOR) {SYMBOL ".scale", TENSOR ".weight", &H::channels}
#define LINEAR(SYMBOL, TENSOR, OUTPUTS, INPUTS, BIAS)                          \
  {SYMBOL, LAYER TENSOR ".weight", &H::OUTPUTS, &H::INPUTS},                   \
      {SYMBOL ".bias", LAYER TENSOR ".bias", &H::OUTPUTS, nullptr, &H::BIAS}
#define QUERY_KEY_VALUE                                                        \
  LINEAR("attn.query", "self_attn.q_proj", queryChannels, channels,            \
         inputBias),                                                           \
      LINEAR("attn.key", "self_attn.k_proj", kvChannels, channels, inputBias), \
      LINEAR("attn.value", "self_attn.v_proj", kvChannels, channels, inputBias)
#define ATTENTION_OUTPUT                                                       \
  LINEAR("attn.output", "self_attn.o_proj", channels, queryChannels, outputBias)
#define GATED_MLP                                                              \
  LINEAR("mlp.gate", "mlp.gate_proj", inner, channels, mlpBias),               \
      LINEAR("mlp.up", "mlp.up_proj", inner, channels, mlpBias),               \
      LINEAR("mlp.down", "mlp.down_proj", channels, inner, mlpBias)

static constexpr WeightPattern llamaWeights[] = {
    EMBEDDING,
    NORM("attn.norm", LAYER "input_layernorm"),
    QUERY_KEY_VALUE,
    ATTENTION_OUTPUT,
    NORM("mlp.norm", LAYER "post_attention_layernorm"),
    GATED_MLP,
    NORM("norm", "model.norm"),
    HEAD,
};

static constexpr StringLiteral llamaIgnored[] = {
    LAYER "self_attn.rotary_emb.inv_freq"};

static constexpr ChoiceKey llamaChoices[] = {
    {&H::inputBias, "attention_bias", false},
    {&H::outputBias, "attention_bias", false},
    {&H::mlpBias, "mlp_bias", false}};

static constexpr ChoiceKey attentionBias[] = {
    {&H::inputBias, "attention_bias", false},
    {&H::outputBias, "attention_bias", false}};

static constexpr ChoiceKey qwen2Choices[] = {{&H::inputBias, "", true}};

/// Queries and keys are normalized per head.
static constexpr WeightPattern qwen3Weights[] = {
    EMBEDDING,
    NORM("attn.norm", LAYER "input_layernorm"),
    QUERY_KEY_VALUE,
    {"attn.query_norm.scale", LAYER "self_attn.q_norm.weight", &H::headSize},
    {"attn.key_norm.scale", LAYER "self_attn.k_norm.weight", &H::headSize},
    ATTENTION_OUTPUT,
    NORM("mlp.norm", LAYER "post_attention_layernorm"),
    GATED_MLP,
    NORM("norm", "model.norm"),
    HEAD,
};

/// Norms follow attention and MLP, and queries and keys are normalized over
/// whole rows.
static constexpr WeightPattern olmo2Weights[] = {
    EMBEDDING,
    QUERY_KEY_VALUE,
    {"attn.query_norm.scale", LAYER "self_attn.q_norm.weight",
     &H::queryChannels},
    {"attn.key_norm.scale", LAYER "self_attn.k_norm.weight", &H::kvChannels},
    ATTENTION_OUTPUT,
    NORM("attn.post_norm", LAYER "post_attention_layernorm"),
    GATED_MLP,
    NORM("mlp.post_norm", LAYER "post_feedforward_layernorm"),
    NORM("norm", "model.norm"),
    HEAD,
};

/// The checkpoint fuses query, key and value, and gate and up, by rows.
static constexpr WeightPattern phi3Weights[] = {
    EMBEDDING,
    NORM("attn.norm", LAYER "input_layernorm"),
    partOf(queryKeyValue, 0,
           {"attn.query", LAYER "self_attn.qkv_proj.weight", &H::queryChannels,
            &H::channels}),
    partOf(queryKeyValue, 1,
           {"attn.key", LAYER "self_attn.qkv_proj.weight", &H::kvChannels,
            &H::channels}),
    partOf(queryKeyValue, 2,
           {"attn.value", LAYER "self_attn.qkv_proj.weight", &H::kvChannels,
            &H::channels}),
    ATTENTION_OUTPUT,
    NORM("mlp.norm", LAYER "post_attention_layernorm"),
    partOf(gateUp, 0,
           {"mlp.gate", LAYER "mlp.gate_up_proj.weight", &H::inner,
            &H::channels}),
    partOf(gateUp, 1,
           {"mlp.up", LAYER "mlp.gate_up_proj.weight", &H::inner,
            &H::channels}),
    LINEAR("mlp.down", "mlp.down_proj", channels, inner, mlpBias),
    NORM("norm", "model.norm"),
    HEAD,
};

//===----------------------------------------------------------------------===//
// Gemma
//===----------------------------------------------------------------------===//

/// Norms are stored as their difference from one.
static constexpr WeightPattern oneMore(WeightPattern pattern) {
  pattern.addsOne = true;
  return pattern;
}

static constexpr WeightPattern gemmaWeights[] = {
    EMBEDDING,
    oneMore(NORM("attn.norm", LAYER "input_layernorm")),
    QUERY_KEY_VALUE,
    ATTENTION_OUTPUT,
    oneMore(NORM("mlp.norm", LAYER "post_attention_layernorm")),
    GATED_MLP,
    oneMore(NORM("norm", "model.norm")),
    HEAD,
};

/// There are norms before and after attention and MLP.
static constexpr WeightPattern gemma2Weights[] = {
    EMBEDDING,
    oneMore(NORM("attn.norm", LAYER "input_layernorm")),
    QUERY_KEY_VALUE,
    ATTENTION_OUTPUT,
    oneMore(NORM("attn.post_norm", LAYER "post_attention_layernorm")),
    oneMore(NORM("mlp.norm", LAYER "pre_feedforward_layernorm")),
    GATED_MLP,
    oneMore(NORM("mlp.post_norm", LAYER "post_feedforward_layernorm")),
    oneMore(NORM("norm", "model.norm")),
    HEAD,
};

static constexpr StringLiteral gemmaOff[] = {"use_bidirectional_attention"};

//===----------------------------------------------------------------------===//
// StarCoder2
//===----------------------------------------------------------------------===//

#define LAYER_NORM(SYMBOL, TENSOR)                                             \
  NORM(SYMBOL, TENSOR), {SYMBOL ".bias", TENSOR ".bias", &H::channels}

static constexpr WeightPattern starCoder2Weights[] = {
    EMBEDDING,
    LAYER_NORM("attn.norm", LAYER "input_layernorm"),
    QUERY_KEY_VALUE,
    ATTENTION_OUTPUT,
    LAYER_NORM("mlp.norm", LAYER "post_attention_layernorm"),
    LINEAR("mlp.up", "mlp.c_fc", inner, channels, mlpBias),
    LINEAR("mlp.down", "mlp.c_proj", channels, inner, mlpBias),
    LAYER_NORM("norm", "model.norm"),
    HEAD,
};

static constexpr ChoiceKey starCoder2Choices[] = {
    {&H::inputBias, "use_bias", true},
    {&H::outputBias, "use_bias", true},
    {&H::mlpBias, "use_bias", true}};

//===----------------------------------------------------------------------===//
// The table
//===----------------------------------------------------------------------===//

static constexpr Family families[] = {
    {.name = "gpt2",
     .keys = {.layers = {"n_layer", "num_hidden_layers", /*most=*/1 << 16},
              .channels = {"n_embd", "hidden_size"},
              .heads = {"n_head", "num_attention_heads"},
              .kvHeads = {""},
              .headSize = {""},
              .inner = {"n_inner"},
              .innerFactor = 4,
              .context = {"n_positions", "max_position_embeddings"},
              .activation = "activation_function",
              .defaultActivation = "gelu_new",
              .epsilon = "layer_norm_epsilon",
              .defaultEpsilon = 1e-5f,
              .scaled = "scale_attn_weights",
              .scaledByLayer = "scale_attn_by_inverse_layer_idx",
              .rotaryFraction = "",
              .tiedByDefault = true,
              .off = gpt2Off},
     .norm = gpt::NormKind::layer,
     .optionalPrefix = "transformer.",
     .weights = gpt2Weights,
     .ignoredTensors = gpt2Ignored},
    {.name = "gpt_neox",
     .keys = {.kvHeads = {""},
              .headSize = {""},
              .defaultActivation = "gelu",
              .epsilon = "layer_norm_eps",
              .defaultEpsilon = 1e-5f,
              .rotaryFraction = "rotary_pct",
              .defaultRotaryFraction = 0.25,
              .rotaryBase = "rotary_emb_base",
              .choices = gptNeoXChoices},
     .norm = gpt::NormKind::layer,
     .optionalPrefix = "gpt_neox.",
     .weights = gptNeoXWeights,
     .ignoredTensors = gptNeoXIgnored},
    {.name = "llama",
     .keys = {.choices = llamaChoices},
     .weights = llamaWeights,
     .ignoredTensors = llamaIgnored},
    {.name = "mistral",
     .keys = {.defaultKvHeads = 8,
              .windows = WindowRule::every,
              .defaultWindow = 4096},
     .weights = llamaWeights,
     .ignoredTensors = llamaIgnored},
    {.name = "qwen2",
     .keys = {.defaultKvHeads = 32,
              .windows = WindowRule::fromLayer,
              .defaultWindow = 4096,
              .choices = qwen2Choices},
     .weights = llamaWeights},
    {.name = "qwen3",
     .keys = {.defaultKvHeads = 32,
              .defaultHeadSize = 128,
              .windows = WindowRule::fromLayer,
              .defaultWindow = 4096,
              .choices = attentionBias},
     .weights = qwen3Weights},
    {.name = "phi3",
     .keys = {.defaultEpsilon = 1e-5f, .windows = WindowRule::every},
     .weights = phi3Weights},
    {.name = "gemma",
     .keys = {.defaultKvHeads = 16,
              .defaultHeadSize = 256,
              .defaultActivation = "gelu_pytorch_tanh",
              .geluIsTanh = true,
              .tiedByDefault = true,
              .choices = attentionBias,
              .off = gemmaOff},
     .scaledEmbedding = true,
     .weights = gemmaWeights},
    {.name = "gemma2",
     .keys = {.defaultKvHeads = 4,
              .defaultHeadSize = 256,
              .activation = "hidden_activation",
              .defaultActivation = "gelu_pytorch_tanh",
              .scoreScalar = "query_pre_attn_scalar",
              .defaultScoreScalar = 256,
              .attentionCap = "attn_logit_softcapping",
              .logitCap = "final_logit_softcapping",
              .defaultAttentionCap = 50,
              .defaultLogitCap = 30,
              .windows = WindowRule::alternate,
              .defaultWindow = 4096,
              .tiedByDefault = true,
              .choices = attentionBias,
              .off = gemmaOff},
     .scaledEmbedding = true,
     .weights = gemma2Weights},
    {.name = "starcoder2",
     .keys = {.defaultKvHeads = 2,
              .defaultActivation = "gelu_pytorch_tanh",
              .epsilon = "norm_epsilon",
              .defaultEpsilon = 1e-5f,
              .windows = WindowRule::every,
              .tiedByDefault = true,
              .choices = starCoder2Choices},
     .norm = gpt::NormKind::layer,
     .weights = starCoder2Weights},
    {.name = "olmo2",
     .keys = {.defaultEpsilon = 1e-5f, .choices = attentionBias},
     .weights = olmo2Weights},
};

ArrayRef<Family> gptc::getFamilies() { return families; }
