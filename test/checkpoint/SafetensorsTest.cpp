//===- SafetensorsTest.cpp - Tests of the safetensors reader --------------===//

#include "compiler/checkpoint/Safetensors.h"

#include "Support.h"

using namespace gptc;
using namespace llvm;

namespace {
struct SafetensorsTest : testing::Test {
  /// Returns the error for a file of these bytes, without its folder.
  std::string errorOf(StringRef bytes) {
    std::string path = folder.write("m.safetensors", bytes);
    auto file = SafetensorsFile::open(path);
    std::string message = messageOf(file.takeError());
    StringRef rest = message;
    EXPECT_TRUE(message.empty() || rest.consume_front(path + ": ")) << message;
    return rest.str();
  }

  std::string errorOf(StringRef header, StringRef data) {
    return errorOf(safetensors(header, data));
  }

  TemporaryFolder folder;
};
} // namespace

TEST_F(SafetensorsTest, finds_tensors_in_the_order_of_their_data) {
  auto file = SafetensorsFile::open(folder.write(
      "m.safetensors",
      safetensors(
          R"({"b": {"dtype": "F16", "shape": [3], "data_offsets": [8, 14]},
                      "empty": {"dtype": "F32", "shape": [0, 5], "data_offsets": [8, 8]},
                      "scalar": {"dtype": "U8", "shape": [], "data_offsets": [14, 15]},
                      "new": {"dtype": "X1", "shape": [7], "data_offsets": [15, 16]},
                      "__metadata__": {"format": "pt"},
                      "a": {"dtype": "F32", "shape": [2, 1], "data_offsets": [0, 8]}}  )",
          "0123456789abcdef")));
  ASSERT_TRUE(bool(file)) << toString(file.takeError());
  std::string text;
  for (const StoredTensor &tensor : file->getTensors())
    text += tensor.name + ":" + tensor.type + ":" +
            std::to_string(tensor.shape.size()) + ":" +
            std::string(tensor.bytes.begin(), tensor.bytes.end()) + " ";
  EXPECT_EQ(text, "a:F32:2:01234567 empty:F32:2: b:F16:1:89abcd scalar:U8:0:e "
                  "new:X1:1:f ");
}

TEST_F(SafetensorsTest, refuses_what_is_no_file) {
  EXPECT_EQ(messageOf(SafetensorsFile::open(folder.path("none")).takeError()),
            "cannot read '" + folder.path("none") +
                "': No such file or directory");
  EXPECT_EQ(messageOf(SafetensorsFile::open(folder.path()).takeError()),
            "cannot read '" + folder.path() + "': it is not a regular file");
}

TEST_F(SafetensorsTest, refuses_a_broken_header) {
  EXPECT_EQ(errorOf(""), "file: found 0 bytes, expected the 8 of the header's "
                         "length, then the header");
  EXPECT_EQ(errorOf("1234567"), "file: found 7 bytes, expected the 8 of the "
                                "header's length, then the header");
  EXPECT_EQ(
      errorOf(StringRef("\0\0\0\0\0\0\0\x80{}", 10)),
      "header: found a length of 9223372036854775808, expected at most 2");
  EXPECT_EQ(errorOf(StringRef("\3\0\0\0\0\0\0\0{}", 10)),
            "header: found a length of 3, expected at most 2");
  EXPECT_EQ(
      errorOf("\xff\xff\xff\xff\xff\xff\xff\xff{}"),
      "header: found a length of 18446744073709551615, expected at most 2");
  EXPECT_EQ(errorOf("{", ""), "header: text: found [1:1, byte=1]: Expected "
                              "object key, expected JSON");
  EXPECT_EQ(errorOf("", ""), "header: text: found [1:0, byte=0]: Unexpected "
                             "EOF, expected JSON");
  EXPECT_EQ(errorOf("[]", ""), "header: found [], expected an object");
  EXPECT_EQ(errorOf(" {}", ""), "header: found {}, expected an object");
  EXPECT_EQ(errorOf("{\"\xff\": 1}", ""),
            "header: text: found [1:1, byte=1]: Invalid UTF-8 sequence, "
            "expected JSON");
  EXPECT_EQ(errorOf(std::string(1 << 20, '['), ""),
            "header: JSON: found more than 64 levels, expected at most that");
  std::string deep;
  for (int i = 0; i < 100000; ++i)
    deep += "{\"a\":";
  EXPECT_EQ(errorOf(deep, ""),
            "header: JSON: found more than 64 levels, expected at most that");
}

TEST_F(SafetensorsTest, refuses_a_name_that_stands_twice) {
  StringRef tensor = R"({"dtype": "U8", "shape": [1], "data_offsets": [0, 1]})";
  EXPECT_EQ(
      errorOf(("{\"a\": " + tensor + ", \"a\" :" + tensor + "}").str(), "x"),
      "header: key \"a\": found it twice, expected it once");
  EXPECT_EQ(
      errorOf(("{\"a\": " + tensor + ", \"\\u0061\":" + tensor + "}").str(),
              "x"),
      "header: key \"a\": found it twice, expected it once");
  EXPECT_EQ(errorOf(R"({"a": {"dtype": "U8", "shape": [1], "shape": [2],
                        "data_offsets": [0, 1]}})",
                    "x"),
            "header: key \"shape\": found it twice, expected it once");
}

TEST_F(SafetensorsTest, refuses_an_entry_of_a_wrong_type) {
  EXPECT_EQ(errorOf(R"({"a": 5})", ""),
            "tensor \"a\": found 5, expected an object");
  EXPECT_EQ(errorOf(R"({"a\n": null})", ""),
            "tensor \"a\\n\": found null, expected an object");
  EXPECT_EQ(errorOf(R"({"a": {}})", ""),
            "tensor \"a\": dtype: found nothing, expected a text");
  EXPECT_EQ(errorOf(R"({"a": {"dtype": 1}})", ""),
            "tensor \"a\": dtype: found 1, expected a text");
  EXPECT_EQ(errorOf(R"({"a": {"dtype": "U8"}})", ""),
            "tensor \"a\": shape: found nothing, expected an array of sizes");
  for (StringRef shape : {"[-1]", "[1.5]", "[\"1\"]", "[9223372036854775808]",
                          "[1e300]", "7", "[null,1]"})
    EXPECT_EQ(errorOf(("{\"a\": {\"dtype\": \"U8\", \"shape\": " + shape +
                       ", \"data_offsets\": [0, 0]}}")
                          .str(),
                      "")
                  .substr(0, 17),
              "tensor \"a\": shape")
        << shape.str();
}

TEST_F(SafetensorsTest, refuses_offsets_beyond_the_file) {
  for (StringRef offsets :
       {"[0, 5]", "[3, 2]", "[-1, 4]", "[0, 18446744073709551615]",
        "[18446744073709551615, 4]", "[0]", "[0, 4, 4]", "[0, 3.5]",
        "[0, 1e30]", "null", "[\"0\", 4]"})
    EXPECT_NE(errorOf(("{\"a\": {\"dtype\": \"U8\", \"shape\": [4], "
                       "\"data_offsets\": " +
                       offsets + "}}")
                          .str(),
                      "wxyz")
                  .find("expected [begin, end] with begin <= end <= 4"),
              std::string::npos)
        << offsets.str();
}

TEST_F(SafetensorsTest, refuses_a_size_that_is_not_the_shapes) {
  auto withShape = [&](StringRef type, StringRef shape) {
    return errorOf(("{\"a\": {\"dtype\": \"" + type +
                    "\", \"shape\": " + shape + ", \"data_offsets\": [0, 4]}}")
                       .str(),
                   "wxyz");
  };
  EXPECT_EQ(withShape("F16", "[2]"), "");
  EXPECT_EQ(withShape("F4", "[8]"), "");
  EXPECT_EQ(withShape("F16", "[3]"),
            "tensor \"a\": found 4 bytes, expected those of F16 [3]");
  EXPECT_EQ(withShape("F4", "[7]"),
            "tensor \"a\": found 4 bytes, expected those of F4 [7]");
  // The products are 2^64, 2^66 and, with a zero, 0.
  EXPECT_NE(withShape("F32", "[4611686018427387904, 4]"), "");
  EXPECT_NE(withShape("U8", "[4294967296, 4294967296, 4]"), "");
  EXPECT_NE(withShape("U8", "[4294967296, 4294967296, 0]"), "");
}

TEST_F(SafetensorsTest, refuses_overlaps_and_holes) {
  auto two = [&](StringRef first, StringRef second, StringRef data) {
    return errorOf(("{\"a\": {\"dtype\": \"X\", \"shape\": [], "
                    "\"data_offsets\": " +
                    first +
                    "}, \"b\": {\"dtype\": \"X\", \"shape\": [], "
                    "\"data_offsets\": " +
                    second + "}}")
                       .str(),
                   data);
  };
  EXPECT_EQ(two("[0, 2]", "[2, 4]", "wxyz"), "");
  EXPECT_EQ(two("[0, 2]", "[1, 4]", "wxyz"),
            "tensor \"b\": found data from byte 1, expected from byte 2, where "
            "the tensor before it ends");
  EXPECT_EQ(two("[0, 4]", "[0, 4]", "wxyz"),
            "tensor \"b\": found data from byte 0, expected from byte 4, where "
            "the tensor before it ends");
  EXPECT_EQ(two("[0, 1]", "[2, 4]", "wxyz"),
            "tensor \"b\": found data from byte 2, expected from byte 1, where "
            "the tensor before it ends");
  EXPECT_EQ(two("[0, 1]", "[1, 2]", "wxyz"),
            "data: found 2 bytes after the last tensor, expected none");
}

TEST_F(SafetensorsTest, refuses_a_file_that_is_cut_anywhere) {
  std::mt19937 random(1);
  std::string bytes = safetensors({{"a", randomTensor("F32", {3, 2}, random)},
                                   {"b", randomTensor("F16", {5}, random)}});
  EXPECT_EQ(errorOf(bytes), "");
  for (size_t size = 0; size < bytes.size(); ++size)
    EXPECT_NE(errorOf(StringRef(bytes).take_front(size)), "") << size;
}

TEST_F(SafetensorsTest, survives_mutations) {
  std::mt19937 random(2);
  std::string valid =
      safetensors({{"a", randomTensor("F32", {3, 2}, random)},
                   {"b", randomTensor("F16", {5}, random)},
                   {"c", randomTensor("BF16", {1, 4}, random)}});
  for (int i = 0; i < 1000; ++i) {
    std::string bytes = valid;
    for (size_t n = random() % 4 + 1; n > 0; --n) {
      size_t at = random() % bytes.size();
      switch (random() % 4) {
      case 0:
        bytes[at] = random();
        break;
      case 1: // digits, quotes and brackets do the most harm
        bytes[at] = "0123456789-.e\"{}[],:"[random() % 20];
        break;
      case 2:
        bytes.erase(at, random() % 3);
        break;
      case 3:
        bytes.insert(at, bytes.substr(random() % bytes.size(), random() % 9));
      }
    }
    std::string path = folder.write("m.safetensors", bytes);
    auto file = SafetensorsFile::open(path);
    if (!file) {
      EXPECT_NE(messageOf(file.takeError()), "");
      continue;
    }
    unsigned sum = 0;
    for (const StoredTensor &tensor : file->getTensors())
      for (char byte : tensor.bytes) // must be mapped
        sum += static_cast<unsigned char>(byte);
    EXPECT_LE(sum, 255 * bytes.size());
  }
}
