// RUN: gptc-opt %s --split-input-file --verify-diagnostics

// C1 of tile.embedding
func.func @embedding_of_a_narrow_table(%table: memref<96x32xf32>, %id: i32, %y: memref<40xf32>) {
  // expected-error @below {{table is 'memref<96x32xf32>' but output has 40 channels}}
  gpt.tile.embedding %table[%id] to %y : memref<96x32xf32>, memref<40xf32>
  return
}

// -----

// C1 of tile.embedding
func.func @embedding_of_narrow_panels(%table: memref<4x39x64xf32>, %id: i32, %y: memref<40xf32>) {
  // expected-error @below {{table is 'memref<4x39x64xf32>' but output has 40 channels}}
  gpt.tile.embedding %table[%id] to %y : memref<4x39x64xf32>, memref<40xf32>
  return
}

// -----

// C1 of tile.embedding
func.func @embedding_of_narrow_pairs(%table: memref<4x19x64x2xbf16>, %id: i32, %y: memref<40xf32>) {
  // expected-error @below {{table is 'memref<4x19x64x2xbf16>' but output has 40 channels}}
  gpt.tile.embedding %table[%id] to %y : memref<4x19x64x2xbf16>, memref<40xf32>
  return
}

// -----

// C1 of tile.embedding
func.func @embedding_of_a_vector(%table: memref<64xf32>, %id: i32, %y: memref<40xf32>) {
  // expected-error @below {{table is 'memref<64xf32>' but output has 40 channels}}
  gpt.tile.embedding %table[%id] to %y : memref<64xf32>, memref<40xf32>
  return
}

// -----

// C1 of tile.norm
func.func @norm_of_another_input(%x: memref<39xf32>, %s: memref<64xf32>, %y: memref<40xf32>) {
  // expected-error @below {{input, scale or bias has another number of channels than output (40)}}
  gpt.tile.norm layer %x, %s epsilon 0.0 to %y : memref<39xf32>, memref<64xf32>, memref<40xf32>
  return
}

// -----

// C1 of tile.norm
func.func @norm_by_a_short_scale(%x: memref<40xf32>, %s: memref<32xf32>, %y: memref<40xf32>) {
  // expected-error @below {{input, scale or bias has another number of channels than output (40)}}
  gpt.tile.norm layer %x, %s epsilon 0.0 to %y : memref<40xf32>, memref<32xf32>, memref<40xf32>
  return
}

// -----

// C1 of tile.norm
func.func @norm_with_a_short_bias(%x: memref<40xf32>, %s: memref<64xf32>, %b: memref<32xf32>, %y: memref<40xf32>) {
  // expected-error @below {{input, scale or bias has another number of channels than output (40)}}
  gpt.tile.norm layer %x, %s bias(%b : memref<32xf32>) epsilon 0.0 to %y
    : memref<40xf32>, memref<64xf32>, memref<40xf32>
  return
}

// -----

// C1 of tile.map
func.func @map_of_another_input(%x: memref<39xf32>, %y: memref<40xf32>) {
  // expected-error @below {{input, residual or output has another number of channels than expected (39, 39 and 39)}}
  gpt.tile.map %x to %y : memref<39xf32>, memref<40xf32>
  return
}

// -----

// C1 of tile.map
func.func @map_with_another_residual(%x: memref<40xf32>, %r: memref<41xf32>, %y: memref<40xf32>) {
  // expected-error @below {{input, residual or output has another number of channels than expected (40, 40 and 40)}}
  gpt.tile.map %x plus(%r : memref<41xf32>) to %y : memref<40xf32>, memref<40xf32>
  return
}

// -----

func.func @linear_by_whole_panels(%x: memref<6x7xf32>, %w: memref<1x7x16xf32>, %y: memref<6x16xf32>) {
  // expected-error @below {{weight is 'memref<1x7x16xf32>' but columns of a panel were expected}}
  gpt.tile.linear %x, %w to %y : memref<6x7xf32>, memref<1x7x16xf32>, memref<6x16xf32>
  return
}

// -----

func.func @linear_by_bf16_without_pairs(%x: memref<6x7xf32>, %w: memref<7x16xbf16>, %y: memref<6x16xf32>) {
  // expected-error @below {{weight is 'memref<7x16xbf16>' but columns of a panel were expected}}
  gpt.tile.linear %x, %w to %y : memref<6x7xf32>, memref<7x16xbf16>, memref<6x16xf32>
  return
}

// -----

// C1 of tile.linear
func.func @linear_of_half_a_vector(%x: memref<6x7xf32>, %w: memref<7x24xf32>, %y: memref<6x24xf32>) {
  // expected-error @below {{output has 24 columns but weight has 24, in multiples of 16}}
  gpt.tile.linear %x, %w to %y : memref<6x7xf32>, memref<7x24xf32>, memref<6x24xf32>
  return
}

// -----

// C1 of tile.linear
func.func @linear_of_other_columns(%x: memref<6x7xf32>, %w: memref<7x32xf32>, %y: memref<6x16xf32>) {
  // expected-error @below {{output has 16 columns but weight has 32, in multiples of 16}}
  gpt.tile.linear %x, %w to %y : memref<6x7xf32>, memref<7x32xf32>, memref<6x16xf32>
  return
}

// -----

// C2 of tile.linear
func.func @linear_of_other_channels(%x: memref<6x7xf32>, %w: memref<8x16xf32>, %y: memref<6x16xf32>) {
  // expected-error @below {{input has 7 channels but weight is 'memref<8x16xf32>'}}
  gpt.tile.linear %x, %w to %y : memref<6x7xf32>, memref<8x16xf32>, memref<6x16xf32>
  return
}

// -----

// C2 of tile.linear
func.func @linear_of_other_pairs(%x: memref<6x7xf32>, %w: memref<3x16x2xbf16>, %y: memref<6x16xf32>) {
  // expected-error @below {{input has 7 channels but weight is 'memref<3x16x2xbf16>'}}
  gpt.tile.linear %x, %w to %y : memref<6x7xf32>, memref<3x16x2xbf16>, memref<6x16xf32>
  return
}

// -----

// C3 of tile.linear
func.func @linear_to_other_rows(%x: memref<6x7xf32>, %w: memref<7x16xf32>, %y: memref<5x16xf32>) {
  // expected-error @below {{input, bias or residual does not fit output of 5x16}}
  gpt.tile.linear %x, %w to %y : memref<6x7xf32>, memref<7x16xf32>, memref<5x16xf32>
  return
}

// -----

// C3 of tile.linear
func.func @linear_with_a_short_bias(%x: memref<6x7xf32>, %w: memref<7x32xf32>, %b: memref<16xf32>, %y: memref<6x32xf32>) {
  // expected-error @below {{input, bias or residual does not fit output of 6x32}}
  gpt.tile.linear %x, %w bias(%b : memref<16xf32>) to %y
    : memref<6x7xf32>, memref<7x32xf32>, memref<6x32xf32>
  return
}

// -----

// C3 of tile.linear
func.func @linear_with_another_residual(%x: memref<6x7xf32>, %w: memref<7x16xf32>, %r: memref<5x16xf32>, %y: memref<6x16xf32>) {
  // expected-error @below {{input, bias or residual does not fit output of 6x16}}
  gpt.tile.linear %x, %w plus(%r : memref<5x16xf32>) to %y
    : memref<6x7xf32>, memref<7x16xf32>, memref<6x16xf32>
  return
}

// -----

// C1 of tile.kv_append
func.func @a_key_of_other_heads(%k: memref<32xf32>, %v: memref<40xf32>, %id: i32, %i: index,
                                %cache: memref<?x3x5x2x512xf32>, %blocks: memref<?x?xi32>) {
  // expected-error @below {{key or value has not the 40 channels of the cache's heads}}
  gpt.tile.kv_append %k, %v at %id, %id to %cache[%i], %blocks head_size 8
    : memref<32xf32>, memref<40xf32>, memref<?x3x5x2x512xf32>, memref<?x?xi32>
  return
}

// -----

// C1 of tile.kv_append
func.func @a_value_of_other_heads(%k: memref<40xf32>, %v: memref<32xf32>, %id: i32, %i: index,
                                  %cache: memref<?x3x5x2x512xf32>, %blocks: memref<?x?xi32>) {
  // expected-error @below {{key or value has not the 40 channels of the cache's heads}}
  gpt.tile.kv_append %k, %v at %id, %id to %cache[%i], %blocks head_size 8
    : memref<40xf32>, memref<32xf32>, memref<?x3x5x2x512xf32>, memref<?x?xi32>
  return
}

// -----

// C1 of tile.kv_append: the cache has room for 16 channels a head
func.func @heads_that_the_cache_cannot_hold(%k: memref<85xf32>, %id: i32, %i: index,
                                            %cache: memref<?x3x5x2x512xf32>, %blocks: memref<?x?xi32>) {
  // expected-error @below {{key or value has not the 85 channels of the cache's heads}}
  gpt.tile.kv_append %k, %k at %id, %id to %cache[%i], %blocks head_size 17
    : memref<85xf32>, memref<85xf32>, memref<?x3x5x2x512xf32>, memref<?x?xi32>
  return
}

// -----

// C1 of tile.attention
func.func @attention_to_another_shape(%q: memref<4x8xf32>, %y: memref<3x8xf32>, %ids: memref<512xi32>, %i: index,
                                      %cache: memref<?x3x5x2x512xf32>, %blocks: memref<?x?xi32>, %s: f32) {
  // expected-error @below {{query is 'memref<4x8xf32>' but output is 'memref<3x8xf32>'}}
  gpt.tile.attention causal %q at %ids, %ids rows(%i, %i) from %cache[%i, %i], %blocks scale %s step 16 to %y
    : memref<4x8xf32>, memref<512xi32>, memref<512xi32>, memref<?x3x5x2x512xf32>, memref<?x?xi32>, memref<3x8xf32>
  return
}

// -----

// C2 of tile.attention
func.func @attention_of_wide_heads(%q: memref<4x17xf32>, %ids: memref<512xi32>, %i: index,
                                   %cache: memref<?x3x5x2x512xf32>, %blocks: memref<?x?xi32>, %s: f32) {
  // expected-error @below {{query has 17 channels but the cache has room for 16}}
  gpt.tile.attention causal %q at %ids, %ids rows(%i, %i) from %cache[%i, %i], %blocks scale %s step 16 to %q
    : memref<4x17xf32>, memref<512xi32>, memref<512xi32>, memref<?x3x5x2x512xf32>, memref<?x?xi32>, memref<4x17xf32>
  return
}

// -----

// C3 of tile.attention
func.func @attention_by_another_step(%q: memref<4x8xf32>, %ids: memref<512xi32>, %i: index,
                                     %cache: memref<?x3x5x2x512xf32>, %blocks: memref<?x?xi32>, %s: f32) {
  // expected-error @below {{step is 24 but 16 or 32 was expected}}
  gpt.tile.attention causal %q at %ids, %ids rows(%i, %i) from %cache[%i, %i], %blocks scale %s step 24 to %q
    : memref<4x8xf32>, memref<512xi32>, memref<512xi32>, memref<?x3x5x2x512xf32>, memref<?x?xi32>, memref<4x8xf32>
  return
}
