// RUN: gptc-opt %s --gpt-verify-phase=phase=llvm --split-input-file --verify-diagnostics

gpt.weight @bias : tensor<64xf32> from [#gpt.load<"bias" : tensor<64xf32>>, #gpt.pack<vector>]
llvm.func @gptc_parallel_for(!llvm.ptr, !llvm.ptr, !llvm.ptr, i64)
llvm.mlir.global private constant @gptc.cpu("znver5\00")
llvm.func internal @token.0(%context: !llvm.ptr, %first: i64, %last: i64, %worker: i64) {
  llvm.return
}
llvm.func internal @token(%arguments: !llvm.ptr) {
  %0 = llvm.mlir.constant(4 : i64) : i64
  %1 = llvm.mlir.addressof @token.0 : !llvm.ptr
  llvm.call @gptc_parallel_for(%arguments, %1, %arguments, %0) : (!llvm.ptr, !llvm.ptr, !llvm.ptr, i64) -> ()
  llvm.call @token.0(%arguments, %0, %0, %0) : (!llvm.ptr, i64, i64, i64) -> ()
  llvm.return
}

// -----

llvm.func @token() {
  // expected-error @below {{'arith.constant' after phase 'llvm': found an op of another dialect, expected LLVM's alone}}
  %0 = arith.constant 0.0 : f32
  llvm.return
}

// -----

// expected-error @below {{'func.func' after phase 'llvm': found an op of another dialect, expected LLVM's alone}}
func.func @token() {
  return
}

// -----

// expected-error @below {{'llvm.func' after phase 'llvm': found a declaration of @malloc, expected none but that of @gptc_parallel_for}}
llvm.func @malloc(i64) -> !llvm.ptr
llvm.func @token() {
  %0 = llvm.mlir.constant(64 : i64) : i64
  %1 = llvm.call @malloc(%0) : (i64) -> !llvm.ptr
  llvm.return
}

// -----

// expected-error @below {{'llvm.mlir.global' after phase 'llvm': found @environ without a value, expected one}}
llvm.mlir.global external @environ() : !llvm.ptr

// -----

llvm.func @token(%function: !llvm.ptr) {
  // expected-error @below {{'llvm.call' after phase 'llvm': found a call through a pointer, expected a function's name}}
  llvm.call %function() : !llvm.ptr, () -> ()
  llvm.return
}

// -----

llvm.func @token(%x: f32) -> f32 {
  // expected-error @below {{'llvm.intr.exp' after phase 'llvm': found a call of libm, expected arithmetic}}
  %y = llvm.intr.exp(%x) : (f32) -> f32
  llvm.return %y : f32
}

// -----

// expected-error @below {{'builtin.module' after phase 'llvm': found assembly of the module, expected none}}
module attributes {llvm.module_asm = ["call puts"]} {
}

// -----

llvm.func @f() {
  // expected-error @below {{'llvm.inline_asm' after phase 'llvm': found assembly, expected none}}
  llvm.inline_asm "nop", "" : () -> ()
  llvm.return
}
