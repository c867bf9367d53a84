// RUN: gptc-opt %s --split-input-file --verify-diagnostics

// rotary_table_c1
func.func @a_table_of_another_width(%p: tensor<4xi32>) {
  // expected-error @below {{result is 'tensor<4x3xf32>' but there are 2 frequencies for 'tensor<4xi32>'}}
  %0 = gpt.rotary_table %p frequencies [1.0, 0.5] : tensor<4xi32> -> tensor<4x3xf32>
  return
}

// -----

// rotary_table_c1
func.func @a_table_of_other_rows(%p: tensor<4xi32>) {
  // expected-error @below {{result is 'tensor<5x4xf32>' but there are 2 frequencies for 'tensor<4xi32>'}}
  %0 = gpt.rotary_table %p frequencies [1.0, 0.5] : tensor<4xi32> -> tensor<5x4xf32>
  return
}

// -----

// rotary_table_c1
func.func @a_table_of_nothing(%p: tensor<4xi32>) {
  // expected-error @below {{result is 'tensor<4x0xf32>' but there are 0 frequencies for 'tensor<4xi32>'}}
  %0 = gpt.rotary_table %p frequencies [] : tensor<4xi32> -> tensor<4x0xf32>
  return
}

// -----

// rotary_c1
func.func @other_rows(%x: tensor<4x8xf32>, %t: tensor<5x2xf32>) {
  // expected-error @below {{input has 4 rows but table has 5}}
  %0 = gpt.rotary %x by %t heads 2 : tensor<4x8xf32>, tensor<5x2xf32>
  return
}

// -----

// rotary_c2
func.func @heads_that_do_not_divide(%x: tensor<4x8xf32>, %t: tensor<4x2xf32>) {
  // expected-error @below {{heads is 3 but a divisor of 8 was expected}}
  %0 = gpt.rotary %x by %t heads 3 : tensor<4x8xf32>, tensor<4x2xf32>
  return
}

// -----

// rotary_c2
func.func @no_heads(%x: tensor<4x8xf32>, %t: tensor<4x2xf32>) {
  // expected-error @below {{heads is 0 but a divisor of 8 was expected}}
  %0 = gpt.rotary %x by %t heads 0 : tensor<4x8xf32>, tensor<4x2xf32>
  return
}

// -----

// rotary_c3
func.func @more_than_a_head(%x: tensor<4x8xf32>, %t: tensor<4x6xf32>) {
  // expected-error @below {{table has 6 values but an even number of at most 4 was expected}}
  %0 = gpt.rotary %x by %t heads 2 : tensor<4x8xf32>, tensor<4x6xf32>
  return
}

// -----

// rotary_c3
func.func @an_odd_number(%x: tensor<4x8xf32>, %t: tensor<4x3xf32>) {
  // expected-error @below {{table has 3 values but an even number of at most 4 was expected}}
  %0 = gpt.rotary %x by %t heads 2 : tensor<4x8xf32>, tensor<4x3xf32>
  return
}

// -----

func.func @gate_and_up_differ(%x: tensor<4x8xf32>, %y: tensor<4x9xf32>) {
  // expected-error @below {{failed to verify that all of {gate, up, result} have same type}}
  %0 = "gpt.gated"(%x, %y) {kind = 5 : i32} : (tensor<4x8xf32>, tensor<4x9xf32>) -> tensor<4x8xf32>
  return
}
