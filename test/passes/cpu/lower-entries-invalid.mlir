// RUN: gptc-opt %s --split-input-file --verify-diagnostics --gpt-lower-entries

// expected-error @below {{the module has no entries}}
module {
  gpt.model "m" family "gpt2" {layers = 1 : i64, channels = 8 : i64, heads = 1 : i64, kv_heads = 1 : i64, head_size = 8 : i64, context_length = 9 : i64, vocabulary = 10 : i64, sources = [], directory = ""}
}

// -----

// expected-error @below {{the module has no gpt.model}}
module {
  func.func @token() {
    return
  }
}

// -----

gpt.model "m" family "gpt2" {layers = 1 : i64, channels = 8 : i64, heads = 1 : i64, kv_heads = 1 : i64, head_size = 8 : i64, context_length = 9 : i64, vocabulary = 10 : i64, sources = [], directory = ""}
// expected-error @below {{is no entry: (weights, arena, cache, block table, count, rows' numbers) were expected}}
func.func @token(%x: memref<8xf32>) {
  return
}
