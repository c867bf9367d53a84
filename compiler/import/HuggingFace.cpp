//===- HuggingFace.cpp - Reads a Hugging Face model -----------------------===//

#include "compiler/import/HuggingFace.h"

#include "compiler/checkpoint/Checkpoint.h"
#include "compiler/checkpoint/Input.h"
#include "compiler/checkpoint/Shards.h"
#include "compiler/import/Module.h"
#include "compiler/tokenizer/ChatTemplate.h"
#include "compiler/tokenizer/Source.h"
#include "compiler/tokenizer/Tokenizer.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace gptc;
using namespace llvm;

static constexpr StringLiteral weightsFile = "model.safetensors";
static constexpr StringLiteral shardIndex = "model.safetensors.index.json";

/// Opens the weights. The error tells if there are only unsupported files.
static Expected<Checkpoint> openWeights(StringRef directory) {
  auto has = [&](StringRef file) {
    return sys::fs::exists(joinPath(directory, file));
  };
  if (has(weightsFile))
    return Checkpoint::open(directory, {weightsFile.str()});
  if (has(shardIndex))
    return openIndexedShards(directory, shardIndex);
  if (has("pytorch_model.bin") || has("pytorch_model.bin.index.json"))
    return inputError(
        directory, "weights", "pytorch_model.bin",
        "model.safetensors; convert with python3 -c \"from transformers import "
        "AutoModelForCausalLM as M; M.from_pretrained('" +
            directory + "').save_pretrained('" + directory + "')\"");
  return inputError(directory, "weights", "nothing", weightsFile);
}

namespace {
/// The absolute paths of a model's files.
struct ModelPath {
  SmallString<128> directory, config;
  std::string name;
  bool hasWeights;
};
} // namespace

static Expected<ModelPath> resolve(StringRef path) {
  ModelPath result{};
  SmallString<128> absolute(path);
  if (std::error_code code = sys::fs::make_absolute(absolute))
    return createStringError("cannot read '" + path + "': " + code.message());
  sys::path::remove_dots(absolute);
  result.hasWeights = sys::fs::is_directory(absolute);
  if (result.hasWeights) {
    result.directory = absolute;
    result.config = joinPath(path, "config.json");
    SmallString<128> plain(absolute);
    sys::path::remove_dots(plain, /*remove_dot_dot=*/true);
    result.name = sys::path::filename(plain).str();
  } else {
    result.directory = sys::path::parent_path(absolute);
    result.config = path;
    result.name = sys::path::stem(absolute).str();
  }
  return result;
}

/// Adds the tokenizer, if there is one, and its chat template.
static Error addTokenizer(ImportedModel &model, mlir::MLIRContext &context) {
  Expected<std::optional<std::string>> file = findTokenizer(model.directory);
  if (!file)
    return file.takeError();
  if (!*file)
    return Error::success();
  if (Error error = makeTokenizerSource(context, model.directory, **file)
                        .moveInto(model.tokenizer))
    return error;
  auto chatTemplate = readChatTemplate(model.directory);
  if (!chatTemplate)
    return chatTemplate.takeError();
  if (*chatTemplate)
    model.chat = recognizeChatTemplate(context, (*chatTemplate)->jinja);
  return Error::success();
}

Expected<mlir::OwningOpRef<mlir::ModuleOp>>
gptc::importModel(StringRef name, mlir::MLIRContext &context) {
  loadDialects(context);
  Expected<ModelPath> path = resolve(name);
  if (!path)
    return path.takeError();
  Expected<Config> config = readConfig(path->config, context);
  if (!config)
    return config.takeError();
  if (auto generation = joinPath(path->directory, "generation_config.json");
      path->hasWeights && sys::fs::exists(generation))
    if (Error error = readGenerationConfig(generation, config->hyperparameters))
      return error;
  std::optional<Checkpoint> checkpoint;
  if (path->hasWeights)
    if (Error error = openWeights(path->directory).moveInto(checkpoint))
      return error;

  ImportedModel model{path->name, path->directory.str().str(),
                      std::move(*config)};
  if (checkpoint)
    model.checkpoint = &*checkpoint;
  if (path->hasWeights)
    if (Error error = addTokenizer(model, context))
      return error;
  return makeModule(model, context);
}
