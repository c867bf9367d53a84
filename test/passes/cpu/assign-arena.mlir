// RUN: gptc-opt %s --allow-unregistered-dialect --gpt-assign-arena | FileCheck %s

gpt.weight @a : tensor<70x40xf32> from [#gpt.load<"a" : tensor<70x40xf32>>, #gpt.pack<panels>]
gpt.weight @b layers 3 : tensor<70xf32> from [#gpt.load<"b.*" : tensor<70xf32>>, #gpt.pack<vector>]

// The hidden state and the logits come first. %x and %z are not live at the
// same time, %y is live with both. The weights are 2x40x64x4 bytes of @a, then
// 3 layers of 128x4.
// CHECK-LABEL: func.func @prompt(
// CHECK-SAME:    %[[WEIGHTS:[a-z0-9]+]]: memref<22016xi8> {gpt.role = #gpt.role<weights>}, %[[ARENA:[a-z0-9]+]]: memref<4096xi8> {gpt.role = #gpt.role<arena>}, %[[COUNT:[a-z0-9]+]]: index {gpt.role = #gpt.role<count>})
// CHECK-DAG:     %[[HIDDEN:.*]] = memref.view %[[ARENA]][%[[H:.*]]][] : memref<4096xi8> to memref<4x64xf32>
// CHECK-DAG:     %[[H]] = arith.constant 0 : index
// CHECK-DAG:     %[[XAT:.*]] = arith.constant 2048 : index
// CHECK-DAG:     %[[X:.*]] = memref.view %[[ARENA]][%[[XAT]]][]
// CHECK-DAG:     %[[YAT:.*]] = arith.constant 3072 : index
// CHECK-DAG:     %[[Y:.*]] = memref.view %[[ARENA]][%[[YAT]]][]
// CHECK:         "test.use"(%[[X]], %[[Y]])
// CHECK:         %[[ZAT:.*]] = arith.constant 2048 : index
// CHECK:         %[[Z:.*]] = memref.view %[[ARENA]][%[[ZAT]]][]
// CHECK:         "test.use"(%[[Z]], %[[Y]])
// CHECK-NOT:     memref.alloc
func.func @prompt(%count: index {gpt.role = #gpt.role<count>}, %hidden: memref<4x64xf32> {gpt.role = #gpt.role<hidden>}) {
  %x = memref.alloc() : memref<4x64xf32>
  %y = memref.alloc() : memref<4x64xf32>
  "test.use"(%x, %y) : (memref<4x64xf32>, memref<4x64xf32>) -> ()
  %z = memref.alloc() : memref<4x64xf32>
  "test.use"(%z, %y) : (memref<4x64xf32>, memref<4x64xf32>) -> ()
  "test.use"(%hidden) : (memref<4x64xf32>) -> ()
  return
}

// %x is used inside a loop, so it is live through the whole loop and %y may not
// share its memory.
// CHECK-LABEL: func.func @token(
// CHECK:         arith.constant 2048 : index
// CHECK:         arith.constant 3072 : index
func.func @token(%count: index {gpt.role = #gpt.role<count>}, %hidden: memref<4x64xf32> {gpt.role = #gpt.role<hidden>}) {
  %x = memref.alloc() : memref<4x64xf32>
  scf.for %i = %count to %count step %count {
    %part = memref.subview %x[0, 0] [1, 64] [1, 1] : memref<4x64xf32> to memref<1x64xf32, strided<[64, 1]>>
    "test.use"(%part) : (memref<1x64xf32, strided<[64, 1]>>) -> ()
    %y = memref.alloc() : memref<4x64xf32>
    "test.use"(%y) : (memref<4x64xf32>) -> ()
  }
  return
}

// CHECK-LABEL: func.func @unembed(
// CHECK-SAME:    attributes {gpt.logits = #gpt.place<offset = 1024, stride = 128>}
// CHECK:         %[[STRIDE:.*]] = arith.constant 512 : index
// CHECK:         %[[LAYERS:.*]] = arith.muli %{{.*}}, %[[STRIDE]]
// CHECK:         %[[AT:.*]] = arith.addi %{{.*}}, %[[LAYERS]]
// CHECK:         memref.view %{{.*}}[%[[AT]]][] : memref<22016xi8> to memref<128xf32>
func.func @unembed(%count: index {gpt.role = #gpt.role<count>}, %hidden: memref<4x64xf32> {gpt.role = #gpt.role<hidden>}, %logits: memref<2x128xf32> {gpt.role = #gpt.role<logits>}) {
  %a = gpt.get_weight @a : memref<2x40x64xf32>
  %b = gpt.get_weight @b[%count] : memref<128xf32>
  "test.use"(%a, %b, %hidden, %logits) : (memref<2x40x64xf32>, memref<128xf32>, memref<4x64xf32>, memref<2x128xf32>) -> ()
  return
}
