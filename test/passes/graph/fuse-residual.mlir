// RUN: gptc-opt %s --gpt-fuse-residual | FileCheck %s

// CHECK-LABEL: @fuses_either_term(
// CHECK-SAME:    %[[X:.*]]: tensor<4x8xf32>, %[[W:.*]]: tensor<8x8xf32>, %[[H:.*]]: tensor<4x8xf32>)
// CHECK-NEXT:    %[[A:.*]] = gpt.linear %[[X]], %[[W]] plus(%[[H]] : tensor<4x8xf32>)
// CHECK-NEXT:    %[[B:.*]] = gpt.linear %[[A]], %[[W]] then relu plus(%[[A]] : tensor<4x8xf32>)
// CHECK-NEXT:    return %[[B]]
func.func @fuses_either_term(%x: tensor<4x8xf32>, %w: tensor<8x8xf32>, %h: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %0 = gpt.linear %x, %w : tensor<4x8xf32>, tensor<8x8xf32> -> tensor<4x8xf32>
  %1 = gpt.add %h, %0 : tensor<4x8xf32>
  %2 = gpt.linear %1, %w then relu : tensor<4x8xf32>, tensor<8x8xf32> -> tensor<4x8xf32>
  %3 = gpt.add %2, %1 : tensor<4x8xf32>
  return %3 : tensor<4x8xf32>
}

// CHECK-LABEL: @waits_for_a_residual_made_later(
// CHECK:         %[[R:.*]] = gpt.activation tanh
// CHECK-NEXT:    gpt.linear {{.*}} plus(%[[R]] : tensor<4x8xf32>)
func.func @waits_for_a_residual_made_later(%x: tensor<4x8xf32>, %w: tensor<8x8xf32>) -> tensor<4x8xf32> {
  %0 = gpt.linear %x, %w : tensor<4x8xf32>, tensor<8x8xf32> -> tensor<4x8xf32>
  %1 = gpt.activation tanh %x : tensor<4x8xf32>
  %2 = gpt.add %1, %0 : tensor<4x8xf32>
  return %2 : tensor<4x8xf32>
}

// CHECK-LABEL: @keeps_a_linear_with_two_uses(
// CHECK:         gpt.linear
// CHECK-NOT:     plus
// CHECK:         gpt.add
func.func @keeps_a_linear_with_two_uses(%x: tensor<4x8xf32>, %w: tensor<8x8xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>) {
  %0 = gpt.linear %x, %w : tensor<4x8xf32>, tensor<8x8xf32> -> tensor<4x8xf32>
  %1 = gpt.add %x, %0 : tensor<4x8xf32>
  return %0, %1 : tensor<4x8xf32>, tensor<4x8xf32>
}

// CHECK-LABEL: @keeps_a_second_residual(
// CHECK:         %[[Y:.*]] = gpt.linear {{.*}} plus
// CHECK:         gpt.add %{{.*}}, %[[Y]]
func.func @keeps_a_second_residual(%x: tensor<4x8xf32>, %w: tensor<8x8xf32>, %h: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %0 = gpt.linear %x, %w plus(%h : tensor<4x8xf32>) : tensor<4x8xf32>, tensor<8x8xf32> -> tensor<4x8xf32>
  %1 = gpt.add %x, %0 : tensor<4x8xf32>
  return %1 : tensor<4x8xf32>
}

// CHECK-LABEL: @fuses_both_of_a_parallel_residual(
// CHECK-SAME:    %[[X:.*]]: tensor<4x8xf32>, %[[W:.*]]: tensor<8x8xf32>, %[[H:.*]]: tensor<4x8xf32>)
// CHECK-NEXT:    %[[A:.*]] = gpt.linear %[[X]], %[[W]] plus(%[[H]] : tensor<4x8xf32>)
// CHECK-NEXT:    %[[B:.*]] = gpt.linear %[[H]], %[[W]] plus(%[[A]] : tensor<4x8xf32>)
// CHECK-NEXT:    return %[[B]]
func.func @fuses_both_of_a_parallel_residual(%x: tensor<4x8xf32>, %w: tensor<8x8xf32>, %h: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %0 = gpt.linear %x, %w : tensor<4x8xf32>, tensor<8x8xf32> -> tensor<4x8xf32>
  %1 = gpt.linear %h, %w : tensor<4x8xf32>, tensor<8x8xf32> -> tensor<4x8xf32>
  %2 = gpt.add %h, %0 : tensor<4x8xf32>
  %3 = gpt.add %2, %1 : tensor<4x8xf32>
  return %3 : tensor<4x8xf32>
}

// CHECK-LABEL: @keeps_a_norm_before_the_residual(
// CHECK:         %[[Y:.*]] = gpt.linear
// CHECK-NOT:     plus
// CHECK-NEXT:    %[[N:.*]] = gpt.norm rms %[[Y]]
// CHECK-NEXT:    gpt.add %{{.*}}, %[[N]]
func.func @keeps_a_norm_before_the_residual(%x: tensor<4x8xf32>, %w: tensor<8x8xf32>, %s: tensor<8xf32>, %h: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %0 = gpt.linear %x, %w : tensor<4x8xf32>, tensor<8x8xf32> -> tensor<4x8xf32>
  %1 = gpt.norm rms %0, %s epsilon 1.0e-06 : tensor<4x8xf32>, tensor<8xf32>
  %2 = gpt.add %h, %1 : tensor<4x8xf32>
  return %2 : tensor<4x8xf32>
}
