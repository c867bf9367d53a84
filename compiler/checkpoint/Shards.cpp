//===- Shards.cpp - Opens checkpoints of several files --------------------===//

#include "compiler/checkpoint/Shards.h"

#include "compiler/checkpoint/Input.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"

#include <set>

using namespace gptc;
using namespace llvm;

//===----------------------------------------------------------------------===//
// safetensors and their index
//===----------------------------------------------------------------------===//

/// Maps each tensor to the file that holds it.
using WeightMap = StringMap<std::string>;

static Expected<WeightMap> readWeightMap(StringRef path) {
  auto buffer = mapFile(path);
  if (!buffer)
    return buffer.takeError();
  auto value = parseJson((*buffer)->getBuffer(), path);
  if (!value)
    return value.takeError();
  const json::Object *index = value->getAsObject();
  if (!index)
    return inputError(path, "text", describe(&*value), "an object");
  const json::Object *entries = index->getObject("weight_map");
  if (!entries || entries->empty())
    return inputError(path, "weight_map", describe(index->get("weight_map")),
                      "an object of tensors and their files");
  WeightMap map;
  for (const auto &[tensor, entry] : *entries) {
    std::optional<StringRef> file = entry.getAsString();
    if (!file || !file->ends_with(".safetensors") ||
        sys::path::filename(*file) != *file)
      return inputError(path, "weight_map: " + quoted(StringRef(tensor)),
                        describe(&entry), "the name of a .safetensors file");
    map[StringRef(tensor)] = file->str();
  }
  return map;
}

/// Checks that the index names exactly the tensors in the files.
static Error checkWeightMap(StringRef path, const WeightMap &map,
                            const Checkpoint &checkpoint) {
  for (const auto &entry : map) {
    const CheckpointFile *file = checkpoint.findFile(entry.getKey());
    StringRef found = file ? sys::path::filename(file->getPath()) : "";
    if (found != entry.getValue())
      return inputError(path, "weight_map: " + quoted(entry.getKey()),
                        quoted(entry.getValue()),
                        file ? quoted(found) + ", which holds it"
                             : "a file that holds it");
  }
  for (const StoredTensor *tensor : checkpoint.getTensors())
    if (!map.contains(tensor->name))
      return inputError(checkpoint.getPath(tensor->name),
                        "tensor " + quoted(tensor->name),
                        describe(*tensor), "none that " + path + " leaves out");
  return Error::success();
}

Expected<Checkpoint> gptc::openIndexedShards(StringRef directory,
                                             StringRef index) {
  std::string path = joinPath(directory, index);
  auto map = readWeightMap(path);
  if (!map)
    return map.takeError();
  std::set<std::string> names;
  for (const auto &entry : *map)
    names.insert(entry.getValue());
  auto checkpoint = Checkpoint::open(
      directory, std::vector<std::string>(names.begin(), names.end()));
  if (!checkpoint)
    return checkpoint.takeError();
  if (Error error = checkWeightMap(path, *map, *checkpoint))
    return error;
  return checkpoint;
}

//===----------------------------------------------------------------------===//
// GGUF
//===----------------------------------------------------------------------===//

/// The maximum number of files, which gguf-split numbers with five digits.
static constexpr int64_t mostShards = 99999;

/// Checks that an integer of the metadata is `expected`.
static Error expectInteger(const GgufFile &file, StringRef key,
                           int64_t expected) {
  auto value = file.get<int64_t>(key);
  if (!value)
    return value.takeError();
  if (*value != expected)
    return inputError(file.getPath(), "key " + quoted(key), Twine(*value),
                      Twine(expected));
  return Error::success();
}

/// Returns the names of all files of the model whose first file is `name`.
static Expected<std::vector<std::string>>
shardNames(StringRef path, StringRef name, int64_t count) {
  std::string suffix = formatv("-00001-of-{0,0+5}.gguf", count).str();
  StringRef stem = name;
  if (!stem.consume_back(suffix))
    return inputError(path, "file", quoted(name),
                      "a name that ends in " + suffix +
                          ", the first of all files");
  std::vector<std::string> names;
  for (int64_t number = 1; number <= count; ++number)
    names.push_back(
        formatv("{0}-{1,0+5}-of-{2,0+5}.gguf", stem, number, count).str());
  return names;
}

static Error checkShards(const Checkpoint &checkpoint, int64_t count) {
  for (auto [number, file] : enumerate(checkpoint.getFiles())) {
    if (Error error = expectInteger(*file.getGguf(), "split.no", number))
      return error;
    if (Error error = expectInteger(*file.getGguf(), "split.count", count))
      return error;
  }
  return expectInteger(*checkpoint.getFiles().front().getGguf(),
                       "split.tensors.count", checkpoint.getTensors().size());
}

Expected<Checkpoint> gptc::openGguf(StringRef path) {
  auto first = GgufFile::open(path);
  if (!first)
    return first.takeError();
  auto count = first->find<int64_t>("split.count");
  if (!count)
    return count.takeError();
  StringRef directory = sys::path::parent_path(path);
  StringRef name = sys::path::filename(path);
  int64_t shards = count->value_or(1);
  if (shards < 2)
    return Checkpoint::open(directory, {name.str()});
  if (shards > mostShards)
    return inputError(path, "key \"split.count\"", Twine(shards),
                      "at most " + Twine(mostShards));
  auto names = shardNames(path, name, shards);
  if (!names)
    return names.takeError();
  auto checkpoint = Checkpoint::open(directory, *names);
  if (!checkpoint)
    return checkpoint.takeError();
  if (Error error = checkShards(*checkpoint, shards))
    return error;
  return checkpoint;
}
