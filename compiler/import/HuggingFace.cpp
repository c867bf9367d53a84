//===- HuggingFace.cpp - Read a Hugging Face model ------------------------===//

#include "compiler/import/HuggingFace.h"

#include "compiler/import/ChatTemplate.h"
#include "compiler/import/Checkpoint.h"
#include "compiler/import/Config.h"
#include "compiler/import/Graph.h"
#include "compiler/import/Input.h"
#include "compiler/import/Shards.h"
#include "compiler/import/Sources.h"
#include "compiler/import/Tokenizer.h"
#include "compiler/import/WeightImport.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace gptc;
using namespace llvm;

static constexpr StringLiteral weightsFile = "model.safetensors";
static constexpr StringLiteral shardIndex = "model.safetensors.index.json";

static SmallString<128> join(StringRef directory, StringRef file) {
  SmallString<128> path(directory);
  sys::path::append(path, file);
  return path;
}

/// Opens the weights, or says what lies there instead.
static Expected<Checkpoint> openWeights(StringRef directory) {
  auto has = [&](StringRef file) {
    return sys::fs::exists(join(directory, file));
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
/// Where a model lies, absolute.
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
    result.config = join(path, "config.json");
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

static Error addTokenizer(mlir::OpBuilder &builder, StringRef directory) {
  Expected<std::optional<std::string>> file = findTokenizer(directory);
  if (!file)
    return file.takeError();
  if (!*file)
    return Error::success();
  auto source = makeTokenizerSource(*builder.getContext(), directory, **file);
  if (!source)
    return source.takeError();
  auto chatTemplate = readChatTemplate(directory);
  if (!chatTemplate)
    return chatTemplate.takeError();
  gpt::ChatAttr chat;
  if (*chatTemplate)
    chat = recognizeChatTemplate(*builder.getContext(), (*chatTemplate)->jinja);
  gpt::TokenizerOp::create(builder, builder.getUnknownLoc(), *source, chat);
  return Error::success();
}

static void addModel(mlir::OpBuilder &builder, const ModelPath &path,
                     const Config &config, const Checkpoint *checkpoint) {
  SmallVector<mlir::Attribute> sources;
  if (checkpoint)
    for (const CheckpointFile &file : checkpoint->getFiles())
      sources.push_back(gpt::SourceAttr::get(
          builder.getContext(), sys::path::filename(file.getPath()),
          hashBytes(file.getHeader()), /*content=*/""));
  const Hyperparameters &sizes = config.hyperparameters;
  auto token = [&](std::optional<int64_t> id) {
    return id ? builder.getI64IntegerAttr(*id) : mlir::IntegerAttr();
  };
  bool learnedPositions = sizes.rotary.frequencies.empty();
  int64_t window =
      is_contained(sizes.windows, 0) ? 0 : *llvm::max_element(sizes.windows);
  gpt::ModelOp::create(builder, builder.getUnknownLoc(), path.name,
                       config.family->name, sizes.layers, sizes.channels,
                       sizes.heads, sizes.kvHeads, sizes.headSize,
                       sizes.context, sizes.vocabulary, learnedPositions, window ? builder.getI64IntegerAttr(window)
                              : mlir::IntegerAttr(),
                       token(sizes.bos), sizes.eos,
                       builder.getArrayAttr(sources), path.directory);
}

Expected<mlir::OwningOpRef<mlir::ModuleOp>>
gptc::importModel(StringRef name, mlir::MLIRContext &context) {
  context.loadDialect<gpt::GptDialect, mlir::func::FuncDialect,
                      mlir::arith::ArithDialect>();
  Expected<ModelPath> path = resolve(name);
  if (!path)
    return path.takeError();
  Expected<Config> config = readConfig(path->config, context);
  if (!config)
    return config.takeError();
  if (auto generation = join(StringRef(path->directory), "generation_config.json");
      path->hasWeights && sys::fs::exists(generation))
    if (Error error = readGenerationConfig(generation, config->hyperparameters))
      return error;
  std::optional<Checkpoint> checkpoint;
  if (path->hasWeights)
    if (Error error = openWeights(path->directory).moveInto(checkpoint))
      return error;

  const Checkpoint *weights = checkpoint ? &*checkpoint : nullptr;
  mlir::OwningOpRef<mlir::ModuleOp> module =
      mlir::ModuleOp::create(mlir::UnknownLoc::get(&context));
  auto builder = mlir::OpBuilder::atBlockEnd(module->getBody());
  addModel(builder, *path, *config, weights);
  if (path->hasWeights)
    if (Error error = addTokenizer(builder, path->directory))
      return error;
  if (Error error = importWeights(builder, *config, weights))
    return error;
  buildForward(*module, *config->family, config->hyperparameters);
  return module;
}
