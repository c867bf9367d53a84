//===- HuggingFace.cpp - Reads tokenizer.json and vocab.json --------------===//

#include "compiler/tokenizer/Readers.h"
#include "compiler/tokenizer/Steps.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace gptc;
using namespace llvm;

//===----------------------------------------------------------------------===//
// tokenizer.json
//===----------------------------------------------------------------------===//

static Error readVocabulary(const JsonFile &file, StringRef key,
                            const json::Value *vocabulary,
                            BpeBuilder &builder) {
  const json::Object *object = vocabulary ? vocabulary->getAsObject() : nullptr;
  if (!object)
    return file.wrongValue(key, vocabulary, "an object");
  for (const auto &[name, id] : *object) {
    std::string entry = (key + "." + quoted(name)).str();
    std::optional<int64_t> value = id.getAsInteger();
    if (!value)
      return file.wrongValue(entry, &id, "a number");
    if (Error error = builder.addToken(file.path(), entry, name, *value))
      return error;
  }
  return Error::success();
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

/// Reads how characters without a token are encoded.
static Error readUnknown(const JsonFile &file, const json::Object &model,
                         BpeBuilder &builder) {
  BpeTokenizer &tokenizer = builder.tokenizer();
  if (tokenizer.kind != TokenizerKind::sentencePiece) {
    if (Error error = builder.findBytes(file.path(), "model.vocab"))
      return error;
  } else if (model.getBoolean("byte_fallback").value_or(false)) {
    for (int byte = 0; byte != 256; ++byte) {
      std::string name = ("<0x" + utohexstr(byte, false, 2) + ">");
      if (int32_t id = builder.find(name); id >= 0)
        builder.setByte(byte, id);
    }
  }
  if (model.getBoolean("fuse_unk").value_or(false))
    tokenizer.flags |= joinsUnknown;
  const json::Value *unknown = model.get("unk_token");
  bool isKnown =
      all_of(tokenizer.byteTokens, [](int32_t id) { return id >= 0; });
  if (!unknown || unknown->kind() == json::Value::Null || isKnown)
    return Error::success();
  std::optional<StringRef> name = unknown->getAsString();
  tokenizer.unknown = name ? builder.find(*name) : -1;
  if (tokenizer.unknown < 0)
    return file.wrongValue("model.unk_token", unknown,
                           "a token of the vocabulary");
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
      {"ignore_merges"},
      {"vocab"},
      {"merges"},
  };
  Expected<const json::Object *> object = file.object("model", model, fields);
  if (!object)
    return object.takeError();
  if (Error error =
          readVocabulary(file, "model.vocab", (*object)->get("vocab"), builder))
    return error;
  BpeTokenizer &tokenizer = builder.tokenizer();
  if ((*object)->getBoolean("ignore_merges").value_or(false)) {
    if (tokenizer.kind == TokenizerKind::sentencePiece)
      return file.wrongValue("model.ignore_merges",
                             (*object)->get("ignore_merges"), "false");
    tokenizer.flags |= wholeWordsFirst;
  }
  if (Error error = readUnknown(file, **object, builder))
    return error;
  return readMerges(file, (*object)->get("merges"), builder);
}

static Error readAddedToken(const JsonFile &file, const Twine &key,
                            const json::Value &token, BpeBuilder &builder) {
  static constexpr JsonField fields[] = {
      {"id"},         {"content"},
      {"single_word", FieldRule::mustBeFalse},
      {"lstrip"},     {"rstrip"},
      {"normalized"}, {"special"},
  };
  std::string name = key.str();
  Expected<const json::Object *> object = file.object(name, &token, fields);
  if (!object)
    return object.takeError();
  std::optional<StringRef> content = (*object)->getString("content");
  if (!content || content->empty())
    return file.wrongValue(name + ".content", (*object)->get("content"),
                           "a string that is not empty");
  std::optional<int64_t> id = (*object)->getInteger("id");
  if (!id)
    return file.wrongValue(name + ".id", (*object)->get("id"), "a number");

  TokenFlags flags = TokenFlags::none;
  auto addFlag = [&](StringRef field, bool byDefault, TokenFlags flag) {
    if ((*object)->getBoolean(field).value_or(byDefault))
      flags = flags | flag;
  };
  addFlag("special", false, TokenFlags::special);
  addFlag("normalized", true, TokenFlags::second);
  addFlag("lstrip", false, TokenFlags::stripsLeft);
  addFlag("rstrip", false, TokenFlags::stripsRight);
  return builder.addAddedToken(file.path(), name, *content, *id, flags);
}

static Error readAddedTokens(const JsonFile &file, const json::Value *added,
                             BpeBuilder &builder) {
  if (!added)
    return Error::success();
  const json::Array *tokens = added->getAsArray();
  if (!tokens)
    return file.wrongValue("added_tokens", added, "an array");
  for (const auto &[i, token] : enumerate(*tokens))
    if (Error error =
            readAddedToken(file, "added_tokens[" + Twine(i) + "]", token,
                           builder))
      return error;
  return Error::success();
}

/// Sets `out` to the token `id` that a template adds, -1 for none.
static Error readTemplateId(const JsonFile &file, std::optional<int64_t> id,
                            TokenizerFlags flag, BpeTokenizer &tokenizer,
                            int32_t &out) {
  if (!id)
    return Error::success();
  if (*id < 0 || *id >= static_cast<int64_t>(tokenizer.tokens.size()))
    return inputError(file.path(), "post_processor", "the id " + Twine(*id),
                      "an id below " + Twine(tokenizer.tokens.size()));
  out = static_cast<int32_t>(*id);
  tokenizer.flags |= flag;
  return Error::success();
}

/// Checks the type first, because other models have other steps and fields. Old
/// files omit it.
static Error checkModelType(const JsonFile &file, const json::Value *model) {
  const json::Object *object = model ? model->getAsObject() : nullptr;
  if (!object)
    return file.wrongValue("model", model, "an object");
  const json::Value *type = object->get("type");
  if (type && type->getAsString() != StringRef("BPE"))
    return file.wrongValue("model.type", type, "\"BPE\"");
  return Error::success();
}

Expected<BpeBuilder> gptc::readTokenizerJson(StringRef path) {
  // Truncation and padding are settings for batches, which callers of Hugging
  // Face's tokenizers override.
  static constexpr JsonField fields[] = {
      {"version"},       {"truncation"}, {"padding"}, {"added_tokens"},
      {"pre_tokenizer"}, {"normalizer"}, {"decoder"}, {"post_processor"},
      {"model"},
  };
  Expected<JsonFile> file = JsonFile::read(path);
  if (!file)
    return file.takeError();
  Expected<const json::Object *> root = file->object("", &file->root(), fields);
  if (!root)
    return root.takeError();
  if (Error error = checkModelType(*file, (*root)->get("model")))
    return std::move(error);
  Expected<TokenizerSteps> steps = readSteps(*file, **root);
  if (!steps)
    return steps.takeError();

  BpeBuilder builder(steps->kind);
  BpeTokenizer &tokenizer = builder.tokenizer();
  tokenizer.flags = steps->flags;
  if (Error error = readModel(*file, (*root)->get("model"), builder))
    return std::move(error);
  if (Error error =
          readAddedTokens(*file, (*root)->get("added_tokens"), builder))
    return std::move(error);
  if (Error error =
          readTemplateId(*file, steps->bos, addsBos, tokenizer, tokenizer.bos))
    return std::move(error);
  if (Error error =
          readTemplateId(*file, steps->eos, addsEos, tokenizer, tokenizer.eos))
    return std::move(error);
  return builder;
}

//===----------------------------------------------------------------------===//
// vocab.json and merges.txt
//===----------------------------------------------------------------------===//

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

/// Checks a file beside vocab.json that may name added tokens, either as keys
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

Expected<BpeBuilder> gptc::readVocabularyAndMerges(StringRef directory) {
  if (Error error = checkAddedTokens(directory, "added_tokens.json", true))
    return std::move(error);
  if (Error error =
          checkAddedTokens(directory, "special_tokens_map.json", false))
    return std::move(error);
  Expected<JsonFile> file = JsonFile::read(joinPath(directory, "vocab.json"));
  if (!file)
    return file.takeError();
  BpeBuilder builder(TokenizerKind::gpt2);
  if (Error error =
          readVocabulary(*file, "vocabulary", &file->root(), builder))
    return std::move(error);
  if (Error error = builder.findBytes(file->path(), "vocabulary"))
    return std::move(error);
  if (int32_t id = builder.find(endOfText); id >= 0)
    if (Error error = builder.addAddedToken(file->path(), "vocabulary",
                                            endOfText, id, TokenFlags::special))
      return std::move(error);
  if (Error error =
          readMergesText(joinPath(directory, "merges.txt"), builder))
    return std::move(error);
  return builder;
}
