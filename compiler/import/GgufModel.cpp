//===- GgufModel.cpp - Reads a model from a GGUF file ---------------------===//

#include "compiler/import/GgufModel.h"

#include "compiler/checkpoint/Shards.h"
#include "compiler/checkpoint/Sources.h"
#include "compiler/import/GgufFamilies.h"
#include "compiler/import/GgufKeys.h"
#include "compiler/import/Module.h"
#include "compiler/tokenizer/ChatTemplate.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <cmath>

using namespace gptc;
using namespace llvm;

/// A limit that no model reaches and that floats represent well.
static constexpr double most = 1e12;

static constexpr StringLiteral frequencyFactors = "rope_freqs.weight";

namespace {
/// Reads the model of a file and holds what is known of it so far.
class ModelReader {
public:
  ModelReader(const Checkpoint &checkpoint,
              const GgufArchitecture &architecture, const Family &row)
      : checkpoint(checkpoint), file(*checkpoint.getFiles()[0].getGguf()),
        architecture(architecture), keys(file, architecture.name),
        family(row) {}

  /// The reader must outlive the configuration, which has pointers into it.
  Expected<Config> read();

private:
  void renameWeights();
  bool hasTensor(const WeightPattern &pattern) const {
    return checkpoint.find(getTensorName(pattern.tensor, 0));
  }
  int64_t readVocabulary();
  void readSizes();
  void readScales();
  void readWindows();
  RotaryScaling readScaling();
  void readRotary();
  Error readFrequencyFactors();
  void readChoices();
  void readTokens();
  void ignoreRest();

  const Checkpoint &checkpoint;
  const GgufFile &file;
  const GgufArchitecture &architecture;
  GgufKeys keys;
  Hyperparameters result{};
  /// The family's row with GGUF's names.
  Family family;
  std::vector<WeightPattern> weights;
  std::vector<StringLiteral> ignored;
};
} // namespace

void ModelReader::renameWeights() {
  for (const WeightPattern &pattern : family.weights)
    weights.push_back(toGguf(pattern, architecture));
  family.weights = weights;
  family.optionalPrefix = "";
  if (checkpoint.find(frequencyFactors) && !family.keys.rotaryFraction.empty())
    ignored.push_back(frequencyFactors); // read by readRotary()
  family.ignoredTensors = ignored;
}

/// Returns the vocabulary's size, which is the number of rows of the embedding.
int64_t ModelReader::readVocabulary() {
  StringRef name = family.weights.front().tensor;
  const StoredTensor *embedding = checkpoint.find(name);
  if (!embedding || embedding->shape.size() != 2 || embedding->shape[0] < 1 ||
      embedding->shape[0] > std::numeric_limits<int32_t>::max()) {
    keys.fail(name, embedding ? describe(*embedding) : "nothing",
              "a tensor of a row for each token");
    return 1;
  }
  keys.expect(".vocab_size", embedding->shape[0]);
  return embedding->shape[0];
}

void ModelReader::readSizes() {
  result.layers = keys.size(".block_count", 0, family.keys.layers.most);
  result.channels = keys.size(".embedding_length");
  result.heads = keys.size(".attention.head_count");
  result.kvHeads = keys.size(".attention.head_count_kv", result.heads);
  result.inner = keys.size(".feed_forward_length");
  result.context = keys.size(".context_length");
  result.vocabulary = readVocabulary();
  if (result.heads % result.kvHeads != 0)
    keys.fail(".attention.head_count_kv", Twine(result.kvHeads),
              "a divisor of " + Twine(result.heads) + ", the heads");
  if (!keys.has(".attention.key_length") &&
      result.channels % result.heads != 0)
    keys.fail(".attention.head_count", Twine(result.heads),
              "a divisor of " + Twine(result.channels) + ", the channels");
  result.headSize =
      keys.size(".attention.key_length",
                std::max<int64_t>(result.channels / result.heads, 1));
  keys.expect(".attention.value_length", result.headSize);
  result.queryChannels = result.heads * result.headSize;
  result.kvChannels = result.kvHeads * result.headSize;
}

void ModelReader::readScales() {
  double scalar = result.headSize;
  // Gemma 2's file of 46 layers takes channels / heads in place of the head
  // size (llama.cpp, LLM_TYPE_27B) and has no key for it.
  if (architecture.name == "gemma2" && result.layers == 46)
    scalar = static_cast<double>(result.channels) / result.heads;
  double scale =
      keys.number(".attention.scale", 1e-6, most, 1 / std::sqrt(scalar));
  result.attentionScales.assign(result.layers, scale);

  const ConfigKeys &row = family.keys;
  if (!row.attentionCap.empty())
    result.attentionCap = keys.number(".attn_logit_softcapping", 1e-6, most,
                                      row.defaultAttentionCap);
  if (!row.logitCap.empty())
    result.logitCap = keys.number(".final_logit_softcapping", 1e-6, most,
                                  row.defaultLogitCap);
  if (family.scaledEmbedding)
    result.embeddingScale = std::sqrt(static_cast<double>(result.channels));
  result.epsilon = keys.number(family.norm == gpt::NormKind::rms
                                   ? ".attention.layer_norm_rms_epsilon"
                                   : ".attention.layer_norm_epsilon",
                               0, 1);
}

void ModelReader::readWindows() {
  result.windows.assign(result.layers, 0);
  if (architecture.windows == WindowRule::none)
    return;
  // Gemma 2's default is llama.cpp's; 0 means no window.
  int64_t window = keys.number(".attention.sliding_window", 0, 1 << 30,
                               architecture.windows == WindowRule::alternate
                                   ? family.keys.defaultWindow
                                   : 0);
  if (window >= result.context)
    window = 0; // has no effect
  for (int64_t layer = 0; layer < result.layers; ++layer)
    if (architecture.windows == WindowRule::every || layer % 2 == 0)
      result.windows[layer] = window;
}

RotaryScaling ModelReader::readScaling() {
  using Kind = RotaryScaling::Kind;
  RotaryScaling scaling;
  StringRef type = keys.text(".rope.scaling.type", "none");
  // The key that old files have in place of the type "linear".
  double linear = keys.number(".rope.scale_linear", 1e-6, most, 1);
  if (linear != 1 && type == "none")
    type = "linear";
  scaling.kind = StringSwitch<Kind>(type)
                     .Case("linear", Kind::linear)
                     .Case("yarn", Kind::yarn)
                     .Default(Kind::none);
  if (scaling.kind == Kind::none && type != "none")
    keys.fail(".rope.scaling.type", quoted(type), "none, linear or yarn");
  scaling.factor = keys.number(".rope.scaling.factor", 1e-6, most, linear);
  scaling.originalContext = keys.number(
      ".rope.scaling.original_context_length", 1, most, result.context);
  keys.ignore(".rope.scaling.finetuned");
  if (scaling.kind != Kind::yarn) {
    keys.number(".rope.scaling.attn_factor", 1, 1, 1);
    return scaling;
  }
  scaling.attentionFactor =
      yarnMagnitude(scaling.factor) *
      keys.number(".rope.scaling.attn_factor", 1e-6, most, 1);
  scaling.betaFast =
      keys.number(".rope.scaling.yarn_beta_fast", 1e-6, most, scaling.betaFast);
  scaling.betaSlow =
      keys.number(".rope.scaling.yarn_beta_slow", 1e-6, most, scaling.betaSlow);
  return scaling;
}

void ModelReader::readRotary() {
  if (family.keys.rotaryFraction.empty())
    return;
  double base = keys.number(".rope.freq_base", 1.001, most, 10000);
  int64_t channels = keys.size(".rope.dimension_count", result.headSize);
  RotaryScaling scaling = readScaling();
  if (channels % 2 != 0 || channels > result.headSize ||
      (architecture.pairsInterleaved && channels != result.headSize))
    return keys.fail(".rope.dimension_count", Twine(channels),
                     (architecture.pairsInterleaved
                          ? "all "
                          : "an even number of at most ") +
                         Twine(result.headSize) + " channels of a head");
  result.rotary = computeRotary(base, channels, scaling);
}

/// Applies the divisors of the frequencies that Llama 3's files store.
Error ModelReader::readFrequencyFactors() {
  const StoredTensor *tensor = checkpoint.find(frequencyFactors);
  MutableArrayRef<float> frequencies = result.rotary.frequencies;
  if (!tensor || frequencies.empty())
    return Error::success();
  auto error = [&](const Twine &found, const Twine &expected) {
    return inputError(checkpoint.getPath(frequencyFactors),
                      "tensor " + quoted(frequencyFactors), found, expected);
  };
  SmallVector<int64_t, 2> shape = {static_cast<int64_t>(frequencies.size())};
  if (tensor->type != "F32" || tensor->shape != shape)
    return error(describe(*tensor), "F32 " + describe(ArrayRef(shape)));
  for (auto [index, frequency] : enumerate(frequencies)) {
    float factor = support::endian::read<float, endianness::little>(
        tensor->bytes.data() + index * sizeof(float));
    if (!(factor >= 1e-6f && factor <= 1e6f))
      return error("the factor " + std::to_string(factor),
                   "one from 1e-6 to 1e6");
    frequency /= factor;
  }
  return Error::success();
}

/// Derives from the tensors in the file which features the model has.
void ModelReader::readChoices() {
  for (const WeightPattern &pattern : family.weights)
    if (pattern.onlyIf)
      result.*pattern.onlyIf |= hasTensor(pattern);
  // A tied head may be stored as a copy.
  const StoredTensor *head = checkpoint.find("output.weight");
  const StoredTensor *embedding =
      checkpoint.find(family.weights.front().tensor);
  if (head && embedding && head->type == embedding->type &&
      head->bytes == embedding->bytes)
    result.untied = false;
  for (const ChoiceKey &key : family.keys.choices)
    if (key.choice == &Hyperparameters::parallelResidual)
      result.parallelResidual =
          keys.flag(".use_parallel_residual", key.fallback);
  result.activation = architecture.activation;
}

void ModelReader::readTokens() {
  result.bos =
      keys.token("tokenizer.ggml.bos_token_id", result.vocabulary);
  for (StringRef key :
       {"tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id"})
    if (std::optional<int64_t> id = keys.token(key, result.vocabulary);
        id && !is_contained(result.eos, *id))
      result.eos.push_back(*id);
}

/// Accepts keys that writers add to every file.
void ModelReader::ignoreRest() {
  keys.ignore(".tensor_data_layout");
  keys.expect(".expert_count", 0);
  keys.expect(".expert_used_count", 0);
  if (!keys.flag(".attention.causal", true))
    keys.fail(".attention.causal", "false", "true");
}

Expected<Config> ModelReader::read() {
  renameWeights();
  readSizes();
  readScales();
  readWindows();
  readRotary();
  readChoices();
  readTokens();
  ignoreRest();
  if (Error error = keys.takeError())
    return error;
  if (Error error = readFrequencyFactors())
    return error;
  return Config{file.getPath().str(), &family, result, /*elementType=*/{}};
}

//===----------------------------------------------------------------------===//
// The file
//===----------------------------------------------------------------------===//

static Expected<const GgufArchitecture *> findArchitecture(const GgufFile &file) {
  auto type = file.find<StringRef>("general.type");
  if (!type)
    return type.takeError();
  if (*type && **type != "model")
    return inputError(file.getPath(), "key \"general.type\"", quoted(**type),
                      "\"model\"");
  auto name = file.get<StringRef>("general.architecture");
  if (!name)
    return name.takeError();
  for (const GgufArchitecture &architecture : getGgufArchitectures())
    if (architecture.name == *name)
      return &architecture;
  return inputError(
      file.getPath(), "key \"general.architecture\"", quoted(*name),
      "one of " + join(map_range(getGgufArchitectures(),
                                 [](auto &known) { return known.name; }),
                       ", "));
}

/// Adds the tokenizer, if there is one, and its chat template. A vocabulary
/// alone, without scores and merges, cannot encode anything.
static Error addTokenizer(const GgufFile &file, ImportedModel &model,
                           mlir::MLIRContext &context) {
  auto has = [&](StringRef key) { return file.getMetadata().count(key); };
  if (!has("tokenizer.ggml.scores") && !has("tokenizer.ggml.merges"))
    return Error::success();
  model.tokenizer =
      gpt::SourceAttr::get(&context, sys::path::filename(file.getPath()),
                           hashBytes(file.getHeader()), /*content=*/"");
  auto chatTemplate = file.find<StringRef>("tokenizer.chat_template");
  if (!chatTemplate)
    return chatTemplate.takeError();
  if (*chatTemplate)
    model.chat = recognizeChatTemplate(context, **chatTemplate);
  return Error::success();
}

Expected<mlir::OwningOpRef<mlir::ModuleOp>>
gptc::importGguf(StringRef path, mlir::MLIRContext &context) {
  loadDialects(context);
  SmallString<128> absolute(path);
  if (std::error_code code = sys::fs::make_absolute(absolute))
    return createStringError("cannot read '" + path + "': " + code.message());
  sys::path::remove_dots(absolute);
  Expected<Checkpoint> checkpoint = openGguf(path);
  if (!checkpoint)
    return checkpoint.takeError();
  const GgufFile &file = *checkpoint->getFiles().front().getGguf();
  auto architecture = findArchitecture(file);
  if (!architecture)
    return architecture.takeError();
  const Family *family = find_if(getFamilies(), [&](const Family &family) {
    return family.name == (*architecture)->family;
  });
  ModelReader reader(*checkpoint, **architecture, *family);
  Expected<Config> config = reader.read();
  if (!config)
    return config.takeError();
  ImportedModel model{sys::path::stem(path).str(),
                      sys::path::parent_path(absolute).str(),
                      std::move(*config), &*checkpoint};
  if (Error error = addTokenizer(file, model, context))
    return error;
  return makeModule(model, context);
}
