// RUN: gptc-opt %s --gpt-verify-phase=phase=packed --split-input-file --verify-diagnostics

gpt.weight @w : tensor<6x8xf32> from [#gpt.load<"w" : tensor<6x8xf32>>, #gpt.pack<panels>]
gpt.weight @table : tensor<6x8xf32> from [#gpt.load<"table" : tensor<6x8xf32>>, #gpt.pack<rows>]
func.func @prompt(%tokens: tensor<5xi32> {gpt.role = #gpt.role<tokens>}, %positions: tensor<5xi32> {gpt.role = #gpt.role<positions>}, %sequences: tensor<5xi32> {gpt.role = #gpt.role<sequences>}) -> (tensor<5x8xf32> {gpt.role = #gpt.role<hidden>}) {
  %table = gpt.get_weight @table : tensor<6x8xf32, #gpt.packed<rows>>
  %y = gpt.embedding %tokens, %table : tensor<5xi32>, tensor<6x8xf32, #gpt.packed<rows>> -> tensor<5x8xf32>
  return %y : tensor<5x8xf32>
}
func.func @token(%tokens: tensor<1xi32> {gpt.role = #gpt.role<tokens>}, %positions: tensor<1xi32> {gpt.role = #gpt.role<positions>}, %sequences: tensor<1xi32> {gpt.role = #gpt.role<sequences>}) -> (tensor<1x8xf32> {gpt.role = #gpt.role<hidden>}) {
  %table = gpt.get_weight @table : tensor<6x8xf32, #gpt.packed<rows>>
  %y = gpt.embedding %tokens, %table : tensor<1xi32>, tensor<6x8xf32, #gpt.packed<rows>> -> tensor<1x8xf32>
  return %y : tensor<1x8xf32>
}
func.func @unembed(%x: tensor<5x8xf32> {gpt.role = #gpt.role<hidden>}, %rows: tensor<5xi32> {gpt.role = #gpt.role<rows>}) -> (tensor<5x6xf32> {gpt.role = #gpt.role<logits>}) {
  %w = gpt.get_weight @w : tensor<6x8xf32, #gpt.packed<panels>>
  %y = gpt.unembed %x, %w : tensor<5x8xf32>, tensor<6x8xf32, #gpt.packed<panels>> -> tensor<5x6xf32>
  return %y : tensor<5x6xf32>
}

// -----

// expected-error @below {{'gpt.weight' after phase 'packed': found no #gpt.pack step, expected one at the end of its plan}}
gpt.weight @w : tensor<6x8xf32> from [#gpt.load<"w" : tensor<6x8xf32>>]

// -----

func.func @unembed(%x: tensor<5x16xf32>, %w: tensor<6x16xf32>) {
  // expected-error @below {{'gpt.unembed' after phase 'packed': found a weight of tensor<6x16xf32>, expected one that is packed}}
  %y = gpt.unembed %x, %w : tensor<5x16xf32>, tensor<6x16xf32> -> tensor<5x6xf32>
  return
}

// -----

func.func @prompt(%x: tensor<5x8xf32>, %s: tensor<8xf32>) {
  // expected-error @below {{'gpt.norm' after phase 'packed': found a weight of tensor<8xf32>, expected one that is packed}}
  %y = gpt.norm rms %x, %s epsilon 1.0e-05 : tensor<5x8xf32>, tensor<8xf32>
  return
}

// -----

// expected-error @below {{'func.func' after phase 'packed': found tensor<?x8xf32>, expected a static shape}}
func.func @prompt(%x: tensor<?x8xf32>) {
  return
}

// -----

// expected-error @below {{'builtin.module' after phase 'packed': found no entry @token, expected prompt, token, unembed}}
module {
  func.func @prompt() {
    return
  }
}
