// RUN: gptc-opt %s --gpt-verify-phase=phase=graph
// RUN: not gptc-opt %s --gpt-verify-phase=phase=fused 2>&1 | FileCheck %s --check-prefix=FUSED
// RUN: not gptc-opt %s --gpt-verify-phase=phase=specialized 2>&1 | FileCheck %s --check-prefix=SPECIALIZED
// RUN: not gptc-opt %s --gpt-verify-phase=phase=packed 2>&1 | FileCheck %s --check-prefix=PACKED
// RUN: not gptc-opt %s --gpt-verify-phase=phase=tiled 2>&1 | FileCheck %s --check-prefix=TILED
// RUN: not gptc-opt %s --gpt-verify-phase=phase=vectorized 2>&1 | FileCheck %s --check-prefix=VECTORIZED
// RUN: not gptc-opt %s --gpt-verify-phase=phase=buffers 2>&1 | FileCheck %s --check-prefix=BUFFERS
// RUN: not gptc-opt %s --gpt-verify-phase=phase=llvm 2>&1 | FileCheck %s --check-prefix=LLVM
// RUN: not gptc-opt %s --gpt-verify-phase=phase=done 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// RUN: not gptc-opt %s --gpt-verify-phase=phase=graph --convert-arith-to-llvm --gpt-verify-phase=phase=graph 2>&1 | FileCheck %s --check-prefix=GRAPH

// FUSED: 'gpt.activation' after phase 'fused' stands alone behind a gpt.linear that can take it
// SPECIALIZED: 'gpt.linear' after phase 'specialized' has a shape that is not static
// PACKED: 'gpt.weight' after phase 'packed' has no #gpt.pack step
// TILED: 'gpt.get_weight' after phase 'tiled' is neither a tile nor on buffers
// VECTORIZED: 'gpt.linear' after phase 'vectorized' still computes on the gpt dialect
// BUFFERS: 'gpt.get_weight' after phase 'buffers' allocates, or is no place in the arena or the weights
// LLVM: 'arith.constant' after phase 'llvm' is not of the LLVM dialect
// UNKNOWN: no phase is called 'done'
// GRAPH: 'llvm.mlir.constant' after phase 'graph' is not of the graph: the gpt dialect's ops on tensors were expected
gpt.weight @w : tensor<6x8xf32> from [#gpt.load<"w" : tensor<6x8xf32>>]
func.func @forward(%x: tensor<?x8xf32>) -> tensor<?x6xf32> {
  %c = arith.constant 1.0 : f32
  %w = gpt.get_weight @w : tensor<6x8xf32>
  %y = gpt.linear %x, %w : tensor<?x8xf32>, tensor<6x8xf32> -> tensor<?x6xf32>
  %z = gpt.activation relu %y : tensor<?x6xf32>
  return %z : tensor<?x6xf32>
}
