// RUN: gptc-opt %s --split-input-file --verify-diagnostics --gpt-assign-arena

func.func @buffer_of_vectors() {
  // expected-error @below {{is 'memref<8xvector<16xf32>>' but numbers of whole bytes and a static size were expected}}
  %x = memref.alloc() : memref<8xvector<16xf32>>
  return
}

// -----

func.func @buffer_of_bits() {
  // expected-error @below {{is 'memref<4096xi1>' but numbers of whole bytes and a static size were expected}}
  %x = memref.alloc() : memref<4096xi1>
  return
}

// -----

func.func @buffer_beyond_all_memory() {
  // expected-error @below {{is 'memref<4611686018427387904xf32>' but numbers of whole bytes and a static size were expected}}
  %x = memref.alloc() : memref<4611686018427387904xf32>
  return
}
