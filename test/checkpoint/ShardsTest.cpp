//===- ShardsTest.cpp - Tests of checkpoints of several files -------------===//

#include "compiler/checkpoint/Shards.h"

#include "GgufWriter.h"
#include "Support.h"

using namespace gptc;
using namespace llvm;

namespace {
struct ShardsTest : testing::Test {
  TemporaryFolder folder;

  /// Returns the names and files of all tensors, or the error message without
  /// the folder.
  std::string read(Expected<Checkpoint> checkpoint) {
    if (!checkpoint) {
      std::string message = messageOf(checkpoint.takeError());
      for (size_t at; (at = message.find(folder.path())) != std::string::npos;)
        message.replace(at, folder.path().size(), "DIR");
      return message;
    }
    std::string text;
    for (const StoredTensor *tensor : checkpoint->getTensors())
      text += tensor->name + " " +
              sys::path::filename(checkpoint->getPath(tensor->name)).str() +
              " " + std::string(tensor->bytes.begin(), tensor->bytes.end()) +
              "\n";
    return text;
  }

  std::string readIndex(StringRef index) {
    folder.write("index.json", index);
    return read(openIndexedShards(folder.path(), "index.json"));
  }

  /// Writes a shard of one tensor.
  void writeShard(StringRef file, uint16_t number, uint16_t count,
                  int32_t tensors, StringRef name) {
    GgufWriter writer;
    writer.key("split.no", 2, bytesOf(number))
        .key("split.count", 2, bytesOf(count))
        .key("split.tensors.count", 5, bytesOf(tensors))
        .tensor(name, {1}, 0, (name + "...").str());
    folder.write(file, writer.file());
  }

  std::string readGguf(StringRef file) {
    return read(openGguf(folder.path(file)));
  }
};

struct IndexedShardsTest : ShardsTest {
  IndexedShardsTest() {
    folder.write("1.safetensors",
                 safetensors({{"a", {"U8", {1}, "A"}}, {"c", {"U8", {1}, "C"}}}));
    folder.write("2.safetensors", safetensors({{"b", {"U8", {1}, "B"}}}));
  }
};
} // namespace

TEST_F(IndexedShardsTest, reads_the_files_that_the_index_names) {
  EXPECT_EQ(readIndex(R"({"metadata": {"total_size": 3}, "weight_map":
                         {"a": "1.safetensors", "b": "2.safetensors",
                          "c": "1.safetensors"}})"),
            "a 1.safetensors A\nc 1.safetensors C\nb 2.safetensors B\n");
}

TEST_F(IndexedShardsTest, refuses_an_index_that_is_none) {
  EXPECT_EQ(readIndex("[]"),
            "DIR/index.json: text: found [], expected an object");
  for (StringRef none : {"{}", R"({"weight_map": {}})", R"({"weight_map": 5})"})
    EXPECT_TRUE(StringRef(readIndex(none))
                    .ends_with("expected an object of tensors and their files"))
        << none.str();
  for (StringRef file : {"5", "\"../1.safetensors\"", "\"/1.safetensors\"",
                         "\"model.bin\"", "\"\"", "null"})
    EXPECT_EQ(readIndex(("{\"weight_map\": {\"a\": " + file + "}}").str()),
              ("DIR/index.json: weight_map: \"a\": found " + file +
               ", expected the name of a .safetensors file")
                  .str());
}

TEST_F(IndexedShardsTest, holds_the_index_to_the_files) {
  EXPECT_EQ(readIndex(R"({"weight_map": {"a": "3.safetensors"}})"),
            "cannot read 'DIR/3.safetensors': No such file or directory");
  EXPECT_EQ(readIndex(R"({"weight_map": {"a": "1.safetensors",
                          "c": "2.safetensors", "b": "2.safetensors"}})"),
            "DIR/index.json: weight_map: \"c\": found \"2.safetensors\", "
            "expected \"1.safetensors\", which holds it");
  EXPECT_EQ(readIndex(R"({"weight_map": {"a": "1.safetensors",
                          "c": "1.safetensors", "d": "1.safetensors"}})"),
            "DIR/index.json: weight_map: \"d\": found \"1.safetensors\", "
            "expected a file that holds it");
  EXPECT_EQ(readIndex(R"({"weight_map": {"a": "1.safetensors"}})"),
            "DIR/1.safetensors: tensor \"c\": found U8 [1], expected none that "
            "DIR/index.json leaves out");
}

TEST_F(IndexedShardsTest, refuses_a_tensor_in_two_files) {
  folder.write("2.safetensors", safetensors({{"a", {"U8", {1}, "B"}}}));
  EXPECT_EQ(readIndex(R"({"weight_map": {"a": "2.safetensors",
                          "c": "1.safetensors"}})"),
            "DIR/2.safetensors: tensor \"a\": found it in two files, expected "
            "it in one");
}

TEST_F(ShardsTest, reads_a_gguf_file_alone) {
  GgufWriter writer;
  folder.write("m.gguf", writer.tensor("a", {1}, 0, "wxyz").file());
  EXPECT_EQ(readGguf("m.gguf"), "a m.gguf wxyz\n");
}

TEST_F(ShardsTest, reads_all_files_of_a_gguf_model) {
  writeShard("m-00001-of-00002.gguf", 0, 2, 2, "a");
  writeShard("m-00002-of-00002.gguf", 1, 2, 2, "b");
  EXPECT_EQ(readGguf("m-00001-of-00002.gguf"),
            "a m-00001-of-00002.gguf a...\nb m-00002-of-00002.gguf b...\n");
}

TEST_F(ShardsTest, asks_for_the_first_of_gguf_files) {
  writeShard("m-00002-of-00002.gguf", 1, 2, 2, "b");
  EXPECT_EQ(readGguf("m-00002-of-00002.gguf"),
            "DIR/m-00002-of-00002.gguf: file: found "
            "\"m-00002-of-00002.gguf\", expected a name that ends in "
            "-00001-of-00002.gguf, the first of all files");
}

TEST_F(ShardsTest, holds_gguf_files_to_each_other) {
  writeShard("m-00001-of-00002.gguf", 0, 2, 3, "a");
  EXPECT_EQ(readGguf("m-00001-of-00002.gguf"),
            "cannot read 'DIR/m-00002-of-00002.gguf': No such file or "
            "directory");
  writeShard("m-00002-of-00002.gguf", 1, 2, 3, "b");
  EXPECT_EQ(readGguf("m-00001-of-00002.gguf"),
            "DIR/m-00001-of-00002.gguf: key \"split.tensors.count\": found 3, "
            "expected 2");
  writeShard("m-00002-of-00002.gguf", 0, 2, 2, "b");
  EXPECT_EQ(readGguf("m-00001-of-00002.gguf"),
            "DIR/m-00002-of-00002.gguf: key \"split.no\": found 0, expected 1");
  writeShard("m-00002-of-00002.gguf", 1, 3, 2, "b");
  EXPECT_EQ(readGguf("m-00001-of-00002.gguf"),
            "DIR/m-00002-of-00002.gguf: key \"split.count\": found 3, "
            "expected 2");
  folder.write("m-00002-of-00002.gguf", GgufWriter().file());
  EXPECT_EQ(readGguf("m-00001-of-00002.gguf"),
            "DIR/m-00002-of-00002.gguf: key \"split.no\": found nothing, "
            "expected a value");
}
