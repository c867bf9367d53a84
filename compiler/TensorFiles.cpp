//===- TensorFiles.cpp - Writes tensors to NPY and safetensors files ------===//

#include "compiler/TensorFiles.h"

#include "compiler/codegen/OutputFile.h"
#include "runtime/program/NpyWriter.h"
#include "llvm/Support/EndianStream.h"
#include "llvm/Support/JSON.h"

using namespace llvm; // not namespace gptc, which also has an Error

static gptc::Error writeRows(StringRef path, const gptc::Tensor &matrix) {
  gptc::NpyWriter writer;
  if (gptc::Error error = writer.open(path.str(), matrix.shape[1]))
    return error;
  for (int64_t row = 0; row < matrix.shape[0]; ++row)
    if (gptc::Error error = writer.writeRow(matrix.row(row).data()))
      return error;
  return writer.commit();
}

llvm::Error gptc::writeNpy(StringRef path, const Tensor &matrix) {
  if (Error error = writeRows(path, matrix))
    return createStringError(error.message());
  return llvm::Error::success();
}

llvm::Error
gptc::writeSafetensors(StringRef path,
                       ArrayRef<std::pair<std::string, Tensor>> tensors) {
  std::string header;
  raw_string_ostream out(header);
  json::OStream json(out);
  size_t offset = 0;
  json.object([&] {
    for (const auto &[name, tensor] : tensors) {
      size_t end = offset + tensor.values.size() * sizeof(float);
      json.attributeObject(json::fixUTF8(name), [&] {
        json.attribute("dtype", "F32");
        json.attribute("shape", json::Array(tensor.shape));
        json.attribute("data_offsets", json::Array{offset, end});
      });
      offset = end;
    }
  });
  header.resize(alignTo(header.size(), 8), ' ');

  std::string bytes;
  raw_string_ostream file(bytes);
  support::endian::write<uint64_t>(file, header.size(), endianness::little);
  file << header;
  for (const auto &[name, tensor] : tensors)
    for (float value : tensor.values)
      support::endian::write(file, value, endianness::little);
  return writeFile(path, bytes);
}
