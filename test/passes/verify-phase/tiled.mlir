// RUN: gptc-opt %s --gpt-verify-phase=phase=tiled --split-input-file --verify-diagnostics

// A loop's body may read numbers, constants, arguments, and views of buffers,
// weights and constants that are defined before it, and it may allocate on its
// own stack.
gpt.weight @bias layers 2 : tensor<64xf32> from [#gpt.load<"*.bias" : tensor<64xf32>>, #gpt.pack<vector>]
memref.global "private" constant @table : memref<2xf32> = dense<[0.5, 1.0]>
func.func @prompt(%count: index {gpt.role = #gpt.role<count>}, %x: memref<8x64xf32> {gpt.role = #gpt.role<hidden>}, %tokens: memref<8xi32> {gpt.role = #gpt.role<tokens>}, %positions: memref<8xi32> {gpt.role = #gpt.role<positions>}, %sequences: memref<8xi32> {gpt.role = #gpt.role<sequences>}) attributes {gpt.leaves = #gpt.role<hidden>} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %table = memref.get_global @table : memref<2xf32>
  %y = memref.alloc() : memref<8x64xf32>
  %stack = memref.alloca() : memref<64xf32>
  %threads = gpt.threads
  scf.for %layer = %c0 to %c2 step %c1 {
    %bias = gpt.get_weight @bias[%layer] : memref<64xf32>
    %scale = memref.load %table[%layer] : memref<2xf32>
    scf.forall (%row, %part) in (%count, %threads) {
      %sums = memref.alloca() : memref<64xf32>
      %last = memref.load %table[%layer] : memref<2xf32>
      %row_x = memref.subview %x[%row, 0] [1, 64] [1, 1] : memref<8x64xf32> to memref<64xf32, strided<[1], offset: ?>>
      %row_y = memref.subview %y[%row, 0] [1, 64] [1, 1] : memref<8x64xf32> to memref<64xf32, strided<[1], offset: ?>>
      gpt.tile.map %row_x to %sums : memref<64xf32, strided<[1], offset: ?>>, memref<64xf32>
      gpt.tile.norm layer %row_x, %bias epsilon 1.0e-05 to %row_y : memref<64xf32, strided<[1], offset: ?>>, memref<64xf32>, memref<64xf32, strided<[1], offset: ?>>
    }
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

func.func @token(%x: tensor<1x8xf32>) {
  // expected-error @below {{'gpt.activation' after phase 'tiled': found an op that is not of the phase, expected gpt.tile ops, arith, memref and scf}}
  %y = gpt.activation relu %x : tensor<1x8xf32>
  return
}

// -----

func.func @token(%x: memref<8xf32>, %i: index) {
  // expected-error @below {{'vector.load' after phase 'tiled': found an op that is not of the phase}}
  %y = vector.load %x[%i] : memref<8xf32>, vector<4xf32>
  return
}

// -----

// expected-error @below {{'func.func' after phase 'tiled': found tensor<8xf32>, expected buffers}}
func.func @token(%x: tensor<8xf32>) {
  return
}

// -----

gpt.weight @w : tensor<64xf32> from [#gpt.load<"w" : tensor<64xf32>>, #gpt.pack<vector>]
func.func @token() {
  // expected-error @below {{'gpt.get_weight' after phase 'tiled': found tensor<64xf32, #gpt.packed<vector>>, expected buffers}}
  %w = gpt.get_weight @w : tensor<64xf32, #gpt.packed<vector>>
  return
}

// -----

func.func @token(%size: index) {
  // expected-error @below {{'memref.alloc' after phase 'tiled': found memref<?xf32>, expected numbers of a static size}}
  %x = memref.alloc(%size) : memref<?xf32>
  return
}

// -----

func.func @token(%size: index) {
  // expected-error @below {{'memref.alloca' after phase 'tiled': found memref<?xf32>, expected numbers of a static size}}
  %x = memref.alloca(%size) : memref<?xf32>
  return
}

// -----

func.func @token(%which: i1, %x: memref<8xf32>, %y: memref<8xf32>) {
  // expected-error @below {{'arith.select' after phase 'tiled': found a choice between buffers, expected a buffer or a view of one}}
  %z = arith.select %which, %x, %y : memref<8xf32>
  return
}

// -----

func.func @token(%n: index, %x: memref<8xf32>) {
  %c1 = arith.constant 1 : index
  // expected-error @below {{'scf.for' after phase 'tiled': found a choice between buffers, expected a buffer or a view of one}}
  %z = scf.for %i = %c1 to %n step %c1 iter_args(%y = %x) -> memref<8xf32> {
    scf.yield %y : memref<8xf32>
  }
  return
}

// -----

func.func @token() {
  %x = memref.alloc() : memref<8xf32>
  // expected-error @below {{'memref.dealloc' after phase 'tiled': found a deallocation, expected buffers that live while they are used}}
  memref.dealloc %x : memref<8xf32>
  return
}

// -----

// expected-error @below {{'memref.global' after phase 'tiled': found a variable of the whole program, expected a constant}}
memref.global "private" @state : memref<2xf32> = dense<0.0>

// -----

func.func @token(%n: index) {
  %c1 = arith.constant 1 : index
  // expected-error @below {{'scf.parallel' after phase 'tiled': found a parallel loop, expected scf.forall}}
  scf.parallel (%i) = (%c1) to (%n) step (%c1) {
  }
  return
}

// -----

func.func @token() {
  scf.forall (%i) in (4) {
    // expected-error @below {{'scf.forall' after phase 'tiled': found a loop inside another, expected one level of parallelism}}
    scf.forall (%j) in (4) {
    }
  }
  return
}

// -----

// A call cannot nest a loop in another either, because calls are not allowed.
func.func @token() {
  scf.forall (%i) in (4) {
    // expected-error @below {{'func.call' after phase 'tiled': found a call, expected entries that call nothing}}
    func.call @unembed() : () -> ()
  }
  return
}
func.func @unembed() {
  scf.forall (%i) in (4) {
  }
  return
}

// -----

func.func @token(%n: index) {
  // expected-error @below {{'scf.forall' after phase 'tiled': found bounds that do not count from 0 by 1, expected the number of iterations alone}}
  scf.forall (%i) = (1) to (%n) step (1) {
  }
  return
}

// -----

func.func @token(%x: memref<8xf32>) {
  scf.forall (%i) in (4) {
    // expected-error @below {{'memref.alloc' after phase 'tiled': found a buffer that all threads share in an scf.forall, expected memref.alloca}}
    %y = memref.alloc() : memref<8xf32>
    gpt.tile.map %x to %y : memref<8xf32>, memref<8xf32>
  }
  return
}

// -----

func.func @token(%x: memref<8xf32>) {
  // expected-error @below {{'memref.alloca' after phase 'tiled': found the stack of one thread in an scf.forall of all, expected it inside the loop}}
  %y = memref.alloca() : memref<16xf32>
  %half = memref.subview %y[8] [8] [1] : memref<16xf32> to memref<8xf32, strided<[1], offset: 8>>
  scf.forall (%i) in (4) {
    gpt.tile.map %x to %half : memref<8xf32>, memref<8xf32, strided<[1], offset: 8>>
  }
  return
}

// -----

// expected-error @below {{'func.func' after phase 'tiled': found @helper, expected the entries prompt, token, unembed alone}}
func.func @helper() {
  return
}

// -----

func.func @token() {
  // expected-error @below {{'memref.alloc' after phase 'tiled': found memref<8xvector<16xf32>>, expected numbers of a static size}}
  %x = memref.alloc() : memref<8xvector<16xf32>>
  return
}

// -----

func.func @token() {
  // expected-error @below {{'memref.alloc' after phase 'tiled': found memref<4611686018427387904xf32>, expected numbers of a static size}}
  %x = memref.alloc() : memref<4611686018427387904xf32>
  return
}

// -----

gpt.kv_cache @cache layers 3 kv_heads 2 head_size 10 : f32
// expected-error @below {{'func.func' after phase 'tiled': found a cache of memref<?x2x2x2x32x16xf32>, expected memref<?x3x2x2x32x16xf32> as @cache declares}}
func.func @prompt(%cache: memref<?x2x2x2x32x16xf32> {gpt.role = #gpt.role<cache>}, %blocks: memref<?x?xi32, strided<[?, 1]>> {gpt.role = #gpt.role<block_table>}, %count: index {gpt.role = #gpt.role<count>}, %x: memref<8x64xf32> {gpt.role = #gpt.role<hidden>}, %tokens: memref<8xi32> {gpt.role = #gpt.role<tokens>}, %positions: memref<8xi32> {gpt.role = #gpt.role<positions>}, %sequences: memref<8xi32> {gpt.role = #gpt.role<sequences>}) attributes {gpt.leaves = #gpt.role<hidden>} {
  return
}
func.func @token() {
  return
}
func.func @unembed() {
  return
}
