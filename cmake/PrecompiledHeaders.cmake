# MLIR's headers are most of the compile time of the libraries that use them:
# they are parsed once, for this target, and the libraries reuse the result.
add_llvm_library(GptcPrecompiled OBJECT PARTIAL_SOURCES_INTENDED
  ${PROJECT_SOURCE_DIR}/cmake/Precompiled.cpp)
target_precompile_headers(GptcPrecompiled PRIVATE
  <mlir/Conversion/LLVMCommon/Pattern.h>
  <mlir/Dialect/Arith/IR/Arith.h>
  <mlir/Dialect/Func/IR/FuncOps.h>
  <mlir/Dialect/LLVMIR/LLVMDialect.h>
  <mlir/Dialect/Linalg/IR/Linalg.h>
  <mlir/Dialect/MemRef/IR/MemRef.h>
  <mlir/Dialect/SCF/IR/SCF.h>
  <mlir/Dialect/Tensor/IR/Tensor.h>
  <mlir/Dialect/Vector/IR/VectorOps.h>
  <mlir/IR/Builders.h>
  <mlir/Pass/Pass.h>
  <mlir/Transforms/DialectConversion.h>)

foreach(library IN ITEMS GptcDialect GptcPasses GptcCompiler)
  target_precompile_headers(${library} REUSE_FROM GptcPrecompiled)
endforeach()
