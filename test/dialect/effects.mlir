// RUN: gptc-opt %s --cse --canonicalize | FileCheck %s

gpt.kv_cache @cache layers 1 kv_heads 2 head_size 4 : f32

// CHECK-LABEL: @drops_what_nobody_uses(
// CHECK-NEXT:    return
func.func @drops_what_nobody_uses(%x: tensor<4x8xf32>, %w: tensor<3x8xf32>, %p: tensor<4xi32>,
                                  %layer: index, %scale: f32) {
  %0 = gpt.linear %x, %w : tensor<4x8xf32>, tensor<3x8xf32> -> tensor<4x3xf32>
  %1 = gpt.attention causal %x at %p, %p from @cache[%layer] heads 2 kv_heads 2 head_size 4 scale %scale : tensor<4x8xf32>, tensor<4xi32>
  %2 = gpt.layers %x schedule [0] : tensor<4x8xf32> {
  ^bb0(%number: index, %h: tensor<4x8xf32>):
    %3 = gpt.attention causal %h at %p, %p from @cache[%number] heads 2 kv_heads 2 head_size 4 scale %scale : tensor<4x8xf32>, tensor<4xi32>
    gpt.yield %3 : tensor<4x8xf32>
  }
  return
}

// CHECK-LABEL: @joins_what_is_the_same(
// CHECK:         %[[Y:.*]] = gpt.add
// CHECK-NEXT:    return %[[Y]], %[[Y]]
func.func @joins_what_is_the_same(%x: tensor<4x8xf32>, %y: tensor<4x8xf32>)
    -> (tensor<4x8xf32>, tensor<4x8xf32>) {
  %0 = gpt.add %x, %y : tensor<4x8xf32>
  %1 = gpt.add %y, %x : tensor<4x8xf32>
  return %0, %1 : tensor<4x8xf32>, tensor<4x8xf32>
}

// CHECK-LABEL: @keeps_writes_of_the_cache(
// CHECK:         gpt.kv_append
// CHECK:         gpt.layers
// CHECK:           gpt.kv_append
func.func @keeps_writes_of_the_cache(%x: tensor<4x8xf32>, %p: tensor<4xi32>, %layer: index) {
  gpt.kv_append %x, %x at %p, %p to @cache[%layer] kv_heads 2 head_size 4 : tensor<4x8xf32>, tensor<4xi32>
  %0 = gpt.layers %x schedule [0] : tensor<4x8xf32> {
  ^bb0(%number: index, %h: tensor<4x8xf32>):
    gpt.kv_append %h, %h at %p, %p to @cache[%number] kv_heads 2 head_size 4 : tensor<4x8xf32>, tensor<4xi32>
    gpt.yield %h : tensor<4x8xf32>
  }
  return
}

// CHECK-LABEL: @reads_the_cache_again_after_a_write(
// CHECK:         %[[BEFORE:.*]] = gpt.attention
// CHECK:         gpt.kv_append
// CHECK:         %[[AFTER:.*]] = gpt.attention
// CHECK:         return %[[BEFORE]], %[[BEFORE]], %[[AFTER]]
func.func @reads_the_cache_again_after_a_write(%x: tensor<4x8xf32>, %p: tensor<4xi32>, %layer: index,
    %scale: f32) -> (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>) {
  %0 = gpt.attention causal %x at %p, %p from @cache[%layer] heads 2 kv_heads 2 head_size 4 scale %scale : tensor<4x8xf32>, tensor<4xi32>
  %1 = gpt.attention causal %x at %p, %p from @cache[%layer] heads 2 kv_heads 2 head_size 4 scale %scale : tensor<4x8xf32>, tensor<4xi32>
  gpt.kv_append %x, %x at %p, %p to @cache[%layer] kv_heads 2 head_size 4 : tensor<4x8xf32>, tensor<4xi32>
  %2 = gpt.attention causal %x at %p, %p from @cache[%layer] heads 2 kv_heads 2 head_size 4 scale %scale : tensor<4x8xf32>, tensor<4xi32>
  return %0, %1, %2 : tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>
}
