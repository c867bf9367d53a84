// RUN: gptc-opt %s --verify-diagnostics --gpt-pack-weights

// expected-error @below {{is 'tensor<4x8xf16>' but f32 or bf16 was expected}}
gpt.weight @half : tensor<4x8xf16> from [#gpt.load<"half" : tensor<4x8xf16>>]
