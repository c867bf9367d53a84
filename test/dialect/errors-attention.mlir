// RUN: gptc-opt %s --split-input-file --verify-diagnostics

// C1 of kv_append
func.func @a_key_without_a_position(%k: tensor<4x8xf32>, %p: tensor<5xi32>, %layer: index) {
  // expected-error @below {{key has 4 rows but there are 5 positions}}
  gpt.kv_append %k, %k at %p, %p[%layer] : tensor<4x8xf32>, tensor<5xi32>
  return
}

// -----

gpt.model "m" family "gpt2" {layers = 3 : i64, channels = 24 : i64, heads = 6 : i64,
    kv_heads = 2 : i64, head_size = 4 : i64, context_length = 96 : i64, vocabulary = 211 : i64,
    sources = [], directory = ""}
// C2 of kv_append
func.func @keys_of_all_heads(%k: tensor<4x24xf32>, %p: tensor<4xi32>, %layer: index) {
  // expected-error @below {{key has 24 channels but the model has 2 KV heads of 4}}
  gpt.kv_append %k, %k at %p, %p[%layer] : tensor<4x24xf32>, tensor<4xi32>
  return
}

// -----

// C1 of attention
func.func @a_query_without_a_position(%q: tensor<4x24xf32>, %p: tensor<3xi32>, %layer: index, %s: f32) {
  // expected-error @below {{query has 4 rows but there are 3 positions}}
  %0 = gpt.attention causal %q at %p, %p[%layer] scale %s : tensor<4x24xf32>, tensor<3xi32>
  return
}

// -----

gpt.model "m" family "gpt2" {layers = 3 : i64, channels = 24 : i64, heads = 6 : i64,
    kv_heads = 2 : i64, head_size = 4 : i64, context_length = 96 : i64, vocabulary = 211 : i64,
    sources = [], directory = ""}
// C2 of attention
func.func @queries_of_kv_heads(%q: tensor<4x8xf32>, %p: tensor<4xi32>, %layer: index, %s: f32) {
  // expected-error @below {{query has 8 channels but the model has 6 heads of 4}}
  %0 = gpt.attention causal %q at %p, %p[%layer] scale %s : tensor<4x8xf32>, tensor<4xi32>
  return
}

// -----

// C3 of attention
func.func @a_window_of_nothing(%q: tensor<4x24xf32>, %p: tensor<4xi32>, %layer: index, %s: f32) {
  // expected-error @below {{window is 0 but at least 1 was expected}}
  %0 = gpt.attention causal %q at %p, %p[%layer] scale %s window 0 : tensor<4x24xf32>, tensor<4xi32>
  return
}

// -----

gpt.model "m" family "gpt2" {layers = 3 : i64, channels = 24 : i64, heads = 6 : i64,
    kv_heads = 2 : i64, head_size = 4 : i64, context_length = 96 : i64, vocabulary = 211 : i64,
    window = 7 : i64, sources = [], directory = ""}
// C3 of attention
func.func @a_window_beyond_the_models(%q: tensor<4x24xf32>, %p: tensor<4xi32>, %layer: index, %s: f32) {
  // expected-error @below {{window is 8 but at least 1 and at most 7 was expected}}
  %0 = gpt.attention causal %q at %p, %p[%layer] scale %s window 8 : tensor<4x24xf32>, tensor<4xi32>
  return
}

// -----

gpt.model "m" family "gpt2" {layers = 3 : i64, channels = 24 : i64, heads = 6 : i64,
    kv_heads = 2 : i64, head_size = 4 : i64, context_length = 96 : i64, vocabulary = 211 : i64,
    window = 7 : i64, sources = [], directory = ""}
// C3 of attention
func.func @no_window_but_the_models(%q: tensor<4x24xf32>, %p: tensor<4xi32>, %layer: index, %s: f32) {
  // expected-error @below {{window is absent but at least 1 and at most 7 was expected}}
  %0 = gpt.attention causal %q at %p, %p[%layer] scale %s : tensor<4x24xf32>, tensor<4xi32>
  return
}

// -----

// C4 of attention
func.func @a_negative_soft_cap(%q: tensor<4x24xf32>, %p: tensor<4xi32>, %layer: index, %s: f32) {
  // expected-error @below {{soft_cap is -1}}
  %0 = gpt.attention causal %q at %p, %p[%layer] scale %s soft_cap -1.0 : tensor<4x24xf32>, tensor<4xi32>
  return
}

// -----

// C4 of attention
func.func @an_infinite_soft_cap(%q: tensor<4x24xf32>, %p: tensor<4xi32>, %layer: index, %s: f32) {
  // expected-error @below {{soft_cap is INF but a finite value of more than zero was expected}}
  %0 = gpt.attention causal %q at %p, %p[%layer] scale %s soft_cap 0x7F800000 : tensor<4x24xf32>, tensor<4xi32>
  return
}
