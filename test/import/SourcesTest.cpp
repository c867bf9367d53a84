//===- SourcesTest.cpp - Changed files are rejected -----------------------===//

#include "compiler/checkpoint/Sources.h"
#include "compiler/checkpoint/Checkpoint.h"

#include "TestModel.h"
#include "compiler/import/HuggingFace.h"
#include "compiler/tokenizer/Source.h"
#include "mlir/IR/MLIRContext.h"

using namespace gptc;
using namespace llvm;

namespace {
struct SourcesTest : testing::Test {
  SourcesTest() { model.write(folder); }

  mlir::OwningOpRef<mlir::ModuleOp> import() {
    return cantFail(importModel(folder.path(), context));
  }

  std::string openError(mlir::ModuleOp module, StringRef directory) {
    auto checkpoint = Checkpoint::open(gpt::getModel(module), directory);
    return messageOf(checkpoint.takeError());
  }

  /// Returns the error of takeContentHashes() for the files as they are now.
  std::string takeHashes(mlir::ModuleOp module) {
    gpt::ModelOp model = gpt::getModel(module);
    auto checkpoint = cantFail(Checkpoint::open(model, folder.path()));
    return messageOf(
        takeContentHashes(model, checkpoint, hashContents(checkpoint)));
  }

  gpt::SourceAttr getSource(mlir::ModuleOp module) {
    return cast<gpt::SourceAttr>(gpt::getModel(module).getSources()[0]);
  }

  mlir::MLIRContext context;
  TemporaryFolder folder;
  TestModel model;
};
} // namespace

TEST_F(SourcesTest, opens_what_has_not_changed) {
  auto module = import();
  EXPECT_EQ(getSource(*module).getContent(), "");
  EXPECT_EQ(openError(*module, folder.path()), "");
  EXPECT_EQ(takeHashes(*module), "");
  EXPECT_NE(getSource(*module).getContent(), "");
  EXPECT_EQ(openError(*module, folder.path()), "");
  EXPECT_EQ(takeHashes(*module), "");
}

TEST_F(SourcesTest, opens_a_checkpoint_that_has_moved) {
  auto module = import();
  TemporaryFolder other;
  sys::fs::rename(folder.path("model.safetensors"),
                  other.path("model.safetensors"));
  EXPECT_EQ(openError(*module, folder.path()),
            "cannot read '" + folder.path("model.safetensors") +
                "': No such file or directory");
  EXPECT_EQ(openError(*module, other.path()), "");
  EXPECT_EQ(openError(*module, folder.path("gone")),
            "the checkpoint is not in '" + folder.path("gone") +
                "': --weights-from=DIR says where it lies now");
}

TEST_F(SourcesTest, refuses_another_header) {
  auto module = import();
  std::swap(model.tensors["transformer.h.0.ln_1.bias"],
            model.tensors["transformer.h.0.ln_1.weight"]);
  model.write(folder);
  EXPECT_EQ(openError(*module, folder.path()), ""); // same names and sizes
  model.add("new", {1});
  model.write(folder);
  EXPECT_TRUE(StringRef(openError(*module, folder.path()))
                  .starts_with("'" + folder.path("model.safetensors") +
                               "' has changed since the module was made: its "
                               "header hashes to "));
}

TEST_F(SourcesTest, refuses_another_content) {
  auto module = import();
  EXPECT_EQ(takeHashes(*module), "");
  gpt::SourceAttr source = getSource(*module);
  model.tensors["transformer.ln_f.bias"].bytes[3] ^= 1;
  model.write(folder);
  EXPECT_EQ(openError(*module, folder.path()), ""); // opening reads no content
  EXPECT_EQ(
      takeHashes(*module),
      ("'" + folder.path("model.safetensors") +
       "' has changed since the module was made: its content hashes to " +
       hashContent(
           (*MemoryBuffer::getFile(folder.path("model.safetensors")))
               ->getBuffer()) +
       ", expected \"" + source.getContent() + "\"")
          .str());
  EXPECT_EQ(getSource(*module), source);
}

TEST_F(SourcesTest, refuses_a_source_outside_the_folder) {
  auto module = import();
  for (StringRef file :
       {"../model.safetensors", "/etc/passwd", "a/b", "..", ""}) {
    gpt::getModel(*module).setSourcesAttr(mlir::ArrayAttr::get(
        &context, {gpt::SourceAttr::get(&context, file, "", "")}));
    EXPECT_EQ(
        openError(*module, folder.path()),
        ("source \"" + file + "\": found a path, expected a file name").str());
  }
}

TEST_F(SourcesTest, refuses_another_tokenizer) {
  folder.write("vocab.json", "{}");
  folder.write("merges.txt", "a b");
  auto module = import();
  auto tokenizer = *module->getOps<gpt::TokenizerOp>().begin();
  EXPECT_EQ(messageOf(checkTokenizer(tokenizer, folder.path())), "");
  folder.write("merges.txt", "a c");
  EXPECT_TRUE(StringRef(messageOf(checkTokenizer(tokenizer, folder.path())))
                  .starts_with("'" + folder.path("vocab.json") +
                               "' has changed since the module was made: its "
                               "content hashes to "));
}
