//===- Steps.cpp - Reads the steps around a tokenizer.json's model --------===//

#include "compiler/tokenizer/Steps.h"

#include "compiler/tokenizer/Builder.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace gptc;
using namespace llvm;

//===----------------------------------------------------------------------===//
// Steps
//===----------------------------------------------------------------------===//

namespace {
/// A step of a sequence, or a single step.
struct Step {
  std::string key;
  const json::Object *object;
  StringRef type;
};

/// A field that a step must have with this value.
struct Setting {
  StringLiteral name;
  json::Value value;
};
} // namespace

/// Appends the steps of `value`: none for null, the inner ones for a sequence.
static Error collectSteps(const JsonFile &file, const Twine &key,
                          const json::Value *value, StringRef listName,
                          std::vector<Step> &steps) {
  if (!value || value->kind() == json::Value::Null)
    return Error::success();
  std::string name = key.str();
  const json::Object *object = value->getAsObject();
  if (!object)
    return file.wrongValue(name, value, "an object");
  std::optional<StringRef> type = object->getString("type");
  if (!type)
    return file.wrongValue(name + ".type", object->get("type"), "a name");
  if (*type != "Sequence") {
    steps.push_back({name, object, *type});
    return Error::success();
  }
  const json::Value *list = object->get(listName);
  const json::Array *array = list ? list->getAsArray() : nullptr;
  std::string listKey = name + "." + listName.str();
  if (!array)
    return file.wrongValue(listKey, list, "an array");
  for (const auto &[i, inner] : enumerate(*array))
    if (Error error = collectSteps(file, listKey + "[" + Twine(i) + "]", &inner,
                                   listName, steps))
      return error;
  return Error::success();
}

static bool areOf(ArrayRef<Step> steps, ArrayRef<StringRef> types) {
  return steps.size() == types.size() &&
         all_of(zip(steps, types), [](auto pair) {
           return std::get<0>(pair).type == std::get<1>(pair);
         });
}

/// Returns an error if a step has fields that are not in `free` or `settings`,
/// or other settings. A setting whose value is false may be absent.
static Error checkStep(const JsonFile &file, const Step &step,
                       ArrayRef<Setting> settings,
                       ArrayRef<JsonField> free = {}) {
  SmallVector<JsonField> fields(free);
  fields.push_back({"type"});
  for (const Setting &setting : settings)
    fields.push_back({setting.name});
  json::Value value(json::Object(*step.object));
  if (auto object = file.object(step.key, &value, fields); !object)
    return object.takeError();
  for (const Setting &setting : settings) {
    const json::Value *found = step.object->get(setting.name);
    bool isAbsent = !found && setting.value == json::Value(false);
    if (!isAbsent && (!found || *found != setting.value))
      return file.wrongValue(step.key + "." + setting.name, found,
                             describe(&setting.value));
  }
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Pre-tokenizers
//===----------------------------------------------------------------------===//

namespace {
struct KnownPattern {
  StringLiteral regex;
  TokenizerKind kind;
};
} // namespace

static constexpr KnownPattern knownPatterns[] = {
    {R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|)"
     R"(\s+(?!\S)|\s+)",
     TokenizerKind::gpt2},
    {R"('(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|)"
     R"(\s+(?!\S)|\s+)",
     TokenizerKind::gpt2},
    {R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|)"
     R"( ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
     TokenizerKind::llama3},
    {R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}|)"
     R"( ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
     TokenizerKind::qwen2},
};

static Error checkByteLevel(const JsonFile &file, const Step &step,
                            bool usesRegex) {
  return checkStep(file, step,
                   {{"add_prefix_space", false}, {"use_regex", usesRegex}},
                   {{"trim_offsets"}});
}

static Expected<TokenizerKind> readPattern(const JsonFile &file,
                                           const Step &step) {
  if (Error error =
          checkStep(file, step, {{"behavior", "Isolated"}, {"invert", false}},
                    {{"pattern"}}))
    return std::move(error);
  const json::Value *pattern = step.object->get("pattern");
  const json::Object *object = pattern ? pattern->getAsObject() : nullptr;
  std::optional<StringRef> regex =
      object ? object->getString("Regex") : std::nullopt;
  auto known = find_if(knownPatterns, [&](const KnownPattern &candidate) {
    return regex && candidate.regex == *regex;
  });
  if (known == std::end(knownPatterns))
    return inputError(file.path(), step.key + ".pattern",
                      regex ? json::fixUTF8(*regex) : describe(pattern),
                      "the pattern of GPT-2, Llama 3 or Qwen2");
  return known->kind;
}

static Expected<TokenizerKind> readByteLevelKind(const JsonFile &file,
                                                 ArrayRef<Step> steps) {
  if (areOf(steps, {"Split", "ByteLevel"})) {
    if (Error error = checkByteLevel(file, steps[1], /*usesRegex=*/false))
      return std::move(error);
    return readPattern(file, steps[0]);
  }
  if (Error error = checkByteLevel(file, steps.back(), /*usesRegex=*/true))
    return std::move(error);
  if (areOf(steps, {"ByteLevel"}))
    return TokenizerKind::gpt2;
  if (Error error =
          checkStep(file, steps[0], {{"individual_digits", true}}))
    return std::move(error);
  return TokenizerKind::starCoder;
}

/// Reads the flags of Metaspace, which does what a normalizer does in other
/// files.
static Expected<uint32_t> readMetaspace(const JsonFile &file,
                                        const Step &step) {
  if (Error error = checkStep(
          file, step, {{"replacement", visibleSpace}},
          {{"prepend_scheme"}, {"add_prefix_space"}, {"str_rep"}, {"split"}}))
    return std::move(error);
  uint32_t flags = addsSpaceToWords;
  if (step.object->getBoolean("split").value_or(true))
    flags |= cutsAtEverySpace;
  // Old files have a boolean instead of the scheme.
  bool addsPrefix = step.object->getBoolean("add_prefix_space").value_or(true);
  StringRef scheme = step.object->getString("prepend_scheme")
                         .value_or(addsPrefix ? "always" : "never");
  if (scheme == "always")
    flags |= addsSpace | addsSpaceAfterAdded;
  else if (scheme == "first")
    flags |= addsSpace;
  else if (scheme != "never")
    return file.wrongValue(step.key + ".prepend_scheme",
                           step.object->get("prepend_scheme"),
                           "always, first or never");
  return flags;
}

//===----------------------------------------------------------------------===//
// Normalizers
//===----------------------------------------------------------------------===//

static Error checkReplace(const JsonFile &file, const Step &step,
                          StringRef from, StringRef to) {
  return checkStep(
      file, step,
      {{"pattern", json::Object{{"String", from}}}, {"content", to}});
}

/// Reads the flags of a normalizer.
static Expected<uint32_t> readNormalizer(const JsonFile &file,
                                         const json::Value *value,
                                         ArrayRef<Step> steps) {
  if (steps.empty())
    return 0;
  if (areOf(steps, {"NFC"})) {
    if (Error error = checkStep(file, steps[0], {}))
      return std::move(error);
    return composesText;
  }
  bool prepends = areOf(steps, {"Prepend", "Replace"});
  if (!prepends && !areOf(steps, {"Replace"}))
    return file.wrongValue("normalizer", value,
                           "null, NFC, Replace, or Prepend and Replace");
  if (prepends)
    if (Error error = checkStep(file, steps[0], {{"prepend", visibleSpace}}))
      return std::move(error);
  if (Error error = checkReplace(file, steps.back(), " ", visibleSpace))
    return std::move(error);
  return prepends ? addsSpace | addsSpaceAfterAdded : 0;
}

/// Reads the kind of pre-tokenizer and the flags of normalizer and
/// pre-tokenizer.
static Expected<TokenizerSteps> readKind(const JsonFile &file,
                                         const json::Object &root) {
  std::vector<Step> normalizers, steps;
  const json::Value *normalizer = root.get("normalizer"),
                    *preTokenizer = root.get("pre_tokenizer");
  if (Error error = collectSteps(file, "normalizer", normalizer, "normalizers",
                                 normalizers))
    return std::move(error);
  if (Error error = collectSteps(file, "pre_tokenizer", preTokenizer,
                                 "pretokenizers", steps))
    return std::move(error);
  Expected<uint32_t> flags = readNormalizer(file, normalizer, normalizers);
  if (!flags)
    return flags.takeError();
  bool replaces = !normalizers.empty() && normalizers.back().type == "Replace";

  TokenizerSteps result = {TokenizerKind::sentencePiece, *flags, {}, {}};
  if (!replaces && (areOf(steps, {"ByteLevel"}) ||
                    areOf(steps, {"Digits", "ByteLevel"}) ||
                    areOf(steps, {"Split", "ByteLevel"}))) {
    Expected<TokenizerKind> kind = readByteLevelKind(file, steps);
    if (!kind)
      return kind.takeError();
    result.kind = *kind;
    return result;
  }
  if (normalizers.empty() && areOf(steps, {"Metaspace"})) {
    if (Error error =
            readMetaspace(file, steps[0]).moveInto(result.flags))
      return std::move(error);
    return result;
  }
  // After U+2581 has replaced every space, none is left to split at.
  if (replaces && areOf(steps, {"Split"})) {
    if (Error error = checkStep(file, steps[0],
                                {{"pattern", json::Object{{"String", " "}}},
                                 {"behavior", "MergedWithPrevious"},
                                 {"invert", false}}))
      return std::move(error);
    return result;
  }
  if (replaces && steps.empty())
    return result;
  return file.wrongValue(
      "pre_tokenizer", preTokenizer,
      "ByteLevel, Digits and ByteLevel, Split and ByteLevel, Metaspace, or "
      "none after a normalizer that writes U+2581");
}

//===----------------------------------------------------------------------===//
// Decoder and post-processor
//===----------------------------------------------------------------------===//

/// Adds how the decoder treats the first space of a text. Its other steps only
/// undo the normalization.
static Error readDecoder(const JsonFile &file, const json::Object &root,
                         TokenizerSteps &result) {
  std::vector<Step> steps;
  const json::Value *decoder = root.get("decoder");
  if (Error error =
          collectSteps(file, "decoder", decoder, "decoders", steps))
    return error;
  if (result.kind != TokenizerKind::sentencePiece) {
    if (!areOf(steps, {"ByteLevel"}))
      return file.wrongValue("decoder", decoder, "ByteLevel");
    return checkStep(
        file, steps[0], {},
        {{"add_prefix_space"}, {"trim_offsets"}, {"use_regex"}});
  }
  bool dropsSpace = false, showsSpaces = false;
  for (const Step &step : steps) {
    if (step.type == "Replace") {
      if (Error error = checkReplace(file, step, visibleSpace, " "))
        return error;
      showsSpaces = true;
    } else if (step.type == "Metaspace") {
      Expected<uint32_t> flags = readMetaspace(file, step);
      if (!flags)
        return flags.takeError();
      showsSpaces = true;
      dropsSpace = *flags & addsSpace;
    } else if (step.type == "Strip") {
      if (Error error = checkStep(
              file, step, {{"content", " "}, {"start", 1}, {"stop", 0}}))
        return error;
      dropsSpace = true;
    } else if (step.type != "ByteFallback" && step.type != "Fuse") {
      return file.wrongValue(step.key + ".type", step.object->get("type"),
                             "Replace, ByteFallback, Fuse, Strip or Metaspace");
    }
  }
  if (!showsSpaces)
    return file.wrongValue("decoder", decoder,
                           "one that writes spaces for U+2581");
  if (dropsSpace)
    result.flags |= dropsFirstSpace;
  return Error::success();
}

/// Returns the id of a special token that a template names.
static Expected<int64_t> readTemplateToken(const JsonFile &file,
                                           const Step &step, StringRef name) {
  const json::Object *tokens = step.object->getObject("special_tokens");
  const json::Object *token = tokens ? tokens->getObject(name) : nullptr;
  const json::Array *ids = token ? token->getArray("ids") : nullptr;
  std::optional<int64_t> id = ids && ids->size() == 1
                                  ? (*ids)[0].getAsInteger()
                                  : std::nullopt;
  if (!id)
    return file.wrongValue(step.key + ".special_tokens." + quoted(name) +
                               ".ids",
                           token ? token->get("ids") : nullptr, "one id");
  return *id;
}

/// Reads a template for a single text: at most one token before and one after.
static Error readTemplate(const JsonFile &file, const Step &step,
                          TokenizerSteps &result) {
  const json::Value *single = step.object->get("single");
  const json::Array *pieces = single ? single->getAsArray() : nullptr;
  bool afterText = false;
  for (const json::Value &piece : pieces ? *pieces : json::Array()) {
    const json::Object *object = piece.getAsObject();
    const json::Object *token =
        object ? object->getObject("SpecialToken") : nullptr;
    std::optional<StringRef> name =
        token ? token->getString("id") : std::nullopt;
    if (object && object->get("Sequence") && !afterText) {
      afterText = true;
      continue;
    }
    std::optional<int64_t> &id = afterText ? result.eos : result.bos;
    if (!name || id)
      return file.wrongValue(step.key + ".single", single,
                             "a text and at most one special token on each "
                             "side");
    if (Error error = readTemplateToken(file, step, *name).moveInto(id))
      return error;
  }
  if (!afterText)
    return file.wrongValue(step.key + ".single", single,
                           "a text and at most one special token on each side");
  return Error::success();
}

static Error readPostProcessor(const JsonFile &file, const json::Object &root,
                               TokenizerSteps &result) {
  std::vector<Step> steps;
  if (Error error =
          collectSteps(file, "post_processor", root.get("post_processor"),
                       "processors", steps))
    return error;
  for (const Step &step : steps) {
    if (step.type == "TemplateProcessing") {
      if (Error error = readTemplate(file, step, result))
        return error;
    } else if (step.type != "ByteLevel") { // it affects only offsets
      return file.wrongValue(step.key + ".type", step.object->get("type"),
                             "ByteLevel or TemplateProcessing");
    }
  }
  return Error::success();
}

Expected<TokenizerSteps> gptc::readSteps(const JsonFile &file,
                                         const json::Object &root) {
  Expected<TokenizerSteps> result = readKind(file, root);
  if (!result)
    return result;
  if (Error error = readDecoder(file, root, *result))
    return std::move(error);
  if (Error error = readPostProcessor(file, root, *result))
    return std::move(error);
  return result;
}
