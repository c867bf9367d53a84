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
// expected-error @below {{argument 0 has no gpt.role but one of gptc_arguments was expected}}
func.func @token(%x: memref<8xf32>) {
  return
}

// -----

gpt.model "m" family "gpt2" {layers = 1 : i64, channels = 8 : i64, heads = 1 : i64, kv_heads = 1 : i64, head_size = 8 : i64, context_length = 9 : i64, vocabulary = 10 : i64, sources = [], directory = ""}
// expected-error @below {{argument 0 has the gpt.role hidden but one of gptc_arguments was expected}}
func.func @token(%x: memref<8x64xf32> {gpt.role = #gpt.role<hidden>}) {
  return
}

// -----

gpt.model "m" family "gpt2" {layers = 1 : i64, channels = 8 : i64, heads = 1 : i64, kv_heads = 1 : i64, head_size = 8 : i64, context_length = 9 : i64, vocabulary = 10 : i64, sources = [], directory = ""}
// expected-error @below {{has 1 results but none were expected}}
func.func @token(%tokens: memref<1xi32> {gpt.role = #gpt.role<tokens>}) -> index {
  %c0 = arith.constant 0 : index
  return %c0 : index
}

// -----

gpt.model "m" family "gpt2" {layers = 1 : i64, channels = 8 : i64, heads = 1 : i64, kv_heads = 1 : i64, head_size = 8 : i64, context_length = 9 : i64, vocabulary = 10 : i64, sources = [], directory = ""}
// expected-error @below {{has neither tokens nor rows, by gpt.role}}
func.func @token(%count: index {gpt.role = #gpt.role<count>}) {
  return
}
