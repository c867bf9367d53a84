// RUN: gptc-opt %s --split-input-file --verify-diagnostics

// model_c1: a size of zero
// expected-error @below {{layers is 0 but 1 to 2147483647 was expected}}
gpt.model "m" family "gpt2" {layers = 0 : i64, channels = 24 : i64, heads = 6 : i64,
    kv_heads = 2 : i64, head_size = 4 : i64, context_length = 96 : i64, vocabulary = 211 : i64,
    sources = [], directory = ""}

// -----

// model_c1: a negative size
// expected-error @below {{channels is -24 but 1 to 2147483647 was expected}}
gpt.model "m" family "gpt2" {layers = 3 : i64, channels = -24 : i64, heads = 6 : i64,
    kv_heads = 2 : i64, head_size = 4 : i64, context_length = 96 : i64, vocabulary = 211 : i64,
    sources = [], directory = ""}

// -----

// model_c1
// expected-error @below {{heads is 0 but 1 to 2147483647 was expected}}
gpt.model "m" family "gpt2" {layers = 3 : i64, channels = 24 : i64, heads = 0 : i64,
    kv_heads = 2 : i64, head_size = 4 : i64, context_length = 96 : i64, vocabulary = 211 : i64,
    sources = [], directory = ""}

// -----

// model_c1: no division by it in model_c2
// expected-error @below {{kv_heads is 0 but 1 to 2147483647 was expected}}
gpt.model "m" family "gpt2" {layers = 3 : i64, channels = 24 : i64, heads = 6 : i64,
    kv_heads = 0 : i64, head_size = 4 : i64, context_length = 96 : i64, vocabulary = 211 : i64,
    sources = [], directory = ""}

// -----

// model_c1
// expected-error @below {{head_size is 0 but 1 to 2147483647 was expected}}
gpt.model "m" family "gpt2" {layers = 3 : i64, channels = 24 : i64, heads = 6 : i64,
    kv_heads = 2 : i64, head_size = 0 : i64, context_length = 96 : i64, vocabulary = 211 : i64,
    sources = [], directory = ""}

// -----

// model_c1: a position is an i32
// expected-error @below {{context_length is 2147483648 but 1 to 2147483647 was expected}}
gpt.model "m" family "gpt2" {layers = 3 : i64, channels = 24 : i64, heads = 6 : i64,
    kv_heads = 2 : i64, head_size = 4 : i64, context_length = 2147483648 : i64,
    vocabulary = 211 : i64, sources = [], directory = ""}

// -----

// model_c1
// expected-error @below {{vocabulary is 0 but 1 to 2147483647 was expected}}
gpt.model "m" family "gpt2" {layers = 3 : i64, channels = 24 : i64, heads = 6 : i64,
    kv_heads = 2 : i64, head_size = 4 : i64, context_length = 96 : i64, vocabulary = 0 : i64,
    sources = [], directory = ""}

// -----

// model_c2
// expected-error @below {{heads is 6 but a multiple of kv_heads (4) was expected}}
gpt.model "m" family "gpt2" {layers = 3 : i64, channels = 24 : i64, heads = 6 : i64,
    kv_heads = 4 : i64, head_size = 4 : i64, context_length = 96 : i64, vocabulary = 211 : i64,
    sources = [], directory = ""}

// -----

// model_c3
// expected-error @below {{bos is -1 but a token was expected}}
gpt.model "m" family "gpt2" {layers = 3 : i64, channels = 24 : i64, heads = 6 : i64,
    kv_heads = 2 : i64, head_size = 4 : i64, context_length = 96 : i64, vocabulary = 211 : i64,
    bos = -1 : i64, sources = [], directory = ""}

// -----

// model_c3
// expected-error @below {{eos holds -2 but a token was expected}}
gpt.model "m" family "gpt2" {layers = 3 : i64, channels = 24 : i64, heads = 6 : i64,
    kv_heads = 2 : i64, head_size = 4 : i64, context_length = 96 : i64, vocabulary = 211 : i64,
    eos = array<i64: 3, -2>, sources = [], directory = ""}

// -----

// expected-error @below {{attribute 'sources' failed to satisfy constraint: files of the checkpoint}}
gpt.model "m" family "gpt2" {layers = 3 : i64, channels = 24 : i64, heads = 6 : i64,
    kv_heads = 2 : i64, head_size = 4 : i64, context_length = 96 : i64, vocabulary = 211 : i64,
    sources = ["model.safetensors"], directory = ""}

// -----

func.func @inside_a_function() {
  // expected-error @below {{expects parent op 'builtin.module'}}
  gpt.tokenizer #gpt.source<"tokenizer.json", header = "", content = "">
  return
}
