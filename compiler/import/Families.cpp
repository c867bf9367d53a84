//===- Families.cpp - What the families of models are ---------------------===//

#include "compiler/import/Families.h"

using namespace gptc;
using namespace llvm;

//===----------------------------------------------------------------------===//
// GPT-2
//===----------------------------------------------------------------------===//

using H = Hyperparameters;

// Linears are stored as transformers' Conv1D, inputs first.
static constexpr WeightPattern gpt2Weights[] = {
    {"embedding.token", "transformer.wte.weight", &H::vocabulary, &H::channels},
    {"embedding.position", "transformer.wpe.weight", &H::context, &H::channels},
    {"attn.norm.scale", "transformer.h.*.ln_1.weight", &H::channels},
    {"attn.norm.bias", "transformer.h.*.ln_1.bias", &H::channels},
    {"attn.query", "transformer.h.*.attn.c_attn.weight", &H::channels,
     &H::channels, /*inputsFirst=*/true, /*parts=*/3, /*part=*/0},
    {"attn.query.bias", "transformer.h.*.attn.c_attn.bias", &H::channels,
     nullptr, /*inputsFirst=*/false, /*parts=*/3, /*part=*/0},
    {"attn.key", "transformer.h.*.attn.c_attn.weight", &H::channels,
     &H::channels, /*inputsFirst=*/true, /*parts=*/3, /*part=*/1},
    {"attn.key.bias", "transformer.h.*.attn.c_attn.bias", &H::channels, nullptr,
     /*inputsFirst=*/false, /*parts=*/3, /*part=*/1},
    {"attn.value", "transformer.h.*.attn.c_attn.weight", &H::channels,
     &H::channels, /*inputsFirst=*/true, /*parts=*/3, /*part=*/2},
    {"attn.value.bias", "transformer.h.*.attn.c_attn.bias", &H::channels,
     nullptr, /*inputsFirst=*/false, /*parts=*/3, /*part=*/2},
    {"attn.output", "transformer.h.*.attn.c_proj.weight", &H::channels,
     &H::channels, /*inputsFirst=*/true},
    {"attn.output.bias", "transformer.h.*.attn.c_proj.bias", &H::channels},
    {"mlp.norm.scale", "transformer.h.*.ln_2.weight", &H::channels},
    {"mlp.norm.bias", "transformer.h.*.ln_2.bias", &H::channels},
    {"mlp.up", "transformer.h.*.mlp.c_fc.weight", &H::inner, &H::channels,
     /*inputsFirst=*/true},
    {"mlp.up.bias", "transformer.h.*.mlp.c_fc.bias", &H::inner},
    {"mlp.down", "transformer.h.*.mlp.c_proj.weight", &H::channels, &H::inner,
     /*inputsFirst=*/true},
    {"mlp.down.bias", "transformer.h.*.mlp.c_proj.bias", &H::channels},
    {"norm.scale", "transformer.ln_f.weight", &H::channels},
    {"norm.bias", "transformer.ln_f.bias", &H::channels},
    {"head", "lm_head.weight", &H::vocabulary, &H::channels,
     /*inputsFirst=*/false, /*parts=*/1, /*part=*/0, /*onlyIf=*/&H::untied},
};

// The causal mask.
static constexpr StringLiteral gpt2IgnoredTensors[] = {
    "transformer.h.*.attn.bias", "transformer.h.*.attn.masked_bias"};

static constexpr StringLiteral gpt2Off[] = {
    "add_cross_attention", "pruned_heads", "quantization_config"};

static constexpr Family families[] = {
    {.name = "gpt2",
     .keys = {.layers = {"n_layer", "num_hidden_layers", /*most=*/1 << 16},
              .channels = {"n_embd", "hidden_size"},
              .heads = {"n_head", "num_attention_heads"},
              .inner = {"n_inner", ""},
              .context = {"n_positions", "max_position_embeddings"},
              .vocabulary = {"vocab_size", ""},
              .innerFactor = 4,
              .activation = "activation_function",
              .defaultActivation = "gelu_new",
              .epsilon = "layer_norm_epsilon",
              .defaultEpsilon = 1e-5f,
              .scaled = "scale_attn_weights",
              .scaledByLayer = "scale_attn_by_inverse_layer_idx",
              .off = gpt2Off},
     .norm = gpt::NormKind::layer,
     .optionalPrefix = "transformer.",
     .weights = gpt2Weights,
     .ignoredTensors = gpt2IgnoredTensors},
};

ArrayRef<Family> gptc::getFamilies() { return families; }
