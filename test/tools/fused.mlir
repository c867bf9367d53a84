// The graph repeats ops and leaves some unused, but the phase leaves nothing to
// fuse. Otherwise its own check would report an error.

// RUN: gptc-opt %s --pass-pipeline='builtin.module(gptc-fused)' | FileCheck %s

gpt.weight @norm.scale : tensor<8xf32> from [#gpt.load<"norm" : tensor<8xf32>>]
gpt.weight @a.one : tensor<8x8xf32> from [#gpt.load<"one" : tensor<8x8xf32>>]
gpt.weight @a.two : tensor<8x8xf32> from [#gpt.load<"two" : tensor<8x8xf32>>]
gpt.weight @a.three : tensor<8x8xf32> from [#gpt.load<"three" : tensor<8x8xf32>>]

// CHECK-LABEL: @joins_products_of_equal_inputs(
// CHECK-COUNT-1: gpt.norm
// CHECK-COUNT-1: gpt.linear
// CHECK:         gpt.gated
func.func @joins_products_of_equal_inputs(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %s1 = gpt.get_weight @norm.scale : tensor<8xf32>
  %n1 = gpt.norm rms %x, %s1 epsilon 1.0e-06 : tensor<?x8xf32>, tensor<8xf32>
  %w1 = gpt.get_weight @a.one : tensor<8x8xf32>
  %y1 = gpt.linear %n1, %w1 : tensor<?x8xf32>, tensor<8x8xf32> -> tensor<?x8xf32>
  %s2 = gpt.get_weight @norm.scale : tensor<8xf32>
  %n2 = gpt.norm rms %x, %s2 epsilon 1.0e-06 : tensor<?x8xf32>, tensor<8xf32>
  %w2 = gpt.get_weight @a.two : tensor<8x8xf32>
  %y2 = gpt.linear %n2, %w2 : tensor<?x8xf32>, tensor<8x8xf32> -> tensor<?x8xf32>
  %y = gpt.gated silu %y1, %y2 : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// CHECK-LABEL: @keeps_sums_of_products_apart(
// CHECK:         %[[ONE:.*]] = gpt.linear
// CHECK:         %[[TWO:.*]] = gpt.linear {{.*}} plus(%[[ONE]]
// CHECK:         gpt.linear {{.*}} plus(%[[TWO]]
func.func @keeps_sums_of_products_apart(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %w1 = gpt.get_weight @a.one : tensor<8x8xf32>
  %y1 = gpt.linear %x, %w1 : tensor<?x8xf32>, tensor<8x8xf32> -> tensor<?x8xf32>
  %w2 = gpt.get_weight @a.two : tensor<8x8xf32>
  %y2 = gpt.linear %x, %w2 : tensor<?x8xf32>, tensor<8x8xf32> -> tensor<?x8xf32>
  %w3 = gpt.get_weight @a.three : tensor<8x8xf32>
  %y3 = gpt.linear %x, %w3 : tensor<?x8xf32>, tensor<8x8xf32> -> tensor<?x8xf32>
  %12 = gpt.add %y1, %y2 : tensor<?x8xf32>
  %123 = gpt.add %12, %y3 : tensor<?x8xf32>
  return %123 : tensor<?x8xf32>
}

// CHECK-LABEL: @takes_an_activation_beside_a_reader_that_nothing_reads(
// CHECK:         gpt.linear {{.*}} then relu
// CHECK-NEXT:    return
func.func @takes_an_activation_beside_a_reader_that_nothing_reads(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %w = gpt.get_weight @a.one : tensor<8x8xf32>
  %y = gpt.linear %x, %w : tensor<?x8xf32>, tensor<8x8xf32> -> tensor<?x8xf32>
  %dead = gpt.add %x, %y : tensor<?x8xf32>
  %z = gpt.activation relu %y : tensor<?x8xf32>
  return %z : tensor<?x8xf32>
}
