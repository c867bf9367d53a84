//===- Gguf.cpp - Reads the tokenizer of a GGUF file ----------------------===//
//
// The keys are those of llama.cpp, whose ids are the reference.
//
//===----------------------------------------------------------------------===//

#include "compiler/checkpoint/Gguf.h"
#include "compiler/checkpoint/Input.h"
#include "compiler/tokenizer/Readers.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace gptc;
using namespace llvm;

namespace {
/// A value of tokenizer.ggml.pre.
struct PreTokenizer {
  StringLiteral name;
  TokenizerKind kind;
  uint32_t flags = 0;
};
} // namespace

/// llama.cpp does not compose text for Qwen2, but its tokenizer.json does.
static constexpr PreTokenizer preTokenizers[] = {
    {"default", TokenizerKind::gpt2},
    {"gpt-2", TokenizerKind::gpt2},
    {"phi-2", TokenizerKind::gpt2},
    {"olmo", TokenizerKind::gpt2},
    {"mpt", TokenizerKind::gpt2},
    {"starcoder", TokenizerKind::starCoder},
    {"refact", TokenizerKind::starCoder},
    {"smollm", TokenizerKind::starCoder},
    {"codeshell", TokenizerKind::starCoder},
    {"command-r", TokenizerKind::starCoder},
    {"llama-bpe", TokenizerKind::llama3, wholeWordsFirst | addsBos},
    {"llama3", TokenizerKind::llama3, wholeWordsFirst | addsBos},
    {"llama-v3", TokenizerKind::llama3, wholeWordsFirst | addsBos},
    {"dbrx", TokenizerKind::llama3},
    {"smaug-bpe", TokenizerKind::llama3},
    {"qwen2", TokenizerKind::qwen2, composesText},
    {"deepseek-r1-qwen", TokenizerKind::qwen2, composesText},
    {"stablelm2", TokenizerKind::qwen2},
};

/// Some writers store this number for a token that the tokenizer lacks.
static constexpr int64_t noToken = 0xFFFFFFFF;

namespace {
class Reader {
public:
  explicit Reader(const GgufFile &file) : file(file) {}

  Expected<BpeBuilder> read();

private:
  Expected<BpeBuilder> begin();
  Error readTokens(BpeBuilder &builder);
  Error readMerges(BpeBuilder &builder);
  Error readScores(BpeBuilder &builder);
  Error readToken(StringRef key, std::optional<int64_t> byDefault,
                  int32_t &out);
  Error readFlag(StringRef key, uint32_t flag, uint32_t &flags);
  Error readRules(BpeTokenizer &tokenizer);
  void stripAfterTokens(BpeTokenizer &tokenizer);

  StringRef path() const { return file.getPath(); }

  const GgufFile &file;
  bool isSentencePiece = false;
  size_t tokenCount = 0;
};
} // namespace

/// Creates a builder of the file's kind, with the flags that apply unless a key
/// says otherwise.
Expected<BpeBuilder> Reader::begin() {
  Expected<StringRef> model = file.get<StringRef>("tokenizer.ggml.model");
  if (!model)
    return model.takeError();
  isSentencePiece = *model == "llama";
  if (isSentencePiece) {
    BpeBuilder builder(TokenizerKind::sentencePiece);
    builder.tokenizer().flags =
        joinsUnknown | addsBos | addsSpace | addsSpaceAfterAdded;
    return builder;
  }
  if (*model != "gpt2")
    return inputError(path(), "tokenizer.ggml.model", quoted(*model),
                      "\"gpt2\" or \"llama\"");
  auto pre = file.find<StringRef>("tokenizer.ggml.pre");
  if (!pre)
    return pre.takeError();
  auto known = find_if(preTokenizers, [&](const PreTokenizer &candidate) {
    return candidate.name == pre->value_or("default");
  });
  if (known == std::end(preTokenizers)) {
    auto names = map_range(preTokenizers, [](auto &p) { return p.name; });
    return inputError(path(), "tokenizer.ggml.pre", quoted(**pre),
                      "one of " + join(names, ", "));
  }
  BpeBuilder builder(known->kind);
  builder.tokenizer().flags = known->flags;
  return builder;
}

Error Reader::readTokens(BpeBuilder &builder) {
  auto tokens = file.get<std::vector<StringRef>>("tokenizer.ggml.tokens");
  if (!tokens)
    return tokens.takeError();
  tokenCount = tokens->size();
  auto types = file.find<GgufArray<int64_t>>("tokenizer.ggml.token_type");
  if (!types)
    return types.takeError();
  if (!*types && isSentencePiece)
    return inputError(path(), "tokenizer.ggml.token_type", "nothing",
                      "an array");
  if (*types && (*types)->size() != tokenCount)
    return inputError(path(), "tokenizer.ggml.token_type",
                      Twine((*types)->size()) + " types",
                      Twine(tokenCount) + ", one per token");
  for (auto [id, name] : enumerate(*tokens)) {
    int64_t type =
        *types ? (**types)[id] : static_cast<int64_t>(PieceType::normal);
    if (Error error = builder.addPiece(path(), name, id, type))
      return error;
  }
  return Error::success();
}

Error Reader::readMerges(BpeBuilder &builder) {
  if (Error error = builder.findBytes(path(), "tokenizer.ggml.tokens"))
    return error;
  auto merges = file.get<std::vector<StringRef>>("tokenizer.ggml.merges");
  if (!merges)
    return merges.takeError();
  for (auto [i, merge] : enumerate(*merges)) {
    auto [left, right] = merge.split(' ');
    if (Error error = builder.addMerge(
            path(), "tokenizer.ggml.merges[" + Twine(i) + "]", left, right))
      return error;
  }
  return Error::success();
}

Error Reader::readScores(BpeBuilder &builder) {
  auto scores = file.get<GgufArray<double>>("tokenizer.ggml.scores");
  if (!scores)
    return scores.takeError();
  if (scores->size() != tokenCount)
    return inputError(path(), "tokenizer.ggml.scores",
                      Twine(scores->size()) + " scores",
                      Twine(tokenCount) + ", one per token");
  std::vector<float> values;
  for (size_t i = 0; i != tokenCount; ++i)
    values.push_back(static_cast<float>((*scores)[i]));
  return builder.addMergesByScore(path(), values);
}

/// Reads a token into `out`, -1 if there is none.
Error Reader::readToken(StringRef key, std::optional<int64_t> byDefault,
                        int32_t &out) {
  auto id = file.find<int64_t>(key);
  if (!id)
    return id.takeError();
  int64_t token = id->value_or(byDefault.value_or(noToken));
  bool isToken = token >= 0 && token < static_cast<int64_t>(tokenCount);
  if (*id && !isToken && token != noToken && token != -1)
    return inputError(path(), key, Twine(token),
                      "an id below " + Twine(tokenCount));
  out = isToken ? static_cast<int32_t>(token) : -1;
  return Error::success();
}

Error Reader::readFlag(StringRef key, uint32_t flag, uint32_t &flags) {
  auto value = file.find<bool>(key);
  if (!value)
    return value.takeError();
  if (*value)
    flags = **value ? flags | flag : flags & ~flag;
  return Error::success();
}

Error Reader::readRules(BpeTokenizer &tokenizer) {
  auto byDefault = [&](int64_t id) {
    return isSentencePiece ? std::optional(id) : std::nullopt;
  };
  // Byte-level text has no unknown characters; bytes without a token are
  // dropped.
  if (isSentencePiece)
    if (Error error = readToken("tokenizer.ggml.unknown_token_id", 0,
                                tokenizer.unknown))
      return error;
  if (Error error = readToken("tokenizer.ggml.bos_token_id", byDefault(1),
                              tokenizer.bos))
    return error;
  if (Error error = readToken("tokenizer.ggml.eos_token_id", byDefault(2),
                              tokenizer.eos))
    return error;
  if (Error error = readFlag("tokenizer.ggml.add_bos_token", addsBos,
                             tokenizer.flags))
    return error;
  if (Error error = readFlag("tokenizer.ggml.add_eos_token", addsEos,
                             tokenizer.flags))
    return error;
  if (isSentencePiece)
    if (Error error =
            readFlag("tokenizer.ggml.add_space_prefix",
                     addsSpace | addsSpaceAfterAdded, tokenizer.flags))
      return error;
  if (isSentencePiece && (tokenizer.flags & addsSpace))
    tokenizer.flags |= dropsFirstSpace;
  return Error::success();
}

/// Makes tokens of Phi-3 strip the white space after them. Files do not store
/// this; llama.cpp also derives it from the model's name.
void Reader::stripAfterTokens(BpeTokenizer &tokenizer) {
  auto name = file.find<StringRef>("general.name");
  if (!name || !*name) {
    consumeError(name.takeError());
    return;
  }
  std::string lower = (*name)->lower();
  if (!StringRef(lower).contains("phi-3") && !StringRef(lower).contains("phi3"))
    return;
  for (BpeTokenizer::Token &token : tokenizer.tokens)
    if (hasFlag(token.flags, TokenFlags::added) &&
        !is_contained({"<unk>", "<s>", "<|endoftext|>"}, token.text))
      token.flags = token.flags | TokenFlags::stripsRight;
}

Expected<BpeBuilder> Reader::read() {
  Expected<BpeBuilder> builder = begin();
  if (!builder)
    return builder;
  if (Error error = readTokens(*builder))
    return std::move(error);
  if (Error error =
          isSentencePiece ? readScores(*builder) : readMerges(*builder))
    return std::move(error);
  if (Error error = readRules(builder->tokenizer()))
    return std::move(error);
  stripAfterTokens(builder->tokenizer());
  return builder;
}

Expected<BpeBuilder> gptc::readTokenizerGguf(StringRef path) {
  Expected<GgufFile> file = GgufFile::open(path);
  if (!file)
    return file.takeError();
  return Reader(*file).read();
}
