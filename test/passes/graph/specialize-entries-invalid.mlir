// RUN: gptc-opt %s --split-input-file --verify-diagnostics --gpt-specialize-entries

// expected-error @below {{the module has no function @forward}}
module {
  gpt.model "m" family "gpt2" {layers = 1 : i64, channels = 8 : i64, heads = 1 : i64, kv_heads = 1 : i64, head_size = 8 : i64, context_length = 9 : i64, vocabulary = 10 : i64, sources = [], directory = ""}
}

// -----

// expected-error @below {{the module has no gpt.model}}
module {
  func.func @forward(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
    return %x : tensor<?x8xf32>
  }
}

// -----

gpt.model "m" family "gpt2" {layers = 1 : i64, channels = 8 : i64, heads = 1 : i64, kv_heads = 1 : i64, head_size = 8 : i64, context_length = 9 : i64, vocabulary = 10 : i64, sources = [], directory = ""}
// expected-error @below {{has 0 gpt.layers but one was expected}}
func.func @forward(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  return %x : tensor<?x8xf32>
}

// -----

gpt.model "m" family "gpt2" {layers = 1 : i64, channels = 8 : i64, heads = 1 : i64, kv_heads = 1 : i64, head_size = 8 : i64, context_length = 9 : i64, vocabulary = 10 : i64, sources = [], directory = ""}
// expected-error @below {{has no argument whose gpt.role is sequences}}
func.func @forward(%tokens: tensor<?xi32> {gpt.role = #gpt.role<tokens>}, %positions: tensor<?xi32> {gpt.role = #gpt.role<positions>}, %s: tensor<?xi32>, %x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %y = gpt.layers %x schedule [0] : tensor<?x8xf32> {
  ^bb0(%layer: index, %h: tensor<?x8xf32>):
    gpt.yield %h : tensor<?x8xf32>
  }
  return %y : tensor<?x8xf32>
}

// -----

gpt.model "m" family "gpt2" {layers = 1 : i64, channels = 8 : i64, heads = 1 : i64, kv_heads = 1 : i64, head_size = 8 : i64, context_length = 9 : i64, vocabulary = 10 : i64, sources = [], directory = ""}
// expected-error @below {{has another result than one whose gpt.role is logits}}
func.func @forward(%tokens: tensor<?xi32> {gpt.role = #gpt.role<tokens>}, %positions: tensor<?xi32> {gpt.role = #gpt.role<positions>}, %sequences: tensor<?xi32> {gpt.role = #gpt.role<sequences>}, %x: tensor<?x8xf32>) -> (tensor<?x8xf32> {gpt.role = #gpt.role<hidden>}) {
  %y = gpt.layers %x schedule [0] : tensor<?x8xf32> {
  ^bb0(%layer: index, %h: tensor<?x8xf32>):
    gpt.yield %h : tensor<?x8xf32>
  }
  return %y : tensor<?x8xf32>
}

// -----

gpt.model "m" family "gpt2" {layers = 1 : i64, channels = 8 : i64, heads = 1 : i64, kv_heads = 1 : i64, head_size = 8 : i64, context_length = 9 : i64, vocabulary = 10 : i64, sources = [], directory = ""}
// expected-error @below {{a value from before gpt.layers is used after it}}
func.func @forward(%tokens: tensor<?xi32> {gpt.role = #gpt.role<tokens>}, %positions: tensor<?xi32> {gpt.role = #gpt.role<positions>}, %sequences: tensor<?xi32> {gpt.role = #gpt.role<sequences>}, %x: tensor<?x8xf32>) -> (tensor<?x8xf32> {gpt.role = #gpt.role<logits>}) {
  %y = gpt.layers %x schedule [0] : tensor<?x8xf32> {
  ^bb0(%layer: index, %h: tensor<?x8xf32>):
    gpt.yield %h : tensor<?x8xf32>
  }
  %z = gpt.add %x, %y : tensor<?x8xf32>
  return %z : tensor<?x8xf32>
}
