//===- Checkpoint.cpp - The files that hold a model's weights -------------===//

#include "compiler/checkpoint/Checkpoint.h"

#include "compiler/checkpoint/Input.h"
#include "compiler/checkpoint/Sources.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/Path.h"

using namespace gptc;
using namespace llvm;

std::string gptc::getTensorName(StringRef pattern, int64_t layer) {
  if (!pattern.contains('*'))
    return pattern.str();
  auto [before, after] = pattern.split('*');
  return (before + Twine(layer) + after).str();
}

mlir::Type gptc::getElementType(const StoredTensor &tensor,
                                mlir::MLIRContext *context) {
  if (tensor.type == "F32")
    return mlir::Float32Type::get(context);
  if (tensor.type == "F16")
    return mlir::Float16Type::get(context);
  if (tensor.type == "BF16")
    return mlir::BFloat16Type::get(context);
  auto kind = gpt::symbolizeBlockKind(StringRef(tensor.type).lower());
  if (!kind || tensor.shape.empty())
    return {};
  // A safetensors file may give a tensor of any size such a type name.
  auto type = gpt::BlockType::get(context, *kind);
  uint64_t bytes = type.getBytes();
  for (int64_t size : ArrayRef(tensor.shape).drop_back())
    bytes = SaturatingMultiply(bytes, static_cast<uint64_t>(size));
  bytes = SaturatingMultiply(
      bytes, static_cast<uint64_t>(tensor.shape.back() / type.getValues()));
  bool isWhole = tensor.shape.back() % type.getValues() == 0;
  return isWhole && bytes == tensor.bytes.size() ? type : mlir::Type();
}

std::string gptc::describe(ArrayRef<int64_t> shape) {
  auto text = [](int64_t size) { return std::to_string(size); };
  return "[" + join(map_range(shape, text), ", ") + "]";
}

std::string gptc::describe(const StoredTensor &tensor) {
  return tensor.type + " " + describe(ArrayRef(tensor.shape));
}

Expected<CheckpointFile> CheckpointFile::open(StringRef path) {
  if (path.ends_with(".gguf")) {
    auto file = GgufFile::open(path);
    if (!file)
      return file.takeError();
    return CheckpointFile(std::move(*file));
  }
  auto file = SafetensorsFile::open(path);
  if (!file)
    return file.takeError();
  return CheckpointFile(std::move(*file));
}

Error CheckpointFile::checkUnchanged() const {
  return std::visit(
      [](auto &file) {
        return gptc::checkUnchanged(file.getPath(), file.getStatus());
      },
      file);
}

Expected<Checkpoint> Checkpoint::open(StringRef directory,
                                      ArrayRef<std::string> names) {
  Checkpoint checkpoint;
  checkpoint.directory = directory.str();
  for (const std::string &name : names) {
    std::string path = joinPath(directory, name);
    auto file = CheckpointFile::open(path);
    if (!file)
      return file.takeError();
    for (auto [index, tensor] : enumerate(file->getTensors()))
      if (!checkpoint.places
               .insert({tensor.name, {checkpoint.files.size(), index}})
               .second)
        return inputError(path, "tensor " + quoted(tensor.name),
                          "it in two files", "it in one");
    checkpoint.files.push_back(std::move(*file));
  }
  return checkpoint;
}

Expected<Checkpoint> Checkpoint::open(gpt::ModelOp model, StringRef directory) {
  if (!sys::fs::is_directory(directory))
    return createStringError("the checkpoint is not in '" + directory +
                             "': --weights-from=DIR says where it lies now");
  auto sources = model.getSources().getAsRange<gpt::SourceAttr>();
  std::vector<std::string> names;
  for (gpt::SourceAttr source : sources) {
    if (Error error = checkFileName(source))
      return error;
    names.push_back(source.getFile().str());
  }
  Expected<Checkpoint> checkpoint = open(directory, names);
  if (!checkpoint)
    return checkpoint;
  for (auto [file, source] : zip_equal(checkpoint->getFiles(), sources))
    if (Error error = checkHash(file.getPath(), "header", source.getHeader(),
                                hashBytes(file.getHeader())))
      return error;
  return checkpoint;
}

std::vector<const StoredTensor *> Checkpoint::getTensors() const {
  std::vector<const StoredTensor *> tensors;
  for (const CheckpointFile &file : files)
    for (const StoredTensor &tensor : file.getTensors())
      tensors.push_back(&tensor);
  return tensors;
}

const StoredTensor *Checkpoint::find(StringRef name) const {
  auto place = places.find(name);
  if (place == places.end())
    return nullptr;
  return &files[place->second.file].getTensors()[place->second.tensor];
}

const CheckpointFile *Checkpoint::findFile(StringRef tensor) const {
  auto place = places.find(tensor);
  return place == places.end() ? nullptr : &files[place->second.file];
}

std::string Checkpoint::getPath(StringRef tensor) const {
  if (const CheckpointFile *file = findFile(tensor))
    return file->getPath().str();
  return files.size() == 1 ? files.front().getPath().str() : directory;
}

std::vector<std::string> gptc::hashContents(const Checkpoint &checkpoint) {
  std::vector<std::string> hashes;
  for (const CheckpointFile &file : checkpoint.getFiles())
    hashes.push_back(hashContent(file.getContent()));
  return hashes;
}

Error gptc::takeContentHashes(gpt::ModelOp model, const Checkpoint &checkpoint,
                              ArrayRef<std::string> hashes) {
  SmallVector<mlir::Attribute> sources;
  for (auto [file, source, hash] :
       zip_equal(checkpoint.getFiles(),
                 model.getSources().getAsRange<gpt::SourceAttr>(), hashes)) {
    if (!source.getContent().empty())
      if (Error error =
              checkHash(file.getPath(), "content", source.getContent(), hash))
        return error;
    sources.push_back(gpt::SourceAttr::get(
        model.getContext(), source.getFile(), source.getHeader(), hash));
  }
  model.setSourcesAttr(mlir::ArrayAttr::get(model.getContext(), sources));
  return Error::success();
}
