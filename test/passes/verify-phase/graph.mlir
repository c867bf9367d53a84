// RUN: gptc-opt %s --gpt-verify-phase=phase=graph --split-input-file --verify-diagnostics

gpt.weight @w : tensor<6x8xbf16> from [#gpt.load<"w" : tensor<6x8xbf16>>]
func.func @forward(%x: tensor<?x8xf32>) -> tensor<?x6xf32> {
  %c = arith.constant 1.0 : f32
  %w = gpt.get_weight @w : tensor<6x8xbf16>
  %y = gpt.linear %x, %w : tensor<?x8xf32>, tensor<6x8xbf16> -> tensor<?x6xf32>
  %z = gpt.activation relu %y : tensor<?x6xf32>
  return %z : tensor<?x6xf32>
}

// -----

func.func @forward(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-error @below {{'math.exp' after phase 'graph': found an op that is not of the graph, expected the gpt dialect's ops on tensors}}
  %y = math.exp %x : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

func.func @forward(%x: memref<8xf32>, %y: memref<8xf32>) {
  // expected-error @below {{'gpt.tile.map' after phase 'graph': found an op that is not of the graph}}
  gpt.tile.map %x to %y : memref<8xf32>, memref<8xf32>
  return
}

// -----

func.func @forward() -> index {
  // expected-error @below {{'gpt.threads' after phase 'graph': found an op that is not of the graph}}
  %0 = gpt.threads
  return %0 : index
}

// -----

module {
  // expected-error @below {{'builtin.module' after phase 'graph': found an op that is not of the graph}}
  module {
  }
}

// -----

func.func @forward() {
  // expected-error @below {{'arith.constant' after phase 'graph': found an op that is not of the graph, expected the gpt dialect's ops on tensors}}
  %v = arith.constant dense<1.0> : vector<2xf32>
  return
}

// -----

// expected-error @below {{'func.func' after phase 'graph': found memref<8xf32>, expected tensors and numbers}}
func.func @forward(%x: memref<8xf32>) {
  return
}

// -----

// expected-error @below {{'gpt.weight' after phase 'graph': found a #gpt.pack step, expected none before the phase 'packed'}}
gpt.weight @w : tensor<6x8xf32> from [#gpt.load<"w" : tensor<6x8xf32>>, #gpt.pack<panels>]

// -----

func.func @forward(%x: tensor<?x8xf32>, %w: tensor<6x8xf32>) -> tensor<?x6xf32> {
  // expected-error @below {{'gpt.linear' after phase 'graph': found an activation in it, expected a gpt.activation behind it}}
  %y = gpt.linear %x, %w then relu : tensor<?x8xf32>, tensor<6x8xf32> -> tensor<?x6xf32>
  return %y : tensor<?x6xf32>
}

// -----

func.func @forward(%x: tensor<?x8xf32>, %w: tensor<8x8xf32>) -> tensor<?x8xf32> {
  // expected-error @below {{'gpt.linear' after phase 'graph': found a residual in it, expected a gpt.add behind it}}
  %y = gpt.linear %x, %w plus(%x : tensor<?x8xf32>) : tensor<?x8xf32>, tensor<8x8xf32> -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

func.func @forward(%x: tensor<?x8xf32>) -> tensor<?x4xf32> {
  // expected-error @below {{'gpt.columns' after phase 'graph': found a part of a joined product, expected a gpt.linear for each part}}
  %y = gpt.columns %x[4] : tensor<?x8xf32> -> tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}
