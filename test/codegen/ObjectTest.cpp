//===- ObjectTest.cpp -----------------------------------------------------===//

#include "Support.h"

using namespace gptc;

static constexpr llvm::StringRef multiplyAdd = R"(
  llvm.func @multiply_add(%a: !llvm.ptr, %b: !llvm.ptr) {
    %0 = llvm.load %a : !llvm.ptr -> vector<16xf32>
    %1 = llvm.load %b : !llvm.ptr -> vector<16xf32>
    %2 = llvm.fmul %0, %1 : vector<16xf32>
    %3 = llvm.fadd %2, %1 : vector<16xf32>
    llvm.store %3, %b : vector<16xf32>, !llvm.ptr
    llvm.return
  })";

static std::string assembly(llvm::StringRef triple, llvm::StringRef march) {
  return compile(multiplyAdd, makeTarget(triple, march), CodeForm::assembly);
}

static bool contains(const std::string &text, const char *part) {
  return text.find(part) != text.npos;
}

TEST(Object, KeepsWideVectorsWhereTheCpuHasThem) {
  EXPECT_TRUE(contains(assembly("x86_64-linux-gnu", "x86-64-v4"), "%zmm"));
  EXPECT_TRUE(contains(assembly("x86_64-linux-gnu", "x86-64-v3"), "%ymm"));
  EXPECT_FALSE(contains(assembly("x86_64-linux-gnu", "x86-64-v3"), "%zmm"));
  EXPECT_TRUE(contains(assembly("aarch64-linux-gnu", "generic"), ".4s"));
}

TEST(Object, NeverContractsAMultiplicationAndAnAddition) {
  EXPECT_FALSE(contains(assembly("x86_64-linux-gnu", "x86-64-v4"), "fmadd"));
  EXPECT_FALSE(contains(assembly("aarch64-linux-gnu", "generic"), "fmla"));
}

TEST(Object, GivesTheSameBytesForTheSameModule) {
  Target target = makeTarget("x86_64-linux-gnu", "x86-64-v3");
  std::string object = compile(multiplyAdd, target, CodeForm::object);
  EXPECT_EQ(object.substr(0, 4), "\177ELF");
  EXPECT_EQ(compile(multiplyAdd, target, CodeForm::object), object);
}

TEST(Object, HasASectionForEachFunction) {
  EXPECT_TRUE(contains(assembly("x86_64-linux-gnu", "x86-64-v3"),
                       ".section\t.text.multiply_add"));
}

TEST(Object, WritesLlvmIrForItsTarget) {
  std::string ir =
      compile(multiplyAdd, makeTarget("x86_64-linux-gnu", "x86-64-v4"),
              CodeForm::llvmIr);
  EXPECT_TRUE(contains(ir, "source_filename = \"gptc\""));
  EXPECT_TRUE(contains(ir, "target triple = \"x86_64-unknown-linux-gnu\""));
  EXPECT_TRUE(contains(ir, "\"target-cpu\"=\"x86-64-v4\""));
  EXPECT_TRUE(contains(ir, "\"prefer-vector-width\"=\"512\""));
}
