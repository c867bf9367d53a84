// RUN: gptc-opt %s --gpt-choose-arithmetic | FileCheck %s --check-prefixes=CHECK,STORED
// RUN: gptc-opt %s --gpt-choose-arithmetic=dtype=f32 | FileCheck %s --check-prefixes=CHECK,F32
// RUN: gptc-opt %s --gpt-choose-arithmetic=dtype=bf16 | FileCheck %s --check-prefixes=CHECK,BF16
// RUN: not gptc-opt %s --gpt-choose-arithmetic=dtype=f8 2>&1 | FileCheck %s --check-prefix=WRONG

// WRONG: dtype is 'f8' but stored, f32 or bf16 was expected

// STORED: gpt.weight @stored.bf16 : tensor<6x8xbf16> from [#gpt.load<"a" : tensor<6x8xbf16>>]
// F32:    gpt.weight @stored.bf16 : tensor<6x8xf32> from [{{.*}}, #gpt.convert<f32>]
// BF16:   gpt.weight @stored.bf16 : tensor<6x8xbf16> from [#gpt.load<"a" : tensor<6x8xbf16>>]
gpt.weight @stored.bf16 : tensor<6x8xbf16> from [#gpt.load<"a" : tensor<6x8xbf16>>]
// STORED: gpt.weight @stored.f16 : tensor<6x8xf32> from [{{.*}}, #gpt.convert<f32>]
// F32:    gpt.weight @stored.f16 : tensor<6x8xf32> from [{{.*}}, #gpt.convert<f32>]
// BF16:   gpt.weight @stored.f16 : tensor<6x8xbf16> from [{{.*}}, #gpt.convert<bf16>]
gpt.weight @stored.f16 : tensor<6x8xf16> from [#gpt.load<"b" : tensor<6x8xf16>>]
// Vectors are f32 for every dtype.
// CHECK:  gpt.weight @bias : tensor<6xf32> from [{{.*}}, #gpt.convert<f32>]
gpt.weight @bias : tensor<6xbf16> from [#gpt.load<"c" : tensor<6xbf16>>]

// CHECK-LABEL: @products(
// STORED:        gpt.linear {{.*}} in bf16 : tensor<?x8xf32>, tensor<6x8xbf16>
// STORED:        gpt.unembed %{{.*}}, %{{[0-9]+}} : tensor<?x8xf32>, tensor<6x8xf32>
// F32-NOT:       in bf16
// BF16-COUNT-2:  in bf16
func.func @products(%x: tensor<?x8xf32>) -> (tensor<?x6xf32>, tensor<?x6xf32>) {
  %a = gpt.get_weight @stored.bf16 : tensor<6x8xbf16>
  %bias = gpt.get_weight @bias : tensor<6xbf16>
  %0 = gpt.linear %x, %a bias(%bias : tensor<6xbf16>) : tensor<?x8xf32>, tensor<6x8xbf16> -> tensor<?x6xf32>
  %b = gpt.get_weight @stored.f16 : tensor<6x8xf16>
  %1 = gpt.unembed %x, %b : tensor<?x8xf32>, tensor<6x8xf16> -> tensor<?x6xf32>
  return %0, %1 : tensor<?x6xf32>, tensor<?x6xf32>
}
