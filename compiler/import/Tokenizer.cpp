//===- Tokenizer.cpp - Read the tokenizer of a Hugging Face folder --------===//

#include "compiler/import/Tokenizer.h"

#include "compiler/import/TokenizerBuilder.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace gptc;
using namespace llvm;

//===----------------------------------------------------------------------===//
// tokenizer.json
//===----------------------------------------------------------------------===//

/// `value` is null, where that is allowed, or an object of the type ByteLevel.
/// Of its fields those that do not change ids are free: trim_offsets, and the
/// decoder's and post-processor's share of the pre-tokenizer's.
static Error checkByteLevel(const JsonFile &file, StringRef key,
                            const json::Value *value,
                            ArrayRef<JsonField> fields) {
  Expected<const json::Object *> object = file.object(key, value, fields);
  if (!object)
    return object.takeError();
  if ((*object)->getString("type") != StringRef("ByteLevel"))
    return file.wrongValue(key + ".type", (*object)->get("type"),
                           "\"ByteLevel\"");
  return Error::success();
}

static Error checkByteLevels(const JsonFile &file, const json::Object &root) {
  static constexpr JsonField preTokenizer[] = {
      {"type"},
      {"add_prefix_space", FieldRule::mustBeFalse},
      {"trim_offsets"},
      {"use_regex", FieldRule::mustBeTrue},
  };
  static constexpr JsonField others[] = {
      {"type"}, {"add_prefix_space"}, {"trim_offsets"}, {"use_regex"}};
  if (Error error = checkByteLevel(file, "pre_tokenizer",
                                   root.get("pre_tokenizer"), preTokenizer))
    return error;
  if (Error error =
          checkByteLevel(file, "decoder", root.get("decoder"), others))
    return error;
  const json::Value *postProcessor = root.get("post_processor");
  if (!postProcessor || postProcessor->kind() == json::Value::Null)
    return Error::success();
  return checkByteLevel(file, "post_processor", postProcessor, others);
}

static Error readMerges(const JsonFile &file, const json::Value *merges,
                        BpeBuilder &builder) {
  const json::Array *array = merges ? merges->getAsArray() : nullptr;
  if (!array)
    return file.wrongValue("model.merges", merges, "an array");
  for (const auto &[i, merge] : enumerate(*array)) {
    std::optional<StringRef> left, right;
    if (std::optional<StringRef> both = merge.getAsString()) {
      std::tie(left, right) = both->split(' ');
    } else if (const json::Array *pair = merge.getAsArray();
               pair && pair->size() == 2) {
      left = (*pair)[0].getAsString();
      right = (*pair)[1].getAsString();
    }
    std::string key = ("model.merges[" + Twine(i) + "]").str();
    if (!left || !right)
      return file.wrongValue(key, &merge,
                             "two tokens, as \"a b\" or [\"a\", \"b\"]");
    if (Error error = builder.addMerge(file.path(), key, *left, *right))
      return error;
  }
  return Error::success();
}

static Error readModel(const JsonFile &file, const json::Value *model,
                       BpeBuilder &builder) {
  static constexpr JsonField fields[] = {
      {"type"},
      {"dropout", FieldRule::mustBeNull},
      {"unk_token"},
      {"continuing_subword_prefix", FieldRule::mustBeNull},
      {"end_of_word_suffix", FieldRule::mustBeNull},
      {"fuse_unk"},
      {"byte_fallback"},
      {"ignore_merges", FieldRule::mustBeFalse},
      {"vocab"},
      {"merges"},
  };
  // The type first: other models have other fields. Old files leave it out.
  if (const json::Object *object = model ? model->getAsObject() : nullptr)
    if (const json::Value *type = object->get("type");
        type && type->getAsString() != StringRef("BPE"))
      return file.wrongValue("model.type", type, "\"BPE\"");
  Expected<const json::Object *> object = file.object("model", model, fields);
  if (!object)
    return object.takeError();
  if (Error error =
          builder.addVocabulary(file, "model.vocab", (*object)->get("vocab")))
    return error;
  return readMerges(file, (*object)->get("merges"), builder);
}

static Error readTokenizerJson(StringRef path, BpeBuilder &builder) {
  // Truncation and padding are settings for batches, which callers of Hugging
  // Face's tokenizers set anew.
  static constexpr JsonField fields[] = {
      {"version"},       {"truncation"},
      {"padding"},       {"added_tokens"},
      {"pre_tokenizer"}, {"normalizer", FieldRule::mustBeNull},
      {"decoder"},       {"post_processor"},
      {"model"},
  };
  Expected<JsonFile> file = JsonFile::read(path);
  if (!file)
    return file.takeError();
  Expected<const json::Object *> root = file->object("", &file->root(), fields);
  if (!root)
    return root.takeError();
  if (Error error = readModel(*file, (*root)->get("model"), builder))
    return error;
  if (Error error = checkByteLevels(*file, **root))
    return error;
  const json::Value *added = (*root)->get("added_tokens");
  if (!added)
    return Error::success();
  const json::Array *tokens = added->getAsArray();
  if (!tokens)
    return file->wrongValue("added_tokens", added, "an array");
  for (const auto &[i, token] : enumerate(*tokens))
    if (Error error = builder.addAddedToken(
            *file, "added_tokens[" + Twine(i) + "]", token))
      return error;
  return Error::success();
}

//===----------------------------------------------------------------------===//
// vocab.json and merges.txt
//===----------------------------------------------------------------------===//

static std::string joinPath(StringRef directory, StringRef file) {
  SmallString<128> path(directory);
  sys::path::append(path, file);
  return path.str().str();
}

static bool hasFile(StringRef directory, StringRef file) {
  return sys::fs::exists(joinPath(directory, file));
}

static Error readMergesText(StringRef path, BpeBuilder &builder) {
  Expected<std::unique_ptr<MemoryBuffer>> file = mapTokenizerFile(path);
  if (!file)
    return file.takeError();
  SmallVector<StringRef> lines;
  (*file)->getBuffer().split(lines, '\n');
  if (lines.back().empty())
    lines.pop_back();
  for (const auto &[i, line] : enumerate(lines)) {
    StringRef merge = line.rtrim('\r');
    if (merge.starts_with("#version"))
      continue;
    auto [left, right] = merge.split(' ');
    if (Error error =
            builder.addMerge(path, "line " + Twine(i + 1), left, right))
      return error;
  }
  return Error::success();
}

static constexpr StringLiteral endOfText = "<|endoftext|>";

/// The files that may lie beside vocab.json name added tokens, either as keys
/// or as values, which are the name itself or an object.
static Error checkAddedTokens(StringRef directory, StringRef name,
                              bool areKeys) {
  if (!hasFile(directory, name))
    return Error::success();
  Expected<JsonFile> file = JsonFile::read(joinPath(directory, name));
  if (!file)
    return file.takeError();
  const json::Object *object = file->root().getAsObject();
  if (!object)
    return file->wrongValue("JSON", &file->root(), "an object");
  for (const auto &[key, value] : *object) {
    const json::Object *token = value.getAsObject();
    std::optional<StringRef> content = areKeys ? StringRef(key)
                                       : token ? token->getString("content")
                                               : value.getAsString();
    if (content != endOfText)
      return inputError(file->path(), quoted(key), "another added token",
                        "only <|endoftext|> without a tokenizer.json");
  }
  return Error::success();
}

/// The two files hold no added tokens; GPT-2 has one.
static Error readVocabularyAndMerges(StringRef directory, BpeBuilder &builder) {
  if (Error error = checkAddedTokens(directory, "added_tokens.json", true))
    return error;
  if (Error error =
          checkAddedTokens(directory, "special_tokens_map.json", false))
    return error;
  Expected<JsonFile> file = JsonFile::read(joinPath(directory, "vocab.json"));
  if (!file)
    return file.takeError();
  if (Error error = builder.addVocabulary(*file, "vocabulary", &file->root()))
    return error;
  builder.markSpecial(endOfText);
  return readMergesText(joinPath(directory, "merges.txt"), builder);
}

//===----------------------------------------------------------------------===//
// The folder
//===----------------------------------------------------------------------===//

Expected<std::optional<std::string>> gptc::findTokenizer(StringRef directory) {
  if (hasFile(directory, "tokenizer.json"))
    return "tokenizer.json";
  bool hasVocabulary = hasFile(directory, "vocab.json");
  bool hasMerges = hasFile(directory, "merges.txt");
  if (hasVocabulary != hasMerges)
    return inputError(directory, "tokenizer",
                      hasMerges ? "merges.txt alone" : "vocab.json alone",
                      "vocab.json and merges.txt");
  if (!hasVocabulary)
    return std::nullopt;
  return "vocab.json";
}

/// The prefix space can also be asked for here; the rest of the file is about
/// chats, batches, and tokens that tokenizer.json has as well.
static Error checkTokenizerConfig(StringRef directory) {
  if (!hasFile(directory, "tokenizer_config.json"))
    return Error::success();
  Expected<JsonFile> file =
      JsonFile::read(joinPath(directory, "tokenizer_config.json"));
  if (!file)
    return file.takeError();
  const json::Object *object = file->root().getAsObject();
  if (!object)
    return file->wrongValue("JSON", &file->root(), "an object");
  if (object->getBoolean("add_prefix_space").value_or(false))
    return file->wrongValue("add_prefix_space", object->get("add_prefix_space"),
                            "false");
  return Error::success();
}

Expected<std::vector<char>> gptc::compileTokenizer(StringRef directory,
                                                   StringRef file) {
  BpeBuilder builder;
  if (Error error = checkTokenizerConfig(directory))
    return error;
  if (Error error = file == "vocab.json"
                        ? readVocabularyAndMerges(directory, builder)
                        : readTokenizerJson(joinPath(directory, file), builder))
    return error;
  return layOutTokenizer(builder.tokenizer());
}
