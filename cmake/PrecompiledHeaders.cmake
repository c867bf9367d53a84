# MLIR's headers take most of the compile time of the libraries that use them.
# They are parsed once, for this target, and the libraries reuse the result.
add_llvm_library(GptcPrecompiled STATIC PARTIAL_SOURCES_INTENDED
  ${PROJECT_SOURCE_DIR}/cmake/Precompiled.cpp)
target_precompile_headers(GptcPrecompiled PRIVATE
  <mlir/Dialect/Arith/IR/Arith.h>
  <mlir/Dialect/Bufferization/IR/Bufferization.h>
  <mlir/Dialect/Func/IR/FuncOps.h>
  <mlir/Dialect/LLVMIR/LLVMDialect.h>
  <mlir/Dialect/Math/IR/Math.h>
  <mlir/Dialect/MemRef/IR/MemRef.h>
  <mlir/Dialect/SCF/IR/SCF.h>
  <mlir/Dialect/Vector/IR/VectorOps.h>
  <mlir/IR/Builders.h>
  <mlir/IR/BuiltinOps.h>
  <mlir/IR/ImplicitLocOpBuilder.h>
  <mlir/IR/SymbolTable.h>
  <mlir/Pass/Pass.h>
  <mlir/Transforms/DialectConversion.h>
  <mlir/Transforms/GreedyPatternRewriteDriver.h>
  <llvm/ADT/TypeSwitch.h>)
# ccache compares contents, so the result must not contain times of headers.
target_compile_options(GptcPrecompiled PRIVATE "SHELL:-Xclang -fno-pch-timestamp")

foreach(library IN ITEMS GptcDialect GptcPasses GptcCheckpoint GptcTokenizer
        GptcImport GptcCodegen GptcCompiler)
  target_compile_options(${library} PRIVATE "SHELL:-Xclang -fno-pch-timestamp")
  target_precompile_headers(${library} REUSE_FROM GptcPrecompiled)
endforeach()
