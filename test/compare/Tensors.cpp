//===- Tensors.cpp - Reads the files of gptc-compare ----------------------===//

#include "Tensors.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MemoryBuffer.h"
#include <numeric>

using namespace gptc;
using namespace llvm;

static Expected<std::unique_ptr<MemoryBuffer>> open(StringRef path) {
  auto buffer = MemoryBuffer::getFile(path);
  if (!buffer)
    return createFileError(path, buffer.getError());
  return std::move(*buffer);
}

static Error broken(StringRef path, const Twine &why) {
  return createStringError(path + ": " + why);
}

static Expected<Tensor> makeTensor(StringRef path, ArrayRef<int64_t> shape,
                                   StringRef bytes) {
  int64_t count = std::accumulate(shape.begin(), shape.end(), int64_t(1),
                                  std::multiplies<>());
  if (bytes.size() != count * sizeof(float))
    return broken(path, "holds " + Twine(bytes.size()) + " bytes of data for " +
                            Twine(count) + " floats");
  Tensor tensor{SmallVector<int64_t>(shape), {}};
  for (int64_t i = 0; i < count; ++i)
    tensor.values.push_back(
        support::endian::read<float, endianness::little>(bytes.data() + 4 * i));
  return tensor;
}

Expected<Tensor> gptc::readNpy(StringRef path) {
  auto file = open(path);
  if (!file)
    return file.takeError();
  StringRef bytes = (*file)->getBuffer();
  if (!bytes.consume_front(StringRef("\x93NUMPY\x01\x00", 8)) ||
      bytes.size() < 2)
    return broken(path, "is not an NPY file of format 1.0");
  size_t length = support::endian::read16le(bytes.data());
  StringRef header = bytes.substr(2, length);
  if (!header.contains("'descr': '<f4'") ||
      !header.contains("'fortran_order': False"))
    return broken(path, "is not float32 in C order: " + header.rtrim());
  StringRef sizes = header.split("'shape': (").second.split(')').first;
  SmallVector<int64_t> shape;
  for (StringRef size : split(sizes, ','))
    if (int64_t value; !size.trim().empty()) {
      if (size.trim().getAsInteger(10, value))
        return broken(path, "has the shape (" + sizes + ")");
      shape.push_back(value);
    }
  return makeTensor(path, shape, bytes.drop_front(2 + length));
}

Expected<std::map<std::string, Tensor>> gptc::readSafetensors(StringRef path) {
  auto file = open(path);
  if (!file)
    return file.takeError();
  StringRef bytes = (*file)->getBuffer();
  if (bytes.size() < 8)
    return broken(path, "is no safetensors file");
  uint64_t length = support::endian::read64le(bytes.data());
  auto header = json::parse(bytes.substr(8, length));
  if (!header)
    return broken(path, toString(header.takeError()));
  if (!header->getAsObject())
    return broken(path, "has no JSON object at its start");

  std::map<std::string, Tensor> tensors;
  for (auto &[name, value] : *header->getAsObject()) {
    auto *entry = value.getAsObject();
    if (!entry || entry->getString("dtype") != "F32")
      continue;
    auto *shape = entry->getArray("shape"),
         *range = entry->getArray("data_offsets");
    if (!shape || !range || range->size() != 2)
      return broken(path, StringRef(name) + " has no shape or no data");
    SmallVector<int64_t> sizes;
    for (const json::Value &size : *shape)
      sizes.push_back(size.getAsInteger().value_or(0));
    uint64_t first = (*range)[0].getAsUINT64().value_or(0);
    uint64_t last = (*range)[1].getAsUINT64().value_or(0);
    auto tensor =
        makeTensor(path, sizes, bytes.substr(8 + length).slice(first, last));
    if (!tensor)
      return tensor.takeError();
    tensors[StringRef(name).str()] = std::move(*tensor);
  }
  return tensors;
}

Expected<json::Value> gptc::readJson(StringRef path) {
  auto file = open(path);
  if (!file)
    return file.takeError();
  auto value = json::parse((*file)->getBuffer());
  if (!value)
    return broken(path, toString(value.takeError()));
  return value;
}

Expected<Tensor> gptc::toTensor(const json::Value &value) {
  if (std::optional<double> number = value.getAsNumber())
    return Tensor{{}, {*number}};
  if (!value.getAsArray())
    return createStringError("neither a number nor a list");
  Tensor whole;
  for (const json::Value &part : *value.getAsArray()) {
    auto tensor = toTensor(part);
    if (!tensor)
      return tensor;
    if (whole.shape.empty()) {
      whole.shape = {0};
      append_range(whole.shape, tensor->shape);
    } else if (ArrayRef(whole.shape).drop_front() != ArrayRef(tensor->shape)) {
      return createStringError("a list of parts of different shapes");
    }
    ++whole.shape[0];
    append_range(whole.values, tensor->values);
  }
  return whole;
}
