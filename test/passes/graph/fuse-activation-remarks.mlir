// RUN: gptc-opt %s --gpt-fuse-activation --gpt-fuse-residual --remarks-filter=fusion 2>&1 | FileCheck %s

// CHECK: FuseActivation{{.*}}the linear has another use
// CHECK: FuseResidual{{.*}}the linear has another use
func.func @two_uses(%x: tensor<4x8xf32>, %w: tensor<8x8xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>) {
  %0 = gpt.linear %x, %w : tensor<4x8xf32>, tensor<8x8xf32> -> tensor<4x8xf32>
  %1 = gpt.activation relu %0 : tensor<4x8xf32>
  %2 = gpt.add %0, %1 : tensor<4x8xf32>
  return %1, %2 : tensor<4x8xf32>, tensor<4x8xf32>
}
