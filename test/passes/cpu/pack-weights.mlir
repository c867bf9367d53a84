// RUN: gptc-opt %s --gpt-pack-weights | FileCheck %s
// RUN: gptc-opt %s --gpt-pack-weights --gpt-pack-weights | FileCheck %s

// A weight that is both multiplied and embedded is packed once, in panels.
// CHECK: gpt.weight @tied : tensor<211x40xf32> from [{{.*}}, #gpt.pack<panels>]
gpt.weight @tied : tensor<211x40xf32> from [#gpt.load<"tied" : tensor<211x40xf32>>]
// CHECK: gpt.weight @table : tensor<96x40xf32> from [{{.*}}, #gpt.pack<rows>]
gpt.weight @table : tensor<96x40xf32> from [#gpt.load<"table" : tensor<96x40xf32>>]
// CHECK: gpt.weight @pairs : tensor<65x41xbf16> from [{{.*}}, #gpt.pack<panels>]
gpt.weight @pairs : tensor<65x41xbf16> from [#gpt.load<"pairs" : tensor<65x41xbf16>>]
// CHECK: gpt.weight @bias : tensor<65xf32> from [{{.*}}, #gpt.pack<vector>]
gpt.weight @bias : tensor<65xf32> from [#gpt.load<"bias" : tensor<65xf32>>]

// CHECK-LABEL: @uses(
// CHECK:         gpt.get_weight @tied : tensor<211x40xf32, #gpt.packed<panels>>
// CHECK:         gpt.get_weight @table : tensor<96x40xf32, #gpt.packed<rows>>
// CHECK:         gpt.get_weight @pairs : tensor<65x41xbf16, #gpt.packed<panels>>
// CHECK:         gpt.get_weight @bias : tensor<65xf32, #gpt.packed<vector>>
func.func @uses(%ids: tensor<7xi32>, %y: tensor<7x41xf32>) -> (tensor<7x40xf32>, tensor<7x65xf32>, tensor<7x211xf32>) {
  %tied = gpt.get_weight @tied : tensor<211x40xf32>
  %table = gpt.get_weight @table : tensor<96x40xf32>
  %a = gpt.embedding %ids, %tied : tensor<7xi32>, tensor<211x40xf32> -> tensor<7x40xf32>
  %b = gpt.embedding %ids, %table : tensor<7xi32>, tensor<96x40xf32> -> tensor<7x40xf32>
  %x = gpt.add %a, %b : tensor<7x40xf32>
  %pairs = gpt.get_weight @pairs : tensor<65x41xbf16>
  %bias = gpt.get_weight @bias : tensor<65xf32>
  %c = gpt.linear %y, %pairs bias(%bias : tensor<65xf32>) in bf16 : tensor<7x41xf32>, tensor<65x41xbf16> -> tensor<7x65xf32>
  %logits = gpt.unembed %x, %tied : tensor<7x40xf32>, tensor<211x40xf32> -> tensor<7x211xf32>
  return %x, %c, %logits : tensor<7x40xf32>, tensor<7x65xf32>, tensor<7x211xf32>
}
