// RUN: gptc-opt %s --gpt-verify-phase=phase=buffers --split-input-file --verify-diagnostics

// The weights have 2 * 256 bytes, the last of which are read, and the arena has
// 1,024.
gpt.weight @bias layers 2 : tensor<64xf32> from [#gpt.load<"*.bias" : tensor<64xf32>>, #gpt.pack<vector>]
func.func @prompt(%weights: memref<512xi8> {gpt.role = #gpt.role<weights>}, %arena: memref<1024xi8> {gpt.role = #gpt.role<arena>}, %count: index {gpt.role = #gpt.role<count>}, %tokens: memref<8xi32> {gpt.role = #gpt.role<tokens>}, %positions: memref<8xi32> {gpt.role = #gpt.role<positions>}, %sequences: memref<8xi32> {gpt.role = #gpt.role<sequences>}) attributes {gpt.leaves = #gpt.role<hidden>} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c256 = arith.constant 256 : index
  %c512 = arith.constant 512 : index
  %y = memref.view %arena[%c512][] : memref<1024xi8> to memref<2x64xf32>
  scf.for %layer = %c0 to %c2 step %c1 {
    %offset = arith.muli %layer, %c256 : index
    %bias = memref.view %weights[%offset][] : memref<512xi8> to memref<64xf32>
    scf.forall (%row) in (2) {
      %stack = memref.alloca() : memref<16xf32>
      %0 = vector.load %bias[%c0] : memref<64xf32>, vector<16xf32>
      vector.store %0, %stack[%c0] : memref<16xf32>, vector<16xf32>
      vector.store %0, %y[%row, %c0] : memref<2x64xf32>, vector<16xf32>
    }
  }
  return
}
func.func @token(%weights: memref<512xi8> {gpt.role = #gpt.role<weights>}, %arena: memref<1024xi8> {gpt.role = #gpt.role<arena>}, %count: index {gpt.role = #gpt.role<count>}, %tokens: memref<1xi32> {gpt.role = #gpt.role<tokens>}, %positions: memref<1xi32> {gpt.role = #gpt.role<positions>}, %sequences: memref<1xi32> {gpt.role = #gpt.role<sequences>}) attributes {gpt.leaves = #gpt.role<hidden>} {
  return
}
func.func @unembed(%weights: memref<512xi8> {gpt.role = #gpt.role<weights>}, %arena: memref<1024xi8> {gpt.role = #gpt.role<arena>}, %count: index {gpt.role = #gpt.role<count>}, %rows: memref<1xi32> {gpt.role = #gpt.role<rows>}) attributes {gpt.leaves = #gpt.role<logits>, gpt.logits = #gpt.place<offset = 0, stride = 64>} {
  return
}

// -----

func.func @token() {
  // expected-error @below {{'memref.alloc' after phase 'buffers': found an allocation, expected a memref.view of the arena}}
  %x = memref.alloc() : memref<8xf32>
  return
}

// -----

gpt.weight @w : tensor<64xf32> from [#gpt.load<"w" : tensor<64xf32>>, #gpt.pack<vector>]
func.func @token() {
  // expected-error @below {{'gpt.get_weight' after phase 'buffers': found a weight's name, expected a memref.view of the weights}}
  %w = gpt.get_weight @w : memref<64xf32>
  return
}

// -----

func.func @token(%weights: memref<0xi8> {gpt.role = #gpt.role<weights>}, %arena: memref<1024xi8> {gpt.role = #gpt.role<arena>}) {
  %c832 = arith.constant 832 : index
  // expected-error @below {{'memref.view' after phase 'buffers': found 256 bytes from 832 on, expected a place in 1024 bytes}}
  %x = memref.view %arena[%c832][] : memref<1024xi8> to memref<64xf32>
  return
}

// -----

func.func @token(%weights: memref<0xi8> {gpt.role = #gpt.role<weights>}, %arena: memref<1024xi8> {gpt.role = #gpt.role<arena>}) {
  %c32 = arith.constant 32 : index
  // expected-error @below {{'memref.view' after phase 'buffers': found an offset of 32, expected multiples of 64}}
  %x = memref.view %arena[%c32][] : memref<1024xi8> to memref<64xf32>
  return
}

// -----

func.func @token(%weights: memref<0xi8> {gpt.role = #gpt.role<weights>}, %arena: memref<1024xi8> {gpt.role = #gpt.role<arena>}) {
  %before = arith.constant -64 : index
  // expected-error @below {{'memref.view' after phase 'buffers': found 256 bytes from -64 on, expected a place in 1024 bytes}}
  %x = memref.view %arena[%before][] : memref<1024xi8> to memref<64xf32>
  return
}

// -----

// The weight of the second layer ends beyond the weights.
func.func @token(%weights: memref<512xi8> {gpt.role = #gpt.role<weights>}, %arena: memref<1024xi8> {gpt.role = #gpt.role<arena>}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c128 = arith.constant 128 : index
  %c256 = arith.constant 256 : index
  scf.for %layer = %c0 to %c2 step %c1 {
    %0 = arith.muli %layer, %c256 : index
    %1 = arith.addi %0, %c128 : index
    // expected-error @below {{'memref.view' after phase 'buffers': found 256 bytes from 384 on, expected a place in 512 bytes}}
    %bias = memref.view %weights[%1][] : memref<512xi8> to memref<64xf32>
  }
  return
}

// -----

func.func @token(%weights: memref<512xi8> {gpt.role = #gpt.role<weights>}, %arena: memref<1024xi8> {gpt.role = #gpt.role<arena>}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c40 = arith.constant 40 : index
  scf.for %layer = %c0 to %c2 step %c1 {
    %0 = arith.muli %layer, %c40 : index
    // expected-error @below {{'memref.view' after phase 'buffers': found an offset of 0, expected multiples of 64}}
    %bias = memref.view %weights[%0][] : memref<512xi8> to memref<64xf32>
  }
  return
}

// -----

func.func @token(%weights: memref<0xi8> {gpt.role = #gpt.role<weights>}, %arena: memref<1024xi8> {gpt.role = #gpt.role<arena>}, %offset: index) {
  // expected-error @below {{'memref.view' after phase 'buffers': found an offset that is not static, expected a sum of constants and layers times constants}}
  %x = memref.view %arena[%offset][] : memref<1024xi8> to memref<64xf32>
  return
}

// -----

func.func @token(%weights: memref<0xi8> {gpt.role = #gpt.role<weights>}, %arena: memref<1024xi8> {gpt.role = #gpt.role<arena>}, %size: index) {
  %c0 = arith.constant 0 : index
  // expected-error @below {{'memref.view' after phase 'buffers': found memref<?xf32>, expected numbers of a static size}}
  %x = memref.view %arena[%c0][%size] : memref<1024xi8> to memref<?xf32>
  return
}

// -----

func.func @token(%weights: memref<0xi8> {gpt.role = #gpt.role<weights>}, %arena: memref<1024xi8> {gpt.role = #gpt.role<arena>}) {
  %c0 = arith.constant 0 : index
  %stack = memref.alloca() : memref<1024xi8>
  // expected-error @below {{'memref.view' after phase 'buffers': found a view of memref<1024xi8>, expected one of the arena or the weights}}
  %x = memref.view %stack[%c0][] : memref<1024xi8> to memref<64xf32>
  return
}

// -----

// expected-error @below {{'func.func' after phase 'buffers': found an entry of other arguments, expected the weights and the arena, by gpt.role}}
func.func @token(%count: index) {
  return
}

// -----

gpt.weight @bias : tensor<65xf32> from [#gpt.load<"bias" : tensor<65xf32>>, #gpt.pack<vector>]
// expected-error @below {{'func.func' after phase 'buffers': found 256 bytes of weights, expected 512 as the module's have}}
func.func @token(%weights: memref<256xi8> {gpt.role = #gpt.role<weights>}, %arena: memref<1024xi8> {gpt.role = #gpt.role<arena>}) {
  return
}

// -----

func.func @prompt(%weights: memref<0xi8> {gpt.role = #gpt.role<weights>}, %arena: memref<1024xi8> {gpt.role = #gpt.role<arena>}) {
  return
}
// expected-error @below {{'func.func' after phase 'buffers': found an arena of memref<512xi8>, expected memref<1024xi8> as in other entries}}
func.func @token(%weights: memref<0xi8> {gpt.role = #gpt.role<weights>}, %arena: memref<512xi8> {gpt.role = #gpt.role<arena>}) {
  return
}

// -----

func.func @token(%weights: memref<0xi8> {gpt.role = #gpt.role<weights>}, %arena: memref<1024xi8> {gpt.role = #gpt.role<arena>}, %n: index) {
  scf.forall (%i) in (%n) {
    // expected-error @below {{'scf.forall' after phase 'buffers': found a loop inside another, expected one level of parallelism}}
    scf.forall (%j) in (4) {
    }
  }
  return
}

// -----

// expected-error @below {{'func.func' after phase 'buffers': found no place of its logits, expected gpt.logits}}
func.func @unembed(%weights: memref<0xi8> {gpt.role = #gpt.role<weights>}, %arena: memref<1024xi8> {gpt.role = #gpt.role<arena>}, %rows: memref<2xi32> {gpt.role = #gpt.role<rows>}) attributes {gpt.leaves = #gpt.role<logits>} {
  return
}

// -----

// expected-error @below {{'func.func' after phase 'buffers': found logits at byte 1024, a row every 64 floats, expected 2 rows of 0 in 1024 bytes}}
func.func @unembed(%weights: memref<0xi8> {gpt.role = #gpt.role<weights>}, %arena: memref<1024xi8> {gpt.role = #gpt.role<arena>}, %rows: memref<2xi32> {gpt.role = #gpt.role<rows>}) attributes {gpt.leaves = #gpt.role<logits>, gpt.logits = #gpt.place<offset = 1024, stride = 64>} {
  return
}

// -----

// expected-error @below {{'builtin.module' after phase 'buffers': found weights of other names, types or order, expected those of the phase 'packed', which offsets and kernels are made for}}
module attributes {gpt.weights = 7 : i64} {
  gpt.weight @w : tensor<64xf32> from [#gpt.load<"w" : tensor<64xf32>>, #gpt.pack<vector>]
  func.func @prompt(%weights: memref<256xi8> {gpt.role = #gpt.role<weights>}, %arena: memref<1024xi8> {gpt.role = #gpt.role<arena>}, %count: index {gpt.role = #gpt.role<count>}, %tokens: memref<8xi32> {gpt.role = #gpt.role<tokens>}, %positions: memref<8xi32> {gpt.role = #gpt.role<positions>}, %sequences: memref<8xi32> {gpt.role = #gpt.role<sequences>}) attributes {gpt.leaves = #gpt.role<hidden>} {
    return
  }
  func.func @token(%weights: memref<256xi8> {gpt.role = #gpt.role<weights>}, %arena: memref<1024xi8> {gpt.role = #gpt.role<arena>}, %count: index {gpt.role = #gpt.role<count>}, %tokens: memref<1xi32> {gpt.role = #gpt.role<tokens>}, %positions: memref<1xi32> {gpt.role = #gpt.role<positions>}, %sequences: memref<1xi32> {gpt.role = #gpt.role<sequences>}) attributes {gpt.leaves = #gpt.role<hidden>} {
    return
  }
  func.func @unembed(%weights: memref<256xi8> {gpt.role = #gpt.role<weights>}, %arena: memref<1024xi8> {gpt.role = #gpt.role<arena>}, %count: index {gpt.role = #gpt.role<count>}, %rows: memref<1xi32> {gpt.role = #gpt.role<rows>}) attributes {gpt.leaves = #gpt.role<logits>, gpt.logits = #gpt.place<offset = 0, stride = 64>} {
    return
  }
}
