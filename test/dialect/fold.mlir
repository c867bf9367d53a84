// RUN: gptc-opt %s --canonicalize | FileCheck %s

// CHECK-LABEL: @a_value_that_no_layer_changes_is_a_constant(
// CHECK-NEXT:    %[[C:.*]] = arith.constant 2.500000e-01 : f32
// CHECK-NEXT:    return %[[C]]
func.func @a_value_that_no_layer_changes_is_a_constant(%layer: index) -> f32 {
  %0 = gpt.layer_value [0.25, 0.25, 0.25][%layer]
  return %0 : f32
}

// CHECK-LABEL: @keeps_values_that_differ(
// CHECK:         gpt.layer_value [2.500000e-01, 1.250000e-01]
func.func @keeps_values_that_differ(%layer: index) -> f32 {
  %0 = gpt.layer_value [0.25, 0.125][%layer]
  return %0 : f32
}

// CHECK-LABEL: @keeps_no_values(
// CHECK:         gpt.layer_value []
func.func @keeps_no_values(%layer: index) -> f32 {
  %0 = gpt.layer_value [][%layer]
  return %0 : f32
}

// CHECK-LABEL: @activation_none_is_its_input(
// CHECK-SAME:    %[[X:.*]]: tensor<4x8xf32>)
// CHECK-NEXT:    return %[[X]]
func.func @activation_none_is_its_input(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %0 = gpt.activation none %x : tensor<4x8xf32>
  return %0 : tensor<4x8xf32>
}

// CHECK-LABEL: @keeps_other_activations(
// CHECK:         gpt.activation silu
func.func @keeps_other_activations(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %0 = gpt.activation silu %x : tensor<4x8xf32>
  return %0 : tensor<4x8xf32>
}
