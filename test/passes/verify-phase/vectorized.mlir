// RUN: gptc-opt %s --gpt-verify-phase=phase=vectorized --split-input-file --verify-diagnostics

gpt.weight @bias : tensor<64xf32> from [#gpt.load<"bias" : tensor<64xf32>>, #gpt.pack<vector>]
func.func @prompt(%count: index {gpt.role = #gpt.role<count>}, %x: memref<8x64xf32> {gpt.role = #gpt.role<hidden>}, %tokens: memref<8xi32> {gpt.role = #gpt.role<tokens>}, %positions: memref<8xi32> {gpt.role = #gpt.role<positions>}, %sequences: memref<8xi32> {gpt.role = #gpt.role<sequences>}) attributes {gpt.leaves = #gpt.role<hidden>} {
  %c0 = arith.constant 0 : index
  %zeros = arith.constant dense<0.0> : vector<16xf32>
  %bias = gpt.get_weight @bias : memref<64xf32>
  %y = memref.alloc() : memref<8x64xf32>
  scf.forall (%row) in (%count) {
    %0 = vector.load %bias[%c0] : memref<64xf32>, vector<16xf32>
    %1 = math.fma %0, %0, %zeros : vector<16xf32>
    vector.store %1, %y[%row, %c0] : memref<8x64xf32>, vector<16xf32>
  }
  return
}
func.func @token(%count: index {gpt.role = #gpt.role<count>}, %x: memref<1x64xf32> {gpt.role = #gpt.role<hidden>}, %tokens: memref<1xi32> {gpt.role = #gpt.role<tokens>}, %positions: memref<1xi32> {gpt.role = #gpt.role<positions>}, %sequences: memref<1xi32> {gpt.role = #gpt.role<sequences>}) attributes {gpt.leaves = #gpt.role<hidden>} {
  return
}
func.func @unembed(%count: index {gpt.role = #gpt.role<count>}, %x: memref<8x64xf32> {gpt.role = #gpt.role<hidden>}, %rows: memref<4xi32> {gpt.role = #gpt.role<rows>}, %y: memref<4x64xf32> {gpt.role = #gpt.role<logits>}) attributes {gpt.leaves = #gpt.role<logits>} {
  return
}

// -----

func.func @token(%x: memref<8xf32>, %y: memref<8xf32>) {
  // expected-error @below {{'gpt.tile.map' after phase 'vectorized': found an op that is not of the phase, expected arith, math, memref, scf, vector and x86vector}}
  gpt.tile.map %x to %y : memref<8xf32>, memref<8xf32>
  return
}

// -----

func.func @token(%x: memref<8xf32>) {
  %c0 = arith.constant 0 : index
  %v = vector.load %x[%c0] : memref<8xf32>, vector<8xf32>
  // expected-error @below {{'scf.forall' after phase 'vectorized': found a captured vector<8xf32>, expected numbers and buffers}}
  scf.forall (%i) in (4) {
    vector.store %v, %x[%c0] : memref<8xf32>, vector<8xf32>
  }
  return
}

// -----

func.func @token() {
  %c0 = arith.constant 0 : index
  %zeros = arith.constant dense<0.0> : vector<8xf32>
  // expected-error @below {{'memref.alloca' after phase 'vectorized': found the stack of one thread in an scf.forall of all, expected it inside the loop}}
  %x = memref.alloca() : memref<8xf32>
  scf.forall (%i) in (4) {
    vector.store %zeros, %x[%c0] : memref<8xf32>, vector<8xf32>
  }
  return
}

// -----

func.func @token(%n: index) {
  %c1 = arith.constant 1 : index
  // expected-error @below {{'scf.parallel' after phase 'vectorized': found a parallel loop, expected scf.forall}}
  scf.parallel (%i) = (%c1) to (%n) step (%c1) {
  }
  return
}

// -----

func.func @token() {
  // expected-error @below {{'arith.constant' after phase 'vectorized': found tensor<8xf32>, expected buffers}}
  %c = arith.constant dense<0.0> : tensor<8xf32>
  return
}
