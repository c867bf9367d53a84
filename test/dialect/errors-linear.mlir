// RUN: gptc-opt %s --split-input-file --verify-diagnostics

// linear_c1
func.func @channels(%x: tensor<4x8xf32>, %w: tensor<3x9xf32>) {
  // expected-error @below {{input has 8 channels but weight takes 9}}
  %0 = gpt.linear %x, %w : tensor<4x8xf32>, tensor<3x9xf32> -> tensor<4x3xf32>
  return
}

// -----

// linear_c1
func.func @channels_of_panels(%x: tensor<4x8xf32>, %w: tensor<3x9xf32, #gpt.packed<panels>>) {
  // expected-error @below {{input has 8 channels but weight takes 9}}
  %0 = gpt.linear %x, %w : tensor<4x8xf32>, tensor<3x9xf32, #gpt.packed<panels>> -> tensor<4x3xf32>
  return
}

// -----

// linear_c1: 7 channels fill as many pairs as 8
func.func @channels_of_pairs(%x: tensor<4x8xf32>, %w: tensor<3x7xbf16, #gpt.packed<panels>>) {
  // expected-error @below {{input has 8 channels but weight takes 7}}
  %0 = gpt.linear %x, %w in bf16 : tensor<4x8xf32>, tensor<3x7xbf16, #gpt.packed<panels>> -> tensor<4x3xf32>
  return
}

// -----

// linear_c1
func.func @weight_is_a_vector(%x: tensor<4x8xf32>, %w: tensor<8xf32>) {
  // expected-error @below {{weight is 'tensor<8xf32>' but a matrix was expected}}
  %0 = gpt.linear %x, %w : tensor<4x8xf32>, tensor<8xf32> -> tensor<4x3xf32>
  return
}

// -----

// linear_c1
func.func @weight_of_unknown_size(%x: tensor<4x8xf32>, %w: tensor<?x?xf32>) {
  // expected-error @below {{weight is 'tensor<?x?xf32>' but a matrix was expected}}
  %0 = gpt.linear %x, %w : tensor<4x8xf32>, tensor<?x?xf32> -> tensor<4x3xf32>
  return
}

// -----

// linear_c2
func.func @bias_length(%x: tensor<4x8xf32>, %w: tensor<3x8xf32>, %b: tensor<2xf32>) {
  // expected-error @below {{weight has 3 rows but bias is 'tensor<2xf32>'}}
  %0 = gpt.linear %x, %w bias(%b : tensor<2xf32>) : tensor<4x8xf32>, tensor<3x8xf32> -> tensor<4x3xf32>
  return
}

// -----

// linear_c2
func.func @bias_that_rounds_to_the_same_storage(%x: tensor<4x8xf32>, %w: tensor<40x8xf32, #gpt.packed<panels>>, %b: tensor<64xf32, #gpt.packed<vector>>) {
  // expected-error @below {{weight has 40 rows but bias is 'tensor<64xf32, #gpt.packed<vector>>'}}
  %0 = gpt.linear %x, %w bias(%b : tensor<64xf32, #gpt.packed<vector>>) : tensor<4x8xf32>, tensor<40x8xf32, #gpt.packed<panels>> -> tensor<4x40xf32>
  return
}

// -----

// linear_c2
func.func @bias_is_a_matrix(%x: tensor<4x8xf32>, %w: tensor<3x8xf32>, %b: tensor<3x1xf32>) {
  // expected-error @below {{weight has 3 rows but bias is 'tensor<3x1xf32>'}}
  %0 = gpt.linear %x, %w bias(%b : tensor<3x1xf32>) : tensor<4x8xf32>, tensor<3x8xf32> -> tensor<4x3xf32>
  return
}

// -----

// linear_c3
func.func @outputs(%x: tensor<4x8xf32>, %w: tensor<3x8xf32>) {
  // expected-error @below {{result is 'tensor<4x4xf32>' but input and weight give 3 channels for each of the input's rows}}
  %0 = gpt.linear %x, %w : tensor<4x8xf32>, tensor<3x8xf32> -> tensor<4x4xf32>
  return
}

// -----

// linear_c3
func.func @outputs_that_fill_as_many_panels(%x: tensor<4x8xf32>, %w: tensor<704x8xf32, #gpt.packed<panels>>) {
  // expected-error @below {{result is 'tensor<4x705xf32>' but input and weight give 704 channels for each of the input's rows}}
  %0 = gpt.linear %x, %w : tensor<4x8xf32>, tensor<704x8xf32, #gpt.packed<panels>> -> tensor<4x705xf32>
  return
}

// -----

// linear_c3
func.func @tokens(%x: tensor<4x8xf32>, %w: tensor<3x8xf32>) {
  // expected-error @below {{result is 'tensor<5x3xf32>' but input and weight give 3 channels for each of the input's rows}}
  %0 = gpt.linear %x, %w : tensor<4x8xf32>, tensor<3x8xf32> -> tensor<5x3xf32>
  return
}

// -----

// linear_c4
func.func @residual(%x: tensor<4x8xf32>, %w: tensor<3x8xf32>, %r: tensor<4x8xf32>) {
  // expected-error @below {{residual is 'tensor<4x8xf32>' but result is 'tensor<4x3xf32>'}}
  %0 = gpt.linear %x, %w plus(%r : tensor<4x8xf32>) : tensor<4x8xf32>, tensor<3x8xf32> -> tensor<4x3xf32>
  return
}

// -----

// linear_c5
func.func @product_of_rows(%x: tensor<4x8xf32>, %w: tensor<3x8xf32, #gpt.packed<rows>>) {
  // expected-error @below {{weight is 'tensor<3x8xf32, #gpt.packed<rows>>' but panels of the operand format f32 were expected}}
  %0 = gpt.linear %x, %w : tensor<4x8xf32>, tensor<3x8xf32, #gpt.packed<rows>> -> tensor<4x3xf32>
  return
}

// -----

// linear_c5
func.func @arithmetic_of_another_format(%x: tensor<4x8xf32>, %w: tensor<3x8xf32, #gpt.packed<panels>>) {
  // expected-error @below {{weight is 'tensor<3x8xf32, #gpt.packed<panels>>' but panels of the operand format bf16 were expected}}
  %0 = gpt.linear %x, %w in bf16 : tensor<4x8xf32>, tensor<3x8xf32, #gpt.packed<panels>> -> tensor<4x3xf32>
  return
}

// -----

// unembed_c4
func.func @unembed_of_another_format(%x: tensor<4x8xf32>, %w: tensor<3x8xbf16, #gpt.packed<panels>>) {
  // expected-error @below {{weight is 'tensor<3x8xbf16, #gpt.packed<panels>>' but panels of the operand format f32 were expected}}
  %0 = gpt.unembed %x, %w : tensor<4x8xf32>, tensor<3x8xbf16, #gpt.packed<panels>> -> tensor<4x3xf32>
  return
}

// -----

// unembed_c1
func.func @unembed_channels(%x: tensor<4x8xf32>, %w: tensor<211x9xf32>) {
  // expected-error @below {{input has 8 channels but weight takes 9}}
  %0 = gpt.unembed %x, %w : tensor<4x8xf32>, tensor<211x9xf32> -> tensor<4x211xf32>
  return
}

// -----

// unembed_c2
func.func @unembed_vocabulary(%x: tensor<4x8xf32>, %w: tensor<211x8xf32>) {
  // expected-error @below {{result is 'tensor<4x210xf32>' but input and weight give 211 channels for each of the input's rows}}
  %0 = gpt.unembed %x, %w : tensor<4x8xf32>, tensor<211x8xf32> -> tensor<4x210xf32>
  return
}
