// RUN: not gptc-opt %s --gpt-tile=isa=mmx 2>&1 | FileCheck %s --check-prefix=ISA
// RUN: not gptc-opt %s --gpt-tile=tiles=conv:1x16 2>&1 | FileCheck %s --check-prefix=KERNEL
// RUN: not gptc-opt %s --gpt-tile=tiles=linear:6x24 2>&1 | FileCheck %s --check-prefix=SIZE
// RUN: not gptc-opt %s --gpt-tile=tiles=linear-row:6x32 2>&1 | FileCheck %s --check-prefix=ROW
// RUN: not gptc-opt %s --gpt-tile=tiles=linear-row:17x64 2>&1 | FileCheck %s --check-prefix=PANELS
// RUN: not gptc-opt %s --gpt-tile=tiles=attention-row:2x16 2>&1 | FileCheck %s --check-prefix=ATTENTION
// RUN: not gptc-opt %s --gpt-tile 2>&1 | FileCheck %s --check-prefix=OP
// RUN: echo 'gpt.model "m" family "gpt2" {layers = 1 : i64, channels = 8 : i64, heads = 1 : i64, kv_heads = 1 : i64, head_size = 8 : i64, context_length = 9 : i64, vocabulary = 10 : i64, sources = [], directory = ""} func.func @f(%%x: f32) { return }' > %t.mlir
// RUN: not gptc-opt %t.mlir --gpt-tile 2>&1 | FileCheck %s --check-prefix=ENTRY

// RUN: echo 'gpt.kv_cache @a layers 1 kv_heads 1 head_size 8 : f32 gpt.kv_cache @b layers 1 kv_heads 1 head_size 8 : f32' > %t.mlir
// RUN: not gptc-opt %t.mlir --gpt-tile 2>&1 | FileCheck %s --check-prefix=CACHES

// CACHES: is one of 2 but entries take one cache
// ISA: isa is 'mmx' but one of avx2, avx512, avx512bf16, neon was expected
// KERNEL: tile 'conv:1x16': kernel 'conv' is not known; known are linear, attention, linear-row and attention-row
// SIZE: tile 'linear:6x24': size is '6x24' but MxN with M from 1 to 16 and N of 16, 32, 64 was expected
// ROW: tile 'linear-row:6x32': size is '6x32' but MxN with M from 1 to 16 and N of 64 was expected
// PANELS: tile 'linear-row:17x64': size is '17x64' but MxN with M from 1 to 16 and N of 64 was expected
// ATTENTION: tile 'attention-row:2x16': size is '2x16' but MxN with M from 1 to 1 and N of 16, 32, 64 was expected
// OP: 'arith.addf' op has no lowering to tiles
gpt.model "m" family "gpt2" {layers = 2 : i64, channels = 40 : i64, heads = 4 : i64, kv_heads = 2 : i64, head_size = 10 : i64, context_length = 24 : i64, vocabulary = 70 : i64, sources = [], directory = ""}
func.func @other(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %y = arith.addf %x, %x : tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// ENTRY: is no entry: static tensors and one as result were expected
