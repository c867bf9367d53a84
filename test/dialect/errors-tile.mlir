// RUN: gptc-opt %s --split-input-file --verify-diagnostics

// tile_embedding_c1
func.func @embedding_of_a_narrow_table(%table: memref<96x32xf32>, %id: i32, %y: memref<40xf32>) {
  // expected-error @below {{table is 'memref<96x32xf32>' but rows of 40 channels were expected}}
  gpt.tile.embedding rows %table[%id] to %y : memref<96x32xf32>, memref<40xf32>
  return
}

// -----

// tile_embedding_c1
func.func @embedding_of_narrow_panels(%table: memref<4x39x64xf32>, %id: i32, %y: memref<40xf32>) {
  // expected-error @below {{table is 'memref<4x39x64xf32>' but panels of 40 channels were expected}}
  gpt.tile.embedding panels %table[%id] to %y : memref<4x39x64xf32>, memref<40xf32>
  return
}

// -----

// tile_embedding_c1
func.func @embedding_of_narrow_pairs(%table: memref<4x19x64x2xbf16>, %id: i32, %y: memref<40xf32>) {
  // expected-error @below {{table is 'memref<4x19x64x2xbf16>' but panels of 40 channels were expected}}
  gpt.tile.embedding panels %table[%id] to %y : memref<4x19x64x2xbf16>, memref<40xf32>
  return
}

// -----

// tile_embedding_c1
func.func @embedding_of_a_vector(%table: memref<64xf32>, %id: i32, %y: memref<40xf32>) {
  // expected-error @below {{table is 'memref<64xf32>' but panels of 40 channels were expected}}
  gpt.tile.embedding panels %table[%id] to %y : memref<64xf32>, memref<40xf32>
  return
}

// -----

// tile_norm_c1
func.func @norm_of_another_input(%x: memref<39xf32>, %s: memref<64xf32>, %y: memref<40xf32>) {
  // expected-error @below {{input, scale or bias has another number of channels than output (40)}}
  gpt.tile.norm layer %x, %s epsilon 0.0 to %y : memref<39xf32>, memref<64xf32>, memref<40xf32>
  return
}

// -----

// tile_norm_c1
func.func @norm_by_a_short_scale(%x: memref<40xf32>, %s: memref<32xf32>, %y: memref<40xf32>) {
  // expected-error @below {{input, scale or bias has another number of channels than output (40)}}
  gpt.tile.norm layer %x, %s epsilon 0.0 to %y : memref<40xf32>, memref<32xf32>, memref<40xf32>
  return
}

// -----

// tile_norm_c1
func.func @norm_with_a_short_bias(%x: memref<40xf32>, %s: memref<64xf32>, %b: memref<32xf32>, %y: memref<40xf32>) {
  // expected-error @below {{input, scale or bias has another number of channels than output (40)}}
  gpt.tile.norm layer %x, %s bias(%b : memref<32xf32>) epsilon 0.0 to %y
    : memref<40xf32>, memref<64xf32>, memref<40xf32>
  return
}

// -----

// tile_map_c1
func.func @map_of_another_input(%x: memref<39xf32>, %y: memref<40xf32>) {
  // expected-error @below {{input, residual or output has another number of channels than expected (39, 39 and 39)}}
  gpt.tile.map %x to %y : memref<39xf32>, memref<40xf32>
  return
}

// -----

// tile_map_c1
func.func @map_with_another_residual(%x: memref<40xf32>, %r: memref<41xf32>, %y: memref<40xf32>) {
  // expected-error @below {{input, residual or output has another number of channels than expected (40, 40 and 40)}}
  gpt.tile.map %x plus(%r : memref<41xf32>) to %y : memref<40xf32>, memref<40xf32>
  return
}

// -----

// tile_norm_c2
func.func @norm_stored_as_bf16(%x: memref<8xf32>, %w: memref<8xf32>, %y: memref<8xbf16>) {
  // expected-error @below {{output is 'memref<8xbf16>' but f32 was expected}}
  gpt.tile.norm rms %x, %w epsilon 1.0e-05 to %y : memref<8xf32>, memref<8xf32>, memref<8xbf16>
  return
}

// -----

// tile_map_c2
func.func @map_stored_as_bf16(%x: memref<8xf32>, %y: memref<8xbf16>) {
  // expected-error @below {{output is 'memref<8xbf16>' but f32 was expected}}
  gpt.tile.map %x to %y : memref<8xf32>, memref<8xbf16>
  return
}

// -----

// tile_gated_c2
func.func @gated_stored_as_bf16(%x: memref<8xf32>, %y: memref<8xbf16>) {
  // expected-error @below {{output is 'memref<8xbf16>' but f32 was expected}}
  gpt.tile.gated silu %x, %x to %y : memref<8xf32>, memref<8xf32>, memref<8xbf16>
  return
}

// -----

// tile_attention_c6
func.func @attention_stored_as_bf16(%q: memref<4x8xf32>, %ids: memref<512xi32>, %i: index, %y: memref<4x8xbf16>,
                                    %cache: memref<?x3x5x2x32x16xf32>, %blocks: memref<?x?xi32>, %s: f32) {
  // expected-error @below {{output is 'memref<4x8xbf16>' but f32 was expected}}
  gpt.tile.attention causal %q at %ids, %ids rows(%i, %i) from %cache[%i, %i], %blocks scale %s step 16 group 1 to %y
    : memref<4x8xf32>, memref<512xi32>, memref<512xi32>, memref<?x3x5x2x32x16xf32>, memref<?x?xi32>, memref<4x8xbf16>
  return
}

// -----

// tile_kv_append_c1
func.func @a_value_of_another_size(%k: memref<8xf32>, %v: memref<7xf32>, %id: i32, %i: index,
                                   %cache: memref<?x3x5x2x32x16xf32>, %blocks: memref<?x?xi32>) {
  // expected-error @below {{key has 8 channels but value has 7}}
  gpt.tile.kv_append %k, %v at %id, %id to %cache[%i, %i], %blocks
    : memref<8xf32>, memref<7xf32>, memref<?x3x5x2x32x16xf32>, memref<?x?xi32>
  return
}

// -----

// tile_kv_append_c2
func.func @a_head_that_the_cache_cannot_hold(%k: memref<17xf32>, %id: i32, %i: index,
                                             %cache: memref<?x3x5x2x32x16xf32>, %blocks: memref<?x?xi32>) {
  // expected-error @below {{key has 17 channels but the cache has room for 16}}
  gpt.tile.kv_append %k, %k at %id, %id to %cache[%i, %i], %blocks
    : memref<17xf32>, memref<17xf32>, memref<?x3x5x2x32x16xf32>, memref<?x?xi32>
  return
}

// -----

// tile_attention_c1
func.func @attention_to_another_shape(%q: memref<4x8xf32>, %y: memref<3x8xf32>, %ids: memref<512xi32>, %i: index,
                                      %cache: memref<?x3x5x2x32x16xf32>, %blocks: memref<?x?xi32>, %s: f32) {
  // expected-error @below {{query is 'memref<4x8xf32>' but output is 'memref<3x8xf32>'}}
  gpt.tile.attention causal %q at %ids, %ids rows(%i, %i) from %cache[%i, %i], %blocks scale %s step 16 group 1 to %y
    : memref<4x8xf32>, memref<512xi32>, memref<512xi32>, memref<?x3x5x2x32x16xf32>, memref<?x?xi32>, memref<3x8xf32>
  return
}

// -----

// tile_attention_c2
func.func @attention_of_wide_heads(%q: memref<4x17xf32>, %ids: memref<512xi32>, %i: index,
                                   %cache: memref<?x3x5x2x32x16xf32>, %blocks: memref<?x?xi32>, %s: f32) {
  // expected-error @below {{query has 17 channels but the cache has room for 16}}
  gpt.tile.attention causal %q at %ids, %ids rows(%i, %i) from %cache[%i, %i], %blocks scale %s step 16 group 1 to %q
    : memref<4x17xf32>, memref<512xi32>, memref<512xi32>, memref<?x3x5x2x32x16xf32>, memref<?x?xi32>, memref<4x17xf32>
  return
}

// -----

// tile_attention_c3
func.func @attention_by_another_step(%q: memref<4x8xf32>, %ids: memref<512xi32>, %i: index,
                                     %cache: memref<?x3x5x2x32x16xf32>, %blocks: memref<?x?xi32>, %s: f32) {
  // expected-error @below {{step is 24 but 16, 32 or 64 was expected}}
  gpt.tile.attention causal %q at %ids, %ids rows(%i, %i) from %cache[%i, %i], %blocks scale %s step 24 group 1 to %q
    : memref<4x8xf32>, memref<512xi32>, memref<512xi32>, memref<?x3x5x2x32x16xf32>, memref<?x?xi32>, memref<4x8xf32>
  return
}

// -----

// tile_attention_c4
func.func @attention_in_a_window_of_nothing(%q: memref<4x8xf32>, %ids: memref<512xi32>, %i: index,
                                            %cache: memref<?x3x5x2x32x16xf32>, %blocks: memref<?x?xi32>, %s: f32) {
  // expected-error @below {{window is 0 but at least 1 was expected}}
  gpt.tile.attention causal %q at %ids, %ids rows(%i, %i) from %cache[%i, %i], %blocks scale %s window 0 step 16 group 1 to %q
    : memref<4x8xf32>, memref<512xi32>, memref<512xi32>, memref<?x3x5x2x32x16xf32>, memref<?x?xi32>, memref<4x8xf32>
  return
}

// -----

// tile_attention_c4
func.func @attention_in_a_negative_window(%q: memref<4x8xf32>, %ids: memref<512xi32>, %i: index,
                                          %cache: memref<?x3x5x2x32x16xf32>, %blocks: memref<?x?xi32>, %s: f32) {
  // expected-error @below {{window is -7 but at least 1 was expected}}
  gpt.tile.attention causal %q at %ids, %ids rows(%i, %i) from %cache[%i, %i], %blocks scale %s window -7 step 16 group 1 to %q
    : memref<4x8xf32>, memref<512xi32>, memref<512xi32>, memref<?x3x5x2x32x16xf32>, memref<?x?xi32>, memref<4x8xf32>
  return
}

// -----

// tile_attention_c4
func.func @attention_capped_at_nothing(%q: memref<4x8xf32>, %ids: memref<512xi32>, %i: index,
                                       %cache: memref<?x3x5x2x32x16xf32>, %blocks: memref<?x?xi32>, %s: f32) {
  // expected-error @below {{soft_cap is 0.000000e+00 : f32 but more than zero was expected}}
  gpt.tile.attention causal %q at %ids, %ids rows(%i, %i) from %cache[%i, %i], %blocks scale %s soft_cap 0.0 step 16 group 1 to %q
    : memref<4x8xf32>, memref<512xi32>, memref<512xi32>, memref<?x3x5x2x32x16xf32>, memref<?x?xi32>, memref<4x8xf32>
  return
}

// -----

// tile_attention_c5
func.func @a_group_that_leaves_rows(%q: memref<4x8xf32>, %ids: memref<512xi32>, %i: index,
                                       %cache: memref<?x3x5x2x32x16xf32>, %blocks: memref<?x?xi32>, %s: f32) {
  // expected-error @below {{group is 3 but a divisor of 4 rows was expected}}
  gpt.tile.attention causal %q at %ids, %ids rows(%i, %i) from %cache[%i, %i], %blocks scale %s step 16 group 3 to %q
    : memref<4x8xf32>, memref<512xi32>, memref<512xi32>, memref<?x3x5x2x32x16xf32>, memref<?x?xi32>, memref<4x8xf32>
  return
}

// -----

// tile_gated_c1
func.func @gate_of_other_channels(%g: memref<39xf32>, %x: memref<40xf32>) {
  // expected-error @below {{gate or up has another number of channels than output (40)}}
  gpt.tile.gated silu %g, %x to %x : memref<39xf32>, memref<40xf32>, memref<40xf32>
  return
}

// -----

// tile_gated_c1
func.func @up_of_other_channels(%u: memref<41xf32>, %x: memref<40xf32>) {
  // expected-error @below {{gate or up has another number of channels than output (40)}}
  gpt.tile.gated silu %x, %u to %x : memref<40xf32>, memref<41xf32>, memref<40xf32>
  return
}

// -----

// tile_soft_cap_c1
func.func @a_negative_cap(%x: memref<40xf32>) {
  // expected-error @below {{cap is -3.000000e+01 : f32 but more than zero was expected}}
  gpt.tile.soft_cap %x at -30.0 : memref<40xf32>
  return
}

// -----

// tile_soft_cap_c1
func.func @a_cap_at_infinity(%x: memref<40xf32>) {
  // expected-error @below {{cap is 0x7F800000 : f32 but more than zero was expected}}
  gpt.tile.soft_cap %x at 0x7F800000 : memref<40xf32>
  return
}

// -----

// tile_rotary_table_c1
func.func @a_table_of_another_width(%p: i32, %t: memref<5xf32>) {
  // expected-error @below {{output has 5 values but there are 2 frequencies}}
  gpt.tile.rotary_table %p frequencies [1.0, 0.5] to %t : memref<5xf32>
  return
}

// -----

// tile_rotary_c1
func.func @turns_to_other_channels(%x: memref<40xf32>, %t: memref<4xf32>, %y: memref<41xf32>) {
  // expected-error @below {{input has 40 channels and output 41 but as many for 5 heads were expected}}
  gpt.tile.rotary %x by %t heads 5 to %y : memref<40xf32>, memref<4xf32>, memref<41xf32>
  return
}

// -----

// tile_rotary_c1
func.func @turns_heads_that_do_not_divide(%x: memref<40xf32>, %t: memref<4xf32>) {
  // expected-error @below {{input has 40 channels and output 40 but as many for 3 heads were expected}}
  gpt.tile.rotary %x by %t heads 3 to %x : memref<40xf32>, memref<4xf32>, memref<40xf32>
  return
}

// -----

// tile_rotary_c1
func.func @turns_no_heads(%x: memref<40xf32>, %t: memref<4xf32>) {
  // expected-error @below {{input has 40 channels and output 40 but as many for 0 heads were expected}}
  gpt.tile.rotary %x by %t heads 0 to %x : memref<40xf32>, memref<4xf32>, memref<40xf32>
  return
}

// -----

// tile_rotary_c2
func.func @turns_by_an_odd_table(%x: memref<40xf32>, %t: memref<3xf32>) {
  // expected-error @below {{table has 3 values but an even number of at most 8 was expected}}
  gpt.tile.rotary %x by %t heads 5 to %x : memref<40xf32>, memref<3xf32>, memref<40xf32>
  return
}

// -----

// tile_rotary_c2
func.func @turns_by_a_wide_table(%x: memref<40xf32>, %t: memref<10xf32>) {
  // expected-error @below {{table has 10 values but an even number of at most 8 was expected}}
  gpt.tile.rotary %x by %t heads 5 to %x : memref<40xf32>, memref<10xf32>, memref<40xf32>
  return
}
