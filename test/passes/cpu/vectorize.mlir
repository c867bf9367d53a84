// RUN: gptc-opt %s --gpt-vectorize --canonicalize --cse | FileCheck %s
// RUN: gptc-opt %s --gpt-vectorize=bf16=true --canonicalize --cse | FileCheck %s --check-prefix=BF16

// Each output has one accumulator in a register over the whole of K.
// CHECK-LABEL: @product(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: memref<2x40xf32>, %[[W:[a-z0-9]+]]: memref<40x32xf32>
// CHECK:         %[[SUMS:.*]]:4 = scf.for %[[K:.*]] = %{{.*}} to %c40 step %c4 iter_args
// CHECK:           %[[A0:.*]] = memref.load %[[X]][%c0, %[[K]]]
// CHECK:           %[[V0:.*]] = vector.broadcast %[[A0]]
// CHECK:           %[[B0:.*]] = vector.load %[[W]][%[[K]], %c0] : memref<40x32xf32>, vector<16xf32>
// CHECK:           math.fma %[[V0]], %[[B0]]
// CHECK:           %[[B1:.*]] = vector.load %[[W]][%[[K]], %c16]
// CHECK:           math.fma %[[V0]], %[[B1]]
// CHECK:           memref.load %[[X]][%c1, %[[K]]]
// CHECK-NOT:       vector.load
// CHECK:           math.fma %{{.*}}, %[[B0]]
// CHECK:           math.fma %{{.*}}, %[[B1]]
// CHECK:           scf.yield
// CHECK-COUNT-4: vector.store
// CHECK-NOT:     gpt.
func.func @product(%x: memref<2x40xf32>, %w: memref<40x32xf32>, %b: memref<32xf32>, %y: memref<2x32xf32>) {
  gpt.tile.linear %x, %w bias(%b : memref<32xf32>) then relu plus(%y : memref<2x32xf32>) to %y : memref<2x40xf32>, memref<40x32xf32>, memref<2x32xf32>
  return
}

// The odd k of a pair is added first.
// CHECK-LABEL: @product_in_bf16(
// CHECK:         scf.for %[[K:.*]] = %c0 to %c21 step %c1
// CHECK:           %[[BITS:.*]] = vector.bitcast %{{.*}} : vector<32xbf16> to vector<16xi32>
// CHECK:           %[[ODD:.*]] = arith.andi %[[BITS]]
// CHECK:           %[[O:.*]] = arith.bitcast %[[ODD]]
// CHECK:           %[[EVEN:.*]] = arith.shli %[[BITS]]
// CHECK:           %[[E:.*]] = arith.bitcast %[[EVEN]]
// CHECK:           %[[SUM:.*]] = math.fma %{{.*}}, %[[O]],
// CHECK:           math.fma %{{.*}}, %[[E]], %[[SUM]]
func.func @product_in_bf16(%x: memref<1x42xf32>, %w: memref<21x16x2xbf16>, %y: memref<1x16xf32>) {
  gpt.tile.linear %x, %w in bf16 to %y : memref<1x42xf32>, memref<21x16x2xbf16>, memref<1x16xf32>
  return
}

// Weights that were converted to f32 first are summed in the same order.
// CHECK-LABEL: @product_of_expanded(
// CHECK:         scf.for %[[K:.*]] = %c0 to %c42 step %c2
// CHECK:           %[[ODD:.*]] = arith.addi %[[K]], %c1
// CHECK:           vector.load %[[W:.*]][%[[ODD]], %c0]
// CHECK:           %[[SUM:.*]] = math.fma
// CHECK:           vector.load %[[W]][%[[K]], %c0]
// CHECK:           math.fma %{{.*}}, %{{.*}}, %[[SUM]]
func.func @product_of_expanded(%x: memref<2x42xf32>, %w: memref<42x16xf32>, %y: memref<2x16xf32>) {
  gpt.tile.linear %x, %w in bf16 to %y : memref<2x42xf32>, memref<42x16xf32>, memref<2x16xf32>
  return
}

// CHECK-LABEL: @rounded_product(
// CHECK:         %[[SUM:.*]] = scf.for
// CHECK:         arith.bitcast %[[SUM]]
// CHECK:         arith.shrui
// CHECK:         arith.andi
// CHECK:         %[[ROUNDED:.*]] = arith.bitcast
// CHECK:         %[[RESULT:.*]] = arith.select %{{.*}}, %{{.*}}, %[[ROUNDED]]
// CHECK:         vector.store %[[RESULT]]
func.func @rounded_product(%x: memref<1x42xf32>, %w: memref<42x16xf32>, %y: memref<1x16xf32>) {
  gpt.tile.linear %x, %w for bf16 to %y : memref<1x42xf32>, memref<42x16xf32>, memref<1x16xf32>
  return
}

// One iteration sums four channels and prefetches one cache line.
// CHECK-LABEL: @product_ahead(
// CHECK:         %[[LINE:.*]] = memref.collapse_shape %{{.*}} {{\[}}[0, 1]] : memref<4x64xf32> into memref<256xf32>
// CHECK:         scf.for %[[K:.*]] = %c0 to %c64 step %c4
// CHECK:           %[[AT:.*]] = arith.muli %[[K]], %c4
// CHECK:           memref.prefetch %[[LINE]][%[[AT]]], read, locality<2>, data
// CHECK-COUNT-8:   math.fma
// CHECK-NOT:       math.fma
// CHECK:           scf.yield
func.func @product_ahead(%x: memref<2x64xf32>, %w: memref<64x16xf32>, %a: memref<4x64xf32>, %y: memref<2x16xf32>) {
  gpt.tile.linear %x, %w ahead(%a : memref<4x64xf32>) to %y : memref<2x64xf32>, memref<64x16xf32>, memref<2x16xf32>
  return
}

// Two channels of each panel are summed, one panel after the other. The sums
// are kept in memory.
// CHECK-LABEL: @product_of_one_row(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: memref<40xf32>, %[[W:[a-z0-9]+]]: memref<?x40x64xf32>, %{{.*}}: memref<?xf32>, %[[S:[a-z0-9]+]]: memref<384xf32>, %[[Y:[a-z0-9]+]]: memref<?xf32>)
// CHECK-DAG:     %[[PANELS:.*]] = memref.dim %[[W]], %c0
// CHECK-DAG:     %[[COLUMNS:.*]] = arith.muli %[[PANELS]], %c64
// CHECK:         scf.for %[[I:.*]] = %c0 to %[[COLUMNS]] step %c16
// CHECK:           vector.store %cst{{.*}}, %[[S]][%[[I]]]
// CHECK:         scf.for %[[K:.*]] = %c0 to %c40 step %c2
// CHECK:           scf.for %[[P:.*]] = %c0 to %[[PANELS]] step %c1
// CHECK:             %[[COLUMN:.*]] = arith.muli %[[P]], %c64
// CHECK:             %[[OLD:.*]] = vector.load %[[S]][%[[COLUMN]]]
// CHECK:             %[[AHEAD:.*]] = arith.addi %[[K]], %c32
// CHECK:             memref.prefetch %[[W]][%[[P]], %[[AHEAD]], %c0], read, locality<3>, data
// CHECK:             %[[W0:.*]] = vector.load %[[W]][%[[P]], %[[K]], %c0]
// CHECK:             %[[SUM:.*]] = math.fma %{{.*}}, %[[W0]], %[[OLD]]
// CHECK:             %[[NEXT:.*]] = arith.addi %[[K]], %c1
// CHECK:             %[[W1:.*]] = vector.load %[[W]][%[[P]], %[[NEXT]], %c0]
// CHECK:             %[[BOTH:.*]] = math.fma %{{.*}}, %[[W1]], %[[SUM]]
// CHECK:             vector.store %[[BOTH]], %[[S]][%[[COLUMN]]]
// CHECK:         scf.for %[[I:.*]] = %c0 to
// CHECK:           vector.load %[[S]][%[[I]]]
// CHECK:           arith.addf
// CHECK:           arith.cmpf ogt
// CHECK:           vector.load %[[Y]][%[[I]]]
// CHECK:           vector.store %{{.*}}, %[[Y]][%[[I]]]
// CHECK-NOT:     gpt.
func.func @product_of_one_row(%x: memref<40xf32>, %w: memref<?x40x64xf32>, %b: memref<?xf32>, %s: memref<384xf32>, %y: memref<?xf32>) {
  gpt.tile.linear_row %x, %w bias(%b : memref<?xf32>) then relu plus(%y : memref<?xf32>) sums(%s : memref<384xf32>) to %y : memref<40xf32>, memref<?x40x64xf32>, memref<?xf32>
  return
}

// An odd number of channels is summed one by one.
// CHECK-LABEL: @odd_product_of_one_row(
// CHECK:         scf.for %{{.*}} = %c0 to %c41 step %c1
func.func @odd_product_of_one_row(%x: memref<41xf32>, %w: memref<2x41x64xf32>, %s: memref<128xf32>, %y: memref<128xf32>) {
  gpt.tile.linear_row %x, %w sums(%s : memref<128xf32>) to %y : memref<41xf32>, memref<2x41x64xf32>, memref<128xf32>
  return
}

// CHECK-LABEL: @product_of_one_row_in_bf16(
// CHECK:         scf.for %[[K:.*]] = %c0 to %c21 step %c1
// CHECK:           scf.for %[[P:.*]] = %c0 to %c2 step %c1
// CHECK:             vector.load %{{.*}}[%[[P]], %[[K]], %c0] : memref<2x21x128xbf16>, vector<32xbf16>
// CHECK:             %[[BITS:.*]] = vector.bitcast
// CHECK:             %[[ODD:.*]] = arith.andi %[[BITS]]
// CHECK:             %[[O:.*]] = arith.bitcast %[[ODD]]
// CHECK:             %[[EVEN:.*]] = arith.shli %[[BITS]]
// CHECK:             %[[E:.*]] = arith.bitcast %[[EVEN]]
// CHECK:             %[[SUM:.*]] = math.fma %{{.*}}, %[[O]],
// CHECK:             math.fma %{{.*}}, %[[E]], %[[SUM]]
func.func @product_of_one_row_in_bf16(%x: memref<42xf32>, %w: memref<2x21x64x2xbf16>, %s: memref<128xf32>, %y: memref<128xf32>) {
  gpt.tile.linear_row %x, %w in bf16 sums(%s : memref<128xf32>) for bf16 to %y : memref<42xf32>, memref<2x21x64x2xbf16>, memref<128xf32>
  return
}

// Pairs of inputs and weights are multiplied by one instruction if the target
// has it, else the odd k is added first.
// CHECK-LABEL: @product_of_pairs(
// CHECK:         scf.for %[[K:.*]] = %c0 to %c20 step %c2
// CHECK:           %[[FIRST:.*]] = arith.muli %[[K]], %c2
// CHECK:           %[[X:.*]] = vector.load %{{.*}}[%c0, %[[FIRST]]] : memref<2x40xbf16>, vector<2xbf16>
// CHECK:           vector.bitcast %[[X]] : vector<2xbf16> to vector<1xi32>
// CHECK:           vector.load %{{.*}}[%[[K]], %c0] : memref<20x32xbf16>, vector<32xbf16>
// CHECK:           %[[SUM:.*]] = math.fma
// CHECK:           math.fma %{{.*}}, %{{.*}}, %[[SUM]]
// CHECK:         arith.shrui %{{.*}}, %{{.*}} : vector<16xi32>
// CHECK:         %[[HIGH:.*]] = arith.trunci
// CHECK:         %[[OUT:.*]] = arith.bitcast %[[HIGH]] : vector<16xi16> to vector<16xbf16>
// CHECK:         vector.store %[[OUT]]
// BF16-LABEL: @product_of_pairs(
// BF16:         scf.for %[[K:.*]] = %c0 to %c20 step %c2
// BF16-NOT:       math.fma
// BF16:           %[[BITS:.*]] = vector.broadcast %{{.*}} : vector<1xi32> to vector<16xi32>
// BF16:           %[[X:.*]] = vector.bitcast %[[BITS]] : vector<16xi32> to vector<32xbf16>
// BF16:           %[[W:.*]] = vector.load %{{.*}}[%[[K]], %c0] : memref<20x32xbf16>, vector<32xbf16>
// BF16:           x86vector.avx512.dot %{{.*}}, %[[X]], %[[W]] : vector<32xbf16> -> vector<16xf32>
// BF16:         %[[OUT:.*]] = x86vector.avx512.cvt.packed.f32_to_bf16
// BF16:         vector.store %[[OUT]], %{{.*}} : memref<2x16xbf16>, vector<16xbf16>
func.func @product_of_pairs(%x: memref<2x40xbf16>, %w: memref<20x16x2xbf16>, %y: memref<2x16xbf16>) {
  gpt.tile.linear %x, %w in bf16 for bf16 to %y : memref<2x40xbf16>, memref<20x16x2xbf16>, memref<2x16xbf16>
  return
}

// BF16-LABEL: @row_of_pairs(
// BF16-NOT:     math.fma
// BF16:         x86vector.avx512.dot
func.func @row_of_pairs(%x: memref<42xbf16>, %w: memref<2x21x64x2xbf16>, %s: memref<128xf32>, %y: memref<128xf32>) {
  gpt.tile.linear_row %x, %w in bf16 sums(%s : memref<128xf32>) to %y : memref<42xbf16>, memref<2x21x64x2xbf16>, memref<128xf32>
  return
}

// CHECK-LABEL: @expand(
// CHECK:         scf.for %[[K:.*]] = %c0 to %c21 step %c1
// CHECK:           %[[EVEN:.*]] = arith.muli %[[K]], %c2
// CHECK:           %[[ODD:.*]] = arith.addi %[[EVEN]], %c1
// CHECK:           vector.load {{.*}} vector<32xbf16>
// CHECK:           vector.store %{{.*}}, %{{.*}}[%[[EVEN]], %c0]
// CHECK:           vector.store %{{.*}}, %{{.*}}[%[[ODD]], %c0]
// CHECK-NOT:     gpt.
func.func @expand(%w: memref<21x32x2xbf16>, %y: memref<42x32xf32>) {
  gpt.tile.expand %w to %y : memref<21x32x2xbf16>, memref<42x32xf32>
  return
}

// 40 channels are two whole vectors and a masked one.
// CHECK-LABEL: @norm(
// CHECK:         scf.for %{{.*}} = %c0 to %c32 step %c16 iter_args
// CHECK:         vector.maskedload
// CHECK:         math.sqrt
// CHECK:         vector.maskedstore
func.func @norm(%x: memref<40xf32>, %s: memref<64xf32>, %y: memref<40xf32>) {
  gpt.tile.norm layer %x, %s bias(%s : memref<64xf32>) epsilon 1.0e-05 to %y : memref<40xf32>, memref<64xf32>, memref<40xf32>
  return
}

// CHECK-LABEL: @map(
// CHECK:         arith.divf
// CHECK:         arith.shrui
// CHECK:         memref.store %{{.*}}, %{{.*}}[%c41]
func.func @map(%x: memref<41xf32>, %y: memref<42xf32>) {
  gpt.tile.map %x then silu for bf16 to %y : memref<41xf32>, memref<42xf32>
  return
}

// CHECK-LABEL: @embedding_from_panels(
// CHECK:         %[[PANEL:.*]] = arith.divui %{{.*}}, %c64
// CHECK:         %[[LANE:.*]] = arith.remui %{{.*}}, %c64
// CHECK:         scf.for %[[C:.*]] = %c0 to %c40
// CHECK:           memref.load %{{.*}}[%[[PANEL]], %[[C]], %[[LANE]]]
func.func @embedding_from_panels(%table: memref<4x40x64xf32>, %id: i32, %y: memref<40xf32>) {
  gpt.tile.embedding panels %table[%id] to %y : memref<4x40x64xf32>, memref<40xf32>
  return
}

// CHECK-LABEL: @embedding_from_rows(
// CHECK:         vector.load {{.*}} : memref<96x48xbf16>, vector<16xbf16>
// CHECK:         arith.extf
func.func @embedding_from_rows(%table: memref<96x48xbf16>, %id: i32, %y: memref<40xf32>) {
  gpt.tile.embedding rows %table[%id] to %y : memref<96x48xbf16>, memref<40xf32>
  return
}

// In a block, the positions are the last dimension of keys and the first one of
// values.
// CHECK-LABEL: @kv_append(
// CHECK:         %[[SLOT:.*]] = arith.divui %{{.*}}, %c32
// CHECK:         %[[LANE:.*]] = arith.remui %{{.*}}, %c32
// CHECK:         memref.load %{{.*}}[%{{.*}}, %[[SLOT]]]
// CHECK:         %[[KEY:.*]] = arith.muli %[[C:.*]], %c32
// CHECK:         %[[AT:.*]] = arith.addi %[[KEY]], %[[LANE]]
// CHECK:         memref.store %{{.*}}, %{{.*}}[%{{.*}}, %{{.*}}, %{{.*}}, %c0, %[[AT]]]
// CHECK:         vector.maskedstore %{{.*}}[%{{.*}}, %{{.*}}, %{{.*}}, %c1, %{{.*}}]
func.func @kv_append(%k: memref<10xf32>, %p: i32, %s: i32, %cache: memref<?x2x2x2x32x16xf32>, %layer: index, %blocks: memref<?x?xi32, strided<[?, 1]>>) {
  gpt.tile.kv_append %k, %k at %p, %s to %cache[%layer, %layer], %blocks : memref<10xf32>, memref<10xf32>, memref<?x2x2x2x32x16xf32>, memref<?x?xi32, strided<[?, 1]>>
  return
}

// A unit of 512 positions is computed for all groups of rows before the next
// unit. A group of one sequence is computed together in registers, others row
// by row. Positions that every row attends to are not masked.
// CHECK-LABEL: @attention(
// CHECK-DAG:     memref.alloca() {alignment = 64 : i64} : memref<2x528xf32>
// CHECK-DAG:     memref.alloca() {alignment = 64 : i64} : memref<4x32xf32>
// CHECK:         %[[UNITS:.*]]:2 = scf.for {{.*}} iter_args
// CHECK:         scf.for %[[UNIT:.*]] = %{{.*}} to %[[UNITS]]#1 step %c512 {
// CHECK:           scf.for %[[FIRST:.*]] = %c0 to %{{.*}} step %c2 {
// CHECK:             %[[SAME:.*]] = arith.cmpi eq
// CHECK:             scf.if %[[SAME]] {
// CHECK:               memref.subview %{{.*}}[%[[FIRST]], 0] [2, 32]
// CHECK:               %[[SEES:.*]] = arith.cmpi sgt
// CHECK:               scf.if %[[SEES]] {
// CHECK:                 %[[STEPS:.*]] = arith.divui %{{.*}}, %c16
// CHECK:                 %[[WHOLE:.*]] = arith.muli %[[STEPS]], %c16
// CHECK:                 scf.for %{{.*}} = %c0 to %[[WHOLE]] step %c16
// CHECK-NOT:               arith.cmpi
// CHECK:                 scf.for %{{.*}} = %[[WHOLE]] to %{{.*}} step %c16
// CHECK:                   arith.cmpi sge
// CHECK:             } else {
// CHECK:               scf.for %[[ROW:.*]] = %[[FIRST]] to %{{.*}} step %c1 {
// CHECK:                 memref.subview %{{.*}}[%[[ROW]], 0] [1, 32]
func.func @attention(%q: memref<4x10xf32>, %p: memref<24xi32>, %row: index, %count: index, %cache: memref<?x2x2x2x32x16xf32>, %layer: index, %blocks: memref<?x?xi32, strided<[?, 1]>>, %scale: f32, %y: memref<4x10xf32>) {
  gpt.tile.attention causal %q at %p, %p rows(%row, %count) from %cache[%layer, %layer], %blocks scale %scale step 16 group 2 to %y : memref<4x10xf32>, memref<24xi32>, memref<24xi32>, memref<?x2x2x2x32x16xf32>, memref<?x?xi32, strided<[?, 1]>>, memref<4x10xf32>
  return
}

// Blocks before the first row's window are not read, but units still start at
// multiples of 512. Positions are masked at both ends of the window.
// CHECK-LABEL: @attention_in_a_window(
// CHECK:         %[[UNITS:.*]]:2 = scf.for {{.*}} iter_args
// CHECK:         %[[UNIT:.*]] = arith.divui %[[UNITS]]#0, %c512
// CHECK:         %[[START:.*]] = arith.muli %[[UNIT]], %c512
// CHECK:         scf.for %[[AT:.*]] = %[[START]] to %[[UNITS]]#1 step %c512
// CHECK:           %[[FIRST:.*]] = arith.subi %{{.*}}, %c6
// CHECK:           %[[POSITION:.*]] = arith.maxsi %[[FIRST]], %c0
// CHECK:           %[[BLOCK:.*]] = arith.divui %[[POSITION]], %c32
// CHECK:           %[[BEGIN:.*]] = arith.muli %[[BLOCK]], %c32
// CHECK:           %[[MAX:.*]] = arith.maxui %[[BEGIN]], %[[AT]]
// CHECK:           %[[FROM:.*]] = arith.subi %[[MAX]], %[[AT]]
// CHECK:           scf.for %{{.*}} = %[[FROM]] to %[[SEEN:.*]] step %c16
// CHECK:             %[[BEFORE:.*]] = arith.cmpi sge
// CHECK:             %[[IN:.*]] = arith.cmpi slt
// CHECK:             arith.andi %[[BEFORE]], %[[IN]]
// CHECK:           scf.for %{{.*}} = %[[SEEN]] to %[[WHOLE:.*]] step %c16
// CHECK-NOT:         arith.cmpi
// CHECK:           scf.for %{{.*}} = %[[WHOLE]] to %{{.*}} step %c16
// CHECK:             arith.andi
// CHECK:           scf.for %{{.*}} = %[[FROM]] to %{{.*}} step %c16
// CHECK:           scf.for %{{.*}} = %[[FROM]] to %{{.*}} step %c32
func.func @attention_in_a_window(%q: memref<1x10xf32>, %p: memref<24xi32>, %row: index, %count: index, %cache: memref<?x2x2x2x32x16xf32>, %layer: index, %blocks: memref<?x?xi32, strided<[?, 1]>>, %scale: f32, %y: memref<1x10xf32>) {
  gpt.tile.attention causal %q at %p, %p rows(%row, %count) from %cache[%layer, %layer], %blocks scale %scale window 7 step 16 group 1 to %y : memref<1x10xf32>, memref<24xi32>, memref<24xi32>, memref<?x2x2x2x32x16xf32>, memref<?x?xi32, strided<[?, 1]>>, memref<1x10xf32>
  return
}

// Scores are capped before the mask.
// CHECK-LABEL: @capped_attention(
// CHECK:         arith.divf
// CHECK:         %[[TANH:.*]] = arith.select
// CHECK:         %[[CAPPED:.*]] = arith.mulf %[[TANH]]
// CHECK:         vector.store %[[CAPPED]]
// CHECK:         arith.divf
// CHECK:         %[[TANH:.*]] = arith.select
// CHECK:         %[[CAPPED:.*]] = arith.mulf %[[TANH]]
// CHECK:         %[[VISIBLE:.*]] = arith.cmpi sge
// CHECK-NOT:     arith.cmpi
// CHECK:         %[[SCORE:.*]] = arith.select %[[VISIBLE]], %[[CAPPED]]
// CHECK:         vector.store %[[SCORE]]
// CHECK:         return
func.func @capped_attention(%q: memref<1x10xf32>, %p: memref<24xi32>, %row: index, %count: index, %cache: memref<?x2x2x2x32x16xf32>, %layer: index, %blocks: memref<?x?xi32, strided<[?, 1]>>, %scale: f32, %y: memref<1x10xf32>) {
  gpt.tile.attention causal %q at %p, %p rows(%row, %count) from %cache[%layer, %layer], %blocks scale %scale soft_cap 50.0 step 16 group 1 to %y : memref<1x10xf32>, memref<24xi32>, memref<24xi32>, memref<?x2x2x2x32x16xf32>, memref<?x?xi32, strided<[?, 1]>>, memref<1x10xf32>
  return
}

// An RMS norm subtracts no mean, so it computes only the sum of squares.
// CHECK-LABEL: @rms_norm(
// CHECK:         scf.for {{.*}} iter_args
// CHECK:           math.fma
// CHECK-NOT:     iter_args
// CHECK-NOT:     arith.subf
// CHECK:         math.sqrt
func.func @rms_norm(%x: memref<40xf32>, %s: memref<64xf32>, %y: memref<40xf32>) {
  gpt.tile.norm rms %x, %s epsilon 1.0e-06 to %y : memref<40xf32>, memref<64xf32>, memref<40xf32>
  return
}

// CHECK-LABEL: @scaled_embedding(
// CHECK:         memref.load
// CHECK:         arith.mulf %{{.*}}, %cst
func.func @scaled_embedding(%table: memref<4x40x64xf32>, %id: i32, %y: memref<40xf32>) {
  gpt.tile.embedding panels %table[%id] scale 6.25 to %y : memref<4x40x64xf32>, memref<40xf32>
  return
}

// CHECK-LABEL: @gated(
// CHECK-SAME:    %[[G:[a-z0-9]+]]: memref<40xf32>, %[[U:[a-z0-9]+]]: memref<40xf32>
// CHECK:         vector.load %[[G]]
// CHECK:         %[[UP:.*]] = vector.load %[[U]]
// CHECK:         arith.mulf %{{.*}}, %[[UP]]
func.func @gated(%g: memref<40xf32>, %u: memref<40xf32>, %y: memref<40xf32>) {
  gpt.tile.gated silu %g, %u to %y : memref<40xf32>, memref<40xf32>, memref<40xf32>
  return
}

// 18 frequencies are a vector of cosines and one of sines, then two lanes of
// each. No function of libm is called.
// CHECK-LABEL: @rotary_table(
// CHECK-NOT:     math.sin
// CHECK-NOT:     math.cos
// CHECK:         %[[P:.*]] = arith.sitofp
// CHECK:         vector.store %{{.*}}[%c0]
// CHECK:         vector.store %{{.*}}[%c18]
// CHECK:         vector.maskedstore %{{.*}}[%c16]
// CHECK:         vector.maskedstore %{{.*}}[%c34]
// CHECK-NOT:     math.sin
// CHECK-NOT:     math.cos
// CHECK:         return
func.func @rotary_table(%p: i32, %t: memref<36xf32>) {
  gpt.tile.rotary_table %p frequencies [1.0, 0.5, 0.25, 0.125, 0.0625, 0.03125, 1.0, 0.5, 0.25, 0.125, 0.0625, 0.03125, 1.0, 0.5, 0.25, 0.125, 0.0625, 0.03125] to %t : memref<36xf32>
  return
}

// In two heads of 10 channels, 6 channels are rotated. The others are copied
// only if the output is another buffer.
// CHECK-LABEL: @rotary(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: memref<20xf32>, %[[T:[a-z0-9]+]]: memref<6xf32>, %[[Y:[a-z0-9]+]]: memref<20xf32>)
// CHECK:         vector.maskedload %[[T]][%c0]
// CHECK:         vector.maskedload %[[T]][%c3]
// CHECK:         scf.for %{{.*}} = %c0 to %c20 step %c10
// CHECK-COUNT-2:   vector.maskedload %[[X]]
// CHECK-COUNT-2:   vector.maskedstore %[[Y]]
// CHECK:         scf.for %{{.*}} = %c0 to %c20 step %c10
// CHECK:           vector.maskedload %[[X]]
// CHECK:           vector.maskedstore %[[Y]]
// CHECK:         return
func.func @rotary(%x: memref<20xf32>, %t: memref<6xf32>, %y: memref<20xf32>) {
  gpt.tile.rotary %x by %t heads 2 to %y : memref<20xf32>, memref<6xf32>, memref<20xf32>
  return
}

// CHECK-LABEL: @rotary_in_place(
// CHECK-COUNT-1: scf.for
// CHECK-NOT:     scf.for
// CHECK:         return
func.func @rotary_in_place(%x: memref<20xf32>, %t: memref<6xf32>) {
  gpt.tile.rotary %x by %t heads 2 to %x : memref<20xf32>, memref<6xf32>, memref<20xf32>
  return
}
