//===- Support.h - Helpers of the code generation tests -------------------===//

#ifndef GPTC_TEST_CODEGEN_SUPPORT_H
#define GPTC_TEST_CODEGEN_SUPPORT_H

#include "compiler/codegen/Object.h"
#include "compiler/codegen/Target.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "gtest/gtest.h"

namespace gptc {

/// A folder that is removed with its contents.
class ScratchFolder {
public:
  ScratchFolder() {
    std::error_code code = llvm::sys::fs::createUniqueDirectory("gptc", path);
    EXPECT_FALSE(code) << code.message();
  }
  ~ScratchFolder() { llvm::sys::fs::remove_directories(path); }

  std::string operator/(llvm::StringRef name) const {
    llvm::SmallString<128> file = path;
    llvm::sys::path::append(file, name);
    return std::string(file);
  }
  /// Returns the names of the files in it.
  std::vector<std::string> list() const {
    std::vector<std::string> names;
    std::error_code code;
    for (llvm::sys::fs::directory_iterator it(path, code), end;
         !code && it != end; it.increment(code))
      names.push_back(llvm::sys::path::filename(it->path()).str());
    return names;
  }

private:
  llvm::SmallString<128> path;
};

inline std::string readFile(const std::string &path) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  EXPECT_TRUE(!!buffer) << path;
  return buffer ? (*buffer)->getBuffer().str() : "";
}

inline std::string compile(llvm::StringRef source, const Target &target,
                           CodeForm form) {
  mlir::MLIRContext context;
  context.loadDialect<mlir::LLVM::LLVMDialect>();
  auto module = mlir::parseSourceString<mlir::ModuleOp>(source, &context);
  EXPECT_TRUE(module);
  llvm::SmallString<0> bytes;
  llvm::raw_svector_ostream stream(bytes);
  llvm::Error error = emitCode(*module, target, form, stream);
  EXPECT_FALSE(!!error) << llvm::toString(std::move(error));
  return std::string(bytes);
}

inline Target makeTarget(llvm::StringRef triple, llvm::StringRef march) {
  return llvm::cantFail(Target::create(triple, march));
}

} // namespace gptc

#endif // GPTC_TEST_CODEGEN_SUPPORT_H
