//===- GgufFamilies.cpp - The families in GGUF files ----------------------===//

#include "compiler/import/GgufFamilies.h"

#include "llvm/ADT/STLExtras.h"

using namespace gptc;
using namespace llvm;

using gpt::Activation;

/// Rotary rows are interleaved where llama.cpp rotates adjacent rows
/// (LLAMA_ROPE_TYPE_NORM).
static constexpr GgufArchitecture architectures[] = {
    {"llama", "llama", Activation::silu, /*pairsInterleaved=*/true,
     WindowRule::every},
    {"gpt2", "gpt2", Activation::gelu_tanh},
    {"gptneox", "gpt_neox", Activation::gelu},
    {"qwen2", "qwen2", Activation::silu},
    {"qwen3", "qwen3", Activation::silu},
    {"phi3", "phi3", Activation::silu, /*pairsInterleaved=*/false,
     WindowRule::every},
    {"gemma", "gemma", Activation::gelu_tanh},
    {"gemma2", "gemma2", Activation::gelu_tanh, /*pairsInterleaved=*/false,
     WindowRule::alternate},
    {"starcoder2", "starcoder2", Activation::gelu_tanh,
     /*pairsInterleaved=*/false, WindowRule::every},
    {"olmo2", "olmo2", Activation::silu},
};

ArrayRef<GgufArchitecture> gptc::getGgufArchitectures() {
  return architectures;
}

namespace {
struct TensorName {
  StringLiteral symbol, tensor;
};
} // namespace

/// The names in gguf-py/gguf/constants.py, TENSOR_NAMES.
static constexpr TensorName names[] = {
    {"embedding.token", "token_embd.weight"},
    {"embedding.position", "position_embd.weight"},
    {"attn.norm.scale", "blk.*.attn_norm.weight"},
    {"attn.norm.bias", "blk.*.attn_norm.bias"},
    {"attn.query", "blk.*.attn_q.weight"},
    {"attn.query.bias", "blk.*.attn_q.bias"},
    {"attn.key", "blk.*.attn_k.weight"},
    {"attn.key.bias", "blk.*.attn_k.bias"},
    {"attn.value", "blk.*.attn_v.weight"},
    {"attn.value.bias", "blk.*.attn_v.bias"},
    {"attn.query_norm.scale", "blk.*.attn_q_norm.weight"},
    {"attn.key_norm.scale", "blk.*.attn_k_norm.weight"},
    {"attn.output", "blk.*.attn_output.weight"},
    {"attn.output.bias", "blk.*.attn_output.bias"},
    {"attn.post_norm.scale", "blk.*.post_attention_norm.weight"},
    {"mlp.norm.scale", "blk.*.ffn_norm.weight"},
    {"mlp.norm.bias", "blk.*.ffn_norm.bias"},
    {"mlp.gate", "blk.*.ffn_gate.weight"},
    {"mlp.gate.bias", "blk.*.ffn_gate.bias"},
    {"mlp.up", "blk.*.ffn_up.weight"},
    {"mlp.up.bias", "blk.*.ffn_up.bias"},
    {"mlp.down", "blk.*.ffn_down.weight"},
    {"mlp.down.bias", "blk.*.ffn_down.bias"},
    {"mlp.post_norm.scale", "blk.*.post_ffw_norm.weight"},
    {"norm.scale", "output_norm.weight"},
    {"norm.bias", "output_norm.bias"},
    {"head", "output.weight"},
};

/// The names of weights that share a tensor.
static constexpr TensorName sharedNames[] = {
    {"attn.query", "blk.*.attn_qkv.weight"},
    {"attn.query.bias", "blk.*.attn_qkv.bias"},
    {"attn.key", "blk.*.attn_qkv.weight"},
    {"attn.key.bias", "blk.*.attn_qkv.bias"},
    {"attn.value", "blk.*.attn_qkv.weight"},
    {"attn.value.bias", "blk.*.attn_qkv.bias"},
    {"mlp.gate", "blk.*.ffn_up.weight"},
    {"mlp.up", "blk.*.ffn_up.weight"},
};

WeightPattern gptc::toGguf(const WeightPattern &pattern,
                           const GgufArchitecture &architecture) {
  ArrayRef<TensorName> table = names;
  if (!pattern.parts.empty())
    table = sharedNames;
  const TensorName *name = find_if(table, [&](const TensorName &name) {
    return name.symbol == pattern.symbol;
  });
  assert(name != table.end() && "a family has a weight without a name here");
  WeightPattern result = pattern;
  result.tensor = name->tensor;
  result.inputsFirst = result.headByHead = result.addsOne = false;
  StringRef linear = pattern.symbol;
  linear.consume_back(".bias");
  result.pairsInterleaved = architecture.pairsInterleaved &&
                            (linear == "attn.query" || linear == "attn.key");
  return result;
}
