// RUN: gptc-opt %s --split-input-file --verify-diagnostics

// C1
func.func @channels(%x: tensor<4x8xf32>, %w: tensor<3x9xf32>) {
  // expected-error @below {{input has 8 channels but weight takes 9}}
  %0 = gpt.linear %x, %w : tensor<4x8xf32>, tensor<3x9xf32> -> tensor<4x3xf32>
  return
}

// -----

// C1
func.func @channels_of_panels(%x: tensor<4x8xf32>, %w: tensor<1x9x64xf32>) {
  // expected-error @below {{input has 8 channels but weight takes 9}}
  %0 = gpt.linear %x, %w : tensor<4x8xf32>, tensor<1x9x64xf32> -> tensor<4x3xf32>
  return
}

// -----

// C1: a pair may hold one channel only, no more and no less
func.func @channels_of_pairs(%x: tensor<4x7xf32>, %y: tensor<4x6xf32>, %w: tensor<1x4x64x2xbf16>) {
  %0 = gpt.linear %x, %w : tensor<4x7xf32>, tensor<1x4x64x2xbf16> -> tensor<4x3xf32>
  // expected-error @below {{input has 6 channels but weight takes 8}}
  %1 = gpt.linear %y, %w : tensor<4x6xf32>, tensor<1x4x64x2xbf16> -> tensor<4x3xf32>
  return
}

// -----

// C1
func.func @weight_is_a_vector(%x: tensor<4x8xf32>, %w: tensor<8xf32>) {
  // expected-error @below {{weight is 'tensor<8xf32>' but a matrix was expected}}
  %0 = gpt.linear %x, %w : tensor<4x8xf32>, tensor<8xf32> -> tensor<4x3xf32>
  return
}

// -----

// C1
func.func @weight_of_unknown_size(%x: tensor<4x8xf32>, %w: tensor<?x?x64x2xbf16>) {
  // expected-error @below {{weight is 'tensor<?x?x64x2xbf16>' but a matrix was expected}}
  %0 = gpt.linear %x, %w : tensor<4x8xf32>, tensor<?x?x64x2xbf16> -> tensor<4x3xf32>
  return
}

// -----

// C2
func.func @bias_length(%x: tensor<4x8xf32>, %w: tensor<3x8xf32>, %b: tensor<2xf32>) {
  // expected-error @below {{weight has 3 rows but bias is 'tensor<2xf32>'}}
  %0 = gpt.linear %x, %w bias(%b : tensor<2xf32>) : tensor<4x8xf32>, tensor<3x8xf32> -> tensor<4x3xf32>
  return
}

// -----

// C2
func.func @bias_is_a_matrix(%x: tensor<4x8xf32>, %w: tensor<3x8xf32>, %b: tensor<3x1xf32>) {
  // expected-error @below {{weight has 3 rows but bias is 'tensor<3x1xf32>'}}
  %0 = gpt.linear %x, %w bias(%b : tensor<3x1xf32>) : tensor<4x8xf32>, tensor<3x8xf32> -> tensor<4x3xf32>
  return
}

// -----

// C3
func.func @outputs(%x: tensor<4x8xf32>, %w: tensor<3x8xf32>) {
  // expected-error @below {{result is 'tensor<4x4xf32>' but input and weight give 3 channels for each of the input's rows}}
  %0 = gpt.linear %x, %w : tensor<4x8xf32>, tensor<3x8xf32> -> tensor<4x4xf32>
  return
}

// -----

// C3
func.func @outputs_beyond_the_panels(%x: tensor<4x8xf32>, %w: tensor<1x8x64xf32>) {
  // expected-error @below {{result is 'tensor<4x65xf32>' but input and weight give 64 channels for each of the input's rows}}
  %0 = gpt.linear %x, %w : tensor<4x8xf32>, tensor<1x8x64xf32> -> tensor<4x65xf32>
  return
}

// -----

// C3
func.func @tokens(%x: tensor<4x8xf32>, %w: tensor<3x8xf32>) {
  // expected-error @below {{result is 'tensor<5x3xf32>' but input and weight give 3 channels for each of the input's rows}}
  %0 = gpt.linear %x, %w : tensor<4x8xf32>, tensor<3x8xf32> -> tensor<5x3xf32>
  return
}

// -----

// C4
func.func @residual(%x: tensor<4x8xf32>, %w: tensor<3x8xf32>, %r: tensor<4x8xf32>) {
  // expected-error @below {{residual is 'tensor<4x8xf32>' but result is 'tensor<4x3xf32>'}}
  %0 = gpt.linear %x, %w plus(%r : tensor<4x8xf32>) : tensor<4x8xf32>, tensor<3x8xf32> -> tensor<4x3xf32>
  return
}

// -----

// C1 of unembed
func.func @unembed_channels(%x: tensor<4x8xf32>, %w: tensor<211x9xf32>) {
  // expected-error @below {{input has 8 channels but weight takes 9}}
  %0 = gpt.unembed %x, %w : tensor<4x8xf32>, tensor<211x9xf32> -> tensor<4x211xf32>
  return
}

// -----

// C2 of unembed
func.func @unembed_vocabulary(%x: tensor<4x8xf32>, %w: tensor<211x8xf32>) {
  // expected-error @below {{result is 'tensor<4x210xf32>' but input and weight give 211 channels for each of the input's rows}}
  %0 = gpt.unembed %x, %w : tensor<4x8xf32>, tensor<211x8xf32> -> tensor<4x210xf32>
  return
}
