//===- Gguf.cpp - Reads GGUF files ----------------------------------------===//

#include "compiler/checkpoint/Gguf.h"

#include "compiler/checkpoint/Input.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"

using namespace gptc;
using namespace llvm;

//===----------------------------------------------------------------------===//
// Types of tensors
//===----------------------------------------------------------------------===//

namespace {
/// A type of ggml: a row consists of blocks of `values` values in `bytes`
/// bytes.
struct TensorType {
  uint32_t number;
  StringLiteral name;
  uint64_t values, bytes;
};
} // namespace

/// The types of ggml/include/ggml.h and ggml/src/ggml-common.h. Types that no
/// weight here can have are listed so that error messages can name them.
static constexpr TensorType tensorTypes[] = {
    {0, "F32", 1, 4},          {1, "F16", 1, 2},
    {2, "Q4_0", 32, 18},       {3, "Q4_1", 32, 20},
    {6, "Q5_0", 32, 22},       {7, "Q5_1", 32, 24},
    {8, "Q8_0", 32, 34},       {10, "Q2_K", 256, 84},
    {11, "Q3_K", 256, 110},    {12, "Q4_K", 256, 144},
    {13, "Q5_K", 256, 176},    {14, "Q6_K", 256, 210},
    {15, "Q8_K", 256, 292},    {16, "IQ2_XXS", 256, 66},
    {17, "IQ2_XS", 256, 74},   {18, "IQ3_XXS", 256, 98},
    {19, "IQ1_S", 256, 50},    {20, "IQ4_NL", 32, 18},
    {21, "IQ3_S", 256, 110},   {22, "IQ2_S", 256, 82},
    {23, "IQ4_XS", 256, 136},  {24, "I8", 1, 1},
    {25, "I16", 1, 2},         {26, "I32", 1, 4},
    {27, "I64", 1, 8},         {28, "F64", 1, 8},
    {29, "IQ1_M", 256, 56},    {30, "BF16", 1, 2},
    {34, "TQ1_0", 256, 54},    {35, "TQ2_0", 256, 66},
    {39, "MXFP4", 32, 17},     {40, "NVFP4", 64, 36},
    {41, "Q1_0", 128, 18},
};

//===----------------------------------------------------------------------===//
// Reading the tables
//===----------------------------------------------------------------------===//

/// Returns the size of a value in bytes, or 0 if it depends on the value.
static uint64_t sizeOf(GgufType type) {
  switch (type) {
  case GgufType::u8:
  case GgufType::i8:
  case GgufType::boolean:
    return 1;
  case GgufType::u16:
  case GgufType::i16:
    return 2;
  case GgufType::u32:
  case GgufType::i32:
  case GgufType::f32:
    return 4;
  case GgufType::u64:
  case GgufType::i64:
  case GgufType::f64:
    return 8;
  case GgufType::string:
  case GgufType::array:
    return 0;
  }
  llvm_unreachable("the reader knows this type");
}

/// The maximum number of dimensions of a tensor in ggml.
static constexpr uint32_t mostDimensions = 4;

namespace {
/// Reads a file from start to end.
class Cursor {
public:
  Cursor(StringRef path, StringRef content)
      : path(path), content(content), rest(content) {}

  size_t position() const { return content.size() - rest.size(); }
  size_t left() const { return rest.size(); }

  Error error(const Twine &what, const Twine &found, const Twine &expected) {
    return inputError(path, what, found, expected);
  }

  Error take(uint64_t size, const Twine &what, StringRef &bytes) {
    if (size > rest.size())
      return error(what, Twine(rest.size()) + " bytes up to the file's end",
                   Twine(size));
    bytes = rest.take_front(size);
    rest = rest.drop_front(size);
    return Error::success();
  }

  template <typename T>
  Error read(const Twine &what, T &value) {
    StringRef bytes;
    if (Error error = take(sizeof(T), what, bytes))
      return error;
    value = support::endian::read<T, endianness::little>(bytes.data());
    return Error::success();
  }

  Error readText(const Twine &what, StringRef &text) {
    uint64_t size = 0;
    if (Error error = read(what, size))
      return error;
    return take(size, what, text);
  }

  /// Skips the `value.count` values of its type and sets its bytes.
  Error readValues(const Twine &what, GgufValue &value) {
    const char *begin = rest.data();
    if (uint64_t size = sizeOf(value.type)) {
      StringRef bytes;
      if (Error error =
              take(SaturatingMultiply(size, value.count), what, bytes))
        return error;
    } else {
      StringRef text;
      for (uint64_t i = 0; i < value.count; ++i)
        if (Error error = readText(what, text))
          return error;
    }
    value.bytes = StringRef(begin, rest.data() - begin);
    return Error::success();
  }

  Error readType(const Twine &what, GgufType &type) {
    uint32_t number = 0;
    if (Error error = read(what, number))
      return error;
    if (number > static_cast<uint32_t>(GgufType::f64))
      return error(what, "type " + Twine(number), "at most 12");
    type = static_cast<GgufType>(number);
    return Error::success();
  }

  Error readValue(const Twine &what, GgufValue &value) {
    value = {};
    value.count = 1;
    if (Error error = readType(what, value.type))
      return error;
    if (value.type == GgufType::array) {
      value.isArray = true;
      if (Error error = readType(what, value.type))
        return error;
      if (value.type == GgufType::array)
        return error(what, "an array of arrays", "an array of plain values");
      if (Error error = read(what, value.count))
        return error;
    }
    return readValues(what, value);
  }

private:
  StringRef path, content, rest;
};

/// An entry of the table of tensors.
struct TensorEntry {
  StoredTensor tensor;
  uint64_t bytes, offset;
};
} // namespace

static Error readShape(Cursor &cursor, const Twine &what,
                       StoredTensor &tensor) {
  uint32_t dimensions = 0;
  if (Error error = cursor.read(what, dimensions))
    return error;
  if (dimensions > mostDimensions)
    return cursor.error(what, Twine(dimensions) + " dimensions",
                        "at most " + Twine(mostDimensions));
  for (uint32_t i = 0; i < dimensions; ++i) {
    uint64_t size = 0;
    if (Error error = cursor.read(what, size))
      return error;
    if (size > std::numeric_limits<int64_t>::max())
      return cursor.error(what, "a dimension of " + Twine(size), "below 2^63");
    tensor.shape.push_back(size);
  }
  std::reverse(tensor.shape.begin(), tensor.shape.end());
  return Error::success();
}

static Error readTensor(Cursor &cursor, const Twine &what, TensorEntry &entry) {
  if (Error error = readShape(cursor, what, entry.tensor))
    return error;
  uint32_t number = 0;
  if (Error error = cursor.read(what, number))
    return error;
  const TensorType *type = llvm::find_if(
      tensorTypes, [&](auto &type) { return type.number == number; });
  if (type == std::end(tensorTypes))
    return cursor.error(what, "type " + Twine(number), "a type of ggml");
  entry.tensor.type = type->name.str();
  if (Error error = cursor.read(what, entry.offset))
    return error;

  ArrayRef<int64_t> shape = entry.tensor.shape;
  uint64_t columns = shape.empty() ? 1 : shape.back();
  if (columns % type->values != 0)
    return cursor.error(what, "rows of " + Twine(columns),
                        type->name + " blocks of " + Twine(type->values));
  entry.bytes = SaturatingMultiply(columns / type->values, type->bytes);
  for (int64_t size : shape.drop_back(shape.empty() ? 0 : 1))
    entry.bytes = SaturatingMultiply(entry.bytes, static_cast<uint64_t>(size));
  return Error::success();
}

static Error readVersion(Cursor &cursor) {
  StringRef magic;
  if (Error error = cursor.take(4, "file", magic))
    return error;
  if (magic != "GGUF")
    return cursor.error("file", "it starts with " + quoted(magic), "\"GGUF\"");
  uint32_t version = 0;
  if (Error error = cursor.read("version", version))
    return error;
  if (version != 2 && version != 3)
    return cursor.error(
        "version",
        version == byteswap(uint32_t{3}) ? "3, big-endian" : Twine(version),
        "2 or 3, little-endian");
  return Error::success();
}

static Error readMetadata(Cursor &cursor, uint64_t count,
                          MapVector<StringRef, GgufValue> &metadata) {
  for (uint64_t i = 0; i < count; ++i) {
    StringRef key;
    if (Error error = cursor.readText("key " + Twine(i), key))
      return error;
    GgufValue value;
    if (Error error = cursor.readValue("key " + quoted(key), value))
      return error;
    if (!metadata.insert({key, value}).second)
      return cursor.error("key " + quoted(key), "it twice", "it once");
  }
  return Error::success();
}

static Error readEntries(Cursor &cursor, uint64_t count,
                         std::vector<TensorEntry> &entries) {
  DenseSet<StringRef> names;
  for (uint64_t i = 0; i < count; ++i) {
    StringRef name;
    if (Error error = cursor.readText("tensor " + Twine(i), name))
      return error;
    TensorEntry &entry = entries.emplace_back();
    entry.tensor.name = name.str();
    if (Error error = readTensor(cursor, "tensor " + quoted(name), entry))
      return error;
    if (!names.insert(name).second)
      return cursor.error("tensor " + quoted(name), "it twice", "it once");
  }
  return Error::success();
}

static Expected<uint64_t> readAlignment(const GgufFile &file) {
  auto alignment = file.find<int64_t>("general.alignment");
  if (!alignment)
    return alignment.takeError();
  int64_t value = alignment->value_or(32);
  if (value < 1 || value > (int64_t{1} << 30) || !isPowerOf2_64(value))
    return inputError(file.getPath(), "key \"general.alignment\"", Twine(value),
                      "a power of two, at most 2^30");
  return value;
}

Expected<GgufFile> GgufFile::open(const Twine &path) {
  GgufFile file;
  file.path = path.str();
  if (Error error = mapFile(path, &file.status).moveInto(file.buffer))
    return error;
  if (Error error = file.readTables())
    return error;
  if (Error error = file.checkOverlap())
    return error;
  return file;
}

Error GgufFile::readTables() {
  Cursor cursor(path, getContent());
  uint64_t tensorCount = 0, keyCount = 0;
  if (Error error = readVersion(cursor))
    return error;
  if (Error error = cursor.read("number of tensors", tensorCount))
    return error;
  if (Error error = cursor.read("number of keys", keyCount))
    return error;
  if (Error error = readMetadata(cursor, keyCount, metadata))
    return error;
  std::vector<TensorEntry> entries;
  if (Error error = readEntries(cursor, tensorCount, entries))
    return error;
  auto alignment = readAlignment(*this);
  if (!alignment)
    return alignment.takeError();

  // A file without tensors may end before its padding is complete.
  headerEnd = std::min<uint64_t>(alignTo(cursor.position(), *alignment),
                                 getContent().size());
  StringRef data = getContent().drop_front(headerEnd);
  for (TensorEntry &entry : entries) {
    if (entry.offset % *alignment != 0 || entry.offset > data.size() ||
        entry.bytes > data.size() - entry.offset)
      return inputError(path, "tensor " + quoted(entry.tensor.name),
                        Twine(entry.bytes) + " bytes from byte " +
                            Twine(entry.offset),
                        "them to start at a multiple of " + Twine(*alignment) +
                            " and to end by byte " + Twine(data.size()));
    entry.tensor.bytes = ArrayRef(data.data() + entry.offset, entry.bytes);
    tensors.push_back(std::move(entry.tensor));
  }
  llvm::sort(tensors, [](const StoredTensor &a, const StoredTensor &b) {
    return std::tuple(a.bytes.begin(), a.bytes.end(), StringRef(a.name)) <
           std::tuple(b.bytes.begin(), b.bytes.end(), StringRef(b.name));
  });
  return Error::success();
}

Error GgufFile::checkOverlap() const {
  const char *data = getContent().data() + headerEnd;
  const char *end = data;
  for (const StoredTensor &tensor : tensors) {
    if (tensor.bytes.begin() < end)
      return inputError(path, "tensor " + quoted(tensor.name),
                        "data from byte " + Twine(tensor.bytes.begin() - data),
                        "from byte " + Twine(end - data) +
                            " on, where the tensor before it ends");
    end = tensor.bytes.end();
  }
  return Error::success();
}
