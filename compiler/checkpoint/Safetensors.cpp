//===- Safetensors.cpp - Reads safetensors files --------------------------===//

#include "compiler/checkpoint/Safetensors.h"

#include "compiler/checkpoint/Input.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"

using namespace gptc;
using namespace llvm;

/// The maximum size of a header, as in the format's own reader.
static constexpr uint64_t largestHeader = 100'000'000;

/// Returns the size of an element in bits, or 0 for a type that the format did
/// not have in 2025.
static uint64_t elementBits(StringRef type) {
  return StringSwitch<uint64_t>(type)
      .Case("F4", 4)
      .Cases({"F6_E2M3", "F6_E3M2"}, 6)
      .Cases({"BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3", "F8_E8M0"}, 8)
      .Cases({"I16", "U16", "F16", "BF16"}, 16)
      .Cases({"I32", "U32", "F32"}, 32)
      .Cases({"I64", "U64", "F64", "C64"}, 64)
      .Default(0);
}

namespace {
/// Reads one entry of the header.
struct EntryReader {
  StringRef path, name;
  const json::Value &entry;
  StringRef data;

  Error error(const Twine &what, const Twine &found, const Twine &expected) {
    return inputError(path, "tensor " + quoted(name) + what, found, expected);
  }

  Error readShape(const json::Object &object, StoredTensor &tensor) {
    const json::Value *shape = object.get("shape");
    const json::Array *sizes = shape ? shape->getAsArray() : nullptr;
    for (const json::Value &size : sizes ? *sizes : json::Array())
      if (std::optional<int64_t> number = size.getAsInteger();
          number && *number >= 0)
        tensor.shape.push_back(*number);
    if (!sizes || tensor.shape.size() != sizes->size())
      return error(": shape", describe(shape), "an array of sizes");
    return Error::success();
  }

  Error readBytes(const json::Object &object, StoredTensor &tensor) {
    const json::Value *offsets = object.get("data_offsets");
    const json::Array *pair = offsets ? offsets->getAsArray() : nullptr;
    std::optional<uint64_t> begin, end;
    if (pair && pair->size() == 2) {
      begin = (*pair)[0].getAsUINT64();
      end = (*pair)[1].getAsUINT64();
    }
    if (!begin || !end || *begin > *end || *end > data.size())
      return error(": data_offsets", describe(offsets),
                   "[begin, end] with begin <= end <= " + Twine(data.size()));
    tensor.bytes = ArrayRef(data.data() + *begin, *end - *begin);
    return Error::success();
  }

  /// Checks the number of bytes against the shape and the type.
  Error checkSize(const StoredTensor &tensor) {
    uint64_t bits = elementBits(tensor.type);
    if (bits == 0)
      return Error::success();
    for (int64_t size : tensor.shape)
      bits = SaturatingMultiply(bits, static_cast<uint64_t>(size));
    if (bits % 8 != 0 || bits / 8 != tensor.bytes.size())
      return error("", Twine(tensor.bytes.size()) + " bytes",
                   "those of " + tensor.type + " " +
                       describe(entry.getAsObject()->get("shape")));
    return Error::success();
  }

  Expected<StoredTensor> read() {
    const json::Object *object = entry.getAsObject();
    if (!object)
      return error("", describe(&entry), "an object");
    StoredTensor tensor{name.str(), {}, {}, {}};
    std::optional<StringRef> type = object->getString("dtype");
    if (!type)
      return error(": dtype", describe(object->get("dtype")), "a text");
    tensor.type = type->str();
    if (Error error = readShape(*object, tensor))
      return error;
    if (Error error = readBytes(*object, tensor))
      return error;
    if (Error error = checkSize(tensor))
      return error;
    return tensor;
  }
};
} // namespace

Expected<SafetensorsFile> SafetensorsFile::open(const Twine &path) {
  SafetensorsFile file;
  file.path = path.str();
  if (Error error = mapFile(path, &file.status).moveInto(file.buffer))
    return error;
  if (Error error = file.readHeader())
    return error;
  if (Error error = file.readTensors())
    return error;
  if (Error error = file.checkCoverage())
    return error;
  return file;
}

Error SafetensorsFile::readHeader() {
  StringRef content = getContent();
  if (content.size() < sizeof(uint64_t))
    return inputError(path, "file", Twine(content.size()) + " bytes",
                      "the 8 of the header's length, then the header");
  uint64_t length = support::endian::read64le(content.data());
  uint64_t rest = content.size() - sizeof(length);
  if (length > std::min(rest, largestHeader))
    return inputError(path, "header", "a length of " + Twine(length),
                      "at most " + Twine(std::min(rest, largestHeader)));
  headerEnd = sizeof(length) + length;
  return Error::success();
}

Error SafetensorsFile::readTensors() {
  StringRef header = getHeader().drop_front(sizeof(uint64_t));
  Expected<json::Value> value = parseJson(header, path + ": header");
  if (!value)
    return value.takeError();
  const json::Object *entries = value->getAsObject();
  if (!entries || !header.starts_with("{"))
    return inputError(path, "header", describe(&*value), "an object");

  StringRef data = getContent().drop_front(headerEnd);
  for (const auto &[name, entry] : *entries) {
    if (StringRef(name) == "__metadata__")
      continue;
    auto tensor = EntryReader{path, name, entry, data}.read();
    if (!tensor)
      return tensor.takeError();
    tensors.push_back(std::move(*tensor));
  }
  llvm::sort(tensors, [](const StoredTensor &a, const StoredTensor &b) {
    return std::tuple(a.bytes.begin(), a.bytes.end(), StringRef(a.name)) <
           std::tuple(b.bytes.begin(), b.bytes.end(), StringRef(b.name));
  });
  return Error::success();
}

Error SafetensorsFile::checkCoverage() const {
  const char *data = getContent().data() + headerEnd;
  const char *end = data;
  for (const StoredTensor &tensor : tensors) {
    if (tensor.bytes.begin() != end)
      return inputError(path, "tensor " + quoted(tensor.name),
                        "data from byte " + Twine(tensor.bytes.begin() - data),
                        "from byte " + Twine(end - data) +
                            ", where the tensor before it ends");
    end = tensor.bytes.end();
  }
  if (end != getContent().end())
    return inputError(path, "data",
                      Twine(getContent().end() - end) +
                          " bytes after the last tensor",
                      "none");
  return Error::success();
}
