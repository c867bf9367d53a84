// RUN: gptc-opt %s --gpt-verify-phase=phase=fused --split-input-file --verify-diagnostics

// A linear that another op reads too is not fused with its reader. A linear
// that has an activation or a residual takes no other.
gpt.weight @a : tensor<8x8xf32> from [#gpt.load<"a" : tensor<8x8xf32>>]
gpt.weight @b : tensor<8x8xf32> from [#gpt.load<"b" : tensor<8x8xf32>>]
gpt.weight @c : tensor<8x8xf32> from [#gpt.load<"c" : tensor<8x8xf32>>]
func.func @forward(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %a = gpt.get_weight @a : tensor<8x8xf32>
  %read_twice = gpt.linear %x, %a : tensor<?x8xf32>, tensor<8x8xf32> -> tensor<?x8xf32>
  %0 = gpt.activation relu %read_twice : tensor<?x8xf32>
  %1 = gpt.add %0, %read_twice : tensor<?x8xf32>
  %b = gpt.get_weight @b : tensor<8x8xf32>
  %fused = gpt.linear %x, %b then relu plus(%x : tensor<?x8xf32>) : tensor<?x8xf32>, tensor<8x8xf32> -> tensor<?x8xf32>
  %2 = gpt.activation gelu %fused : tensor<?x8xf32>
  %3 = gpt.add %1, %2 : tensor<?x8xf32>
  // A linear that is the residual of another is not joined to linears of the
  // same input.
  %c = gpt.get_weight @c : tensor<8x8xf32>
  %residual = gpt.linear %x, %c : tensor<?x8xf32>, tensor<8x8xf32> -> tensor<?x8xf32>
  %4 = gpt.linear %3, %b plus(%residual : tensor<?x8xf32>) : tensor<?x8xf32>, tensor<8x8xf32> -> tensor<?x8xf32>
  return %4 : tensor<?x8xf32>
}

// -----

func.func @forward(%x: tensor<?x8xf32>, %w: tensor<6x8xf32>) -> tensor<?x6xf32> {
  %y = gpt.linear %x, %w : tensor<?x8xf32>, tensor<6x8xf32> -> tensor<?x6xf32>
  // expected-error @below {{'gpt.activation' after phase 'fused': found an op of its own, expected it in the gpt.linear before it}}
  %z = gpt.activation relu %y : tensor<?x6xf32>
  return %z : tensor<?x6xf32>
}

// -----

func.func @forward(%x: tensor<?x8xf32>, %w: tensor<8x8xf32>) -> tensor<?x8xf32> {
  %y = gpt.linear %x, %w then relu : tensor<?x8xf32>, tensor<8x8xf32> -> tensor<?x8xf32>
  // expected-error @below {{'gpt.add' after phase 'fused': found an op of its own, expected it in the gpt.linear before it}}
  %z = gpt.add %x, %y : tensor<?x8xf32>
  return %z : tensor<?x8xf32>
}

// -----

gpt.weight @query layers 2 : tensor<8x8xf32> from [#gpt.load<"*.q" : tensor<8x8xf32>>]
gpt.weight @key layers 2 : tensor<4x8xf32> from [#gpt.load<"*.k" : tensor<4x8xf32>>]
func.func @forward(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %y = gpt.layers %x schedule [0, 0] : tensor<?x8xf32> {
  ^bb0(%layer: index, %hidden: tensor<?x8xf32>):
    %wq = gpt.get_weight @query[%layer] : tensor<8x8xf32>
    %q = gpt.linear %hidden, %wq : tensor<?x8xf32>, tensor<8x8xf32> -> tensor<?x8xf32>
    %wk = gpt.get_weight @key[%layer] : tensor<4x8xf32>
    // expected-error @below {{'gpt.linear' after phase 'fused': found 2 products of one input, expected one gpt.linear}}
    %k = gpt.linear %hidden, %wk : tensor<?x8xf32>, tensor<4x8xf32> -> tensor<?x4xf32>
    gpt.yield %q : tensor<?x8xf32>
  }
  return %y : tensor<?x8xf32>
}

// -----

// expected-error @below {{'gpt.weight' after phase 'fused': found a #gpt.pack step, expected none before the phase 'packed'}}
gpt.weight @w : tensor<6xf32> from [#gpt.load<"w" : tensor<6xf32>>, #gpt.pack<vector>]

// -----

func.func @forward(%x: memref<8xf32>) {
  // expected-error @below {{'memref.dealloc' after phase 'fused': found an op that is not of the graph}}
  memref.dealloc %x : memref<8xf32>
  return
}
