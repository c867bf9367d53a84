// RUN: gptc-opt %s --gpt-tile | FileCheck %s --check-prefixes=CHECK,AVX2
// RUN: gptc-opt %s --gpt-tile=isa=avx512 | FileCheck %s --check-prefixes=CHECK,AVX512
// RUN: gptc-opt %s --gpt-tile=isa=avx512bf16 | FileCheck %s --check-prefix=PAIRS
// RUN: gptc-opt %s --gpt-tile=isa=neon | FileCheck %s --check-prefixes=CHECK,NEON
// RUN: gptc-opt %s --gpt-tile=tiles=linear:4x32,attention:2x32,linear-row:3x64 | FileCheck %s --check-prefix=OTHER

gpt.kv_cache @cache layers 2 kv_heads 2 head_size 10 : f32
gpt.model "m" family "gpt2" {layers = 2 : i64, channels = 40 : i64, heads = 4 : i64, kv_heads = 2 : i64, head_size = 10 : i64, context_length = 24 : i64, vocabulary = 70 : i64, sources = [], directory = ""}
gpt.weight @w layers 2 : tensor<70x40xf32> from [#gpt.load<"w.*" : tensor<70x40xf32>>, #gpt.pack<panels>]
gpt.weight @b layers 2 : tensor<70xf32> from [#gpt.load<"b.*" : tensor<70xf32>>, #gpt.pack<vector>]
gpt.weight @scale : tensor<40xf32> from [#gpt.load<"s" : tensor<40xf32>>, #gpt.pack<vector>]
gpt.weight @head : tensor<10xf32> from [#gpt.load<"h" : tensor<10xf32>>, #gpt.pack<vector>]
gpt.weight @table : tensor<70x40xf32> from [#gpt.load<"t" : tensor<70x40xf32>>, #gpt.pack<panels>]
gpt.weight @long : tensor<70x1536xf32> from [#gpt.load<"l" : tensor<70x1536xf32>>, #gpt.pack<panels>]
gpt.weight @pairs : tensor<70x41xbf16> from [#gpt.load<"p" : tensor<70x41xbf16>>, #gpt.pack<panels>]
gpt.weight @three_panels : tensor<130x40xf32> from [#gpt.load<"o" : tensor<130x40xf32>>, #gpt.pack<panels>]
gpt.weight @square_pairs : tensor<40x40xbf16> from [#gpt.load<"r" : tensor<40x40xbf16>>, #gpt.pack<panels>]
gpt.weight @square_70 : tensor<70x70xbf16> from [#gpt.load<"u" : tensor<70x70xbf16>>, #gpt.pack<panels>]
gpt.weight @whole_pairs : tensor<70x64xbf16> from [#gpt.load<"q" : tensor<70x64xbf16>>, #gpt.pack<panels>]

// Rows are rounded up to whole tiles, channels to whole panels. A block of rows
// is multiplied by all panels before the next block is.
// CHECK-LABEL: @product(
// CHECK-SAME:    %[[COUNT:[a-z0-9]+]]: index {gpt.role = #gpt.role<count>}, %[[X:[a-z0-9]+]]: memref<24x64xf32>, %[[LAYER:[a-z0-9]+]]: index, %[[Y:[a-z0-9]+]]: memref<24x128xf32>)
// CHECK:         %[[W:.*]] = gpt.get_weight @w[%[[LAYER]]] : memref<2x40x64xf32>
// CHECK:         %[[TILES:.*]] = arith.ceildivui %[[COUNT]], %{{.*}}
// CHECK:         %[[BLOCKS:.*]] = arith.ceildivui %[[TILES]], %{{.*}}
// CHECK:         scf.for %{{.*}} = %{{.*}} to %[[BLOCKS]] step
// CHECK:           %[[END:.*]] = arith.minui %{{.*}}, %[[COUNT]]
// CHECK:           scf.forall (%[[PANEL:.*]]) in (2) {
// AVX2:              scf.for %[[COLUMN:.*]] =
// AVX2:                scf.for %{{.*}} = %{{.*}} to %[[END]] step
// AVX2:                gpt.tile.linear {{.*}} then relu to {{.*}}: memref<6x40xf32, {{.*}}>, memref<40x16xf32, {{.*}}>, memref<6x16xf32
// AVX512:          gpt.tile.linear {{.*}} memref<40x64xf32, {{.*}}>, memref<6x64xf32
// NEON:            gpt.tile.linear {{.*}} memref<6x16xf32
// OTHER-LABEL: @product(
// OTHER:           gpt.tile.linear {{.*}} memref<40x32xf32, {{.*}}>, memref<4x32xf32
func.func @product(%x: tensor<24x40xf32>, %layer: index) -> tensor<24x70xf32> {
  %w = gpt.get_weight @w[%layer] : tensor<70x40xf32, #gpt.packed<panels>>
  %b = gpt.get_weight @b[%layer] : tensor<70xf32, #gpt.packed<vector>>
  %y = gpt.linear %x, %w bias(%b : tensor<70xf32, #gpt.packed<vector>>) then relu : tensor<24x40xf32>, tensor<70x40xf32, #gpt.packed<panels>> -> tensor<24x70xf32>
  return %y : tensor<24x70xf32>
}

// The second of three panels is split: each half of its rows is one iteration.
// CHECK-LABEL: @odd_number_of_panels(
// CHECK:         scf.forall (%[[ITEM:.*]]) in (4) {
// CHECK:           %[[ONE:.*]] = arith.constant 1
// CHECK:           %[[BEFORE:.*]] = arith.subi %[[ITEM]],
// CHECK:           %[[LATER:.*]] = arith.cmpi ugt, %[[ITEM]], %[[ONE]]
// CHECK:           %[[PANEL:.*]] = arith.select %[[LATER]], %[[BEFORE]], %[[ITEM]]
// CHECK:           %[[SECOND:.*]] = arith.cmpi eq
// CHECK:           arith.select %[[SECOND]], %[[HALF:.*]], %{{.*}} : index
// CHECK:           arith.minui %[[HALF]]
// CHECK:           gpt.tile.linear
func.func @odd_number_of_panels(%x: tensor<24x40xf32>) -> tensor<24x130xf32> {
  %w = gpt.get_weight @three_panels : tensor<130x40xf32, #gpt.packed<panels>>
  %y = gpt.linear %x, %w : tensor<24x40xf32>, tensor<130x40xf32, #gpt.packed<panels>> -> tensor<24x130xf32>
  return %y : tensor<24x130xf32>
}

// With one row, each thread multiplies its panels, at most six at a time.
// CHECK-LABEL: @product_of_one_row(
// CHECK:         %[[THREADS:.*]] = gpt.threads
// CHECK:         scf.forall (%[[THREAD:.*]]) in (%[[THREADS]]) {
// CHECK:           %[[SUMS:.*]] = memref.alloca() {{.*}} : memref<384xf32>
// CHECK:           %[[BEFORE:.*]] = arith.muli %[[THREAD]], %c2
// CHECK:           %[[BEGIN:.*]] = arith.divui %[[BEFORE]], %[[THREADS]]
// CHECK:           %[[COUNT:.*]] = arith.subi %{{.*}}, %[[BEGIN]]
// CHECK:           %[[BLOCKS:.*]] = arith.ceildivui %{{.*}}, %c6
// CHECK:           scf.for %{{.*}} = %{{.*}} to %[[BLOCKS]] step
// CHECK:             arith.minui %{{.*}}, %[[COUNT]]
// CHECK:             %[[FIRST:.*]] = arith.addi %[[BEGIN]],
// CHECK:             %[[PANELS:.*]] = arith.subi %{{.*}}, %[[FIRST]]
// CHECK:             memref.subview %{{.*}}[%[[FIRST]], 0, 0] [%[[PANELS]], 40, 64] [1, 1, 1] : memref<2x40x64xf32>
// CHECK:             gpt.tile.linear_row {{.*}} sums(%[[SUMS]] : memref<384xf32>) to {{.*}} : memref<40xf32, {{.*}}>, memref<?x40x64xf32, {{.*}}>, memref<?xf32
// OTHER-LABEL: @product_of_one_row(
// OTHER:           memref.alloca() {{.*}} : memref<192xf32>
func.func @product_of_one_row(%x: tensor<1x40xf32>, %layer: index) -> tensor<1x70xf32> {
  %w = gpt.get_weight @w[%layer] : tensor<70x40xf32, #gpt.packed<panels>>
  %y = gpt.linear %x, %w : tensor<1x40xf32>, tensor<70x40xf32, #gpt.packed<panels>> -> tensor<1x70xf32>
  return %y : tensor<1x70xf32>
}

// The input is rounded to bf16 once, with an odd channel padded to a pair. For
// many rows, weights are first converted to f32.
// CHECK-LABEL: @product_in_bf16(
// CHECK:         scf.forall
// CHECK:           gpt.tile.map {{.*}} for bf16 to {{.*}} : memref<41xf32{{.*}}, memref<42xf32
// CHECK:         scf.forall
// CHECK:           %[[PANEL:.*]] = memref.alloca() {{.*}} : memref<42x64xf32>
// CHECK:           gpt.tile.expand {{.*}} : memref<21x64x2xbf16
// AVX2:            gpt.tile.linear {{.*}} in bf16 to {{.*}} : memref<6x42xf32, {{.*}}>, memref<42x16xf32
// PAIRS-LABEL: @product_in_bf16(
// PAIRS:         %[[ROUNDED:.*]] = memref.alloc() : memref<24x64xbf16>
// PAIRS:         gpt.tile.map {{.*}} for bf16 to {{.*}} : memref<41xf32{{.*}}, memref<42xbf16
// PAIRS-NOT:     gpt.tile.expand
// PAIRS:         gpt.tile.linear {{.*}} : memref<6x42xbf16, {{.*}}>, memref<21x64x2xbf16, {{.*}}>, memref<6x64xf32
func.func @product_in_bf16(%x: tensor<24x41xf32>) -> tensor<24x70xf32> {
  %w = gpt.get_weight @pairs : tensor<70x41xbf16, #gpt.packed<panels>>
  %y = gpt.linear %x, %w in bf16 : tensor<24x41xf32>, tensor<70x41xbf16, #gpt.packed<panels>> -> tensor<24x70xf32>
  return %y : tensor<24x70xf32>
}

// A value that only products in bf16 read is rounded by the op that computes
// it.
// CHECK-LABEL: @rounded_where_made(
// CHECK-NOT:     gpt.tile.map
// CHECK:         gpt.tile.norm {{.*}} for bf16 to
// CHECK:         gpt.tile.linear {{.*}} then relu {{.*}}for bf16 to
// CHECK:         gpt.tile.linear
// CHECK-NOT:     for bf16
// CHECK:         gpt.tile.attention {{.*}} for bf16 to
// CHECK:         gpt.tile.linear
// CHECK-NOT:     for bf16
// CHECK:         gpt.tile.gated {{.*}} for bf16 to
// CHECK:         gpt.tile.linear
// CHECK-NOT:     for bf16
// CHECK:         return
// Values are stored as bf16 for the instruction that multiplies pairs. No
// buffer holds both f32 and bf16.
// PAIRS-LABEL: @rounded_where_made(
// PAIRS:         gpt.tile.norm {{.*}} for bf16 to {{.*}}, memref<40xbf16
// PAIRS:         gpt.tile.linear {{.*}} then relu {{.*}}for bf16 to {{.*}} : memref<6x40xbf16, {{.*}}>, memref<20x64x2xbf16, {{.*}}>, memref<6x64xbf16
// PAIRS:         gpt.tile.linear {{.*}} : memref<6x40xbf16, {{.*}}>, memref<20x64x2xbf16, {{.*}}>, memref<6x64xf32
// PAIRS:         gpt.tile.attention {{.*}} for bf16 to {{.*}}, memref<24x10xbf16
// PAIRS:         gpt.tile.gated {{.*}} for bf16 to {{.*}}, memref<40xbf16
func.func @rounded_where_made(%x: tensor<24x40xf32>, %p: tensor<24xi32>, %s: tensor<24xi32>, %layer: index) -> tensor<24x40xf32> {
  %scale = arith.constant 0.3 : f32
  %g = gpt.get_weight @scale : tensor<40xf32, #gpt.packed<vector>>
  %w = gpt.get_weight @square_pairs : tensor<40x40xbf16, #gpt.packed<panels>>
  %n = gpt.norm rms %x, %g epsilon 1.0e-05 : tensor<24x40xf32>, tensor<40xf32, #gpt.packed<vector>>
  %a = gpt.linear %n, %w then relu in bf16 : tensor<24x40xf32>, tensor<40x40xbf16, #gpt.packed<panels>> -> tensor<24x40xf32>
  %q = gpt.linear %a, %w in bf16 : tensor<24x40xf32>, tensor<40x40xbf16, #gpt.packed<panels>> -> tensor<24x40xf32>
  %y = gpt.attention causal %q at %p, %s from @cache[%layer] heads 4 kv_heads 2 head_size 10 scale %scale : tensor<24x40xf32>, tensor<24xi32>
  %o = gpt.linear %y, %w in bf16 : tensor<24x40xf32>, tensor<40x40xbf16, #gpt.packed<panels>> -> tensor<24x40xf32>
  %h = gpt.gated silu %o, %o : tensor<24x40xf32>
  %z = gpt.linear %h, %w in bf16 : tensor<24x40xf32>, tensor<40x40xbf16, #gpt.packed<panels>> -> tensor<24x40xf32>
  return %z : tensor<24x40xf32>
}

// A value that is also read as a residual is not rounded.
// CHECK-LABEL: @not_rounded_where_made(
// CHECK:         gpt.tile.norm rms
// CHECK-NOT:     for bf16
// CHECK:         gpt.tile.map {{.*}} for bf16 to
// CHECK:         gpt.tile.linear
func.func @not_rounded_where_made(%x: tensor<24x40xf32>) -> tensor<24x40xf32> {
  %g = gpt.get_weight @scale : tensor<40xf32, #gpt.packed<vector>>
  %w = gpt.get_weight @square_pairs : tensor<40x40xbf16, #gpt.packed<panels>>
  %n = gpt.norm rms %x, %g epsilon 1.0e-05 : tensor<24x40xf32>, tensor<40xf32, #gpt.packed<vector>>
  %a = gpt.linear %n, %w plus(%n : tensor<24x40xf32>) in bf16 : tensor<24x40xf32>, tensor<40x40xbf16, #gpt.packed<panels>> -> tensor<24x40xf32>
  return %a : tensor<24x40xf32>
}

// While a tile sums, it prefetches one of sixteen parts of the next panel. The
// tiles of a column prefetch them in order.
// CHECK-LABEL: @memory_ahead(
// CHECK:         %[[W:.*]] = gpt.get_weight @long
// CHECK:         scf.forall (%[[PANEL:.*]]) in (2) {
// CHECK:           %[[PLUS:.*]] = arith.addi %[[PANEL]], %{{.*}}
// CHECK:           %[[NEXT:.*]] = arith.minui %[[PLUS]], %{{.*}}
// CHECK:           %[[AHEAD:.*]] = memref.subview %[[W]][%[[NEXT]], %{{.*}}, %{{.*}}] [1, 48, 64] [1, 1, 1]
// CHECK:           gpt.tile.linear {{.*}} ahead(%[[AHEAD]] : memref<48x64xf32, {{.*}}) to
// CHECK:         scf.forall
// CHECK:           gpt.tile.linear {{.*}} ahead({{.*}} : memref<48x64xf32, {{.*}}) to
func.func @memory_ahead(%x: tensor<24x1536xf32>) -> tensor<24x70xf32> {
  %w = gpt.get_weight @long : tensor<70x1536xf32, #gpt.packed<panels>>
  %y = gpt.linear %x, %w : tensor<24x1536xf32>, tensor<70x1536xf32, #gpt.packed<panels>> -> tensor<24x70xf32>
  return %y : tensor<24x70xf32>
}

// In bf16, which takes half the memory, there are eight parts.
// CHECK-LABEL: @memory_ahead_in_bf16(
// CHECK:         gpt.tile.linear {{.*}} in bf16 ahead({{.*}} : memref<4x64x2xbf16, {{.*}}) to
func.func @memory_ahead_in_bf16(%x: tensor<24x64xf32>) -> tensor<24x70xf32> {
  %w = gpt.get_weight @whole_pairs : tensor<70x64xbf16, #gpt.packed<panels>>
  %y = gpt.linear %x, %w in bf16 : tensor<24x64xf32>, tensor<70x64xbf16, #gpt.packed<panels>> -> tensor<24x70xf32>
  return %y : tensor<24x70xf32>
}

// The output of a long sum keeps it unrounded between its parts.
// CHECK-LABEL: @sum_in_parts_is_not_rounded(
// CHECK-NOT:     for bf16
// CHECK:         gpt.tile.map {{.*}} for bf16 to
// PAIRS-LABEL: @sum_in_parts_is_not_rounded(
// PAIRS:         gpt.tile.linear {{.*}}, memref<6x64xf32
// PAIRS:         gpt.tile.map {{.*}} for bf16 to {{.*}}, memref<70xbf16
func.func @sum_in_parts_is_not_rounded(%x: tensor<24x1536xf32>) -> tensor<24x70xf32> {
  %w = gpt.get_weight @long : tensor<70x1536xf32, #gpt.packed<panels>>
  %v = gpt.get_weight @square_70 : tensor<70x70xbf16, #gpt.packed<panels>>
  %a = gpt.linear %x, %w : tensor<24x1536xf32>, tensor<70x1536xf32, #gpt.packed<panels>> -> tensor<24x70xf32>
  %y = gpt.linear %a, %v in bf16 : tensor<24x70xf32>, tensor<70x70xbf16, #gpt.packed<panels>> -> tensor<24x70xf32>
  return %y : tensor<24x70xf32>
}

// Mostly only one row of logits is computed.
// CHECK-LABEL: @logits(
// CHECK:         %[[ONE:.*]] = arith.cmpi eq
// CHECK:         scf.if %[[ONE]] {
// CHECK:           gpt.tile.linear_row
// CHECK:         } else {
// AVX2:            gpt.tile.linear {{.*}} memref<6x16xf32
func.func @logits(%x: tensor<16x40xf32>, %layer: index) -> tensor<16x70xf32> {
  %w = gpt.get_weight @w[%layer] : tensor<70x40xf32, #gpt.packed<panels>>
  %y = gpt.unembed %x, %w : tensor<16x40xf32>, tensor<70x40xf32, #gpt.packed<panels>> -> tensor<16x70xf32>
  return %y : tensor<16x70xf32>
}

// A long sum is computed in parts, for one row as for many.
// CHECK-LABEL: @long_product(
// CHECK-SAME:    %[[OUT:[a-z0-9]+]]: memref<1x128xf32>)
// CHECK:         gpt.tile.linear_row {{.*}} bias({{.*}}) plus({{.*}}) sums({{.*}}) to {{.*}} : memref<768xf32{{.*}}, memref<?x768x64xf32
// CHECK-NOT:     bias
// CHECK:         %[[A:.*]] = memref.subview %[[OUT]][%{{.*}}, 0] [1, 128] [1, 1]
// CHECK:         %[[SUM:.*]] = memref.subview %[[A]][%{{.*}}] [%{{.*}}] [1]
// CHECK:         %[[B:.*]] = memref.subview %[[OUT]][%{{.*}}, 0] [1, 128] [1, 1]
// CHECK:         %[[Y:.*]] = memref.subview %[[B]][%{{.*}}] [%{{.*}}] [1]
// CHECK:         gpt.tile.linear_row {{.*}} plus(%[[SUM]] : {{.*}}) sums({{.*}}) to %[[Y]] : memref<768xf32
func.func @long_product(%x: tensor<1x1536xf32>, %r: tensor<1x70xf32>, %layer: index) -> tensor<1x70xf32> {
  %w = gpt.get_weight @long : tensor<70x1536xf32, #gpt.packed<panels>>
  %b = gpt.get_weight @b[%layer] : tensor<70xf32, #gpt.packed<vector>>
  %y = gpt.linear %x, %w bias(%b : tensor<70xf32, #gpt.packed<vector>>) plus(%r : tensor<1x70xf32>) : tensor<1x1536xf32>, tensor<70x1536xf32, #gpt.packed<panels>> -> tensor<1x70xf32>
  return %y : tensor<1x70xf32>
}

// Two heads share a KV head. Four groups of rows are computed for a unit before
// the next unit is.
// CHECK-LABEL: @attention(
// CHECK-SAME:    %[[CACHE:[a-z0-9]+]]: memref<?x2x2x2x32x16xf32> {gpt.role = #gpt.role<cache>}, %[[BLOCKS:[a-z0-9]+]]: memref<?x?xi32, strided<[?, 1]>> {gpt.role = #gpt.role<block_table>}, %[[COUNT:[a-z0-9]+]]: index
// CHECK:         scf.forall (%[[HEAD:.*]], %{{.*}}) in (2, %{{.*}}) {
// CHECK:           gpt.tile.kv_append {{.*}} to %[[CACHE]][%{{.*}}, %[[HEAD]]], %[[BLOCKS]] : memref<10xf32
// CHECK:         scf.forall (%[[HEAD:.*]], %{{.*}}) in (4, %{{.*}}) {
// CHECK:           %[[KV:.*]] = arith.divui %[[HEAD]]
// AVX2:            gpt.tile.attention causal {{.*}} from %[[CACHE]][%{{.*}}, %[[KV]]], %[[BLOCKS]] scale %{{.*}} step 16 group 6 {{.*}} : memref<24x10xf32
// AVX512:          gpt.tile.attention {{.*}} step 64 group 6 {{.*}} : memref<24x10xf32
// NEON:            gpt.tile.attention {{.*}} step 16 group 6 {{.*}} : memref<24x10xf32
// OTHER:           gpt.tile.attention {{.*}} step 32 group 2 {{.*}} : memref<8x10xf32
func.func @attention(%q: tensor<24x40xf32>, %k: tensor<24x20xf32>, %p: tensor<24xi32>, %s: tensor<24xi32>, %layer: index) -> tensor<24x40xf32> {
  %scale = arith.constant 0.3 : f32
  gpt.kv_append %k, %k at %p, %s to @cache[%layer] kv_heads 2 head_size 10 : tensor<24x20xf32>, tensor<24xi32>
  %y = gpt.attention causal %q at %p, %s from @cache[%layer] heads 4 kv_heads 2 head_size 10 scale %scale : tensor<24x40xf32>, tensor<24xi32>
  return %y : tensor<24x40xf32>
}

// With one row, heads that share keys and values are computed together.
// CHECK-LABEL: @attention_of_one_row(
// CHECK:         scf.forall (%[[GROUP:.*]]) in (2) {
// CHECK:           %[[HEAD:.*]] = arith.muli %[[GROUP]], %{{.*}}
// CHECK:           memref.reinterpret_cast %{{.*}} to offset: [0], sizes: [2], strides: [0] : memref<1xi32> to memref<2xi32, strided<[0]>>
// CHECK:           memref.expand_shape %{{.*}} output_shape [2, 10]
// CHECK:           %[[KV:.*]] = arith.divui %[[HEAD]]
// AVX2:            gpt.tile.attention {{.*}}, %[[KV]]], {{.*}} step 16 group 2 {{.*}} : memref<2x10xf32
// AVX512:          gpt.tile.attention {{.*}}, %[[KV]]], {{.*}} step 64 group 2 {{.*}} : memref<2x10xf32
// OTHER-LABEL: @attention_of_one_row(
// OTHER:           gpt.tile.attention {{.*}} step 32 group 2 {{.*}} : memref<2x10xf32
func.func @attention_of_one_row(%q: tensor<1x40xf32>, %p: tensor<1xi32>, %s: tensor<1xi32>, %layer: index) -> tensor<1x40xf32> {
  %scale = arith.constant 0.3 : f32
  %y = gpt.attention causal %q at %p, %s from @cache[%layer] heads 4 kv_heads 2 head_size 10 scale %scale : tensor<1x40xf32>, tensor<1xi32>
  return %y : tensor<1x40xf32>
}

// The loop computes in the buffer of its result. Values that differ by layer
// are loaded from a table.
// CHECK-LABEL: @layers(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: memref<24x64xf32>, %[[Y:[a-z0-9]+]]: memref<24x64xf32>)
// CHECK-NOT:     memref.alloc
// CHECK:         scf.for %[[LAYER:.*]] =
// CHECK:           memref.load %{{.*}}[%[[LAYER]]] : memref<2xi64>
// CHECK:           scf.index_switch
// CHECK:           case 0 {
// CHECK:             gpt.tile.map {{.*}} plus
// CHECK:           default {
// CHECK:             gpt.tile.map {{.*}} then tanh
func.func @layers(%x: tensor<24x40xf32>) -> tensor<24x40xf32> {
  %0 = gpt.activation relu %x : tensor<24x40xf32>
  %y = gpt.layers %0 schedule [0, 1] : tensor<24x40xf32> {
  ^bb0(%layer: index, %h: tensor<24x40xf32>):
    %a = gpt.add %h, %h : tensor<24x40xf32>
    gpt.yield %a : tensor<24x40xf32>
  }, {
  ^bb0(%layer: index, %h: tensor<24x40xf32>):
    %a = gpt.activation tanh %h : tensor<24x40xf32>
    %b = gpt.add %h, %a : tensor<24x40xf32>
    gpt.yield %b : tensor<24x40xf32>
  }
  return %y : tensor<24x40xf32>
}

// Heads are normalized one after the other, in place: nothing else reads them.
// CHECK-LABEL: @norm_of_heads(
// CHECK-NOT:     memref.alloc
// CHECK:         scf.forall (%[[ROW:.*]]) in (%{{.*}}) {
// CHECK:           scf.for %[[HEAD:.*]] = %{{.*}} to %c40{{.*}} step %c10
// CHECK:             %[[FROM:.*]] = memref.subview %[[X:[a-z0-9]+]][%[[ROW]], %[[HEAD]]] [1, 10] [1, 1]
// CHECK:             %[[TO:.*]] = memref.subview %{{.*}}[%[[ROW]], %[[HEAD]]] [1, 10] [1, 1]
// CHECK:             gpt.tile.norm rms %[[FROM]], %{{.*}} epsilon {{.*}} to %[[TO]] : memref<10xf32
func.func @norm_of_heads(%x: tensor<24x40xf32>) -> tensor<24x40xf32> {
  %s = gpt.get_weight @head : tensor<10xf32, #gpt.packed<vector>>
  %y = gpt.norm rms %x, %s epsilon 1.0e-06 groups 4 : tensor<24x40xf32>, tensor<10xf32, #gpt.packed<vector>>
  return %y : tensor<24x40xf32>
}

// A value that only one op reads is overwritten by it. So are the columns of a
// fused product, unless they overlap.
// CHECK-LABEL: @in_place(
// CHECK-COUNT-1: memref.alloc
// CHECK-NOT:     memref.alloc
// CHECK:         gpt.tile.rotary %[[Q:.*]] by %{{.*}} heads 2 to %[[Q]] : memref<20xf32
// CHECK:         gpt.tile.gated silu %[[G:.*]], %{{.*}} to %{{.*}} : memref<20xf32
// CHECK-NOT:     memref.alloc
// CHECK:         return
func.func @in_place(%x: tensor<24x40xf32>, %t: tensor<24x6xf32>, %layer: index) -> tensor<24x20xf32> {
  %w = gpt.get_weight @w[%layer] : tensor<70x40xf32, #gpt.packed<panels>>
  %0 = gpt.linear %x, %w : tensor<24x40xf32>, tensor<70x40xf32, #gpt.packed<panels>> -> tensor<24x70xf32>
  %q = gpt.columns %0[0] : tensor<24x70xf32> -> tensor<24x20xf32>
  %k = gpt.columns %0[20] : tensor<24x70xf32> -> tensor<24x20xf32>
  %1 = gpt.rotary %q by %t heads 2 : tensor<24x20xf32>, tensor<24x6xf32>
  %2 = gpt.gated silu %1, %k : tensor<24x20xf32>
  %y = gpt.add %2, %2 : tensor<24x20xf32>
  return %y : tensor<24x20xf32>
}

// CHECK-LABEL: @not_in_place(
// Columns that overlap others, a value with another use and a value from
// outside of the loop are not overwritten.
// CHECK-COUNT-5: memref.alloc
// CHECK:         return
func.func @not_in_place(%x: tensor<24x40xf32>, %t: tensor<24x6xf32>, %layer: index) -> tensor<24x20xf32> {
  %w = gpt.get_weight @w[%layer] : tensor<70x40xf32, #gpt.packed<panels>>
  %0 = gpt.linear %x, %w : tensor<24x40xf32>, tensor<70x40xf32, #gpt.packed<panels>> -> tensor<24x70xf32>
  %q = gpt.columns %0[0] : tensor<24x70xf32> -> tensor<24x20xf32>
  %k = gpt.columns %0[19] : tensor<24x70xf32> -> tensor<24x20xf32>
  %1 = gpt.rotary %q by %t heads 2 : tensor<24x20xf32>, tensor<24x6xf32>
  %2 = gpt.rotary %1 by %t heads 2 : tensor<24x20xf32>, tensor<24x6xf32>
  %3 = gpt.add %1, %2 : tensor<24x20xf32>
  %4 = gpt.activation tanh %3 : tensor<24x20xf32>
  %y = gpt.layers %k schedule [0, 0] : tensor<24x20xf32> {
  ^bb0(%l: index, %h: tensor<24x20xf32>):
    %a = gpt.activation tanh %4 : tensor<24x20xf32>
    %b = gpt.add %h, %a : tensor<24x20xf32>
    gpt.yield %b : tensor<24x20xf32>
  }
  return %y : tensor<24x20xf32>
}

// The table is computed once, before the layers.
// CHECK-LABEL: @rotary_table_of_all_layers(
// CHECK:         %[[T:.*]] = memref.alloc() : memref<24x64xf32>
// CHECK:         scf.forall
// CHECK:           %[[P:.*]] = memref.load
// CHECK:           gpt.tile.rotary_table %[[P]] frequencies [1.000000e+00, 1.000000e-01, 0.00999999977] magnitude 1.250000e+00 to {{.*}} : memref<6xf32
// CHECK:         scf.for
// CHECK-NOT:       rotary_table
// CHECK:           memref.subview %[[T]]
// CHECK:           gpt.tile.rotary
func.func @rotary_table_of_all_layers(%x: tensor<24x40xf32>, %p: tensor<24xi32>) -> tensor<24x40xf32> {
  %t = gpt.rotary_table %p frequencies [1.0, 0.1, 0.01] magnitude 1.25 : tensor<24xi32> -> tensor<24x6xf32>
  %y = gpt.layers %x schedule [0, 0] : tensor<24x40xf32> {
  ^bb0(%layer: index, %h: tensor<24x40xf32>):
    %a = gpt.rotary %h by %t heads 4 : tensor<24x40xf32>, tensor<24x6xf32>
    gpt.yield %a : tensor<24x40xf32>
  }
  return %y : tensor<24x40xf32>
}

// The outputs of attention and MLP have norms. Only the last addition
// overwrites the hidden state, because all other ops that read it come before.
// CHECK-LABEL: @layers_with_parallel_residual(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: memref<24x64xf32>, %[[Y:[a-z0-9]+]]: memref<24x64xf32>)
// CHECK:         scf.for
// CHECK:           gpt.tile.norm
// CHECK:           gpt.tile.norm
// CHECK:           gpt.tile.map {{.*}} plus
// CHECK:           %[[OUT:.*]] = memref.subview %[[Y]]
// CHECK:           gpt.tile.map {{.*}} plus({{.*}}) to %[[OUT]]
// CHECK-NOT:       gpt.tile
// CHECK:         return
func.func @layers_with_parallel_residual(%x: tensor<24x40xf32>) -> tensor<24x40xf32> {
  %y = gpt.layers %x schedule [0, 0] : tensor<24x40xf32> {
  ^bb0(%layer: index, %h: tensor<24x40xf32>):
    %s = gpt.get_weight @scale : tensor<40xf32, #gpt.packed<vector>>
    %a = gpt.norm rms %h, %s epsilon 1.0e-06 : tensor<24x40xf32>, tensor<40xf32, #gpt.packed<vector>>
    %b = gpt.norm layer %h, %s epsilon 1.0e-06 : tensor<24x40xf32>, tensor<40xf32, #gpt.packed<vector>>
    %c = gpt.add %h, %a : tensor<24x40xf32>
    %d = gpt.add %c, %b : tensor<24x40xf32>
    gpt.yield %d : tensor<24x40xf32>
  }
  return %y : tensor<24x40xf32>
}

// Logits are capped panel by panel, by the thread that computed them.
// CHECK-LABEL: @capped_logits(
// CHECK:         scf.forall
// CHECK:           gpt.tile.linear_row
// CHECK:           scf.for
// CHECK:             %[[ROW:.*]] = memref.subview %{{.*}} [1, 64] [1, 1]
// CHECK-NEXT:        gpt.tile.soft_cap %[[ROW]] at 3.000000e+01 : memref<64xf32
// CHECK:         } else {
// CHECK:           scf.forall
// CHECK:             gpt.tile.linear
// CHECK:             scf.for %{{.*}} = %{{.*}} to %{{.*}} step %c1
// CHECK:               gpt.tile.soft_cap
func.func @capped_logits(%x: tensor<16x40xf32>, %layer: index) -> tensor<16x70xf32> {
  %w = gpt.get_weight @w[%layer] : tensor<70x40xf32, #gpt.packed<panels>>
  %y = gpt.unembed %x, %w soft_cap 30.0 : tensor<16x40xf32>, tensor<70x40xf32, #gpt.packed<panels>> -> tensor<16x70xf32>
  return %y : tensor<16x70xf32>
}

// A tile reads whole panels of a residual. The columns of a fused product may
// end before a whole panel does, so they are copied.
// CHECK-LABEL: @residual_of_columns(
// CHECK:         %[[OWN:.*]] = memref.alloc() : memref<24x128xf32>
// CHECK:         gpt.tile.map {{.*}} : memref<70xf32
// CHECK:         memref.subview %[[OWN]][{{.*}}] [{{[0-9]+}}, {{16|64}}] [1, 1] : memref<24x128xf32> to memref<{{[0-9]+}}x
// CHECK:         gpt.tile.linear {{.*}} plus
func.func @residual_of_columns(%x: tensor<24x40xf32>, %r: tensor<24x140xf32>, %layer: index) -> tensor<24x70xf32> {
  %w = gpt.get_weight @w[%layer] : tensor<70x40xf32, #gpt.packed<panels>>
  %c = gpt.columns %r[70] : tensor<24x140xf32> -> tensor<24x70xf32>
  %y = gpt.linear %x, %w plus(%c : tensor<24x70xf32>) : tensor<24x40xf32>, tensor<70x40xf32, #gpt.packed<panels>> -> tensor<24x70xf32>
  return %y : tensor<24x70xf32>
}

// CHECK-LABEL: @attention_in_a_window(
// CHECK:         gpt.tile.attention {{.*}} window 7 soft_cap 5.000000e+01 step
func.func @attention_in_a_window(%q: tensor<24x40xf32>, %p: tensor<24xi32>, %layer: index) -> tensor<24x40xf32> {
  %scale = arith.constant 0.3 : f32
  %y = gpt.attention causal %q at %p, %p from @cache[%layer] heads 4 kv_heads 2 head_size 10 scale %scale window 7 soft_cap 50.0 : tensor<24x40xf32>, tensor<24xi32>
  return %y : tensor<24x40xf32>
}

// CHECK-LABEL: @scaled_embedding(
// CHECK:         gpt.tile.embedding {{.*}} scale 6.250000e+00 to
func.func @scaled_embedding(%ids: tensor<24xi32>) -> tensor<24x40xf32> {
  %w = gpt.get_weight @table : tensor<70x40xf32, #gpt.packed<panels>>
  %y = gpt.embedding %ids, %w scale 6.25 : tensor<24xi32>, tensor<70x40xf32, #gpt.packed<panels>> -> tensor<24x40xf32>
  return %y : tensor<24x40xf32>
}
