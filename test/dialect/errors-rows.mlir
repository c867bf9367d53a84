// RUN: gptc-opt %s --split-input-file --verify-diagnostics

// embedding_c1
func.func @embedding_channels(%ids: tensor<4xi32>, %table: tensor<211x8xf32>) {
  // expected-error @below {{result is 'tensor<4x9xf32>' but ids and table are 'tensor<4xi32>' and 'tensor<211x8xf32>'}}
  %0 = gpt.embedding %ids, %table : tensor<4xi32>, tensor<211x8xf32> -> tensor<4x9xf32>
  return
}

// -----

// embedding_c1
func.func @embedding_that_rounds_to_the_same_storage(%ids: tensor<4xi32>, %table: tensor<211x3xf32, #gpt.packed<rows>>) {
  // expected-error @below {{result is 'tensor<4x16xf32>' but ids and table are 'tensor<4xi32>' and 'tensor<211x3xf32, #gpt.packed<rows>>'}}
  %0 = gpt.embedding %ids, %table : tensor<4xi32>, tensor<211x3xf32, #gpt.packed<rows>> -> tensor<4x16xf32>
  return
}

// -----

// embedding_c1
func.func @embedding_tokens(%ids: tensor<4xi32>, %table: tensor<211x8xf32>) {
  // expected-error @below {{result is 'tensor<5x8xf32>' but ids and table are 'tensor<4xi32>' and 'tensor<211x8xf32>'}}
  %0 = gpt.embedding %ids, %table : tensor<4xi32>, tensor<211x8xf32> -> tensor<5x8xf32>
  return
}

// -----

// embedding_c1
func.func @embedding_of_a_vector(%ids: tensor<4xi32>, %table: tensor<8xf32>) {
  // expected-error @below {{result is 'tensor<4x8xf32>' but ids and table are 'tensor<4xi32>' and 'tensor<8xf32>'}}
  %0 = gpt.embedding %ids, %table : tensor<4xi32>, tensor<8xf32> -> tensor<4x8xf32>
  return
}

// -----

// norm_c1
func.func @norm_scale(%x: tensor<4x8xf32>, %s: tensor<9xf32>) {
  // expected-error @below {{a group has 8 channels but scale is 'tensor<9xf32>'}}
  %0 = gpt.norm layer %x, %s epsilon 1.0e-05 : tensor<4x8xf32>, tensor<9xf32>
  return
}

// -----

// norm_c2
func.func @norm_bias(%x: tensor<4x8xf32>, %s: tensor<8xf32>, %b: tensor<1x8xf32>) {
  // expected-error @below {{a group has 8 channels but bias is 'tensor<1x8xf32>'}}
  %0 = gpt.norm layer %x, %s bias(%b : tensor<1x8xf32>) epsilon 1.0e-05 : tensor<4x8xf32>, tensor<8xf32>
  return
}

// -----

// norm_c3
func.func @norm_negative_epsilon(%x: tensor<4x8xf32>, %s: tensor<8xf32>) {
  // expected-error @below {{epsilon is -9.99999974E-6 : f32 but a finite, not negative value was expected}}
  %0 = gpt.norm layer %x, %s epsilon -1.0e-05 : tensor<4x8xf32>, tensor<8xf32>
  return
}

// -----

// norm_c3
func.func @norm_infinite_epsilon(%x: tensor<4x8xf32>, %s: tensor<8xf32>) {
  // expected-error @below {{epsilon is 0x7F800000 : f32 but a finite, not negative value was expected}}
  %0 = gpt.norm layer %x, %s epsilon 0x7F800000 : tensor<4x8xf32>, tensor<8xf32>
  return
}

// -----

// columns_c1
func.func @columns_beyond_the_last(%x: tensor<4x8xf32>) {
  // expected-error @below {{result is 'tensor<4x3xf32>' but input has 8 columns, taken from 6}}
  %0 = gpt.columns %x[6] : tensor<4x8xf32> -> tensor<4x3xf32>
  return
}

// -----

// columns_c1
func.func @columns_before_the_first(%x: tensor<4x8xf32>) {
  // expected-error @below {{result is 'tensor<4x3xf32>' but input has 8 columns, taken from -1}}
  %0 = gpt.columns %x[-1] : tensor<4x8xf32> -> tensor<4x3xf32>
  return
}

// -----

// columns_c1
func.func @columns_whose_end_overflows(%x: tensor<4x8xf32>) {
  // expected-error @below {{result is 'tensor<4x3xf32>' but input has 8 columns, taken from 9223372036854775807}}
  %0 = gpt.columns %x[9223372036854775807] : tensor<4x8xf32> -> tensor<4x3xf32>
  return
}

// -----

// columns_c1
func.func @columns_of_other_rows(%x: tensor<4x8xf32>) {
  // expected-error @below {{result is 'tensor<5x3xf32>' but input has 8 columns, taken from 2}}
  %0 = gpt.columns %x[2] : tensor<4x8xf32> -> tensor<5x3xf32>
  return
}

// -----

// select_rows_c1
func.func @select_rows_count(%x: tensor<4x8xf32>, %rows: tensor<2xi32>) {
  // expected-error @below {{result is 'tensor<3x8xf32>' but input and rows are 'tensor<4x8xf32>' and 'tensor<2xi32>'}}
  %0 = gpt.select_rows %x, %rows : tensor<4x8xf32>, tensor<2xi32> -> tensor<3x8xf32>
  return
}

// -----

// select_rows_c1
func.func @select_rows_channels(%x: tensor<4x8xf32>, %rows: tensor<2xi32>) {
  // expected-error @below {{result is 'tensor<2x9xf32>' but input and rows are 'tensor<4x8xf32>' and 'tensor<2xi32>'}}
  %0 = gpt.select_rows %x, %rows : tensor<4x8xf32>, tensor<2xi32> -> tensor<2x9xf32>
  return
}

// -----

// norm_c4
func.func @norm_groups(%x: tensor<4x8xf32>, %s: tensor<8xf32>) {
  // expected-error @below {{groups is 3 but a divisor of 8 was expected}}
  %0 = gpt.norm rms %x, %s epsilon 1.0e-05 groups 3 : tensor<4x8xf32>, tensor<8xf32>
  return
}

// -----

// norm_c1, in groups
func.func @norm_scale_of_a_group(%x: tensor<4x8xf32>, %s: tensor<8xf32>) {
  // expected-error @below {{a group has 4 channels but scale is 'tensor<8xf32>'}}
  %0 = gpt.norm rms %x, %s epsilon 1.0e-05 groups 2 : tensor<4x8xf32>, tensor<8xf32>
  return
}

// -----

// unembed_c3
func.func @unembed_soft_cap(%x: tensor<4x8xf32>, %w: tensor<9x8xf32>) {
  // expected-error @below {{soft_cap is 0}}
  %0 = gpt.unembed %x, %w soft_cap 0.0 : tensor<4x8xf32>, tensor<9x8xf32> -> tensor<4x9xf32>
  return
}
