// The model has two kinds of layers, which together contain every op. Its
// weights are pieces of those in ../gpt2, whose gpt.model line is put before
// this text. It has 4 heads of 10 channels and 2 KV heads.

gpt.kv_cache @cache layers 3 kv_heads 2 head_size 10 : f32

gpt.weight @embedding.token : tensor<211x40xf32> from [#gpt.load<"transformer.wte.weight" : tensor<211x40xf32>>]
gpt.weight @attn.norm.scale layers 3 : tensor<40xf32> from [#gpt.load<"transformer.h.*.ln_1.weight" : tensor<40xf32>>]
gpt.weight @attn.query layers 3 : tensor<40x40xf32> from [#gpt.load<"transformer.h.*.attn.c_attn.weight" : tensor<40x120xf32>>, #gpt.slice<dim = 1, offset = 10, size = 10, every = 30>, #gpt.transpose]
gpt.weight @attn.key layers 3 : tensor<20x40xf32> from [#gpt.load<"transformer.h.*.attn.c_attn.weight" : tensor<40x120xf32>>, #gpt.slice<dim = 1, offset = 80, size = 20>, #gpt.transpose, #gpt.deinterleave<group = 10>]
gpt.weight @attn.value layers 3 : tensor<20x40xf32> from [#gpt.load<"transformer.h.*.attn.c_attn.weight" : tensor<40x120xf32>>, #gpt.slice<dim = 1, offset = 100, size = 20>, #gpt.transpose]
gpt.weight @attn.query_norm.scale layers 3 : tensor<10xf32> from [#gpt.load<"transformer.h.*.ln_2.bias" : tensor<40xf32>>, #gpt.slice<dim = 0, offset = 0, size = 10>, #gpt.add<1.0 : f32>]
gpt.weight @attn.key_norm.scale layers 3 : tensor<10xf32> from [#gpt.load<"transformer.h.*.ln_2.weight" : tensor<40xf32>>, #gpt.slice<dim = 0, offset = 10, size = 10>]
gpt.weight @attn.key_norm.bias layers 3 : tensor<10xf32> from [#gpt.load<"transformer.h.*.ln_2.bias" : tensor<40xf32>>, #gpt.slice<dim = 0, offset = 20, size = 10>]
gpt.weight @attn.output layers 3 : tensor<40x40xf32> from [#gpt.load<"transformer.h.*.attn.c_proj.weight" : tensor<40x40xf32>>]
gpt.weight @attn.output_norm.scale layers 3 : tensor<40xf32> from [#gpt.load<"transformer.h.*.ln_1.bias" : tensor<40xf32>>]
gpt.weight @mlp.norm.scale layers 3 : tensor<40xf32> from [#gpt.load<"transformer.h.*.ln_2.weight" : tensor<40xf32>>]
gpt.weight @mlp.gate layers 3 : tensor<70x40xf32> from [#gpt.load<"transformer.h.*.mlp.c_fc.weight" : tensor<40x160xf32>>, #gpt.slice<dim = 1, offset = 0, size = 70>, #gpt.transpose]
gpt.weight @mlp.up layers 3 : tensor<70x40xf32> from [#gpt.load<"transformer.h.*.mlp.c_fc.weight" : tensor<40x160xf32>>, #gpt.slice<dim = 1, offset = 80, size = 70>, #gpt.transpose]
gpt.weight @mlp.down layers 3 : tensor<40x70xf32> from [#gpt.load<"transformer.h.*.mlp.c_proj.weight" : tensor<160x40xf32>>, #gpt.slice<dim = 0, offset = 90, size = 70>, #gpt.transpose]
gpt.weight @norm.scale : tensor<40xf32> from [#gpt.load<"transformer.ln_f.weight" : tensor<40xf32>>]

func.func @forward(%tokens: tensor<?xi32> {gpt.role = #gpt.role<tokens>}, %positions: tensor<?xi32> {gpt.role = #gpt.role<positions>}, %sequences: tensor<?xi32> {gpt.role = #gpt.role<sequences>}) -> (tensor<?x211xf32> {gpt.role = #gpt.role<logits>}) {
  %table = gpt.get_weight @embedding.token : tensor<211x40xf32>
  %x = gpt.embedding %tokens, %table scale 3.0 : tensor<?xi32>, tensor<211x40xf32> -> tensor<?x40xf32>
  // Angles up to 2^20 at position 95.
  %turns = gpt.rotary_table %positions frequencies [1.1e+04, 1.0, 0.0321] : tensor<?xi32> -> tensor<?x6xf32>
  %slow = gpt.rotary_table %positions frequencies [0.9, 0.4, 0.1, 0.03, 1.57079637] magnitude 1.25 : tensor<?xi32> -> tensor<?x10xf32>
  %y = gpt.layers %x schedule [0, 1, 0] : tensor<?x40xf32> {
  // Norms before and after attention and MLP; heads with norms of their own.
  ^bb0(%layer: index, %hidden: tensor<?x40xf32>):
    %scale = gpt.layer_value [0.5, 0.0, 0.25][%layer]
    %wn = gpt.get_weight @attn.norm.scale[%layer] : tensor<40xf32>
    %n = gpt.norm rms %hidden, %wn epsilon 1.0e-06 : tensor<?x40xf32>, tensor<40xf32>
    %wq = gpt.get_weight @attn.query[%layer] : tensor<40x40xf32>
    %q = gpt.linear %n, %wq : tensor<?x40xf32>, tensor<40x40xf32> -> tensor<?x40xf32>
    %wk = gpt.get_weight @attn.key[%layer] : tensor<20x40xf32>
    %k = gpt.linear %n, %wk : tensor<?x40xf32>, tensor<20x40xf32> -> tensor<?x20xf32>
    %wv = gpt.get_weight @attn.value[%layer] : tensor<20x40xf32>
    %v = gpt.linear %n, %wv : tensor<?x40xf32>, tensor<20x40xf32> -> tensor<?x20xf32>
    %wqn = gpt.get_weight @attn.query_norm.scale[%layer] : tensor<10xf32>
    %qn = gpt.norm rms %q, %wqn epsilon 1.0e-06 groups 4 : tensor<?x40xf32>, tensor<10xf32>
    %wkn = gpt.get_weight @attn.key_norm.scale[%layer] : tensor<10xf32>
    %bkn = gpt.get_weight @attn.key_norm.bias[%layer] : tensor<10xf32>
    %kn = gpt.norm layer %k, %wkn bias(%bkn : tensor<10xf32>) epsilon 1.0e-06 groups 2 : tensor<?x20xf32>, tensor<10xf32>
    %qr = gpt.rotary %qn by %turns heads 4 : tensor<?x40xf32>, tensor<?x6xf32>
    %kr = gpt.rotary %kn by %turns heads 2 : tensor<?x20xf32>, tensor<?x6xf32>
    gpt.kv_append %kr, %v at %positions, %sequences to @cache[%layer] kv_heads 2 head_size 10 : tensor<?x20xf32>, tensor<?xi32>
    %heads = gpt.attention causal %qr at %positions, %sequences from @cache[%layer] heads 4 kv_heads 2 head_size 10 scale %scale window 37 soft_cap 2.0 : tensor<?x40xf32>, tensor<?xi32>
    %wo = gpt.get_weight @attn.output[%layer] : tensor<40x40xf32>
    %o = gpt.linear %heads, %wo : tensor<?x40xf32>, tensor<40x40xf32> -> tensor<?x40xf32>
    %won = gpt.get_weight @attn.output_norm.scale[%layer] : tensor<40xf32>
    %on = gpt.norm rms %o, %won epsilon 1.0e-06 : tensor<?x40xf32>, tensor<40xf32>
    %a = gpt.add %hidden, %on : tensor<?x40xf32>
    %wm = gpt.get_weight @mlp.norm.scale[%layer] : tensor<40xf32>
    %m = gpt.norm rms %a, %wm epsilon 1.0e-06 : tensor<?x40xf32>, tensor<40xf32>
    %wg = gpt.get_weight @mlp.gate[%layer] : tensor<70x40xf32>
    %g = gpt.linear %m, %wg : tensor<?x40xf32>, tensor<70x40xf32> -> tensor<?x70xf32>
    %wu = gpt.get_weight @mlp.up[%layer] : tensor<70x40xf32>
    %u = gpt.linear %m, %wu : tensor<?x40xf32>, tensor<70x40xf32> -> tensor<?x70xf32>
    %gu = gpt.gated silu %g, %u : tensor<?x70xf32>
    %wd = gpt.get_weight @mlp.down[%layer] : tensor<40x70xf32>
    %d = gpt.linear %gu, %wd : tensor<?x70xf32>, tensor<40x70xf32> -> tensor<?x40xf32>
    %dn = gpt.norm rms %d, %wn epsilon 1.0e-06 : tensor<?x40xf32>, tensor<40xf32>
    %z = gpt.add %a, %dn : tensor<?x40xf32>
    gpt.yield %z : tensor<?x40xf32>
  }, {
  // Attention and MLP are parallel after one norm. The rotary embedding rotates
  // all channels of a head.
  ^bb0(%layer: index, %hidden: tensor<?x40xf32>):
    %scale = arith.constant 0.3 : f32
    %wn = gpt.get_weight @attn.norm.scale[%layer] : tensor<40xf32>
    %n = gpt.norm layer %hidden, %wn epsilon 1.0e-05 : tensor<?x40xf32>, tensor<40xf32>
    %wq = gpt.get_weight @attn.query[%layer] : tensor<40x40xf32>
    %q = gpt.linear %n, %wq : tensor<?x40xf32>, tensor<40x40xf32> -> tensor<?x40xf32>
    %wk = gpt.get_weight @attn.key[%layer] : tensor<20x40xf32>
    %k = gpt.linear %n, %wk : tensor<?x40xf32>, tensor<20x40xf32> -> tensor<?x20xf32>
    %wv = gpt.get_weight @attn.value[%layer] : tensor<20x40xf32>
    %v = gpt.linear %n, %wv : tensor<?x40xf32>, tensor<20x40xf32> -> tensor<?x20xf32>
    %qr = gpt.rotary %q by %slow heads 4 : tensor<?x40xf32>, tensor<?x10xf32>
    %kr = gpt.rotary %k by %slow heads 2 : tensor<?x20xf32>, tensor<?x10xf32>
    gpt.kv_append %kr, %v at %positions, %sequences to @cache[%layer] kv_heads 2 head_size 10 : tensor<?x20xf32>, tensor<?xi32>
    %heads = gpt.attention causal %qr at %positions, %sequences from @cache[%layer] heads 4 kv_heads 2 head_size 10 scale %scale : tensor<?x40xf32>, tensor<?xi32>
    %wo = gpt.get_weight @attn.output[%layer] : tensor<40x40xf32>
    %o = gpt.linear %heads, %wo : tensor<?x40xf32>, tensor<40x40xf32> -> tensor<?x40xf32>
    %a = gpt.add %hidden, %o : tensor<?x40xf32>
    %wu = gpt.get_weight @mlp.up[%layer] : tensor<70x40xf32>
    %u = gpt.linear %n, %wu : tensor<?x40xf32>, tensor<70x40xf32> -> tensor<?x70xf32>
    %ua = gpt.activation gelu %u : tensor<?x70xf32>
    %wd = gpt.get_weight @mlp.down[%layer] : tensor<40x70xf32>
    %d = gpt.linear %ua, %wd : tensor<?x70xf32>, tensor<40x70xf32> -> tensor<?x40xf32>
    %z = gpt.add %a, %d : tensor<?x40xf32>
    gpt.yield %z : tensor<?x40xf32>
  }
  %ws = gpt.get_weight @norm.scale : tensor<40xf32>
  %n = gpt.norm rms %y, %ws epsilon 1.0e-06 : tensor<?x40xf32>, tensor<40xf32>
  %logits = gpt.unembed %n, %table soft_cap 1.5 : tensor<?x40xf32>, tensor<211x40xf32> -> tensor<?x211xf32>
  return %logits : tensor<?x211xf32>
}
