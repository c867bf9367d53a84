// RUN: gptc-opt %s | gptc-opt | FileCheck %s
// RUN: gptc-opt %s --mlir-print-op-generic | gptc-opt | FileCheck %s
// RUN: gptc-opt %s --mlir-print-debuginfo | gptc-opt --mlir-print-debuginfo | FileCheck %s --check-prefix=NAME

gpt.model "tiny" family "gpt2" {layers = 3 : i64, channels = 24 : i64, heads = 6 : i64,
    kv_heads = 2 : i64, head_size = 4 : i64, context_length = 96 : i64, vocabulary = 211 : i64,
    sources = [], directory = ""}
gpt.kv_cache @cache layers 3 kv_heads 2 head_size 4 : f32
gpt.weight @all : tensor<24xf32> from [#gpt.load<"w" : tensor<24xf32>>]
gpt.weight @each layers 3 : tensor<24xbf16> from [#gpt.load<"h.*.w" : tensor<24xbf16>>]

// CHECK-LABEL: @weights(
// CHECK-SAME:    %[[LAYER:.*]]: index)
// CHECK-NEXT:    gpt.get_weight @all : tensor<24xf32>
// CHECK-NEXT:    gpt.get_weight @each[%[[LAYER]]] : tensor<24xbf16>
// CHECK-NEXT:    gpt.layer_value [1.250000e-01, 2.500000e-01, 0.0721687824][%[[LAYER]]]
func.func @weights(%layer: index) {
  %0 = gpt.get_weight @all : tensor<24xf32>
  %1 = gpt.get_weight @each[%layer] : tensor<24xbf16>
  %2 = gpt.layer_value [0.125, 0.25, 0.0721687824][%layer]
  return
}

// CHECK-LABEL: @layers(
// CHECK-SAME:    %[[X:.*]]: tensor<?x24xf32>)
// CHECK-NEXT:    gpt.layers %[[X]] schedule [1, 0, 1] : tensor<?x24xf32> {
// CHECK-NEXT:    ^bb0(%{{.*}}: index, %[[H:.*]]: tensor<?x24xf32>):
// CHECK-NEXT:      gpt.yield %[[H]] : tensor<?x24xf32>
// CHECK-NEXT:    }, {
// CHECK-NEXT:    ^bb0(%{{.*}}: index, %[[H:.*]]: tensor<?x24xf32>):
// CHECK-NEXT:      %[[SUM:.*]] = gpt.add %[[H]], %[[X]] : tensor<?x24xf32>
// CHECK-NEXT:      gpt.yield %[[SUM]] : tensor<?x24xf32>
// CHECK-NEXT:    }
func.func @layers(%x: tensor<?x24xf32>) -> tensor<?x24xf32> {
  %y = gpt.layers %x schedule [1, 0, 1] : tensor<?x24xf32> {
  ^bb0(%layer: index, %h: tensor<?x24xf32>):
    gpt.yield %h : tensor<?x24xf32>
  }, {
  ^bb0(%layer: index, %h: tensor<?x24xf32>):
    // NAME: gpt.add {{.*}} loc(#[[ADD:.*]])
    // NAME: #[[ADD]] = loc("layer.*.sum")
    %0 = gpt.add %h, %x : tensor<?x24xf32> loc("layer.*.sum")
    gpt.yield %0 : tensor<?x24xf32>
  }
  return %y : tensor<?x24xf32>
}

// CHECK-LABEL: @rows(
// CHECK-NEXT:    gpt.embedding %{{.*}}, %{{.*}} : tensor<?xi32>, tensor<211x24xf32> -> tensor<?x24xf32>
// CHECK-NEXT:    gpt.embedding %{{.*}}, %{{.*}} : tensor<?xi32>, tensor<211x24xf32, #gpt.packed<panels>> -> tensor<?x24xf32>
// CHECK-NEXT:    gpt.norm layer %{{.*}}, %{{.*}} epsilon 9.99999974E-6 : tensor<?x24xf32>, tensor<24xf32>
// CHECK-NEXT:    gpt.norm layer %{{.*}}, %{{.*}} bias(%{{.*}} : tensor<24xf32, #gpt.packed<vector>>) epsilon 0.000000e+00 : tensor<?x24xf32>, tensor<24xf32>
// CHECK-NEXT:    gpt.columns %{{.*}}[16] : tensor<?x24xf32> -> tensor<?x8xf32>
// CHECK-NEXT:    gpt.select_rows %{{.*}}, %{{.*}} : tensor<?x24xf32>, tensor<?xi32> -> tensor<?x24xf32>
func.func @rows(%ids: tensor<?xi32>, %table: tensor<211x24xf32>, %panels: tensor<211x24xf32, #gpt.packed<panels>>,
                %s: tensor<24xf32>, %b: tensor<24xf32, #gpt.packed<vector>>) {
  %0 = gpt.embedding %ids, %table : tensor<?xi32>, tensor<211x24xf32> -> tensor<?x24xf32>
  %1 = gpt.embedding %ids, %panels : tensor<?xi32>, tensor<211x24xf32, #gpt.packed<panels>> -> tensor<?x24xf32>
  %2 = gpt.norm layer %0, %s epsilon 1.0e-05 : tensor<?x24xf32>, tensor<24xf32>
  %3 = gpt.norm layer %0, %s bias(%b : tensor<24xf32, #gpt.packed<vector>>) epsilon 0.0 : tensor<?x24xf32>, tensor<24xf32>
  %4 = gpt.columns %3[16] : tensor<?x24xf32> -> tensor<?x8xf32>
  %5 = gpt.select_rows %3, %ids : tensor<?x24xf32>, tensor<?xi32> -> tensor<?x24xf32>
  return
}

// CHECK-LABEL: @activations(
// CHECK-NEXT:    gpt.activation none %{{.*}} : tensor<4x8xf32>
// CHECK-NEXT:    gpt.activation relu %{{.*}} : tensor<4x8xf32>
// CHECK-NEXT:    gpt.activation gelu %{{.*}} : tensor<4x8xf32>
// CHECK-NEXT:    gpt.activation gelu_tanh %{{.*}} : tensor<4x8xf32>
// CHECK-NEXT:    gpt.activation gelu_quick %{{.*}} : tensor<4x8xf32>
// CHECK-NEXT:    gpt.activation silu %{{.*}} : tensor<4x8xf32>
// CHECK-NEXT:    gpt.activation tanh %{{.*}} : tensor<4x8xf32>
func.func @activations(%x: tensor<4x8xf32>) {
  %0 = gpt.activation none %x : tensor<4x8xf32>
  %1 = gpt.activation relu %x : tensor<4x8xf32>
  %2 = gpt.activation gelu %x : tensor<4x8xf32>
  %3 = gpt.activation gelu_tanh %x : tensor<4x8xf32>
  %4 = gpt.activation gelu_quick %x : tensor<4x8xf32>
  %5 = gpt.activation silu %x : tensor<4x8xf32>
  %6 = gpt.activation tanh %x : tensor<4x8xf32>
  return
}

// CHECK-LABEL: @linears(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<4x8xf32>, %[[W:[^:]*]]: tensor<3x8xf32>,
// CHECK-SAME:    %[[PANELS:[^:]*]]: tensor<3x8xbf16, #gpt.packed<panels>>, %[[B:[^:]*]]: tensor<3xf32>, %[[R:[^:]*]]: tensor<4x3xf32>)
// CHECK-NEXT:    gpt.linear %[[X]], %[[W]] : tensor<4x8xf32>, tensor<3x8xf32> -> tensor<4x3xf32>
// CHECK-NEXT:    gpt.linear %[[X]], %[[W]] bias(%[[B]] : tensor<3xf32>) then gelu_tanh plus(%[[R]] : tensor<4x3xf32>) in bf16 : tensor<4x8xf32>, tensor<3x8xf32> -> tensor<4x3xf32>
// CHECK-NEXT:    gpt.linear %[[X]], %[[PANELS]] plus(%[[R]] : tensor<4x3xf32>) in bf16 : tensor<4x8xf32>, tensor<3x8xbf16, #gpt.packed<panels>> -> tensor<4x3xf32>
// CHECK-NEXT:    gpt.unembed %[[X]], %[[W]] : tensor<4x8xf32>, tensor<3x8xf32> -> tensor<4x3xf32>
// CHECK-NEXT:    gpt.unembed %[[X]], %[[PANELS]] in bf16 : tensor<4x8xf32>, tensor<3x8xbf16, #gpt.packed<panels>> -> tensor<4x3xf32>
func.func @linears(%x: tensor<4x8xf32>, %w: tensor<3x8xf32>, %panels: tensor<3x8xbf16, #gpt.packed<panels>>,
                   %b: tensor<3xf32>, %r: tensor<4x3xf32>) {
  %0 = gpt.linear %x, %w : tensor<4x8xf32>, tensor<3x8xf32> -> tensor<4x3xf32>
  %1 = gpt.linear %x, %w bias(%b : tensor<3xf32>) then gelu_tanh plus(%r : tensor<4x3xf32>) in bf16
     : tensor<4x8xf32>, tensor<3x8xf32> -> tensor<4x3xf32>
  %2 = gpt.linear %x, %panels then none plus(%r : tensor<4x3xf32>) in bf16
     : tensor<4x8xf32>, tensor<3x8xbf16, #gpt.packed<panels>> -> tensor<4x3xf32>
  %3 = gpt.unembed %x, %w in f32 : tensor<4x8xf32>, tensor<3x8xf32> -> tensor<4x3xf32>
  %4 = gpt.unembed %x, %panels in bf16 : tensor<4x8xf32>, tensor<3x8xbf16, #gpt.packed<panels>> -> tensor<4x3xf32>
  return
}

// CHECK-LABEL: @attention(
// CHECK-SAME:    %[[Q:[^:]*]]: tensor<?x24xf32>, %[[K:[^:]*]]: tensor<?x8xf32>, %[[V:[^:]*]]: tensor<?x8xf32>,
// CHECK-SAME:    %[[P:[^:]*]]: tensor<?xi32>, %[[S:[^:]*]]: tensor<?xi32>, %[[LAYER:[^:]*]]: index, %[[SCALE:[^:]*]]: f32)
// CHECK-NEXT:    gpt.kv_append %[[K]], %[[V]] at %[[P]], %[[S]] to @cache[%[[LAYER]]] kv_heads 2 head_size 4 : tensor<?x8xf32>, tensor<?xi32>
// CHECK-NEXT:    gpt.attention causal %[[Q]] at %[[P]], %[[S]] from @cache[%[[LAYER]]] heads 6 kv_heads 2 head_size 4 scale %[[SCALE]] : tensor<?x24xf32>, tensor<?xi32>
func.func @attention(%q: tensor<?x24xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>,
                     %p: tensor<?xi32>, %s: tensor<?xi32>, %layer: index, %scale: f32) {
  gpt.kv_append %k, %v at %p, %s to @cache[%layer] kv_heads 2 head_size 4 : tensor<?x8xf32>, tensor<?xi32>
  %0 = gpt.attention causal %q at %p, %s from @cache[%layer] heads 6 kv_heads 2 head_size 4 scale %scale : tensor<?x24xf32>, tensor<?xi32>
  return
}

// CHECK-LABEL: @families(
// CHECK-SAME:    %[[P:.*]]: tensor<?xi32>, %[[X:.*]]: tensor<?x24xf32>,
// CHECK:         gpt.embedding %{{.*}}, %{{.*}} scale 4.898980e+00 : tensor<?xi32>
// CHECK-NEXT:    gpt.norm rms %[[X]], %{{.*}} epsilon 9.99999997E-7 groups 6 : tensor<?x24xf32>, tensor<4xf32>
// CHECK-NEXT:    %[[T:.*]] = gpt.rotary_table %[[P]] frequencies [1.000000e+00, 0.00999999977] magnitude 1.250000e+00 : tensor<?xi32> -> tensor<?x4xf32>
// CHECK-NEXT:    gpt.rotary_table %[[P]] frequencies [1.000000e+00] : tensor<?xi32> -> tensor<?x2xf32>
// CHECK-NEXT:    gpt.rotary %[[X]] by %[[T]] heads 6 : tensor<?x24xf32>, tensor<?x4xf32>
// CHECK-NEXT:    gpt.gated silu %[[X]], %[[X]] : tensor<?x24xf32>
// CHECK-NEXT:    gpt.attention causal %[[X]] at %[[P]], %[[P]] from @cache[%{{.*}}] heads 6 kv_heads 2 head_size 4 scale %{{.*}} window 7 soft_cap 5.000000e+01 : tensor<?x24xf32>, tensor<?xi32>
// CHECK-NEXT:    gpt.unembed %[[X]], %{{.*}} soft_cap 3.000000e+01 : tensor<?x24xf32>, tensor<211x24xf32> -> tensor<?x211xf32>
func.func @families(%p: tensor<?xi32>, %x: tensor<?x24xf32>, %table: tensor<211x24xf32>,
                    %s: tensor<4xf32>, %layer: index, %scale: f32) {
  %0 = gpt.embedding %p, %table scale 4.89898 : tensor<?xi32>, tensor<211x24xf32> -> tensor<?x24xf32>
  %1 = gpt.norm rms %x, %s epsilon 1.0e-06 groups 6 : tensor<?x24xf32>, tensor<4xf32>
  %2 = gpt.rotary_table %p frequencies [1.0, 0.01] magnitude 1.25 : tensor<?xi32> -> tensor<?x4xf32>
  %3 = gpt.rotary_table %p frequencies [1.0] : tensor<?xi32> -> tensor<?x2xf32>
  %4 = gpt.rotary %x by %2 heads 6 : tensor<?x24xf32>, tensor<?x4xf32>
  %5 = gpt.gated silu %x, %x : tensor<?x24xf32>
  %6 = gpt.attention causal %x at %p, %p from @cache[%layer] heads 6 kv_heads 2 head_size 4 scale %scale window 7 soft_cap 50.0 : tensor<?x24xf32>, tensor<?xi32>
  %7 = gpt.unembed %x, %table soft_cap 30.0 : tensor<?x24xf32>, tensor<211x24xf32> -> tensor<?x211xf32>
  return
}
