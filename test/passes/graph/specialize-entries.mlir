// RUN: gptc-opt %s --gpt-specialize-entries | FileCheck %s

gpt.model "tiny" family "gpt2" {layers = 2 : i64, channels = 8 : i64, heads = 2 : i64, kv_heads = 2 : i64, head_size = 4 : i64, context_length = 24 : i64, vocabulary = 10 : i64, sources = [], directory = ""}
gpt.kv_cache @cache layers 2 kv_heads 2 head_size 4 : f32
gpt.weight @table : tensor<10x8xf32> from [#gpt.load<"table" : tensor<10x8xf32>>]
gpt.weight @norm.scale : tensor<8xf32> from [#gpt.load<"norm" : tensor<8xf32>>]

// The context is shorter than 512, so the capacity of the prompt is too.
// CHECK-NOT:   @forward
// CHECK-LABEL: func.func @prompt(
// CHECK-SAME:    %[[TOKENS:.*]]: tensor<24xi32> {gpt.role = #gpt.role<tokens>}, %[[POSITIONS:.*]]: tensor<24xi32> {gpt.role = #gpt.role<positions>}, %[[SEQUENCES:.*]]: tensor<24xi32> {gpt.role = #gpt.role<sequences>}) -> (tensor<24x8xf32> {gpt.role = #gpt.role<hidden>}) {
// CHECK:         %[[X:.*]] = gpt.embedding %[[TOKENS]]
// CHECK:         %[[Y:.*]] = gpt.layers %[[X]] schedule [0, 0] : tensor<24x8xf32>
// CHECK:         ^bb0(%{{.*}}: index, %[[H:.*]]: tensor<24x8xf32>):
// CHECK:         gpt.attention causal %[[H]] at %[[POSITIONS]], %[[SEQUENCES]]
// CHECK-NOT:     gpt.unembed
// CHECK:         return %[[Y]]

// CHECK-LABEL: func.func @token(
// CHECK-SAME:    tensor<1xi32> {{.*}}<tokens>}, %{{.*}}: tensor<1xi32> {{.*}}<positions>}, %{{.*}}: tensor<1xi32> {{.*}}<sequences>}) -> (tensor<1x8xf32> {gpt.role = #gpt.role<hidden>}) {

// CHECK-LABEL: func.func @unembed(
// CHECK-SAME:    %[[HIDDEN:.*]]: tensor<24x8xf32> {gpt.role = #gpt.role<hidden>}, %[[ROWS:.*]]: tensor<16xi32> {gpt.role = #gpt.role<rows>}) -> (tensor<16x10xf32> {gpt.role = #gpt.role<logits>}) {
// CHECK:         %[[S:.*]] = gpt.select_rows %[[HIDDEN]], %[[ROWS]] : tensor<24x8xf32>, tensor<16xi32> -> tensor<16x8xf32>
// CHECK:         %[[N:.*]] = gpt.norm layer %[[S]]
// CHECK:         %[[L:.*]] = gpt.unembed %[[N]], %{{.*}} -> tensor<16x10xf32>
// CHECK:         return %[[L]]
func.func @forward(%tokens: tensor<?xi32> {gpt.role = #gpt.role<tokens>}, %positions: tensor<?xi32> {gpt.role = #gpt.role<positions>}, %sequences: tensor<?xi32> {gpt.role = #gpt.role<sequences>}) -> (tensor<?x10xf32> {gpt.role = #gpt.role<logits>}) {
  %table = gpt.get_weight @table : tensor<10x8xf32>
  %x = gpt.embedding %tokens, %table : tensor<?xi32>, tensor<10x8xf32> -> tensor<?x8xf32>
  %y = gpt.layers %x schedule [0, 0] : tensor<?x8xf32> {
  ^bb0(%layer: index, %h: tensor<?x8xf32>):
    %scale = arith.constant 0.5 : f32
    gpt.kv_append %h, %h at %positions, %sequences to @cache[%layer] kv_heads 2 head_size 4 : tensor<?x8xf32>, tensor<?xi32>
    %a = gpt.attention causal %h at %positions, %sequences from @cache[%layer] heads 2 kv_heads 2 head_size 4 scale %scale : tensor<?x8xf32>, tensor<?xi32>
    gpt.yield %a : tensor<?x8xf32>
  }
  %scale = gpt.get_weight @norm.scale : tensor<8xf32>
  %n = gpt.norm layer %y, %scale epsilon 1.0e-05 : tensor<?x8xf32>, tensor<8xf32>
  %logits = gpt.unembed %n, %table : tensor<?x8xf32>, tensor<10x8xf32> -> tensor<?x10xf32>
  return %logits : tensor<?x10xf32>
}
