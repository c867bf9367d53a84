// RUN: gptc-opt %s --split-input-file --verify-diagnostics

// tile_linear_c2
func.func @linear_by_whole_panels(%x: memref<6x7xf32>, %w: memref<1x7x16xf32>, %y: memref<6x16xf32>) {
  // expected-error @below {{weight is 'memref<1x7x16xf32>' but 7 channels of 16 outputs in f32 were expected}}
  gpt.tile.linear %x, %w to %y : memref<6x7xf32>, memref<1x7x16xf32>, memref<6x16xf32>
  return
}

// -----

// tile_linear_c2
func.func @linear_by_bf16_without_pairs(%x: memref<6x7xf32>, %w: memref<7x16xbf16>, %y: memref<6x16xf32>) {
  // expected-error @below {{weight is 'memref<7x16xbf16>' but 7 channels of 16 outputs in bf16 were expected}}
  gpt.tile.linear %x, %w in bf16 to %y : memref<6x7xf32>, memref<7x16xbf16>, memref<6x16xf32>
  return
}

// -----

// tile_linear_c1
func.func @linear_of_half_a_vector(%x: memref<6x7xf32>, %w: memref<7x24xf32>, %y: memref<6x24xf32>) {
  // expected-error @below {{output has 24 columns but a multiple of 16 was expected}}
  gpt.tile.linear %x, %w to %y : memref<6x7xf32>, memref<7x24xf32>, memref<6x24xf32>
  return
}

// -----

// tile_linear_c2
func.func @linear_of_other_columns(%x: memref<6x7xf32>, %w: memref<7x32xf32>, %y: memref<6x16xf32>) {
  // expected-error @below {{weight is 'memref<7x32xf32>' but 7 channels of 16 outputs in f32 were expected}}
  gpt.tile.linear %x, %w to %y : memref<6x7xf32>, memref<7x32xf32>, memref<6x16xf32>
  return
}

// -----

// tile_linear_c2
func.func @linear_of_other_channels(%x: memref<6x7xf32>, %w: memref<8x16xf32>, %y: memref<6x16xf32>) {
  // expected-error @below {{weight is 'memref<8x16xf32>' but 7 channels of 16 outputs in f32 were expected}}
  gpt.tile.linear %x, %w to %y : memref<6x7xf32>, memref<8x16xf32>, memref<6x16xf32>
  return
}

// -----

// tile_linear_c2
func.func @linear_of_other_pairs(%x: memref<6x7xf32>, %w: memref<3x16x2xbf16>, %y: memref<6x16xf32>) {
  // expected-error @below {{weight is 'memref<3x16x2xbf16>' but 7 channels of 16 outputs in bf16 were expected}}
  gpt.tile.linear %x, %w in bf16 to %y : memref<6x7xf32>, memref<3x16x2xbf16>, memref<6x16xf32>
  return
}

// -----

// tile_linear_c3
func.func @linear_to_other_rows(%x: memref<6x7xf32>, %w: memref<7x16xf32>, %y: memref<5x16xf32>) {
  // expected-error @below {{input, bias or residual does not fit output of 5x16}}
  gpt.tile.linear %x, %w to %y : memref<6x7xf32>, memref<7x16xf32>, memref<5x16xf32>
  return
}

// -----

// tile_linear_c3
func.func @linear_with_a_short_bias(%x: memref<6x7xf32>, %w: memref<7x32xf32>, %b: memref<16xf32>, %y: memref<6x32xf32>) {
  // expected-error @below {{input, bias or residual does not fit output of 6x32}}
  gpt.tile.linear %x, %w bias(%b : memref<16xf32>) to %y
    : memref<6x7xf32>, memref<7x32xf32>, memref<6x32xf32>
  return
}

// -----

// tile_linear_c3
func.func @linear_with_another_residual(%x: memref<6x7xf32>, %w: memref<7x16xf32>, %r: memref<5x16xf32>, %y: memref<6x16xf32>) {
  // expected-error @below {{input, bias or residual does not fit output of 6x16}}
  gpt.tile.linear %x, %w plus(%r : memref<5x16xf32>) to %y
    : memref<6x7xf32>, memref<7x16xf32>, memref<6x16xf32>
  return
}

// -----

// tile_linear_c2
func.func @expanded_half_a_pair(%x: memref<6x7xf32>, %w: memref<7x16xf32>, %y: memref<6x16xf32>) {
  // expected-error @below {{weight is 'memref<7x16xf32>' but 7 channels of 16 outputs in bf16 were expected}}
  gpt.tile.linear %x, %w in bf16 to %y : memref<6x7xf32>, memref<7x16xf32>, memref<6x16xf32>
  return
}

// -----

// tile_linear_c2
func.func @linear_of_pairs_in_f32(%x: memref<6x8xf32>, %w: memref<4x16x2xbf16>, %y: memref<6x16xf32>) {
  // expected-error @below {{weight is 'memref<4x16x2xbf16>' but 8 channels of 16 outputs in f32 were expected}}
  gpt.tile.linear %x, %w to %y : memref<6x8xf32>, memref<4x16x2xbf16>, memref<6x16xf32>
  return
}

// -----

// tile_linear_c4
func.func @ahead_too_long(%x: memref<6x8xf32>, %w: memref<8x16xf32>, %a: memref<3x16xf32>, %y: memref<6x16xf32>) {
  // expected-error @below {{ahead is 'memref<3x16xf32>' but 128 bytes in one piece were expected}}
  gpt.tile.linear %x, %w ahead(%a : memref<3x16xf32>) to %y : memref<6x8xf32>, memref<8x16xf32>, memref<6x16xf32>
  return
}

// -----

// tile_linear_c4
func.func @ahead_in_pieces(%x: memref<6x8xf32>, %w: memref<8x16xf32>, %a: memref<2x16xf32, strided<[64, 1]>>, %y: memref<6x16xf32>) {
  // expected-error @below {{but 128 bytes in one piece were expected}}
  gpt.tile.linear %x, %w ahead(%a : memref<2x16xf32, strided<[64, 1]>>) to %y : memref<6x8xf32>, memref<8x16xf32>, memref<6x16xf32>
  return
}

// -----

// tile_linear_c5
func.func @pairs_by_expanded_weights(%x: memref<6x8xbf16>, %w: memref<8x16xf32>, %y: memref<6x16xf32>) {
  // expected-error @below {{input is 'memref<6x8xbf16>' but weight is 'memref<8x16xf32>': f32 was expected, or whole groups of the operand format bf16}}
  gpt.tile.linear %x, %w in bf16 to %y : memref<6x8xbf16>, memref<8x16xf32>, memref<6x16xf32>
  return
}

// -----

// tile_linear_c5
func.func @half_a_pair(%x: memref<6x7xbf16>, %w: memref<4x16x2xbf16>, %y: memref<6x16xf32>) {
  // expected-error @below {{input is 'memref<6x7xbf16>' but weight is 'memref<4x16x2xbf16>': f32 was expected, or whole groups of the operand format bf16}}
  gpt.tile.linear %x, %w in bf16 to %y : memref<6x7xbf16>, memref<4x16x2xbf16>, memref<6x16xf32>
  return
}

// -----

// tile_linear_c6
func.func @sums_stored_as_bf16(%x: memref<6x8xf32>, %w: memref<8x16xf32>, %y: memref<6x16xbf16>) {
  // expected-error @below {{output is 'memref<6x16xbf16>' but f32 was expected}}
  gpt.tile.linear %x, %w to %y : memref<6x8xf32>, memref<8x16xf32>, memref<6x16xbf16>
  return
}

// -----

// tile_linear_row_c1
func.func @row_by_columns_of_a_panel(%x: memref<7xf32>, %w: memref<7x64xf32>, %s: memref<64xf32>, %y: memref<64xf32>) {
  // expected-error @below {{weight is 'memref<7x64xf32>' but panels of 64 outputs in f32 were expected}}
  gpt.tile.linear_row %x, %w sums(%s : memref<64xf32>) to %y : memref<7xf32>, memref<7x64xf32>, memref<64xf32>
  return
}

// -----

// tile_linear_row_c1
func.func @row_by_narrow_panels(%x: memref<7xf32>, %w: memref<2x7x32xf32>, %s: memref<64xf32>, %y: memref<64xf32>) {
  // expected-error @below {{weight is 'memref<2x7x32xf32>' but panels of 64 outputs in f32 were expected}}
  gpt.tile.linear_row %x, %w sums(%s : memref<64xf32>) to %y : memref<7xf32>, memref<2x7x32xf32>, memref<64xf32>
  return
}

// -----

// tile_linear_row_c1
func.func @row_by_bf16_without_pairs(%x: memref<7xf32>, %w: memref<2x7x64xbf16>, %s: memref<128xf32>, %y: memref<128xf32>) {
  // expected-error @below {{weight is 'memref<2x7x64xbf16>' but panels of 64 outputs in bf16 were expected}}
  gpt.tile.linear_row %x, %w in bf16 sums(%s : memref<128xf32>) to %y : memref<7xf32>, memref<2x7x64xbf16>, memref<128xf32>
  return
}

// -----

// tile_linear_row_c2
func.func @row_of_other_channels(%x: memref<7xf32>, %w: memref<2x3x64x2xbf16>, %s: memref<128xf32>, %y: memref<128xf32>) {
  // expected-error @below {{input has 7 channels but weight is 'memref<2x3x64x2xbf16>'}}
  gpt.tile.linear_row %x, %w in bf16 sums(%s : memref<128xf32>) to %y : memref<7xf32>, memref<2x3x64x2xbf16>, memref<128xf32>
  return
}

// -----

// tile_linear_row_c3
func.func @row_to_fewer_columns(%x: memref<7xf32>, %w: memref<2x7x64xf32>, %s: memref<128xf32>, %y: memref<64xf32>) {
  // expected-error @below {{bias, residual, sums or output does not fit weight 'memref<2x7x64xf32>'}}
  gpt.tile.linear_row %x, %w sums(%s : memref<128xf32>) to %y : memref<7xf32>, memref<2x7x64xf32>, memref<64xf32>
  return
}

// -----

// tile_linear_row_c3
func.func @row_with_little_room(%x: memref<7xf32>, %w: memref<2x7x64xf32>, %s: memref<64xf32>, %y: memref<128xf32>) {
  // expected-error @below {{bias, residual, sums or output does not fit weight 'memref<2x7x64xf32>'}}
  gpt.tile.linear_row %x, %w sums(%s : memref<64xf32>) to %y : memref<7xf32>, memref<2x7x64xf32>, memref<128xf32>
  return
}

// -----

// tile_linear_row_c3
func.func @row_with_a_short_bias(%x: memref<7xf32>, %w: memref<2x7x64xf32>, %b: memref<64xf32>, %s: memref<128xf32>, %y: memref<128xf32>) {
  // expected-error @below {{bias, residual, sums or output does not fit weight 'memref<2x7x64xf32>'}}
  gpt.tile.linear_row %x, %w bias(%b : memref<64xf32>) sums(%s : memref<128xf32>) to %y : memref<7xf32>, memref<2x7x64xf32>, memref<128xf32>
  return
}

// -----

// tile_linear_row_c3
func.func @row_with_another_residual(%x: memref<7xf32>, %w: memref<2x7x64xf32>, %r: memref<64xf32>, %s: memref<128xf32>, %y: memref<128xf32>) {
  // expected-error @below {{bias, residual, sums or output does not fit weight 'memref<2x7x64xf32>'}}
  gpt.tile.linear_row %x, %w plus(%r : memref<64xf32>) sums(%s : memref<128xf32>) to %y : memref<7xf32>, memref<2x7x64xf32>, memref<128xf32>
  return
}

// -----

// tile_linear_row_c3
func.func @row_of_unknown_panels(%x: memref<7xf32>, %w: memref<?x7x64xf32>, %s: memref<128xf32>, %y: memref<128xf32>) {
  // expected-error @below {{bias, residual, sums or output does not fit weight 'memref<?x7x64xf32>'}}
  gpt.tile.linear_row %x, %w sums(%s : memref<128xf32>) to %y : memref<7xf32>, memref<?x7x64xf32>, memref<128xf32>
  return
}

// -----

// tile_linear_row_c3
func.func @row_without_room(%x: memref<7xf32>, %w: memref<?x7x64xf32>, %s: memref<16xf32>, %y: memref<?xf32>) {
  // expected-error @below {{bias, residual, sums or output does not fit weight 'memref<?x7x64xf32>'}}
  gpt.tile.linear_row %x, %w sums(%s : memref<16xf32>) to %y : memref<7xf32>, memref<?x7x64xf32>, memref<?xf32>
  return
}

// -----

// tile_linear_row_c4
func.func @half_a_pair_of_a_row(%x: memref<7xbf16>, %w: memref<1x4x64x2xbf16>, %s: memref<64xf32>, %y: memref<64xf32>) {
  // expected-error @below {{input is 'memref<7xbf16>' but weight is 'memref<1x4x64x2xbf16>': f32 was expected, or whole groups of the operand format bf16}}
  gpt.tile.linear_row %x, %w in bf16 sums(%s : memref<64xf32>) to %y : memref<7xbf16>, memref<1x4x64x2xbf16>, memref<64xf32>
  return
}

// -----

// tile_linear_row_c5
func.func @row_stored_as_bf16(%x: memref<7xf32>, %w: memref<1x7x64xf32>, %s: memref<64xf32>, %y: memref<64xbf16>) {
  // expected-error @below {{output is 'memref<64xbf16>' but f32 was expected}}
  gpt.tile.linear_row %x, %w sums(%s : memref<64xf32>) to %y : memref<7xf32>, memref<1x7x64xf32>, memref<64xbf16>
  return
}

// -----

// tile_expand_c1
func.func @expand_to_other_channels(%w: memref<4x16x2xbf16>, %y: memref<7x16xf32>) {
  // expected-error @below {{output is 'memref<7x16xf32>' but weight is 'memref<4x16x2xbf16>'}}
  gpt.tile.expand %w to %y : memref<4x16x2xbf16>, memref<7x16xf32>
  return
}

// -----

// tile_expand_c1
func.func @expand_half_a_vector(%w: memref<4x8x2xbf16>, %y: memref<8x8xf32>) {
  // expected-error @below {{output is 'memref<8x8xf32>' but weight is 'memref<4x8x2xbf16>'}}
  gpt.tile.expand %w to %y : memref<4x8x2xbf16>, memref<8x8xf32>
  return
}
