// RUN: gptc-opt %s --allow-unregistered-dialect --gpt-lower-entries="features=avx2,fma cpu=x86-64-v3 target=x86_64-linux-gnu" | FileCheck %s

gpt.model "m" family "gpt2" {layers = 2 : i64, channels = 40 : i64, heads = 4 : i64, kv_heads = 2 : i64, head_size = 10 : i64, context_length = 24 : i64, vocabulary = 70 : i64, sources = [], directory = ""}
// CHECK: llvm.func @gptc_parallel_for(!llvm.ptr, !llvm.ptr, !llvm.ptr, i64)

// The number of threads is a field of gptc_arguments, at byte 88.
// CHECK-LABEL: llvm.func internal @token.0(
// CHECK:         "test.share"

// The loop's function rebuilds the buffer: only numbers and the arguments are
// captured.
// CHECK-LABEL: llvm.func internal @token.1(
// CHECK-SAME:    %[[CONTEXT:.*]]: !llvm.ptr, %[[FIRST:.*]]: i64, %[[LAST:.*]]: i64, %{{.*}}: i64)
// CHECK-DAG:     memref.alloca() : memref<512xf32>
// CHECK-DAG:     llvm.getelementptr %[[CONTEXT]][0, 0] {{.*}} !llvm.struct<(ptr, i64)>
// CHECK-DAG:     %[[B:.*]] = arith.index_cast %[[FIRST]]
// CHECK-DAG:     %[[E:.*]] = arith.index_cast %[[LAST]]
// CHECK-DAG:     memref.view
// CHECK:         scf.for %[[I:.*]] = %[[B]] to %[[E]]
// CHECK:           %[[COLUMN:.*]] = arith.remui %[[I]]
// CHECK:           %[[ROW:.*]] = arith.divui %[[I]]
// CHECK:           "test.use"({{.*}}, %[[ROW]], %[[COLUMN]]
// CHECK-NOT:     scf.forall

// CHECK-LABEL: llvm.func internal @token(%{{.*}}: !llvm.ptr)
// CHECK:         llvm.alloca {{.*}} !llvm.struct<(ptr, i64)>
// CHECK:         %[[FIELD:.*]] = llvm.getelementptr %{{.*}}[88] : (!llvm.ptr) -> !llvm.ptr, i8
// CHECK:         %[[THREADS:.*]] = llvm.load %[[FIELD]] : !llvm.ptr -> i64
// CHECK-COUNT-2: llvm.call @gptc_parallel_for(
// CHECK:         llvm.return
func.func @token(%weights: memref<128xi8> {gpt.role = #gpt.role<weights>}, %arena: memref<4096xi8> {gpt.role = #gpt.role<arena>},
                 %cache: memref<?x2x2x2x32x16xf32> {gpt.role = #gpt.role<cache>},
                 %blocks: memref<?x?xi32, strided<[?, 1]>> {gpt.role = #gpt.role<block_table>}, %count: index {gpt.role = #gpt.role<count>},
                 %tokens: memref<1xi32> {gpt.role = #gpt.role<tokens>}, %positions: memref<1xi32> {gpt.role = #gpt.role<positions>},
                 %sequences: memref<1xi32> {gpt.role = #gpt.role<sequences>}) {
  %c64 = arith.constant 64 : index
  %x = memref.view %arena[%c64][] : memref<4096xi8> to memref<4x64xf32>
  %threads = gpt.threads
  scf.forall (%w) in (%threads) {
    "test.share"(%w, %threads) : (index, index) -> ()
  }
  scf.forall (%i, %j) in (3, %count) {
    %scratch = memref.alloca() : memref<512xf32>
    "test.use"(%x, %scratch, %i, %j) : (memref<4x64xf32>, memref<512xf32>, index, index) -> ()
  }
  return
}

// CHECK: llvm.mlir.global private constant @gptc.features("avx2,fma\00")
// CHECK: llvm.mlir.global private constant @gptc.cpu("x86-64-v3\00")
// CHECK: llvm.mlir.global private constant @gptc.target("x86_64-linux-gnu\00")
// CHECK: llvm.mlir.global external constant @gptc_model()
// The fields are the context, the vocabulary, no begin or end of text, and the
// sizes of the weights, the arena, the scratch memory and a block.
// CHECK-DAG: llvm.mlir.constant(24 : i64)
// CHECK-DAG: llvm.mlir.constant(70 : i64)
// CHECK-DAG: llvm.mlir.constant(-1 : i64)
// CHECK-DAG: llvm.mlir.constant(128 : i64)
// CHECK-DAG: llvm.mlir.constant(4096 : i64)
// CHECK-DAG: llvm.mlir.constant(2048 : i64)
// CHECK-DAG: llvm.mlir.constant(16384 : i64)
