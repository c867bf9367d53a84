// RUN: gptc-opt %s --gpt-tile | FileCheck %s --check-prefix=TILE
// RUN: gptc-opt %s --gpt-tile --gpt-assign-arena | FileCheck %s --check-prefix=ARENA

// The passes create ops and attributes of the dialect in a module without any.
// TILE-LABEL: @copies(
// TILE-SAME:    %{{.*}}: index {gpt.role = #gpt.role<count>}
// TILE:         gpt.tile.map
// ARENA-LABEL: @copies(
// ARENA-SAME:    #gpt.role<weights>
func.func @copies(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  return %x : tensor<4x8xf32>
}
