// RUN: gptc-opt %s --split-input-file --verify-diagnostics

// kv_cache_c1
// expected-error @below {{head_size is 0 but 1 to 2147483647 was expected}}
gpt.kv_cache @cache layers 3 kv_heads 2 head_size 0 : f32

// -----

// kv_cache_c1
// expected-error @below {{window is 0 but 1 to 2147483647 was expected}}
gpt.kv_cache @cache layers 3 kv_heads 2 head_size 4 window 0 : f32

// -----

gpt.model "m" family "gpt2" {layers = 3 : i64, channels = 24 : i64, heads = 6 : i64,
    kv_heads = 2 : i64, head_size = 4 : i64, context_length = 96 : i64, vocabulary = 211 : i64,
    sources = [], directory = ""}
// kv_cache_c2
// expected-error @below {{has 2 layers but the model has 3}}
gpt.kv_cache @cache layers 2 kv_heads 2 head_size 4 : f32

// -----

gpt.kv_cache @cache layers 3 kv_heads 2 head_size 4 : f32
// kv_append_c1
func.func @a_key_without_a_position(%k: tensor<4x8xf32>, %p: tensor<5xi32>, %layer: index) {
  // expected-error @below {{key has 4 rows but there are 5 positions}}
  gpt.kv_append %k, %k at %p, %p to @cache[%layer] kv_heads 2 head_size 4 : tensor<4x8xf32>, tensor<5xi32>
  return
}

// -----

gpt.kv_cache @cache layers 3 kv_heads 2 head_size 4 : f32
// kv_append_c2
func.func @keys_of_all_heads(%k: tensor<4x24xf32>, %p: tensor<4xi32>, %layer: index) {
  // expected-error @below {{key has 24 channels but there are 2 heads of 4}}
  gpt.kv_append %k, %k at %p, %p to @cache[%layer] kv_heads 2 head_size 4 : tensor<4x24xf32>, tensor<4xi32>
  return
}

// -----

gpt.kv_cache @cache layers 3 kv_heads 2 head_size 4 : f32
// kv_append_c2
func.func @keys_of_no_heads(%k: tensor<4x24xf32>, %p: tensor<4xi32>, %layer: index) {
  // expected-error @below {{key has 24 channels but there are 0 heads of 4}}
  gpt.kv_append %k, %k at %p, %p to @cache[%layer] kv_heads 0 head_size 4 : tensor<4x24xf32>, tensor<4xi32>
  return
}

// -----

gpt.kv_cache @cache layers 3 kv_heads 2 head_size 4 : f32
// kv_append_c2: sizes whose product overflows
func.func @keys_of_huge_heads(%k: tensor<4x24xf32>, %p: tensor<4xi32>, %layer: index) {
  // expected-error @below {{key has 24 channels but there are 4611686018427387904 heads of 4611686018427387904}}
  gpt.kv_append %k, %k at %p, %p to @cache[%layer] kv_heads 4611686018427387904 head_size 4611686018427387904 : tensor<4x24xf32>, tensor<4xi32>
  return
}

// -----

// kv_append_c3
func.func @keys_for_no_cache(%k: tensor<4x8xf32>, %p: tensor<4xi32>, %layer: index) {
  // expected-error @below {{no gpt.kv_cache is called @cache}}
  gpt.kv_append %k, %k at %p, %p to @cache[%layer] kv_heads 2 head_size 4 : tensor<4x8xf32>, tensor<4xi32>
  return
}

// -----

gpt.kv_cache @cache layers 3 kv_heads 4 head_size 2 : f32
// kv_append_c3
func.func @keys_for_other_heads(%k: tensor<4x8xf32>, %p: tensor<4xi32>, %layer: index) {
  // expected-error @below {{has 2 KV heads of 4 but @cache has 4 of 2}}
  gpt.kv_append %k, %k at %p, %p to @cache[%layer] kv_heads 2 head_size 4 : tensor<4x8xf32>, tensor<4xi32>
  return
}

// -----

gpt.kv_cache @cache layers 3 kv_heads 2 head_size 4 : f32
// attention_c1
func.func @a_query_without_a_position(%q: tensor<4x24xf32>, %p: tensor<3xi32>, %layer: index, %s: f32) {
  // expected-error @below {{query has 4 rows but there are 3 positions}}
  %0 = gpt.attention causal %q at %p, %p from @cache[%layer] heads 6 kv_heads 2 head_size 4 scale %s : tensor<4x24xf32>, tensor<3xi32>
  return
}

// -----

gpt.kv_cache @cache layers 3 kv_heads 2 head_size 4 : f32
// attention_c2
func.func @queries_of_kv_heads(%q: tensor<4x8xf32>, %p: tensor<4xi32>, %layer: index, %s: f32) {
  // expected-error @below {{query has 8 channels but there are 6 heads of 4}}
  %0 = gpt.attention causal %q at %p, %p from @cache[%layer] heads 6 kv_heads 2 head_size 4 scale %s : tensor<4x8xf32>, tensor<4xi32>
  return
}

// -----

gpt.kv_cache @cache layers 3 kv_heads 2 head_size 4 : f32
// attention_c3
func.func @a_window_of_nothing(%q: tensor<4x24xf32>, %p: tensor<4xi32>, %layer: index, %s: f32) {
  // expected-error @below {{window is 0 but at least 1 was expected}}
  %0 = gpt.attention causal %q at %p, %p from @cache[%layer] heads 6 kv_heads 2 head_size 4 scale %s window 0 : tensor<4x24xf32>, tensor<4xi32>
  return
}

// -----

gpt.kv_cache @cache layers 3 kv_heads 2 head_size 4 window 7 : f32
// attention_c3
func.func @a_window_beyond_the_caches(%q: tensor<4x24xf32>, %p: tensor<4xi32>, %layer: index, %s: f32) {
  // expected-error @below {{window is 8 but at least 1 and at most 7 was expected}}
  %0 = gpt.attention causal %q at %p, %p from @cache[%layer] heads 6 kv_heads 2 head_size 4 scale %s window 8 : tensor<4x24xf32>, tensor<4xi32>
  return
}

// -----

gpt.kv_cache @cache layers 3 kv_heads 2 head_size 4 window 7 : f32
// attention_c3
func.func @no_window_but_the_caches(%q: tensor<4x24xf32>, %p: tensor<4xi32>, %layer: index, %s: f32) {
  // expected-error @below {{window is absent but at least 1 and at most 7 was expected}}
  %0 = gpt.attention causal %q at %p, %p from @cache[%layer] heads 6 kv_heads 2 head_size 4 scale %s : tensor<4x24xf32>, tensor<4xi32>
  return
}

// -----

gpt.kv_cache @cache layers 3 kv_heads 2 head_size 4 : f32
// attention_c4
func.func @a_negative_soft_cap(%q: tensor<4x24xf32>, %p: tensor<4xi32>, %layer: index, %s: f32) {
  // expected-error @below {{soft_cap is -1}}
  %0 = gpt.attention causal %q at %p, %p from @cache[%layer] heads 6 kv_heads 2 head_size 4 scale %s soft_cap -1.0 : tensor<4x24xf32>, tensor<4xi32>
  return
}

// -----

gpt.kv_cache @cache layers 3 kv_heads 2 head_size 4 : f32
// attention_c4
func.func @an_infinite_soft_cap(%q: tensor<4x24xf32>, %p: tensor<4xi32>, %layer: index, %s: f32) {
  // expected-error @below {{soft_cap is INF but a finite value of more than zero was expected}}
  %0 = gpt.attention causal %q at %p, %p from @cache[%layer] heads 6 kv_heads 2 head_size 4 scale %s soft_cap 0x7F800000 : tensor<4x24xf32>, tensor<4xi32>
  return
}

// -----

gpt.kv_cache @cache layers 3 kv_heads 4 head_size 4 : f32
// attention_c5
func.func @heads_that_cannot_share(%q: tensor<4x24xf32>, %p: tensor<4xi32>, %layer: index, %s: f32) {
  // expected-error @below {{heads is 6 but a multiple of kv_heads (4) was expected}}
  %0 = gpt.attention causal %q at %p, %p from @cache[%layer] heads 6 kv_heads 4 head_size 4 scale %s : tensor<4x24xf32>, tensor<4xi32>
  return
}

// -----

gpt.kv_cache @cache layers 3 kv_heads 2 head_size 4 : f32
// attention_c6
func.func @attention_to_no_cache(%q: tensor<4x24xf32>, %p: tensor<4xi32>, %layer: index, %s: f32) {
  // expected-error @below {{no gpt.kv_cache is called @other}}
  %0 = gpt.attention causal %q at %p, %p from @other[%layer] heads 6 kv_heads 2 head_size 4 scale %s : tensor<4x24xf32>, tensor<4xi32>
  return
}

// -----

gpt.kv_cache @cache layers 3 kv_heads 2 head_size 4 : f32
// attention_c6
func.func @attention_to_other_heads(%q: tensor<4x24xf32>, %p: tensor<4xi32>, %layer: index, %s: f32) {
  // expected-error @below {{has 3 KV heads of 4 but @cache has 2 of 4}}
  %0 = gpt.attention causal %q at %p, %p from @cache[%layer] heads 6 kv_heads 3 head_size 4 scale %s : tensor<4x24xf32>, tensor<4xi32>
  return
}
