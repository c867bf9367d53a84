//===- LinkTest.cpp -------------------------------------------------------===//

#include "compiler/codegen/Link.h"
#include "Support.h"
#include "llvm/Object/ELFObjectFile.h"

using namespace gptc;
using llvm::object::ELF64LEObjectFile;

/// The symbol that the runtime needs from a model; its contents do not matter.
static constexpr llvm::StringRef model = R"(
  llvm.mlir.global external constant @gptc_model(dense<0> : tensor<64xi64>)
      : !llvm.array<64 x i64>)";

static llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
link(llvm::StringRef source, const Target &target,
     llvm::StringRef resources = GPTC_RESOURCES) {
  return linkProgram(compile(source, target, CodeForm::object), target,
                     resources);
}

static bool hasTarget(const char *name) {
  return llvm::sys::fs::is_directory(llvm::Twine(GPTC_RESOURCES "/") + name);
}

static std::vector<std::string> neededLibraries(const llvm::MemoryBuffer &elf) {
  auto object =
      llvm::cantFail(ELF64LEObjectFile::create(elf.getMemBufferRef()));
  const auto &file = object.getELFFile();
  std::vector<std::string> names;
  llvm::StringRef strings;
  for (const auto &section : llvm::cantFail(file.sections()))
    if (llvm::cantFail(file.getSectionName(section)) == ".dynstr")
      strings = llvm::cantFail(file.getStringTable(section));
  for (const auto &entry : llvm::cantFail(file.dynamicEntries()))
    if (entry.getTag() == llvm::ELF::DT_NEEDED)
      names.push_back(strings.drop_front(entry.getVal()).data());
  return names;
}

class Link : public testing::TestWithParam<const char *> {
protected:
  void SetUp() override {
    if (!hasTarget(GetParam()))
      GTEST_SKIP() << "no cross packages";
  }
  Target target() const {
    llvm::StringRef name = GetParam();
    return makeTarget(name,
                      name.starts_with("x86_64") ? "x86-64-v3" : "generic");
  }
};

INSTANTIATE_TEST_SUITE_P(Targets, Link,
                         testing::Values("x86_64-linux-gnu",
                                         "aarch64-linux-gnu"));

TEST_P(Link, NeedsLibcAndNothingElse) {
  auto program = link(model, target());
  ASSERT_TRUE(!!program) << llvm::toString(program.takeError());
  EXPECT_EQ(neededLibraries(**program), std::vector<std::string>{"libc.so.6"});
}

TEST_P(Link, GivesTheSameBytesForTheSameObject) {
  auto first = link(model, target());
  auto second = link(model, target());
  ASSERT_TRUE(first && second);
  EXPECT_EQ((*first)->getBuffer(), (*second)->getBuffer());
}

TEST_P(Link, SaysWhichSymbolIsMissing) {
  auto program = link(R"(
    llvm.func @expf(f32) -> f32
    llvm.func @gptc_model(%x: f32) -> f32 {
      %0 = llvm.call @expf(%x) : (f32) -> f32
      llvm.return %0 : f32
    })",
                      target());
  ASSERT_FALSE(!!program);
  EXPECT_EQ(llvm::toString(program.takeError()),
            "cannot link: undefined symbol: expf");
}

TEST(Link, ListsTheTargetsThatItHas) {
  ScratchFolder folder;
  ASSERT_FALSE(llvm::sys::fs::create_directory(folder / "riscv64-linux-gnu"));
  auto program =
      link(model, makeTarget("x86_64-linux-gnu", "x86-64-v3"), folder / "");
  ASSERT_FALSE(!!program);
  EXPECT_EQ(llvm::toString(program.takeError()),
            "'" + folder / "" +
                "' has no runtime for the target x86_64-linux-gnu: it has "
                "riscv64-linux-gnu");
}
