// RUN: gptc-opt %s --split-input-file --verify-diagnostics

// weight_c1
// expected-error @below {{plan does not start with #gpt.load}}
gpt.weight @w : tensor<8xf32> from [#gpt.transpose, #gpt.load<"w" : tensor<8xf32>>]

// -----

// weight_c1
// expected-error @below {{plan holds what is not a step}}
gpt.weight @w : tensor<8xf32> from [#gpt.load<"w" : tensor<8xf32>>, "transpose"]

// -----

// weight_c1: nothing to pack
// expected-error @below {{plan leaves 0 tensors instead of one}}
gpt.weight @w : tensor<8xf32> from [#gpt.pack<vector>]

// -----

// weight_c2: load
// expected-error @below {{'w' is neither a vector nor a matrix}}
gpt.weight @w : tensor<2x3x4xf32> from [#gpt.load<"w" : tensor<2x3x4xf32>>]

// -----

// weight_c2: load
// expected-error @below {{'w' is neither a vector nor a matrix}}
gpt.weight @w : tensor<?xf32> from [#gpt.load<"w" : tensor<?xf32>>]

// -----

// weight_c2: load
// expected-error @below {{'w' is neither a vector nor a matrix}}
gpt.weight @w : tensor<0x8xf32> from [#gpt.load<"w" : tensor<0x8xf32>>]

// -----

// weight_c2: load
// expected-error @below {{'w' has more than 2^40 values}}
gpt.weight @w : tensor<8xf32> from [
  #gpt.load<"w" : tensor<4294967296x4294967296xf32>>, #gpt.slice<dim = 0, offset = 0, size = 8>]

// -----

// weight_c2: load
// expected-error @below {{'w' has more than 2^40 values}}
gpt.weight @w : tensor<9223372036854775807xf32> from [
  #gpt.load<"w" : tensor<9223372036854775807xf32>>, #gpt.pack<vector>]

// -----

// weight_c2: load
// expected-error @below {{'w' holds neither f32, f16, bf16 nor a block type}}
gpt.weight @w : tensor<8xf32> from [#gpt.load<"w" : tensor<8xi8>>, #gpt.convert<f32>]

// -----

// weight_c2: load
// expected-error @below {{'w' has rows of 48 values but blocks of 32}}
gpt.weight @w : tensor<8x48x!gpt.block<q8_0>> from [#gpt.load<"w" : tensor<8x48x!gpt.block<q8_0>>>]

// -----

// weight_c2: blocks stay whole
// expected-error @below {{slice of rows of blocks, which need #gpt.convert first}}
gpt.weight @w : tensor<8x32x!gpt.block<q8_0>> from [
  #gpt.load<"w" : tensor<8x64x!gpt.block<q8_0>>>, #gpt.slice<dim = 1, offset = 0, size = 32>]

// -----

// weight_c2: blocks stay whole
// expected-error @below {{transpose of rows of blocks, which need #gpt.convert first}}
gpt.weight @w : tensor<64x8x!gpt.mixed> from [#gpt.load<"w" : tensor<8x64x!gpt.mixed>>, #gpt.transpose]

// -----

// weight_c2: blocks stay whole
// expected-error @below {{deinterleave of rows of blocks, which need #gpt.convert first}}
gpt.weight @w : tensor<64x!gpt.block<q8_0>> from [
  #gpt.load<"w" : tensor<64x!gpt.block<q8_0>>>, #gpt.deinterleave<group = 4>]

// -----

// weight_c2: concatenate
// expected-error @below {{concatenate of tensors that differ beyond dimension 0}}
gpt.weight @w : tensor<16x32x!gpt.block<q8_0>> from [
  #gpt.load<"v" : tensor<8x32x!gpt.block<q8_0>>>, #gpt.load<"w" : tensor<8x32x!gpt.block<q4_0>>>, #gpt.concatenate<2>]

// -----

// weight_c2: convert
// expected-error @below {{convert to a type that is neither f32, f16 nor bf16}}
gpt.weight @w : tensor<8x32x!gpt.block<q8_0>> from [
  #gpt.load<"w" : tensor<8x32xf32>>, #gpt.convert<!gpt.block<q8_0>>]

// -----

// Only a packed weight has a storage type
// expected-error @below {{layout panels holds '!gpt.block<q8_0>' but f32 or bf16 was expected}}
gpt.weight @w : tensor<8x32x!gpt.block<q8_0>> from [
  #gpt.load<"w" : tensor<8x32x!gpt.block<q8_0>>>, #gpt.pack<panels>]

// -----

// weight_c2: slice
// expected-error @below {{slice of 4 indices from 5 of a dimension of 8}}
gpt.weight @w : tensor<4xf32> from [
  #gpt.load<"w" : tensor<8xf32>>, #gpt.slice<dim = 0, offset = 5, size = 4>]

// -----

// weight_c2: slice
// expected-error @below {{slice of 4 indices from -1 of a dimension of 8}}
gpt.weight @w : tensor<4xf32> from [
  #gpt.load<"w" : tensor<8xf32>>, #gpt.slice<dim = 0, offset = -1, size = 4>]

// -----

// weight_c2: slice
// expected-error @below {{slice of 0 indices from 8 of a dimension of 8}}
gpt.weight @w : tensor<0xf32> from [
  #gpt.load<"w" : tensor<8xf32>>, #gpt.slice<dim = 0, offset = 8, size = 0>]

// -----

// weight_c2: slice, whose end overflows
// expected-error @below {{slice of 9223372036854775807 indices from 1 of a dimension of 8}}
gpt.weight @w : tensor<8xf32> from [
  #gpt.load<"w" : tensor<8xf32>>, #gpt.slice<dim = 0, offset = 1, size = 9223372036854775807>]

// -----

// weight_c2: slice
// expected-error @below {{slice of dimension 1 of a tensor of rank 1}}
gpt.weight @w : tensor<8xf32> from [
  #gpt.load<"w" : tensor<8xf32>>, #gpt.slice<dim = 1, offset = 0, size = 8>]

// -----

// weight_c2: transpose
// expected-error @below {{transpose of a tensor of rank 1}}
gpt.weight @w : tensor<8xf32> from [#gpt.load<"w" : tensor<8xf32>>, #gpt.transpose]

// -----

// weight_c2: concatenate
// expected-error @below {{concatenate of tensors that differ beyond dimension 0}}
gpt.weight @w : tensor<5x8xf32> from [
  #gpt.load<"a" : tensor<2x8xf32>>, #gpt.load<"b" : tensor<3x7xf32>>, #gpt.concatenate<2>]

// -----

// weight_c2: concatenate
// expected-error @below {{concatenate of tensors that differ beyond dimension 0}}
gpt.weight @w : tensor<5xf32> from [
  #gpt.load<"a" : tensor<2xf32>>, #gpt.load<"b" : tensor<3xf16>>, #gpt.concatenate<2>]

// -----

// weight_c2: concatenate
// expected-error @below {{concatenate of tensors that differ beyond dimension 0}}
gpt.weight @w : tensor<5xf32> from [
  #gpt.load<"a" : tensor<2xf32>>, #gpt.load<"b" : tensor<3x1xf32>>, #gpt.concatenate<2>]

// -----

// weight_c2: concatenate
// expected-error @below {{concatenate of 1 tensors, expected at least 2}}
gpt.weight @w : tensor<2x8xf32> from [#gpt.load<"a" : tensor<2x8xf32>>, #gpt.concatenate<1>]

// -----

// weight_c2: concatenate
// expected-error @below {{concatenate of -2 tensors, expected at least 2}}
gpt.weight @w : tensor<4x8xf32> from [
  #gpt.load<"a" : tensor<2x8xf32>>, #gpt.load<"b" : tensor<2x8xf32>>, #gpt.concatenate<-2>]

// -----

// weight_c2: concatenate
// expected-error @below {{concatenate of 3 tensors where the steps before it leave 2}}
gpt.weight @w : tensor<4x8xf32> from [
  #gpt.load<"a" : tensor<2x8xf32>>, #gpt.load<"b" : tensor<2x8xf32>>, #gpt.concatenate<3>]

// -----

// weight_c2: concatenate, which leaves one for the next
// expected-error @below {{concatenate of 3 tensors where the steps before it leave 2}}
gpt.weight @w : tensor<6x8xf32> from [
  #gpt.load<"a" : tensor<2x8xf32>>, #gpt.load<"b" : tensor<2x8xf32>>, #gpt.concatenate<2>,
  #gpt.load<"c" : tensor<2x8xf32>>, #gpt.concatenate<3>]

// -----

// weight_c2: convert
// expected-error @below {{convert to a type that is neither f32, f16 nor bf16}}
gpt.weight @w : tensor<8xf32> from [#gpt.load<"w" : tensor<8xf32>>, #gpt.convert<f64>]

// -----

// weight_c3: concatenate joins the last two
// expected-error @below {{plan leaves 2 tensors instead of one}}
gpt.weight @w : tensor<6x8xf32> from [
  #gpt.load<"a" : tensor<2x8xf32>>, #gpt.load<"b" : tensor<2x8xf32>>,
  #gpt.load<"c" : tensor<2x8xf32>>, #gpt.concatenate<2>]

// -----

// weight_c3
// expected-error @below {{plan leaves 2 tensors instead of one}}
gpt.weight @w : tensor<8xf32> from [#gpt.load<"a" : tensor<8xf32>>, #gpt.load<"b" : tensor<8xf32>>]

// -----

// weight_c3
// expected-error @below {{plan leaves 'tensor<8x4xf32>' but the type is 'tensor<4x8xf32>'}}
gpt.weight @w : tensor<4x8xf32> from [#gpt.load<"w" : tensor<4x8xf32>>, #gpt.transpose]

// -----

// weight_c3
// expected-error @below {{plan leaves 'tensor<8xf16>' but the type is 'tensor<8xf32>'}}
gpt.weight @w : tensor<8xf32> from [#gpt.load<"w" : tensor<8xf16>>]

// -----

// weight_c4
// expected-error @below {{#gpt.pack is not the last step}}
gpt.weight @w : tensor<8xf32> from [
  #gpt.load<"w" : tensor<8xf32>>, #gpt.pack<vector>, #gpt.convert<f32>]

// -----

// weight_c4
// expected-error @below {{layout panels has a tensor of rank 1 but a static one of rank 2 was expected}}
gpt.weight @w : tensor<8xf32> from [#gpt.load<"w" : tensor<8xf32>>, #gpt.pack<panels>]

// -----

// weight_c4
// expected-error @below {{layout vector has a tensor of rank 2 but a static one of rank 1 was expected}}
gpt.weight @w : tensor<4x8xf32> from [#gpt.load<"w" : tensor<4x8xf32>>, #gpt.pack<vector>]

// -----

gpt.model "m" family "gpt2" {layers = 3 : i64, channels = 24 : i64, heads = 6 : i64,
    kv_heads = 2 : i64, head_size = 4 : i64, context_length = 96 : i64, vocabulary = 211 : i64,
    sources = [], directory = ""}
// weight_c5
// expected-error @below {{has 2 layers but the model has 3}}
gpt.weight @w layers 2 : tensor<8xf32> from [#gpt.load<"h.*.w" : tensor<8xf32>>]

// -----

// weight_c5
// expected-error @below {{has no layers but loads 'h.*.w'}}
gpt.weight @w : tensor<8xf32> from [#gpt.load<"h.*.w" : tensor<8xf32>>]

// -----

func.func @inside_a_function() {
  // expected-error @below {{expects parent op 'builtin.module'}}
  gpt.weight @w : tensor<8xf32> from [#gpt.load<"w" : tensor<8xf32>>]
  return
}

// -----

// expected-error @below {{type attribute of a logical weight}}
gpt.weight @w : tensor<8xi8> from [#gpt.load<"w" : tensor<8xi8>>]

// -----

// get_weight_c1
func.func @no_such_weight() {
  // expected-error @below {{no gpt.weight is called @w}}
  %0 = gpt.get_weight @w : tensor<8xf32>
  return
}

// -----

// get_weight_c1
func.func @not_a_weight() {
  // expected-error @below {{no gpt.weight is called @not_a_weight}}
  %0 = gpt.get_weight @not_a_weight : tensor<8xf32>
  return
}

// -----

gpt.weight @w layers 3 : tensor<8xf32> from [#gpt.load<"h.*.w" : tensor<8xf32>>]
// get_weight_c2
func.func @layer_missing() {
  // expected-error @below {{gives no layer but @w has one for each}}
  %0 = gpt.get_weight @w : tensor<8xf32>
  return
}

// -----

gpt.weight @w : tensor<8xf32> from [#gpt.load<"w" : tensor<8xf32>>]
// get_weight_c2
func.func @layer_of_a_weight_without(%layer: index) {
  // expected-error @below {{gives a layer but @w has none}}
  %0 = gpt.get_weight @w[%layer] : tensor<8xf32>
  return
}

// -----

gpt.weight @w : tensor<70x8xbf16> from [#gpt.load<"w" : tensor<70x8xbf16>>, #gpt.pack<panels>]
// get_weight_c3
func.func @logical_type_once_packed() {
  // expected-error @below {{yields 'tensor<70x8xbf16>' but @w has 'tensor<70x8xbf16, #gpt.packed<panels>>'}}
  %0 = gpt.get_weight @w : tensor<70x8xbf16>
  return
}

// -----

gpt.weight @w : tensor<70x7xbf16> from [#gpt.load<"w" : tensor<70x7xbf16>>, #gpt.pack<panels>]
// get_weight_c3: 8 channels would fill the same storage
func.func @another_weight_of_the_same_storage() {
  // expected-error @below {{yields 'tensor<70x8xbf16, #gpt.packed<panels>>' but @w has 'tensor<70x7xbf16, #gpt.packed<panels>>'}}
  %0 = gpt.get_weight @w : tensor<70x8xbf16, #gpt.packed<panels>>
  return
}

// -----

gpt.weight @w : tensor<70x7xbf16> from [#gpt.load<"w" : tensor<70x7xbf16>>, #gpt.pack<panels>]
// get_weight_c3: memory
func.func @another_memory() {
  %0 = gpt.get_weight @w : memref<2x4x64x2xbf16>
  // expected-error @below {{yields 'memref<2x5x64x2xbf16>' but @w has 'tensor<70x7xbf16, #gpt.packed<panels>>'}}
  %1 = gpt.get_weight @w : memref<2x5x64x2xbf16>
  return
}

// -----

// weight_c6
// expected-error @below {{layout vector holds 'bf16' but f32 was expected}}
gpt.weight @w : tensor<70xbf16> from [#gpt.load<"w" : tensor<70xbf16>>, #gpt.pack<vector>]

// -----

// packed_c1
// expected-error @below {{layout panels has a tensor of rank 1 but a static one of rank 2 was expected}}
func.func private @panels_of_a_vector(tensor<8xf32, #gpt.packed<panels>>)

// -----

// packed_c1
// expected-error @below {{layout rows has a tensor of rank 2 but a static one of rank 2 was expected}}
func.func private @rows_of_unknown_size(tensor<?x8xf32, #gpt.packed<rows>>)

// -----

// packed_c2
// expected-error @below {{layout panels holds 'f16' but f32 or bf16 was expected}}
func.func private @panels_of_f16(tensor<8x8xf16, #gpt.packed<panels>>)

// -----

// packed_c2
// expected-error @below {{layout rows holds 'i8' but f32 or bf16 was expected}}
func.func private @rows_of_bytes(tensor<8x8xi8, #gpt.packed<rows>>)

// -----

// weight_c2: slice
// expected-error @below {{slice of every 5 indices of a dimension of 8}}
gpt.weight @w : tensor<4xf32> from [#gpt.load<"w" : tensor<8xf32>>, #gpt.slice<dim = 0, offset = 0, size = 2, every = 5>]

// -----

// weight_c2: slice
// expected-error @below {{slice of every -4 indices of a dimension of 8}}
gpt.weight @w : tensor<4xf32> from [#gpt.load<"w" : tensor<8xf32>>, #gpt.slice<dim = 0, offset = 0, size = 2, every = -4>]

// -----

// weight_c2: slice
// expected-error @below {{slice of 2 indices from 3 of a dimension of 4}}
gpt.weight @w : tensor<4xf32> from [#gpt.load<"w" : tensor<8xf32>>, #gpt.slice<dim = 0, offset = 3, size = 2, every = 4>]

// -----

// weight_c2: deinterleave
// expected-error @below {{deinterleave of groups of 3 in 6 rows}}
gpt.weight @w : tensor<6xf32> from [#gpt.load<"w" : tensor<6xf32>>, #gpt.deinterleave<group = 3>]

// -----

// weight_c2: deinterleave
// expected-error @below {{deinterleave of groups of 4 in 6 rows}}
gpt.weight @w : tensor<6xf32> from [#gpt.load<"w" : tensor<6xf32>>, #gpt.deinterleave<group = 4>]

// -----

// weight_c2: add
// expected-error @below {{add to elements that are not f32}}
gpt.weight @w : tensor<6xbf16> from [#gpt.load<"w" : tensor<6xbf16>>, #gpt.add<1.0 : f32>]
