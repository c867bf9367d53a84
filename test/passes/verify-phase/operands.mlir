// RUN: gptc-opt %s --gpt-verify-phase=phase=graph --split-input-file --verify-diagnostics

gpt.weight @w layers 2 : tensor<8xf32> from [#gpt.load<"*.w" : tensor<8xf32>>]
func.func @forward(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %layer = arith.constant 7 : index
  // expected-error @below {{'gpt.get_weight' after phase 'graph': found a layer of its own, expected the number that gpt.layers gives its body}}
  %w = gpt.get_weight @w[%layer] : tensor<8xf32>
  %y = gpt.norm rms %x, %w epsilon 1.0e-05 : tensor<4x8xf32>, tensor<8xf32>
  return %y : tensor<4x8xf32>
}

// -----

gpt.kv_cache @cache layers 1 kv_heads 1 head_size 8 : f32
func.func @forward(%x: tensor<4x8xf32>, %p: tensor<4xi32> {gpt.role = #gpt.role<positions>}, %q: tensor<4xi32> {gpt.role = #gpt.role<sequences>}) -> tensor<4x8xf32> {
  %y = gpt.layers %x schedule [0] : tensor<4x8xf32> {
  ^bb0(%layer: index, %h: tensor<4x8xf32>):
    // expected-error @below {{'gpt.kv_append' after phase 'graph': found another value as positions, expected the argument of that gpt.role}}
    gpt.kv_append %h, %h at %q, %p to @cache[%layer] kv_heads 1 head_size 8 : tensor<4x8xf32>, tensor<4xi32>
    gpt.yield %h : tensor<4x8xf32>
  }
  return %y : tensor<4x8xf32>
}

// -----

gpt.kv_cache @cache layers 1 kv_heads 1 head_size 8 : f32
func.func @forward(%x: tensor<4x8xf32>, %p: tensor<4xi32> {gpt.role = #gpt.role<positions>}, %q: tensor<4xi32> {gpt.role = #gpt.role<sequences>}) -> tensor<4x8xf32> {
  %s = arith.constant 1.0 : f32
  %y = gpt.layers %x schedule [0] : tensor<4x8xf32> {
  ^bb0(%layer: index, %h: tensor<4x8xf32>):
    // expected-error @below {{'gpt.attention' after phase 'graph': found no gpt.kv_append to @cache before it, expected the rows' keys and values in the cache}}
    %a = gpt.attention causal %h at %p, %q from @cache[%layer] heads 1 kv_heads 1 head_size 8 scale %s : tensor<4x8xf32>, tensor<4xi32>
    gpt.kv_append %h, %h at %p, %q to @cache[%layer] kv_heads 1 head_size 8 : tensor<4x8xf32>, tensor<4xi32>
    gpt.yield %a : tensor<4x8xf32>
  }
  return %y : tensor<4x8xf32>
}

// -----

gpt.model "m" family "gpt2" {layers = 1 : i64, channels = 8 : i64, heads = 1 : i64, kv_heads = 1 : i64, head_size = 8 : i64, context_length = 9 : i64, vocabulary = 500 : i64, sources = [], directory = ""}
gpt.weight @table : tensor<211x8xf32> from [#gpt.load<"w" : tensor<211x8xf32>>]
func.func @forward(%tokens: tensor<4xi32> {gpt.role = #gpt.role<tokens>}) {
  %w = gpt.get_weight @table : tensor<211x8xf32>
  // expected-error @below {{'gpt.embedding' after phase 'graph': found 211 rows, expected 500 as the model's vocabulary}}
  %x = gpt.embedding %tokens, %w : tensor<4xi32>, tensor<211x8xf32> -> tensor<4x8xf32>
  return
}

// -----

gpt.model "m" family "gpt2" {layers = 1 : i64, channels = 8 : i64, heads = 1 : i64, kv_heads = 1 : i64, head_size = 8 : i64, context_length = 96 : i64, vocabulary = 50 : i64, sources = [], directory = ""}
gpt.weight @table : tensor<96x8xf32> from [#gpt.load<"w" : tensor<96x8xf32>>]
func.func @forward(%positions: tensor<4xi32> {gpt.role = #gpt.role<positions>}) {
  %w = gpt.get_weight @table : tensor<96x8xf32>
  // expected-error @below {{'gpt.embedding' after phase 'graph': found embedded positions, expected gpt.model with learned_positions}}
  %x = gpt.embedding %positions, %w : tensor<4xi32>, tensor<96x8xf32> -> tensor<4x8xf32>
  return
}

// -----

gpt.model "m" family "gpt2" {layers = 1 : i64, channels = 8 : i64, heads = 1 : i64, kv_heads = 1 : i64, head_size = 8 : i64, context_length = 96 : i64, vocabulary = 50 : i64, sources = [], directory = ""}
// expected-error @below {{'func.func' after phase 'graph': found 8 logits for a row, expected 50 as the model's vocabulary}}
func.func @forward(%x: tensor<4x8xf32>) -> (tensor<4x8xf32> {gpt.role = #gpt.role<logits>}) {
  return %x : tensor<4x8xf32>
}
