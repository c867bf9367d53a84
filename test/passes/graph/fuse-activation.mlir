// RUN: gptc-opt %s --gpt-fuse-activation | FileCheck %s

// CHECK-LABEL: @fuses(
// CHECK-SAME:    %[[X:.*]]: tensor<4x8xf32>, %[[W:.*]]: tensor<32x8xf32>, %[[B:.*]]: tensor<32xf32>)
// CHECK-NEXT:    %[[Y:.*]] = gpt.linear %[[X]], %[[W]] bias(%[[B]] : tensor<32xf32>) then gelu_tanh :
// CHECK-NEXT:    return %[[Y]]
func.func @fuses(%x: tensor<4x8xf32>, %w: tensor<32x8xf32>, %b: tensor<32xf32>) -> tensor<4x32xf32> {
  %0 = gpt.linear %x, %w bias(%b : tensor<32xf32>) : tensor<4x8xf32>, tensor<32x8xf32> -> tensor<4x32xf32>
  %1 = gpt.activation gelu_tanh %0 : tensor<4x32xf32>
  return %1 : tensor<4x32xf32>
}

// CHECK-LABEL: @keeps_a_linear_with_two_uses(
// CHECK:         %[[Y:.*]] = gpt.linear
// CHECK:         gpt.activation relu %[[Y]]
func.func @keeps_a_linear_with_two_uses(%x: tensor<4x8xf32>, %w: tensor<8x8xf32>) -> tensor<4x8xf32> {
  %0 = gpt.linear %x, %w : tensor<4x8xf32>, tensor<8x8xf32> -> tensor<4x8xf32>
  %1 = gpt.activation relu %0 : tensor<4x8xf32>
  %2 = gpt.add %0, %1 : tensor<4x8xf32>
  return %2 : tensor<4x8xf32>
}

// CHECK-LABEL: @keeps_a_second_activation(
// CHECK:         %[[Y:.*]] = gpt.linear {{.*}} then relu
// CHECK:         gpt.activation tanh %[[Y]]
func.func @keeps_a_second_activation(%x: tensor<4x8xf32>, %w: tensor<8x8xf32>) -> tensor<4x8xf32> {
  %0 = gpt.linear %x, %w then relu : tensor<4x8xf32>, tensor<8x8xf32> -> tensor<4x8xf32>
  %1 = gpt.activation tanh %0 : tensor<4x8xf32>
  return %1 : tensor<4x8xf32>
}

// The residual is added after the activation, not before it.
// CHECK-LABEL: @keeps_an_activation_of_a_sum(
// CHECK:         %[[Y:.*]] = gpt.linear {{.*}} plus
// CHECK:         gpt.activation silu %[[Y]]
func.func @keeps_an_activation_of_a_sum(%x: tensor<4x8xf32>, %w: tensor<8x8xf32>) -> tensor<4x8xf32> {
  %0 = gpt.linear %x, %w plus(%x : tensor<4x8xf32>) : tensor<4x8xf32>, tensor<8x8xf32> -> tensor<4x8xf32>
  %1 = gpt.activation silu %0 : tensor<4x8xf32>
  return %1 : tensor<4x8xf32>
}
