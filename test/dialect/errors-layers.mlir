// RUN: gptc-opt %s --split-input-file --verify-diagnostics

// layers_c1
func.func @a_kind_that_is_not_there(%x: tensor<4x8xf32>) {
  // expected-error @below {{schedule names kind 1 but there are 1}}
  %0 = gpt.layers %x schedule [0, 1] : tensor<4x8xf32> {
  ^bb0(%layer: index, %h: tensor<4x8xf32>):
    gpt.yield %h : tensor<4x8xf32>
  }
  return
}

// -----

// layers_c1
func.func @a_negative_kind(%x: tensor<4x8xf32>) {
  // expected-error @below {{schedule names kind -1 but there are 1}}
  %0 = gpt.layers %x schedule [-1] : tensor<4x8xf32> {
  ^bb0(%layer: index, %h: tensor<4x8xf32>):
    gpt.yield %h : tensor<4x8xf32>
  }
  return
}

// -----

// layers_c1
func.func @a_kind_without_a_layer(%x: tensor<4x8xf32>) {
  // expected-error @below {{schedule does not name kind 0}}
  %0 = gpt.layers %x schedule [1] : tensor<4x8xf32> {
  ^bb0(%layer: index, %h: tensor<4x8xf32>):
    gpt.yield %h : tensor<4x8xf32>
  }, {
  ^bb0(%layer: index, %h: tensor<4x8xf32>):
    gpt.yield %h : tensor<4x8xf32>
  }
  return
}

// -----

// layers_c2
func.func @no_layer_number(%x: tensor<4x8xf32>) {
  // expected-error @below {{a layer takes ('tensor<4x8xf32>') but (index, 'tensor<4x8xf32>') was expected}}
  %0 = gpt.layers %x schedule [0] : tensor<4x8xf32> {
  ^bb0(%h: tensor<4x8xf32>):
    gpt.yield %h : tensor<4x8xf32>
  }
  return
}

// -----

// layers_c2
func.func @another_hidden_state(%x: tensor<4x8xf32>) {
  // expected-error @below {{a layer takes ('index', 'tensor<4x9xf32>') but (index, 'tensor<4x8xf32>') was expected}}
  %0 = gpt.layers %x schedule [0] : tensor<4x8xf32> {
  ^bb0(%layer: index, %h: tensor<4x9xf32>):
    gpt.yield %x : tensor<4x8xf32>
  }
  return
}

// -----

// layers_c2
func.func @yields_another_type(%x: tensor<4x8xf32>, %y: tensor<4x9xf32>) {
  // expected-error @below {{a layer does not yield 'tensor<4x8xf32>'}}
  %0 = gpt.layers %x schedule [0] : tensor<4x8xf32> {
  ^bb0(%layer: index, %h: tensor<4x8xf32>):
    gpt.yield %y : tensor<4x9xf32>
  }
  return
}

// -----

// layers_c2
func.func @yields_nothing(%x: tensor<4x8xf32>) {
  // expected-error @below {{a layer does not yield 'tensor<4x8xf32>'}}
  %0 = gpt.layers %x schedule [0] : tensor<4x8xf32> {
  ^bb0(%layer: index, %h: tensor<4x8xf32>):
    %1 = gpt.add %h, %h : tensor<4x8xf32>
  }
  return
}

// -----

func.func @no_op_at_all(%x: tensor<4x8xf32>) {
  // expected-error @below {{expects a non-empty block}}
  %0 = gpt.layers %x schedule [0] : tensor<4x8xf32> {
  ^bb0(%layer: index, %h: tensor<4x8xf32>):
  }
  return
}

// -----

gpt.model "m" family "gpt2" {layers = 3 : i64, channels = 24 : i64, heads = 6 : i64,
    kv_heads = 2 : i64, head_size = 4 : i64, context_length = 96 : i64, vocabulary = 211 : i64,
    sources = [], directory = ""}
// layers_c3
func.func @a_schedule_too_long(%x: tensor<4x8xf32>) {
  // expected-error @below {{has 4 layers but the model has 3}}
  %0 = gpt.layers %x schedule [0, 0, 0, 0] : tensor<4x8xf32> {
  ^bb0(%layer: index, %h: tensor<4x8xf32>):
    gpt.yield %h : tensor<4x8xf32>
  }
  return
}

// -----

gpt.model "m" family "gpt2" {layers = 3 : i64, channels = 24 : i64, heads = 6 : i64,
    kv_heads = 2 : i64, head_size = 4 : i64, context_length = 96 : i64, vocabulary = 211 : i64,
    sources = [], directory = ""}
// layer_value_c1
func.func @a_value_too_few(%layer: index) {
  // expected-error @below {{has 2 layers but the model has 3}}
  %0 = gpt.layer_value [0.5, 0.25][%layer]
  return
}

// -----

func.func @yield_outside(%x: tensor<4x8xf32>) {
  // expected-error @below {{expects parent op 'gpt.layers'}}
  gpt.yield %x : tensor<4x8xf32>
}
