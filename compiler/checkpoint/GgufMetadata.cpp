//===- GgufMetadata.cpp - Reads the metadata of GGUF files ----------------===//

#include "compiler/checkpoint/Gguf.h"

#include "compiler/checkpoint/Input.h"
#include "llvm/ADT/Sequence.h"
#include "llvm/Support/Endian.h"

using namespace gptc;
using namespace llvm;

//===----------------------------------------------------------------------===//
// Values of the metadata
//===----------------------------------------------------------------------===//

static StringRef nameOf(GgufType type) {
  static constexpr StringLiteral names[] = {
      "uint8",   "int8", "uint16", "int16", "uint32", "int32", "float32",
      "boolean", "text", "array",  "uint64", "int64", "float64"};
  return names[static_cast<uint32_t>(type)];
}

static bool isInteger(GgufType type) {
  return type != GgufType::string && type != GgufType::boolean &&
         type != GgufType::f32 && type != GgufType::f64;
}

static bool isNumber(GgufType type) {
  return type != GgufType::string && type != GgufType::boolean;
}

template <typename T>
static T load(const GgufValue &value, size_t index) {
  return support::endian::read<T, endianness::little>(value.bytes.data() +
                                                      index * sizeof(T));
}

/// Loads an integer. Integers above the maximum of int64_t become negative.
static int64_t loadInteger(const GgufValue &value, size_t index) {
  switch (value.type) {
  case GgufType::u8:
    return load<uint8_t>(value, index);
  case GgufType::i8:
    return load<int8_t>(value, index);
  case GgufType::u16:
    return load<uint16_t>(value, index);
  case GgufType::i16:
    return load<int16_t>(value, index);
  case GgufType::u32:
    return load<uint32_t>(value, index);
  case GgufType::i32:
    return load<int32_t>(value, index);
  default:
    return load<int64_t>(value, index);
  }
}

static double loadNumber(const GgufValue &value, size_t index) {
  if (value.type == GgufType::f32)
    return bit_cast<float>(load<uint32_t>(value, index));
  if (value.type == GgufType::f64)
    return bit_cast<double>(load<uint64_t>(value, index));
  if (value.type == GgufType::u64)
    return static_cast<double>(load<uint64_t>(value, index));
  return static_cast<double>(loadInteger(value, index));
}

/// Returns false if an integer is above the maximum of int64_t.
static bool fitsInteger(const GgufValue &value) {
  if (value.type != GgufType::u64)
    return true;
  return all_of(seq<uint64_t>(0, value.count), [&](uint64_t index) {
    return loadInteger(value, index) >= 0;
  });
}

template <>
int64_t GgufArray<int64_t>::operator[](size_t index) const {
  return loadInteger(value, index);
}

template <>
double GgufArray<double>::operator[](size_t index) const {
  return loadNumber(value, index);
}

/// Removes the text at the start of `bytes` and returns it.
static StringRef takeText(StringRef &bytes) {
  uint64_t size = support::endian::read64le(bytes.data());
  StringRef text = bytes.substr(sizeof(size), size);
  bytes = bytes.drop_front(sizeof(size) + size);
  return text;
}

std::string gptc::describe(const GgufValue &value) {
  if (value.isArray)
    return ("an array of " + Twine(value.count) + " " + nameOf(value.type))
        .str();
  if (value.type == GgufType::string) {
    StringRef bytes = value.bytes;
    return quoted(takeText(bytes));
  }
  if (value.type == GgufType::boolean)
    return load<uint8_t>(value, 0) ? "true" : "false";
  std::string number;
  raw_string_ostream out(number);
  if (value.type == GgufType::u64)
    out << load<uint64_t>(value, 0);
  else if (isInteger(value.type))
    out << loadInteger(value, 0);
  else
    out << json::Value(loadNumber(value, 0));
  return (nameOf(value.type) + " " + number).str();
}

//===----------------------------------------------------------------------===//
// Finding a value by its key
//===----------------------------------------------------------------------===//

template <typename T>
struct Conversion;

template <>
struct Conversion<StringRef> {
  static constexpr StringLiteral expected = "a text";
  static std::optional<StringRef> convert(const GgufValue &value) {
    if (value.isArray || value.type != GgufType::string)
      return std::nullopt;
    StringRef bytes = value.bytes;
    return takeText(bytes);
  }
};

template <>
struct Conversion<bool> {
  static constexpr StringLiteral expected = "true or false";
  static std::optional<bool> convert(const GgufValue &value) {
    if (value.isArray || value.type != GgufType::boolean)
      return std::nullopt;
    return load<uint8_t>(value, 0) != 0;
  }
};

template <>
struct Conversion<int64_t> {
  static constexpr StringLiteral expected = "an integer below 2^63";
  static std::optional<int64_t> convert(const GgufValue &value) {
    if (value.isArray || !isInteger(value.type) || !fitsInteger(value))
      return std::nullopt;
    return loadInteger(value, 0);
  }
};

template <>
struct Conversion<double> {
  static constexpr StringLiteral expected = "a number";
  static std::optional<double> convert(const GgufValue &value) {
    if (value.isArray || !isNumber(value.type))
      return std::nullopt;
    return loadNumber(value, 0);
  }
};

template <>
struct Conversion<GgufArray<int64_t>> {
  static constexpr StringLiteral expected = "an array of integers below 2^63";
  static std::optional<GgufArray<int64_t>> convert(const GgufValue &value) {
    if (!value.isArray || !isInteger(value.type) || !fitsInteger(value))
      return std::nullopt;
    return GgufArray<int64_t>(value);
  }
};

template <>
struct Conversion<GgufArray<double>> {
  static constexpr StringLiteral expected = "an array of numbers";
  static std::optional<GgufArray<double>> convert(const GgufValue &value) {
    if (!value.isArray || !isNumber(value.type))
      return std::nullopt;
    return GgufArray<double>(value);
  }
};

template <>
struct Conversion<std::vector<StringRef>> {
  static constexpr StringLiteral expected = "an array of texts";
  static std::optional<std::vector<StringRef>>
  convert(const GgufValue &value) {
    if (!value.isArray || value.type != GgufType::string)
      return std::nullopt;
    std::vector<StringRef> texts;
    // Each text takes at least 8 bytes of the file, which bounds the count.
    texts.reserve(value.count);
    for (StringRef bytes = value.bytes; !bytes.empty();)
      texts.push_back(takeText(bytes));
    return texts;
  }
};

template <typename T>
Expected<std::optional<T>> GgufFile::find(StringRef key) const {
  auto found = metadata.find(key);
  if (found == metadata.end())
    return std::optional<T>();
  std::optional<T> value = Conversion<T>::convert(found->second);
  if (!value)
    return inputError(path, "key " + quoted(key), describe(found->second),
                      Conversion<T>::expected);
  return value;
}

template Expected<std::optional<StringRef>> GgufFile::find(StringRef) const;
template Expected<std::optional<bool>> GgufFile::find(StringRef) const;
template Expected<std::optional<int64_t>> GgufFile::find(StringRef) const;
template Expected<std::optional<double>> GgufFile::find(StringRef) const;
template Expected<std::optional<GgufArray<int64_t>>>
    GgufFile::find(StringRef) const;
template Expected<std::optional<GgufArray<double>>>
    GgufFile::find(StringRef) const;
template Expected<std::optional<std::vector<StringRef>>>
    GgufFile::find(StringRef) const;

Error GgufFile::missing(StringRef key) const {
  return inputError(path, "key " + quoted(key), "nothing", "a value");
}
