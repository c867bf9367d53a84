//===- GgufTest.cpp - Tests of the GGUF reader ----------------------------===//

#include "compiler/checkpoint/Gguf.h"

#include "GgufWriter.h"
#include "Support.h"

using namespace gptc;
using namespace llvm;

namespace {
struct GgufTest : testing::Test {
  TemporaryFolder folder;

  Expected<GgufFile> open(StringRef bytes) {
    return GgufFile::open(folder.write("m.gguf", bytes));
  }

  GgufFile read(const GgufWriter &writer) {
    return cantFail(open(writer.file()));
  }

  /// Returns the error message without the path.
  std::string errorOf(StringRef bytes) {
    auto file = open(bytes);
    if (file)
      return "";
    return strip(file.takeError());
  }

  std::string strip(Error error) {
    std::string message = messageOf(std::move(error));
    std::string prefix = folder.path("m.gguf") + ": ";
    EXPECT_EQ(message.substr(0, prefix.size()), prefix);
    return message.substr(prefix.size());
  }

  template <typename T>
  std::string errorOf(const GgufFile &file, StringRef key) {
    auto value = file.find<T>(key);
    return value ? "" : strip(value.takeError());
  }
};
} // namespace

/// Creates a file with two tensors and keys of every kind.
static GgufWriter makeModel() {
  GgufWriter writer;
  writer.text("general.architecture", "llama")
      .u32("llama.block_count", 5)
      .f32("llama.epsilon", 0.5f)
      .key("flag", 7, "\1")
      .key("wide", 10, bytesOf<uint64_t>(1))
      .array("scores", 6, 2, bytesOf(1.5f) + bytesOf(-2.f))
      .array("texts", 8, 2, ggufText("a") + ggufText(""))
      .tensor("a", {2, 3}, 0, std::string(24, 'a'))
      .tensor("b", {2, 64}, 2, std::string(72, 'b'));
  return writer;
}

TEST_F(GgufTest, reads_values_of_every_type) {
  GgufWriter writer;
  writer.key("u8", 0, bytesOf<uint8_t>(200))
      .key("i8", 1, bytesOf<int8_t>(-3))
      .key("u16", 2, bytesOf<uint16_t>(60000))
      .key("i16", 3, bytesOf<int16_t>(-300))
      .u32("u32", 4000000000)
      .key("i32", 5, bytesOf<int32_t>(-70000))
      .f32("f32", -0.25f)
      .key("true", 7, "\1")
      .key("false", 7, std::string(1, 0))
      .text("text", "caf\xc3\xa9")
      .key("u64", 10, bytesOf<uint64_t>(INT64_MAX))
      .key("i64", 11, bytesOf<int64_t>(INT64_MIN))
      .key("f64", 12, bytesOf<double>(1e300))
      .key("huge", 10, bytesOf<uint64_t>(UINT64_MAX));
  GgufFile file = read(writer);
  auto integer = [&](StringRef key) {
    return cantFail(file.get<int64_t>(key));
  };
  EXPECT_EQ(integer("u8"), 200);
  EXPECT_EQ(integer("i8"), -3);
  EXPECT_EQ(integer("u16"), 60000);
  EXPECT_EQ(integer("i16"), -300);
  EXPECT_EQ(integer("u32"), 4000000000);
  EXPECT_EQ(integer("i32"), -70000);
  EXPECT_EQ(integer("u64"), INT64_MAX);
  EXPECT_EQ(integer("i64"), INT64_MIN);
  EXPECT_EQ(cantFail(file.get<double>("f32")), -0.25);
  EXPECT_EQ(cantFail(file.get<double>("f64")), 1e300);
  EXPECT_EQ(cantFail(file.get<double>("i16")), -300);
  EXPECT_EQ(cantFail(file.get<double>("huge")), 0x1p64);
  EXPECT_TRUE(cantFail(file.get<bool>("true")));
  EXPECT_FALSE(cantFail(file.get<bool>("false")));
  EXPECT_EQ(cantFail(file.get<StringRef>("text")), "caf\xc3\xa9");
  EXPECT_EQ(errorOf<int64_t>(file, "huge"),
            "key \"huge\": found uint64 18446744073709551615, expected an "
            "integer below 2^63");
}

TEST_F(GgufTest, reads_arrays_where_they_lie) {
  GgufWriter writer;
  writer.array("i16", 3, 3, bytesOf<int16_t>(-1) + bytesOf<int16_t>(2) +
                                bytesOf<int16_t>(3))
      .array("f32", 6, 2, bytesOf(1.5f) + bytesOf(-2.f))
      .array("texts", 8, 3, ggufText("a") + ggufText("") + ggufText("bc"))
      .array("none", 8, 0, "")
      .array("huge", 10, 2, bytesOf<uint64_t>(1) + bytesOf<uint64_t>(-1));
  GgufFile file = read(writer);
  auto integers = cantFail(file.get<GgufArray<int64_t>>("i16"));
  ASSERT_EQ(integers.size(), 3u);
  EXPECT_EQ(integers[0], -1);
  EXPECT_EQ(integers[2], 3);
  auto numbers = cantFail(file.get<GgufArray<double>>("f32"));
  ASSERT_EQ(numbers.size(), 2u);
  EXPECT_EQ(numbers[0], 1.5);
  EXPECT_EQ(numbers[1], -2);
  EXPECT_EQ(cantFail(file.get<GgufArray<double>>("i16"))[1], 2);
  EXPECT_EQ(cantFail(file.get<std::vector<StringRef>>("texts")),
            (std::vector<StringRef>{"a", "", "bc"}));
  EXPECT_EQ(cantFail(file.get<std::vector<StringRef>>("none")).size(), 0u);
  EXPECT_EQ(errorOf<GgufArray<int64_t>>(file, "huge"),
            "key \"huge\": found an array of 2 uint64, expected an array of "
            "integers below 2^63");
}

TEST_F(GgufTest, names_the_key_of_a_wrong_type) {
  GgufFile file = read(makeModel());
  EXPECT_EQ(errorOf<int64_t>(file, "general.architecture"),
            "key \"general.architecture\": found \"llama\", expected an "
            "integer below 2^63");
  EXPECT_EQ(errorOf<int64_t>(file, "llama.epsilon"),
            "key \"llama.epsilon\": found float32 0.5, expected an integer "
            "below 2^63");
  EXPECT_EQ(errorOf<StringRef>(file, "llama.block_count"),
            "key \"llama.block_count\": found uint32 5, expected a text");
  EXPECT_EQ(errorOf<bool>(file, "wide"),
            "key \"wide\": found uint64 1, expected true or false");
  EXPECT_EQ(errorOf<double>(file, "flag"),
            "key \"flag\": found true, expected a number");
  EXPECT_EQ(errorOf<StringRef>(file, "texts"),
            "key \"texts\": found an array of 2 text, expected a text");
  EXPECT_EQ(errorOf<std::vector<StringRef>>(file, "scores"),
            "key \"scores\": found an array of 2 float32, expected an array "
            "of texts");
  EXPECT_EQ(errorOf<GgufArray<int64_t>>(file, "scores"),
            "key \"scores\": found an array of 2 float32, expected an array "
            "of integers below 2^63");
  EXPECT_EQ(errorOf<GgufArray<double>>(file, "texts"),
            "key \"texts\": found an array of 2 text, expected an array of "
            "numbers");
  EXPECT_EQ(cantFail(file.find<bool>("none")), std::nullopt);
  EXPECT_EQ(strip(file.get<bool>("none").takeError()),
            "key \"none\": found nothing, expected a value");
}

TEST_F(GgufTest, reads_tensors_row_major) {
  for (uint32_t version : {2, 3}) {
    GgufWriter writer = makeModel();
    writer.version = version;
    GgufFile file = read(writer);
    std::string text;
    for (const StoredTensor &tensor : file.getTensors()) {
      text += tensor.name + " " + tensor.type;
      for (int64_t size : tensor.shape)
        text += " " + std::to_string(size);
      text += " " + std::string(tensor.bytes.begin(), tensor.bytes.end()) +
              "\n";
    }
    EXPECT_EQ(text, "a F32 2 3 " + std::string(24, 'a') + "\nb Q4_0 2 64 " +
                        std::string(72, 'b') + "\n");
    EXPECT_EQ(file.getHeader().str() + writer.data, file.getContent());
  }
}

TEST_F(GgufTest, aligns_as_the_file_says) {
  GgufWriter writer;
  writer.alignment = 64;
  writer.u32("general.alignment", 64)
      .tensor("a", {1}, 0, "wxyz")
      .tensor("b", {1}, 0, "1234");
  GgufFile file = read(writer);
  ASSERT_EQ(file.getTensors().size(), 2u);
  EXPECT_EQ(StringRef(file.getTensors()[1].bytes.data(), 4), "1234");
  EXPECT_EQ(file.getHeader().size() % 64, 0u);
  for (uint32_t alignment : {0u, 3u, 1u << 31})
    EXPECT_EQ(errorOf(GgufWriter().u32("general.alignment", alignment).file()),
              "key \"general.alignment\": found " +
                  std::to_string(alignment) +
                  ", expected a power of two, at most 2^30");
  EXPECT_EQ(errorOf(GgufWriter().text("general.alignment", "x").file()),
            "key \"general.alignment\": found \"x\", expected an integer below "
            "2^63");
}

TEST_F(GgufTest, reads_a_file_without_tensors_and_padding) {
  std::string bytes = GgufWriter().u32("x", 5).file();
  GgufFile file = cantFail(open(StringRef(bytes).take_front(41)));
  EXPECT_EQ(file.getTensors().size(), 0u);
  EXPECT_EQ(file.getHeader().size(), 41u);
}

TEST_F(GgufTest, refuses_what_is_no_file) {
  EXPECT_EQ(messageOf(GgufFile::open(folder.path("none")).takeError()),
            "cannot read '" + folder.path("none") +
                "': No such file or directory");
  EXPECT_EQ(errorOf(""),
            "file: found 0 bytes up to the file's end, expected 4");
  EXPECT_EQ(errorOf("GGML...."),
            "file: found it starts with \"GGML\", expected \"GGUF\"");
}

TEST_F(GgufTest, refuses_other_versions) {
  GgufWriter writer;
  writer.version = 1;
  EXPECT_EQ(errorOf(writer.file()),
            "version: found 1, expected 2 or 3, little-endian");
  writer.version = 4;
  EXPECT_EQ(errorOf(writer.file()),
            "version: found 4, expected 2 or 3, little-endian");
  writer.version = 3u << 24;
  EXPECT_EQ(errorOf(writer.file()), "version: found 3, big-endian, expected 2 "
                                    "or 3, little-endian");
}


TEST_F(GgufTest, refuses_counts_and_lengths_beyond_the_file) {
  auto isCut = [&](GgufWriter writer, StringRef what) {
    writer.alignment = 1; // no padding follows the tables
    std::string message = errorOf(writer.file());
    return StringRef(message).starts_with(what) &&
           StringRef(message).contains("up to the file's end");
  };
  GgufWriter keys, tensors;
  keys.u32("x", 5).keyCount = UINT64_MAX;
  EXPECT_TRUE(isCut(keys, "key 1: "));
  tensors.tensorCount = UINT64_MAX;
  EXPECT_TRUE(isCut(tensors, "tensor 0: "));
  std::string values(32, 0);
  for (uint64_t count : {uint64_t{9}, uint64_t{1} << 62, UINT64_MAX}) {
    EXPECT_TRUE(
        isCut(GgufWriter().array("a", 6, count, values), "key \"a\": "));
    EXPECT_TRUE(
        isCut(GgufWriter().array("a", 8, count, values), "key \"a\": "));
    EXPECT_TRUE(
        isCut(GgufWriter().key("a", 8, bytesOf(count) + "bc"), "key \"a\": "));
  }
  GgufWriter writer;
  writer.alignment = 1;
  EXPECT_EQ(errorOf(writer.array("a", 6, 3, "1234").file()),
            "key \"a\": found 4 bytes up to the file's end, expected 12");
}

TEST_F(GgufTest, refuses_types_that_do_not_exist) {
  EXPECT_EQ(errorOf(GgufWriter().key("a", 13, "").file()),
            "key \"a\": found type 13, expected at most 12");
  EXPECT_EQ(errorOf(GgufWriter().array("a", 99, 0, "").file()),
            "key \"a\": found type 99, expected at most 12");
  EXPECT_EQ(errorOf(GgufWriter().array("a", 9, 1, std::string(99, 0)).file()),
            "key \"a\": found an array of arrays, expected an array of plain "
            "values");
  EXPECT_EQ(errorOf(GgufWriter().entry("a", {1}, 4, 0).file()),
            "tensor \"a\": found type 4, expected a type of ggml");
}

TEST_F(GgufTest, refuses_names_that_stand_twice) {
  EXPECT_EQ(errorOf(GgufWriter().u32("a\n", 1).u32("a\n", 1).file()),
            "key \"a\\n\": found it twice, expected it once");
  EXPECT_EQ(errorOf(GgufWriter()
                        .tensor("a", {1}, 0, "1234")
                        .tensor("a", {1}, 0, "1234")
                        .file()),
            "tensor \"a\": found it twice, expected it once");
}

TEST_F(GgufTest, refuses_shapes_that_no_tensor_has) {
  EXPECT_EQ(errorOf(GgufWriter().entry("a", {1, 1, 1, 1, 1}, 0, 0).file()),
            "tensor \"a\": found 5 dimensions, expected at most 4");
  EXPECT_EQ(errorOf(GgufWriter().entry("a", {uint64_t{1} << 63}, 0, 0).file()),
            "tensor \"a\": found a dimension of 9223372036854775808, expected "
            "below 2^63");
  EXPECT_EQ(errorOf(GgufWriter().entry("a", {2, 48}, 2, 0).file()),
            "tensor \"a\": found rows of 48, expected Q4_0 blocks of 32");
}

TEST_F(GgufTest, refuses_data_beyond_the_file) {
  auto withEntry = [&](std::vector<uint64_t> shape, uint64_t offset) {
    GgufWriter writer;
    writer.entry("a", std::move(shape), 0, offset).data = std::string(64, 'x');
    return errorOf(writer.file());
  };
  EXPECT_EQ(withEntry({16}, 0), "");
  EXPECT_EQ(withEntry({8}, 32), "");
  EXPECT_EQ(withEntry({}, 32), "");
  EXPECT_EQ(withEntry({0}, 64), "");
  StringRef expected = ", expected them to start at a multiple of 32 and to "
                       "end by byte 64";
  EXPECT_EQ(withEntry({17}, 0),
            ("tensor \"a\": found 68 bytes from byte 0" + expected).str());
  EXPECT_EQ(withEntry({9}, 32),
            ("tensor \"a\": found 36 bytes from byte 32" + expected).str());
  EXPECT_EQ(withEntry({1}, 16),
            ("tensor \"a\": found 4 bytes from byte 16" + expected).str());
  EXPECT_EQ(withEntry({0}, 96),
            ("tensor \"a\": found 0 bytes from byte 96" + expected).str());
  // The products and sums are 2^64 and more.
  EXPECT_NE(withEntry({uint64_t{1} << 62}, 0), "");
  EXPECT_NE(withEntry({uint64_t{1} << 32, uint64_t{1} << 32}, 0), "");
  EXPECT_NE(withEntry({1}, UINT64_MAX - 31), "");
}

TEST_F(GgufTest, refuses_tensors_that_overlap) {
  auto two = [&](uint64_t first, uint64_t second) {
    GgufWriter writer;
    writer.entry("a", {16}, 0, first)
        .entry("b", {8}, 0, second)
        .data = std::string(256, 'x');
    return errorOf(writer.file());
  };
  EXPECT_EQ(two(0, 64), "");
  EXPECT_EQ(two(32, 0), "");
  EXPECT_EQ(two(0, 128), ""); // a gap is padding
  EXPECT_EQ(two(0, 32), "tensor \"b\": found data from byte 32, expected from "
                        "byte 64 on, where the tensor before it ends");
  EXPECT_EQ(two(64, 64), "tensor \"a\": found data from byte 64, expected from "
                         "byte 96 on, where the tensor before it ends");
}

TEST_F(GgufTest, refuses_a_file_that_is_cut_anywhere) {
  std::string bytes = makeModel().file();
  EXPECT_EQ(errorOf(bytes), "");
  size_t end = bytes.size() - 24; // the last tensor's padding
  EXPECT_EQ(errorOf(StringRef(bytes).take_front(end)), "");
  for (size_t size = 0; size < end; ++size)
    EXPECT_NE(errorOf(StringRef(bytes).take_front(size)), "") << size;
}

/// Reads all parts of the file that an importer may read.
static unsigned readAll(const GgufFile &file) {
  unsigned sum = 0;
  for (const StoredTensor &tensor : file.getTensors())
    for (char byte : tensor.bytes)
      sum += static_cast<unsigned char>(byte);
  for (auto &[key, value] : file.getMetadata()) {
    sum += describe(value).size();
    consumeError(file.find<int64_t>(key).takeError());
    consumeError(file.find<StringRef>(key).takeError());
    consumeError(file.find<double>(key).takeError());
    if (auto texts = file.find<std::vector<StringRef>>(key))
      for (StringRef text : texts->value_or(std::vector<StringRef>()))
        sum += text.count('a');
    else
      consumeError(texts.takeError());
    if (auto array = file.find<GgufArray<double>>(key); !array)
      consumeError(array.takeError());
    else if (*array)
      for (size_t i = 0; i < (*array)->size(); ++i)
        sum += (**array)[i] > 0;
  }
  return sum;
}

TEST_F(GgufTest, survives_mutations) {
  std::mt19937 random(2);
  std::string valid = makeModel().file();
  int opened = 0;
  for (int i = 0; i < 1000; ++i) {
    std::string bytes = valid;
    for (size_t n = random() % 4 + 1; n > 0; --n) {
      size_t at = random() % bytes.size();
      switch (random() % 4) {
      case 0:
        bytes[at] = random();
        break;
      case 1: // small and large counts and lengths
        bytes[at] = "\0\1\2\x7f\x80\xff"[random() % 6];
        break;
      case 2:
        bytes.erase(at, random() % 3);
        break;
      case 3:
        bytes.insert(at, bytes.substr(random() % bytes.size(), random() % 9));
      }
    }
    auto file = open(bytes);
    if (!file) {
      EXPECT_NE(messageOf(file.takeError()), "");
      continue;
    }
    ++opened;
    EXPECT_LE(readAll(*file), 255 * bytes.size());
  }
  EXPECT_GT(opened, 50);
}
