// RUN: gptc-opt %s --gpt-verify-phase=phase=specialized --split-input-file --verify-diagnostics

gpt.weight @w : tensor<6x8xf32> from [#gpt.load<"w" : tensor<6x8xf32>>]
gpt.weight @half : tensor<8x8xbf16> from [#gpt.load<"half" : tensor<8x8xbf16>>]
gpt.weight @bias : tensor<8xf32> from [#gpt.load<"bias" : tensor<8xf32>>]
gpt.weight @table : tensor<6x8xf32> from [#gpt.load<"table" : tensor<6x8xf32>>]
func.func @prompt(%tokens: tensor<5xi32> {gpt.role = #gpt.role<tokens>}, %positions: tensor<5xi32> {gpt.role = #gpt.role<positions>}, %sequences: tensor<5xi32> {gpt.role = #gpt.role<sequences>}) -> (tensor<5x8xf32> {gpt.role = #gpt.role<hidden>}) {
  %table = gpt.get_weight @table : tensor<6x8xf32>
  %x = gpt.embedding %tokens, %table : tensor<5xi32>, tensor<6x8xf32> -> tensor<5x8xf32>
  %half = gpt.get_weight @half : tensor<8x8xbf16>
  %y = gpt.linear %x, %half in bf16 : tensor<5x8xf32>, tensor<8x8xbf16> -> tensor<5x8xf32>
  return %y : tensor<5x8xf32>
}
func.func @token(%tokens: tensor<1xi32> {gpt.role = #gpt.role<tokens>}, %positions: tensor<1xi32> {gpt.role = #gpt.role<positions>}, %sequences: tensor<1xi32> {gpt.role = #gpt.role<sequences>}) -> (tensor<1x8xf32> {gpt.role = #gpt.role<hidden>}) {
  %table = gpt.get_weight @table : tensor<6x8xf32>
  %x = gpt.embedding %tokens, %table : tensor<1xi32>, tensor<6x8xf32> -> tensor<1x8xf32>
  return %x : tensor<1x8xf32>
}
func.func @unembed(%x: tensor<5x8xf32> {gpt.role = #gpt.role<hidden>}, %rows: tensor<5xi32> {gpt.role = #gpt.role<rows>}) -> (tensor<5x6xf32> {gpt.role = #gpt.role<logits>}) {
  %w = gpt.get_weight @w : tensor<6x8xf32>
  %y = gpt.unembed %x, %w : tensor<5x8xf32>, tensor<6x8xf32> -> tensor<5x6xf32>
  return %y : tensor<5x6xf32>
}

// -----

// expected-error @below {{'func.func' after phase 'specialized': found tensor<?xi32>, expected a static shape}}
func.func @prompt(%tokens: tensor<?xi32>) {
  return
}

// -----

func.func @prompt(%x: tensor<5x8xf32>, %w: tensor<6x8xf32>) {
  // expected-error @below {{'gpt.linear' after phase 'specialized': found tensor<?x6xf32>, expected a static shape}}
  %y = gpt.linear %x, %w : tensor<5x8xf32>, tensor<6x8xf32> -> tensor<?x6xf32>
  return
}

// -----

func.func @prompt(%x: tensor<5x8xf32>, %w: tensor<6x8xbf16>) {
  // expected-error @below {{'gpt.linear' after phase 'specialized': found sums in f32, expected bf16 as its weight has it}}
  %y = gpt.linear %x, %w : tensor<5x8xf32>, tensor<6x8xbf16> -> tensor<5x6xf32>
  return
}

// -----

func.func @unembed(%x: tensor<5x8xf32>, %w: tensor<6x8xf32>) {
  // expected-error @below {{'gpt.unembed' after phase 'specialized': found sums in bf16, expected f32 as its weight has it}}
  %y = gpt.unembed %x, %w in bf16 : tensor<5x8xf32>, tensor<6x8xf32> -> tensor<5x6xf32>
  return
}

// -----

// expected-error @below {{'gpt.weight' after phase 'specialized': found tensor<6x8xf16>, expected f32 or bf16}}
gpt.weight @w : tensor<6x8xf16> from [#gpt.load<"w" : tensor<6x8xf16>>]

// -----

// expected-error @below {{'gpt.weight' after phase 'specialized': found tensor<6xbf16>, expected f32}}
gpt.weight @bias : tensor<6xbf16> from [#gpt.load<"bias" : tensor<6xbf16>>]

// -----

// expected-error @below {{'gpt.weight' after phase 'specialized': found a #gpt.pack step, expected none before the phase 'packed'}}
gpt.weight @bias : tensor<6xf32> from [#gpt.load<"bias" : tensor<6xf32>>, #gpt.pack<vector>]

// -----

func.func @prompt() {
  return
}
// expected-error @below {{'func.func' after phase 'specialized': found @forward, expected the entries prompt, token, unembed alone}}
func.func @forward() {
  return
}

// -----

// expected-error @below {{'builtin.module' after phase 'specialized': found no entry @unembed, expected prompt, token, unembed}}
module {
  func.func @prompt() {
    return
  }
  func.func @token() {
    return
  }
}
