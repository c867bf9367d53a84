// RUN: gptc-opt %s --gpt-verify-phase=phase=specialized --split-input-file --verify-diagnostics

// expected-error @below {{'func.func' after phase 'specialized': found @prompt with argument 0 of no gpt.role, expected one of tokens, positions, sequences}}
func.func @prompt(%x: tensor<5xi32>) {
  return
}
func.func @token() {
  return
}
func.func @unembed() {
  return
}

// -----

// expected-error @below {{'func.func' after phase 'specialized': found @prompt without an argument of the gpt.role sequences, expected one}}
func.func @prompt(%tokens: tensor<5xi32> {gpt.role = #gpt.role<tokens>}, %positions: tensor<5xi32> {gpt.role = #gpt.role<positions>}) {
  return
}
func.func @token() {
  return
}
func.func @unembed() {
  return
}

// -----

gpt.weight @table : tensor<6x8xf32> from [#gpt.load<"table" : tensor<6x8xf32>>]
// expected-error @below {{'func.func' after phase 'specialized': found @prompt that leaves logits, expected hidden}}
func.func @prompt(%tokens: tensor<5xi32> {gpt.role = #gpt.role<tokens>}, %positions: tensor<5xi32> {gpt.role = #gpt.role<positions>}, %sequences: tensor<5xi32> {gpt.role = #gpt.role<sequences>}) -> (tensor<5x8xf32> {gpt.role = #gpt.role<logits>}) {
  %table = gpt.get_weight @table : tensor<6x8xf32>
  %x = gpt.embedding %tokens, %table : tensor<5xi32>, tensor<6x8xf32> -> tensor<5x8xf32>
  return %x : tensor<5x8xf32>
}
func.func @token() {
  return
}
func.func @unembed() {
  return
}

// -----

gpt.weight @table : tensor<6x8xf32> from [#gpt.load<"table" : tensor<6x8xf32>>]
// expected-error @below {{'func.func' after phase 'specialized': found positions of tensor<4xi32>, expected tensor<5xi32> as the tokens}}
func.func @prompt(%tokens: tensor<5xi32> {gpt.role = #gpt.role<tokens>}, %positions: tensor<4xi32> {gpt.role = #gpt.role<positions>}, %sequences: tensor<5xi32> {gpt.role = #gpt.role<sequences>}) -> (tensor<5x8xf32> {gpt.role = #gpt.role<hidden>}) {
  %table = gpt.get_weight @table : tensor<6x8xf32>
  %x = gpt.embedding %tokens, %table : tensor<5xi32>, tensor<6x8xf32> -> tensor<5x8xf32>
  return %x : tensor<5x8xf32>
}
func.func @token() {
  return
}
func.func @unembed() {
  return
}

// -----

gpt.weight @table : tensor<6x8xf32> from [#gpt.load<"table" : tensor<6x8xf32>>]
func.func @prompt(%tokens: tensor<5xi32> {gpt.role = #gpt.role<tokens>}, %positions: tensor<5xi32> {gpt.role = #gpt.role<positions>}, %sequences: tensor<5xi32> {gpt.role = #gpt.role<sequences>}) -> (tensor<5x8xf32> {gpt.role = #gpt.role<hidden>}) {
  %table = gpt.get_weight @table : tensor<6x8xf32>
  %x = gpt.embedding %tokens, %table : tensor<5xi32>, tensor<6x8xf32> -> tensor<5x8xf32>
  return %x : tensor<5x8xf32>
}
func.func @token(%tokens: tensor<1xi32> {gpt.role = #gpt.role<tokens>}, %positions: tensor<1xi32> {gpt.role = #gpt.role<positions>}, %sequences: tensor<1xi32> {gpt.role = #gpt.role<sequences>}) -> (tensor<1x8xf32> {gpt.role = #gpt.role<hidden>}) {
  %table = gpt.get_weight @table : tensor<6x8xf32>
  %x = gpt.embedding %tokens, %table : tensor<1xi32>, tensor<6x8xf32> -> tensor<1x8xf32>
  return %x : tensor<1x8xf32>
}
// expected-error @below {{'func.func' after phase 'specialized': found a hidden state of tensor<5x7xf32>, expected tensor<5x8xf32> as in @prompt}}
func.func @unembed(%x: tensor<5x7xf32> {gpt.role = #gpt.role<hidden>}, %rows: tensor<5xi32> {gpt.role = #gpt.role<rows>}) -> (tensor<5x7xf32> {gpt.role = #gpt.role<logits>}) {
  return %x : tensor<5x7xf32>
}
