//===- Tokenizer.cpp - Finds and compiles a model's tokenizer -------------===//

#include "compiler/tokenizer/Tokenizer.h"

#include "compiler/tokenizer/Json.h"
#include "compiler/tokenizer/Readers.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace gptc;
using namespace llvm;

static constexpr StringLiteral jsonFile = "tokenizer.json",
                               modelFile = "tokenizer.model",
                               vocabularyFile = "vocab.json",
                               mergesFile = "merges.txt",
                               configFile = "tokenizer_config.json";

static bool hasFile(StringRef directory, StringRef file) {
  return sys::fs::exists(joinPath(directory, file));
}

Expected<std::optional<std::string>> gptc::findTokenizer(StringRef directory) {
  for (StringRef file : {jsonFile, modelFile})
    if (hasFile(directory, file))
      return file.str();
  bool hasVocabulary = hasFile(directory, vocabularyFile);
  bool hasMerges = hasFile(directory, mergesFile);
  if (hasVocabulary != hasMerges)
    return inputError(directory, "tokenizer",
                      hasMerges ? "merges.txt alone" : "vocab.json alone",
                      "vocab.json and merges.txt");
  if (!hasVocabulary)
    return std::nullopt;
  return vocabularyFile.str();
}

/// Applies tokenizer_config.json, which may say whether a prompt begins with
/// BOS and whether there is a prefix space. The rest of that file is about
/// chats, batches, and tokens that the tokenizer has as well.
static Error applyConfig(StringRef directory, StringRef tokenizerFile,
                         BpeTokenizer &tokenizer) {
  if (!hasFile(directory, configFile))
    return Error::success();
  Expected<JsonFile> file = JsonFile::read(joinPath(directory, configFile));
  if (!file)
    return file.takeError();
  const json::Object *object = file->root().getAsObject();
  if (!object)
    return file->wrongValue("JSON", &file->root(), "an object");
  bool isByteLevel = tokenizer.kind != TokenizerKind::sentencePiece;
  if (isByteLevel && object->getBoolean("add_prefix_space").value_or(false))
    return file->wrongValue("add_prefix_space", object->get("add_prefix_space"),
                            "false");
  // tokenizer.json has its own template.
  if (tokenizerFile != modelFile)
    return Error::success();
  auto setFlag = [&](StringRef key, TokenizerFlags flag, int32_t token) {
    if (std::optional<bool> value = object->getBoolean(key))
      tokenizer.flags = *value && token >= 0 ? tokenizer.flags | flag
                                             : tokenizer.flags & ~flag;
  };
  setFlag("add_bos_token", addsBos, tokenizer.bos);
  setFlag("add_eos_token", addsEos, tokenizer.eos);
  return Error::success();
}

Expected<std::vector<char>> gptc::compileTokenizer(StringRef directory,
                                                   StringRef file) {
  std::string path = joinPath(directory, file);
  bool isGguf = sys::path::extension(file) == ".gguf";
  Expected<BpeBuilder> builder =
      file == vocabularyFile ? readVocabularyAndMerges(directory)
      : file == modelFile    ? readSentencePiece(path)
      : isGguf               ? readTokenizerGguf(path)
                             : readTokenizerJson(path);
  if (!builder)
    return builder.takeError();
  if (!isGguf)
    if (Error error = applyConfig(directory, file, builder->tokenizer()))
      return std::move(error);
  return builder->layOut();
}
