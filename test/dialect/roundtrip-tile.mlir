// RUN: gptc-opt %s | gptc-opt | FileCheck %s
// RUN: gptc-opt %s --mlir-print-op-generic | gptc-opt | FileCheck %s

// CHECK-LABEL: @rows(
// CHECK-NEXT:    gpt.tile.embedding panels %{{.*}}[%{{.*}}] to %{{.*}} : memref<4x40x64xf32>, memref<40xf32>
// CHECK-NEXT:    gpt.tile.embedding rows %{{.*}}[%{{.*}}] to %{{.*}} : memref<96x48xf32>, memref<40xf32>
// CHECK-NEXT:    gpt.tile.embedding panels %{{.*}}[%{{.*}}] to %{{.*}} : memref<4x20x64x2xbf16>, memref<40xf32>
// CHECK-NEXT:    gpt.tile.norm layer %{{.*}}, %{{.*}} epsilon 9.99999974E-6 to %{{.*}} : memref<40xf32>, memref<64xf32>, memref<40xf32>
// CHECK-NEXT:    gpt.tile.norm layer %{{.*}}, %{{.*}} bias(%{{.*}} : memref<64xf32>) epsilon 0.000000e+00 to %{{.*}} : memref<40xf32>, memref<64xf32>, memref<40xf32>
// CHECK-NEXT:    gpt.tile.map %{{.*}} to %{{.*}} : memref<40xf32>, memref<40xf32>
// CHECK-NEXT:    gpt.tile.map %{{.*}} then silu plus(%{{.*}} : memref<40xf32>) for bf16 to %{{.*}} : memref<40xf32>, memref<40xf32>
func.func @rows(%id: i32, %panels: memref<4x40x64xf32>, %rows: memref<96x48xf32>,
                %pairs: memref<4x20x64x2xbf16>, %v: memref<64xf32>, %x: memref<40xf32>) {
  gpt.tile.embedding panels %panels[%id] to %x : memref<4x40x64xf32>, memref<40xf32>
  gpt.tile.embedding rows %rows[%id] to %x : memref<96x48xf32>, memref<40xf32>
  gpt.tile.embedding panels %pairs[%id] to %x : memref<4x20x64x2xbf16>, memref<40xf32>
  gpt.tile.norm layer %x, %v epsilon 1.0e-05 to %x : memref<40xf32>, memref<64xf32>, memref<40xf32>
  gpt.tile.norm layer %x, %v bias(%v : memref<64xf32>) epsilon 0.0 to %x
    : memref<40xf32>, memref<64xf32>, memref<40xf32>
  gpt.tile.map %x to %x : memref<40xf32>, memref<40xf32>
  gpt.tile.map %x then silu plus(%x : memref<40xf32>) for bf16 to %x : memref<40xf32>, memref<40xf32>
  return
}

// CHECK-LABEL: @linears(
// CHECK-NEXT:    gpt.tile.linear %{{.*}}, %{{.*}} to %{{.*}} : memref<6x7xf32>, memref<7x16xf32>, memref<6x16xf32>
// CHECK-NEXT:    gpt.tile.linear %{{.*}}, %{{.*}} in bf16 bias(%{{.*}} : memref<16xf32>) then gelu_tanh plus(%{{.*}} : memref<6x16xf32>) to %{{.*}} : memref<6x7xf32>, memref<4x16x2xbf16>, memref<6x16xf32>
func.func @linears(%x: memref<6x7xf32>, %w: memref<7x16xf32>, %pairs: memref<4x16x2xbf16>,
                   %b: memref<16xf32>, %y: memref<6x16xf32>) {
  gpt.tile.linear %x, %w to %y : memref<6x7xf32>, memref<7x16xf32>, memref<6x16xf32>
  gpt.tile.linear %x, %pairs in bf16 bias(%b : memref<16xf32>) then gelu_tanh plus(%y : memref<6x16xf32>) to %y
    : memref<6x7xf32>, memref<4x16x2xbf16>, memref<6x16xf32>
  return
}

// CHECK-LABEL: @linear_rows(
// CHECK-NEXT:    gpt.threads
// CHECK-NEXT:    gpt.tile.linear_row %{{.*}}, %{{.*}} sums(%{{.*}} : memref<384xf32>) to %{{.*}} : memref<7xf32>, memref<?x7x64xf32>, memref<?xf32>
// CHECK-NEXT:    gpt.tile.linear_row %{{.*}}, %{{.*}} in bf16 bias(%{{.*}} : memref<128xf32>) then gelu_tanh plus(%{{.*}} : memref<128xf32>) sums(%{{.*}} : memref<384xf32>) for bf16 to %{{.*}} : memref<7xf32>, memref<2x4x64x2xbf16>, memref<128xf32>
func.func @linear_rows(%x: memref<7xf32>, %w: memref<?x7x64xf32>, %y: memref<?xf32>, %pairs: memref<2x4x64x2xbf16>,
                %b: memref<128xf32>, %s: memref<384xf32>, %z: memref<128xf32>) {
  %t = gpt.threads
  gpt.tile.linear_row %x, %w sums(%s : memref<384xf32>) to %y : memref<7xf32>, memref<?x7x64xf32>, memref<?xf32>
  gpt.tile.linear_row %x, %pairs in bf16 bias(%b : memref<128xf32>) then gelu_tanh plus(%z : memref<128xf32>) sums(%s : memref<384xf32>) for bf16 to %z
    : memref<7xf32>, memref<2x4x64x2xbf16>, memref<128xf32>
  return
}

// CHECK-LABEL: @expanded(
// CHECK-NEXT:    gpt.tile.expand %{{.*}} to %{{.*}} : memref<4x16x2xbf16>, memref<8x16xf32>
// CHECK-NEXT:    gpt.tile.linear %{{.*}}, %{{.*}} in bf16 ahead(%{{.*}} : memref<2x16x2xbf16>) for bf16 to %{{.*}} : memref<6x8xf32>, memref<8x16xf32>, memref<6x16xf32>
func.func @expanded(%pairs: memref<4x16x2xbf16>, %next: memref<2x16x2xbf16>, %w: memref<8x16xf32>, %x: memref<6x8xf32>, %y: memref<6x16xf32>) {
  gpt.tile.expand %pairs to %w : memref<4x16x2xbf16>, memref<8x16xf32>
  gpt.tile.linear %x, %w in bf16 ahead(%next : memref<2x16x2xbf16>) for bf16 to %y : memref<6x8xf32>, memref<8x16xf32>, memref<6x16xf32>
  return
}

// CHECK-LABEL: @attention(
// CHECK-NEXT:    gpt.tile.kv_append %{{.*}}, %{{.*}} at %{{.*}}, %{{.*}} to %{{.*}}[%{{.*}}, %{{.*}}], %{{.*}} : memref<8xf32>, memref<8xf32>, memref<?x3x5x2x32x16xf32>, memref<?x?xi32>
// CHECK-NEXT:    gpt.tile.attention causal %{{.*}} at %{{.*}}, %{{.*}} rows(%{{.*}}, %{{.*}}) from %{{.*}}[%{{.*}}, %{{.*}}], %{{.*}} scale %{{.*}} step 16 group 1 to %{{.*}} : memref<4x8xf32>, memref<512xi32>, memref<512xi32>, memref<?x3x5x2x32x16xf32>, memref<?x?xi32>, memref<4x8xf32>
func.func @attention(%k: memref<8xf32>, %q: memref<4x8xf32>, %ids: memref<512xi32>, %id: i32, %i: index,
                     %cache: memref<?x3x5x2x32x16xf32>, %blocks: memref<?x?xi32>, %s: f32) {
  gpt.tile.kv_append %k, %k at %id, %id to %cache[%i, %i], %blocks
    : memref<8xf32>, memref<8xf32>, memref<?x3x5x2x32x16xf32>, memref<?x?xi32>
  gpt.tile.attention causal %q at %ids, %ids rows(%i, %i) from %cache[%i, %i], %blocks scale %s step 16 group 1 to %q
    : memref<4x8xf32>, memref<512xi32>, memref<512xi32>, memref<?x3x5x2x32x16xf32>, memref<?x?xi32>, memref<4x8xf32>
  return
}

// CHECK-LABEL: @families(
// CHECK-NEXT:    gpt.tile.embedding rows %{{.*}}[%{{.*}}] scale 6.250000e+00 to %{{.*}} : memref<96x48xf32>, memref<40xf32>
// CHECK-NEXT:    gpt.tile.norm rms %{{.*}}, %{{.*}} epsilon 0.000000e+00 to %{{.*}} : memref<40xf32>, memref<64xf32>, memref<40xf32>
// CHECK-NEXT:    gpt.tile.gated silu %{{.*}}, %{{.*}} to %{{.*}} : memref<40xf32>, memref<40xf32>, memref<40xf32>
// CHECK-NEXT:    gpt.tile.soft_cap %{{.*}} at 3.000000e+01 : memref<40xf32>
// CHECK-NEXT:    gpt.tile.rotary_table %{{.*}} frequencies [1.000000e+00, 5.000000e-01] magnitude 1.250000e+00 to %{{.*}} : memref<4xf32>
// CHECK-NEXT:    gpt.tile.rotary_table %{{.*}} frequencies [1.000000e+00, 5.000000e-01] to %{{.*}} : memref<4xf32>
// CHECK-NEXT:    gpt.tile.rotary %{{.*}} by %{{.*}} heads 5 to %{{.*}} : memref<40xf32>, memref<4xf32>, memref<40xf32>
// CHECK-NEXT:    gpt.tile.attention causal %{{.*}} scale %{{.*}} window 7 soft_cap 5.000000e+01 step 16 group 1 to %{{.*}} : memref<4x8xf32>
func.func @families(%id: i32, %rows: memref<96x48xf32>, %v: memref<64xf32>, %x: memref<40xf32>, %t: memref<4xf32>,
                    %q: memref<4x8xf32>, %ids: memref<512xi32>, %i: index, %cache: memref<?x3x5x2x32x16xf32>,
                    %blocks: memref<?x?xi32>, %s: f32) {
  gpt.tile.embedding rows %rows[%id] scale 6.25 to %x : memref<96x48xf32>, memref<40xf32>
  gpt.tile.norm rms %x, %v epsilon 0.0 to %x : memref<40xf32>, memref<64xf32>, memref<40xf32>
  gpt.tile.gated silu %x, %x to %x : memref<40xf32>, memref<40xf32>, memref<40xf32>
  gpt.tile.soft_cap %x at 30.0 : memref<40xf32>
  gpt.tile.rotary_table %id frequencies [1.0, 0.5] magnitude 1.25 to %t : memref<4xf32>
  gpt.tile.rotary_table %id frequencies [1.0, 0.5] to %t : memref<4xf32>
  gpt.tile.rotary %x by %t heads 5 to %x : memref<40xf32>, memref<4xf32>, memref<40xf32>
  gpt.tile.attention causal %q at %ids, %ids rows(%i, %i) from %cache[%i, %i], %blocks scale %s
    window 7 soft_cap 50.0 step 16 group 1 to %q
    : memref<4x8xf32>, memref<512xi32>, memref<512xi32>, memref<?x3x5x2x32x16xf32>, memref<?x?xi32>, memref<4x8xf32>
  return
}
