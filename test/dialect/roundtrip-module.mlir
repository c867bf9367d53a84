// RUN: gptc-opt %s | gptc-opt | FileCheck %s
// RUN: gptc-opt %s --mlir-print-op-generic | gptc-opt | FileCheck %s
// RUN: gptc-opt %s --emit-bytecode | gptc-opt | FileCheck %s

// CHECK:      gpt.model "fairy" family "gpt2" {
// CHECK-SAME:   bos = 1 : i64, channels = 24 : i64, context_length = 96 : i64,
// CHECK-SAME:   directory = "models/fairy", eos = array<i64: 2, 7>, head_size = 4 : i64,
// CHECK-SAME:   heads = 6 : i64, kv_heads = 2 : i64, layers = 3 : i64, learned_positions,
// CHECK-SAME:   sources = [#gpt.source<"a.safetensors", header = "0f", content = "8c">,
// CHECK-SAME:              #gpt.source<"b\22.safetensors", header = "", content = "">],
// CHECK-SAME:   vocabulary = 211 : i64}
gpt.model "fairy" family "gpt2" {layers = 3 : i64, channels = 24 : i64, heads = 6 : i64,
    kv_heads = 2 : i64, head_size = 4 : i64, context_length = 96 : i64, vocabulary = 211 : i64,
    learned_positions, bos = 1 : i64, eos = array<i64: 2, 7>, directory = "models/fairy",
    sources = [#gpt.source<"a.safetensors", header = "0f", content = "8c">,
               #gpt.source<"b\22.safetensors", header = "", content = "">]}

// CHECK: gpt.tokenizer <"tokenizer.json", header = "5d", content = "">
gpt.tokenizer #gpt.source<"tokenizer.json", header = "5d", content = "">

// CHECK: gpt.tokenizer <"a.json", header = "", content = ""> chat <"chatml", bos = true, system = "Be \22brief\22.">
gpt.tokenizer #gpt.source<"a.json", header = "", content = "">
  chat #gpt.chat<"chatml", bos = true, system = "Be \22brief\22.">

// CHECK: gpt.tokenizer <"b.json", header = "", content = ""> chat <"unknown", bos = false, system = "">
gpt.tokenizer #gpt.source<"b.json", header = "", content = "">
  chat <"unknown", bos = false, system = "">

// CHECK:      gpt.weight @attn.query layers 3 : tensor<24x24xbf16> from [
// CHECK-SAME:   #gpt.load<"h.*.attn.c_attn.weight" : tensor<24x72xf16>>,
// CHECK-SAME:   #gpt.slice<dim = 1, offset = 48, size = 24>, #gpt.transpose,
// CHECK-SAME:   #gpt.convert<bf16>, #gpt.pack<panels>]
gpt.weight @attn.query layers 3 : tensor<24x24xbf16> from [
  #gpt.load<"h.*.attn.c_attn.weight" : tensor<24x72xf16>>,
  #gpt.slice<dim = 1, offset = 48, size = 24>, #gpt.transpose,
  #gpt.convert<bf16>, #gpt.pack<panels>]

// CHECK:      gpt.weight @joined : tensor<30x24xf32> from [
// CHECK-SAME:   #gpt.load<"a" : tensor<20x24xf32>>, #gpt.load<"b" : tensor<10x24xf32>>,
// CHECK-SAME:   #gpt.concatenate<2>, #gpt.pack<rows>]
gpt.weight @joined : tensor<30x24xf32> from [
  #gpt.load<"a" : tensor<20x24xf32>>, #gpt.load<"b" : tensor<10x24xf32>>,
  #gpt.concatenate<2>, #gpt.pack<rows>]

// CHECK:      gpt.weight @nested : tensor<9x8xf32> from [
// CHECK-SAME:   #gpt.load<"b" : tensor<3x8xf32>>, #gpt.concatenate<2>, #gpt.load<"c" : tensor<4x8xf32>>,
// CHECK-SAME:   #gpt.concatenate<2>]
gpt.weight @nested : tensor<9x8xf32> from [
  #gpt.load<"a" : tensor<2x8xf32>>, #gpt.load<"b" : tensor<3x8xf32>>, #gpt.concatenate<2>,
  #gpt.load<"c" : tensor<4x8xf32>>, #gpt.concatenate<2>]

// CHECK: gpt.weight @bias : tensor<24xf32> from [#gpt.load<"c" : tensor<24xf32>>, #gpt.pack<vector>]
gpt.weight @bias : tensor<24xf32> from [#gpt.load<"c" : tensor<24xf32>>, #gpt.pack<vector>]

// CHECK:      gpt.weight @parts : tensor<8x6xf32> from [
// CHECK-SAME:   #gpt.load<"qkv" : tensor<24x6xbf16>>,
// CHECK-SAME:   #gpt.slice<dim = 0, offset = 4, size = 4, every = 12>,
// CHECK-SAME:   #gpt.deinterleave<group = 4>, #gpt.convert<f32>, #gpt.add<1.000000e+00 : f32>]
gpt.weight @parts : tensor<8x6xf32> from [
  #gpt.load<"qkv" : tensor<24x6xbf16>>, #gpt.slice<dim = 0, offset = 4, size = 4, every = 12>,
  #gpt.deinterleave<group = 4>, #gpt.convert<f32>, #gpt.add<1.0 : f32>]
