// RUN: gptc-opt %s --gpt-fuse-linears | FileCheck %s

gpt.weight @attn.query layers 2 : tensor<8x8xf32> from [#gpt.load<"h.*.c_attn" : tensor<8x16xf32>>, #gpt.slice<dim = 1, offset = 0, size = 8>, #gpt.transpose]
gpt.weight @attn.key layers 2 : tensor<4x8xf32> from [#gpt.load<"h.*.c_attn" : tensor<8x16xf32>>, #gpt.slice<dim = 1, offset = 8, size = 4>, #gpt.transpose]
gpt.weight @attn.value layers 2 : tensor<4x8xf32> from [#gpt.load<"h.*.c_attn" : tensor<8x16xf32>>, #gpt.slice<dim = 1, offset = 12, size = 4>, #gpt.transpose]
gpt.weight @attn.query.bias layers 2 : tensor<8xf32> from [#gpt.load<"h.*.query" : tensor<8xf32>>]
gpt.weight @attn.key.bias layers 2 : tensor<4xf32> from [#gpt.load<"h.*.key" : tensor<4xf32>>]
gpt.weight @attn.value.bias layers 2 : tensor<4xf32> from [#gpt.load<"h.*.value" : tensor<4xf32>>]
gpt.weight @mlp.gate : tensor<6x8xf32> from [#gpt.load<"gate" : tensor<6x8xf32>>]
gpt.weight @mlp.up : tensor<6x8xf32> from [#gpt.load<"up" : tensor<6x8xf32>>]
gpt.weight @mlp.halves : tensor<6x8xf32> from [#gpt.load<"first" : tensor<2x8xf32>>, #gpt.load<"second" : tensor<4x8xf32>>, #gpt.concatenate<2>]
gpt.weight @mlp.other : tensor<6x8xbf16> from [#gpt.load<"other" : tensor<6x8xbf16>>]

// The parts are gone: nothing else reads them.
// CHECK-NOT:  gpt.weight @attn.query
// CHECK:      gpt.weight @attn.qkv layers 2 : tensor<16x8xf32> from
// CHECK-SAME:   #gpt.slice<dim = 1, offset = 0, size = 8>, #gpt.transpose, #gpt.load
// CHECK-SAME:   #gpt.slice<dim = 1, offset = 8, size = 4>, #gpt.transpose, #gpt.load
// CHECK-SAME:   #gpt.slice<dim = 1, offset = 12, size = 4>, #gpt.transpose, #gpt.concatenate<3>]
// CHECK:      gpt.weight @attn.qkv.bias layers 2 : tensor<16xf32> from
// CHECK-SAME:   "h.*.query" {{.*}}"h.*.key" {{.*}}"h.*.value" {{.*}}#gpt.concatenate<3>]
// CHECK-NOT:  gpt.weight @attn.key
// CHECK:      gpt.weight @mlp.gate_halves : tensor<12x8xf32> from
// CHECK-SAME:   [#gpt.load<"gate" : tensor<6x8xf32>>, #gpt.load<"first" : tensor<2x8xf32>>,
// CHECK-SAME:    #gpt.load<"second" : tensor<4x8xf32>>, #gpt.concatenate<2>, #gpt.concatenate<2>]

// CHECK-LABEL: @joins_query_key_and_value(
// CHECK-SAME:    %[[X:.*]]: tensor<?x8xf32>, %[[LAYER:.*]]: index)
// CHECK-DAG:     %[[W:.*]] = gpt.get_weight @attn.qkv[%[[LAYER]]] : tensor<16x8xf32>
// CHECK-DAG:     %[[B:.*]] = gpt.get_weight @attn.qkv.bias[%[[LAYER]]] : tensor<16xf32>
// CHECK:         %[[QKV:.*]] = gpt.linear %[[X]], %[[W]] bias(%[[B]] : tensor<16xf32>)
// CHECK-DAG:     %[[Q:.*]] = gpt.columns %[[QKV]][0] : tensor<?x16xf32> -> tensor<?x8xf32>
// CHECK-DAG:     %[[K:.*]] = gpt.columns %[[QKV]][8] : tensor<?x16xf32> -> tensor<?x4xf32>
// CHECK-DAG:     %[[V:.*]] = gpt.columns %[[QKV]][12] : tensor<?x16xf32> -> tensor<?x4xf32>
// CHECK:         return %[[Q]], %[[K]], %[[V]]
func.func @joins_query_key_and_value(%x: tensor<?x8xf32>, %layer: index)
    -> (tensor<?x8xf32>, tensor<?x4xf32>, tensor<?x4xf32>) {
  %wq = gpt.get_weight @attn.query[%layer] : tensor<8x8xf32>
  %bq = gpt.get_weight @attn.query.bias[%layer] : tensor<8xf32>
  %q = gpt.linear %x, %wq bias(%bq : tensor<8xf32>) : tensor<?x8xf32>, tensor<8x8xf32> -> tensor<?x8xf32>
  %wk = gpt.get_weight @attn.key[%layer] : tensor<4x8xf32>
  %bk = gpt.get_weight @attn.key.bias[%layer] : tensor<4xf32>
  %k = gpt.linear %x, %wk bias(%bk : tensor<4xf32>) : tensor<?x8xf32>, tensor<4x8xf32> -> tensor<?x4xf32>
  %wv = gpt.get_weight @attn.value[%layer] : tensor<4x8xf32>
  %bv = gpt.get_weight @attn.value.bias[%layer] : tensor<4xf32>
  %v = gpt.linear %x, %wv bias(%bv : tensor<4xf32>) : tensor<?x8xf32>, tensor<4x8xf32> -> tensor<?x4xf32>
  return %q, %k, %v : tensor<?x8xf32>, tensor<?x4xf32>, tensor<?x4xf32>
}

// CHECK-LABEL: @leaves_another_element_type_alone(
// CHECK:         gpt.get_weight @mlp.gate_up : tensor<12x8xf32>
// CHECK:         gpt.linear {{.*}} -> tensor<?x12xf32>
// CHECK:         gpt.get_weight @mlp.other : tensor<6x8xbf16>
// CHECK:         gpt.linear {{.*}}tensor<6x8xbf16> -> tensor<?x6xf32>
func.func @leaves_another_element_type_alone(%x: tensor<?x8xf32>)
    -> (tensor<?x6xf32>, tensor<?x6xf32>, tensor<?x6xf32>) {
  %wg = gpt.get_weight @mlp.gate : tensor<6x8xf32>
  %g = gpt.linear %x, %wg : tensor<?x8xf32>, tensor<6x8xf32> -> tensor<?x6xf32>
  %wu = gpt.get_weight @mlp.up : tensor<6x8xf32>
  %u = gpt.linear %x, %wu : tensor<?x8xf32>, tensor<6x8xf32> -> tensor<?x6xf32>
  %wo = gpt.get_weight @mlp.other : tensor<6x8xbf16>
  %o = gpt.linear %x, %wo : tensor<?x8xf32>, tensor<6x8xbf16> -> tensor<?x6xf32>
  return %g, %u, %o : tensor<?x6xf32>, tensor<?x6xf32>, tensor<?x6xf32>
}

// CHECK-LABEL: @joins_what_was_joined_before(
// CHECK:         gpt.get_weight @mlp.gate_halves : tensor<12x8xf32>
func.func @joins_what_was_joined_before(%x: tensor<?x8xf32>) -> (tensor<?x6xf32>, tensor<?x6xf32>) {
  %wg = gpt.get_weight @mlp.gate : tensor<6x8xf32>
  %g = gpt.linear %x, %wg : tensor<?x8xf32>, tensor<6x8xf32> -> tensor<?x6xf32>
  %wh = gpt.get_weight @mlp.halves : tensor<6x8xf32>
  %h = gpt.linear %x, %wh : tensor<?x8xf32>, tensor<6x8xf32> -> tensor<?x6xf32>
  return %g, %h : tensor<?x6xf32>, tensor<?x6xf32>
}

// CHECK-LABEL: @leaves_other_inputs_alone(
// CHECK-COUNT-2: gpt.linear {{.*}} -> tensor<?x6xf32>
func.func @leaves_other_inputs_alone(%x: tensor<?x8xf32>, %y: tensor<?x8xf32>)
    -> (tensor<?x6xf32>, tensor<?x6xf32>) {
  %w = gpt.get_weight @mlp.other : tensor<6x8xbf16>
  %a = gpt.linear %x, %w : tensor<?x8xf32>, tensor<6x8xbf16> -> tensor<?x6xf32>
  %b = gpt.linear %y, %w : tensor<?x8xf32>, tensor<6x8xbf16> -> tensor<?x6xf32>
  return %a, %b : tensor<?x6xf32>, tensor<?x6xf32>
}

// CHECK-LABEL: @joins_gate_and_up(
// CHECK-SAME:    %[[X:.*]]: tensor<?x8xf32>)
// CHECK:         %[[W:.*]] = gpt.get_weight @mlp.gate_up{{.*}} : tensor<12x8xf32>
// CHECK:         %[[BOTH:.*]] = gpt.linear %[[X]], %[[W]]
// CHECK-DAG:     %[[G:.*]] = gpt.columns %[[BOTH]][0]
// CHECK-DAG:     %[[U:.*]] = gpt.columns %[[BOTH]][6]
// CHECK:         gpt.gated silu %[[G]], %[[U]]
func.func @joins_gate_and_up(%x: tensor<?x8xf32>) -> tensor<?x6xf32> {
  %wg = gpt.get_weight @mlp.gate : tensor<6x8xf32>
  %g = gpt.linear %x, %wg : tensor<?x8xf32>, tensor<6x8xf32> -> tensor<?x6xf32>
  %wu = gpt.get_weight @mlp.up : tensor<6x8xf32>
  %u = gpt.linear %x, %wu : tensor<?x8xf32>, tensor<6x8xf32> -> tensor<?x6xf32>
  %y = gpt.gated silu %g, %u : tensor<?x6xf32>
  return %y : tensor<?x6xf32>
}

// Attention and MLP are parallel after one norm.
// CHECK-LABEL: @leaves_linears_alone_that_take_their_reader(
// CHECK-NOT:     gpt.columns
// CHECK:         %[[A:.*]] = gpt.linear
// CHECK-NEXT:    gpt.activation gelu_tanh %[[A]]
// CHECK:         %[[B:.*]] = gpt.linear
// CHECK-NEXT:    gpt.add %{{.*}}, %[[B]]
// CHECK-NOT:     gpt.columns
// CHECK:         return
func.func @leaves_linears_alone_that_take_their_reader(%x: tensor<?x8xf32>, %h: tensor<?x6xf32>)
    -> (tensor<?x6xf32>, tensor<?x6xf32>) {
  %wa = gpt.get_weight @mlp.gate : tensor<6x8xf32>
  %a = gpt.linear %x, %wa : tensor<?x8xf32>, tensor<6x8xf32> -> tensor<?x6xf32>
  %0 = gpt.activation gelu_tanh %a : tensor<?x6xf32>
  %wb = gpt.get_weight @mlp.up : tensor<6x8xf32>
  %b = gpt.linear %x, %wb : tensor<?x8xf32>, tensor<6x8xf32> -> tensor<?x6xf32>
  %1 = gpt.add %h, %b : tensor<?x6xf32>
  return %0, %1 : tensor<?x6xf32>, tensor<?x6xf32>
}

// A linear that is the residual of another is left alone, as before the fusion.
// CHECK-LABEL: @leaves_a_residual_alone(
// CHECK-NOT:     gpt.columns
// CHECK:         return
func.func @leaves_a_residual_alone(%x: tensor<?x8xf32>, %h: tensor<?x8xf32>)
    -> (tensor<?x6xf32>, tensor<?x6xf32>) {
  %wa = gpt.get_weight @mlp.gate : tensor<6x8xf32>
  %a = gpt.linear %x, %wa : tensor<?x8xf32>, tensor<6x8xf32> -> tensor<?x6xf32>
  %0 = gpt.linear %h, %wa plus(%a : tensor<?x6xf32>) : tensor<?x8xf32>, tensor<6x8xf32> -> tensor<?x6xf32>
  %wb = gpt.get_weight @mlp.up : tensor<6x8xf32>
  %b = gpt.linear %x, %wb : tensor<?x8xf32>, tensor<6x8xf32> -> tensor<?x6xf32>
  return %0, %b : tensor<?x6xf32>, tensor<?x6xf32>
}

// CHECK-LABEL: @joins_what_an_activation_reads_that_does_nothing(
// CHECK:         gpt.columns
// CHECK:         gpt.columns
func.func @joins_what_an_activation_reads_that_does_nothing(%x: tensor<?x8xf32>)
    -> (tensor<?x6xf32>, tensor<?x6xf32>) {
  %wa = gpt.get_weight @mlp.gate : tensor<6x8xf32>
  %a = gpt.linear %x, %wa : tensor<?x8xf32>, tensor<6x8xf32> -> tensor<?x6xf32>
  %0 = gpt.activation none %a : tensor<?x6xf32>
  %wb = gpt.get_weight @mlp.up : tensor<6x8xf32>
  %b = gpt.linear %x, %wb : tensor<?x8xf32>, tensor<6x8xf32> -> tensor<?x6xf32>
  return %0, %b : tensor<?x6xf32>, tensor<?x6xf32>
}
