//===- FormatsTest.cpp - Tests of GGUF and SentencePiece tokenizers -------===//

#include "test/checkpoint/GgufWriter.h"
#include "test/tokenizer/TestTokenizer.h"

#include "llvm/ADT/StringExtras.h"

#include <gtest/gtest.h>

using namespace gptc;
using namespace gptc::test;
using llvm::StringRef;
using Ids = std::vector<int32_t>;

namespace {
struct Piece {
  std::string text;
  float score;
  uint8_t type;
};
} // namespace

/// Returns <unk>, <s>, </s>, the 256 bytes from id 3 on, then pieces from 259
/// on.
static std::vector<Piece> smallPieces() {
  std::vector<Piece> pieces = {{"<unk>", 0, 2}, {"<s>", 0, 3}, {"</s>", 0, 3}};
  for (int byte = 0; byte != 256; ++byte)
    pieces.push_back(
        {"<0x" + llvm::utohexstr(byte, /*LowerCase=*/false, 2) + ">", 0, 6});
  float score = 0;
  for (const char *text :
       {"ab", "bc", "abc", "▁a", "▁", "a", "b", "c", "▁▁"})
    pieces.push_back({text, --score, 1});
  pieces.push_back({"<user>", 0, 4});
  return pieces;
}

enum Id { ab = 259, bc, abc, spaceA, space, a, b, c, spaces, user };

static int32_t byteId(uint8_t byte) { return 3 + byte; }

//===----------------------------------------------------------------------===//
// GGUF
//===----------------------------------------------------------------------===//

static GgufWriter &addPieces(GgufWriter &writer,
                             const std::vector<Piece> &pieces) {
  std::string texts, scores, types;
  for (const Piece &piece : pieces) {
    texts += ggufText(piece.text);
    scores += bytesOf(piece.score);
    types += bytesOf<int32_t>(piece.type);
  }
  return writer.array("tokenizer.ggml.tokens", 8, pieces.size(), texts)
      .array("tokenizer.ggml.scores", 6, pieces.size(), scores)
      .array("tokenizer.ggml.token_type", 5, pieces.size(), types);
}

static GgufWriter sentencePieceGguf() {
  GgufWriter writer;
  writer.text("tokenizer.ggml.model", "llama");
  addPieces(writer, smallPieces());
  return writer;
}

/// Creates the bytes by their names in GPT-2's alphabet, "ab" 256 and "<end>"
/// 257.
static GgufWriter byteLevelGguf(StringRef pre) {
  std::vector<std::string> texts(258);
  llvm::json::Object small = smallTokenizer();
  for (const auto &[name, id] : *at(small, "model.vocab").getAsObject())
    texts[*id.getAsInteger()] = name.str();
  texts[257] = "<end>";
  GgufWriter writer;
  writer.text("tokenizer.ggml.model", "gpt2");
  if (!pre.empty())
    writer.text("tokenizer.ggml.pre", pre);
  std::string values, types;
  for (const std::string &text : texts) {
    values += ggufText(text);
    types += bytesOf<int32_t>(text == "<end>" ? 3 : 1);
  }
  return writer.array("tokenizer.ggml.tokens", 8, texts.size(), values)
      .array("tokenizer.ggml.token_type", 5, texts.size(), types)
      .array("tokenizer.ggml.merges", 8, 1, ggufText("a b"));
}

static OpenTokenizer openGguf(const GgufWriter &writer) {
  TemporaryFolder folder;
  folder.write("x.gguf", writer.file());
  return openFile(folder.path(), "x.gguf");
}

static std::string ggufError(const GgufWriter &writer) {
  TemporaryFolder folder;
  folder.write("x.gguf", writer.file());
  return errorOf(folder, "x.gguf");
}

TEST(Gguf, GivesSentencePieceTheMergesOfItsScores) {
  OpenTokenizer tokenizer = openGguf(sentencePieceGguf());
  // "bc" occurs only where "ab" has not consumed the b; "▁a" after both.
  EXPECT_EQ(tokenizer.encode("abc"), (Ids{space, abc}));
  EXPECT_EQ(tokenizer.encode("bc"), (Ids{space, bc}));
  EXPECT_EQ(tokenizer.encode("ac"), (Ids{spaceA, c}));
  EXPECT_EQ(tokenizer.encode(" ac"), (Ids{space, spaceA, c}));
  EXPECT_EQ(tokenizer.encode("c  "), (Ids{space, c, spaces}));
  EXPECT_EQ(tokenizer.encode("\xFF\n"),
            (Ids{space, byteId(0xFF), byteId('\n')}));
  EXPECT_EQ(tokenizer.tokenizer.text(byteId('\n')), "\n");
  EXPECT_EQ(tokenizer.tokenizer.promptStart(), 1);
  EXPECT_EQ(tokenizer.tokenizer.textEnd(), -1);
}

TEST(Gguf, PutsASpaceInFrontOfEveryText) {
  OpenTokenizer tokenizer = openGguf(sentencePieceGguf());
  EXPECT_EQ(tokenizer.encode(""), Ids{});
  EXPECT_EQ(tokenizer.encode("a<s>a<user>a"),
            (Ids{spaceA, 1, spaceA, user, spaceA}));
  EXPECT_EQ(tokenizer.encode("<s>", /*special=*/false).front(), space);
  EXPECT_EQ(tokenizer.tokenizer.atStart(" a"), "a");
}

TEST(Gguf, GoesOnWithATextWithoutASpace) {
  OpenTokenizer tokenizer = openGguf(sentencePieceGguf());
  auto goOn = [&](Ids ids, std::vector<Tokenizer::Part> parts) {
    tokenizer.tokenizer.encode(parts, /*continues=*/true, ids);
    return ids;
  };
  EXPECT_EQ(goOn({}, {{"a", true}}), Ids{a});
  EXPECT_EQ(goOn({c}, {{"a", true}}), (Ids{c, a}));
  EXPECT_EQ(goOn({1}, {{"a", true}}), (Ids{1, spaceA}));
  EXPECT_EQ(goOn({c}, {{"a<s>", true}, {"a", false}}),
            (Ids{c, a, 1, spaceA}));
  // The parts give the same text, except for tokens without text.
  EXPECT_EQ(goOn({c}, {{"a", false}, {"b", true}, {"c▁a", false}}),
            (Ids{c, abc, spaceA}));
  Ids plain = goOn({c}, {{"▁", true}, {"<s>", false}, {"<s>", true}});
  EXPECT_EQ(plain.back(), 1);
  EXPECT_EQ(llvm::count(plain, 1), 1);
}

TEST(Gguf, ObeysItsKeys) {
  GgufWriter writer = sentencePieceGguf();
  OpenTokenizer tokenizer =
      openGguf(writer.key("tokenizer.ggml.add_space_prefix", 7, {"\0", 1})
                   .key("tokenizer.ggml.add_bos_token", 7, {"\0", 1})
                   .key("tokenizer.ggml.add_eos_token", 7, "\1")
                   .u32("tokenizer.ggml.eos_token_id", 259));
  EXPECT_EQ(tokenizer.encode("a<s>a"), (Ids{a, 1, a}));
  EXPECT_EQ(tokenizer.tokenizer.promptStart(), -1);
  EXPECT_EQ(tokenizer.tokenizer.textEnd(), 259);
  EXPECT_EQ(tokenizer.tokenizer.atStart(" a"), " a");
}

TEST(Gguf, LetsTokensOfPhi3TakeTheSpaceAfterThem) {
  GgufWriter writer = sentencePieceGguf();
  OpenTokenizer tokenizer = openGguf(writer.text("general.name", "Phi-3 mini"));
  EXPECT_EQ(tokenizer.encode("</s> \n a"), (Ids{2, spaceA}));
  EXPECT_EQ(tokenizer.encode("<s> a"), (Ids{1, space, spaceA}));
}

TEST(Gguf, ReadsByteLevelTokenizers) {
  const std::pair<const char *, TokenizerKind> kinds[] = {
      {"", TokenizerKind::gpt2},
      {"default", TokenizerKind::gpt2},
      {"gpt-2", TokenizerKind::gpt2},
      {"smollm", TokenizerKind::starCoder},
      {"starcoder", TokenizerKind::starCoder},
      {"refact", TokenizerKind::starCoder},
      {"llama-bpe", TokenizerKind::llama3},
      {"qwen2", TokenizerKind::qwen2},
  };
  for (const auto &[pre, kind] : kinds) {
    OpenTokenizer tokenizer = openGguf(byteLevelGguf(pre));
    EXPECT_EQ(tokenizer.header().kind, kind) << pre;
    EXPECT_EQ((tokenizer.header().flags & composesText) != 0,
              kind == TokenizerKind::qwen2);
    EXPECT_EQ((tokenizer.header().flags & wholeWordsFirst) != 0,
              kind == TokenizerKind::llama3);
    EXPECT_EQ(tokenizer.encode("ab <end>"), (Ids{256, ' ', 257})) << pre;
    EXPECT_TRUE(tokenizer.tokenizer.isSpecial(257));
    EXPECT_EQ(tokenizer.tokenizer.promptStart(), -1) << pre; // no bos id
  }
  OpenTokenizer llama3 = openGguf(
      byteLevelGguf("llama-bpe").u32("tokenizer.ggml.bos_token_id", 257));
  EXPECT_EQ(llama3.tokenizer.promptStart(), 257);
  OpenTokenizer gpt2 =
      openGguf(byteLevelGguf("gpt-2").u32("tokenizer.ggml.bos_token_id", 257));
  EXPECT_EQ(gpt2.tokenizer.promptStart(), -1);
}

TEST(Gguf, RefusesWhatItCannotHold) {
  auto small = [] { return GgufWriter(); };
  auto pieces = [&](std::vector<Piece> changed) {
    GgufWriter writer = small().text("tokenizer.ggml.model", "llama");
    return addPieces(writer, changed);
  };
  auto changed = [&](size_t index, Piece piece) {
    std::vector<Piece> result = smallPieces();
    result[index] = piece;
    return pieces(result);
  };
  const std::pair<GgufWriter, const char *> cases[] = {
      {small().text("tokenizer.ggml.model", "bert"),
       "tokenizer.ggml.model: found \"bert\", expected \"gpt2\" or \"llama\""},
      {byteLevelGguf("tekken"),
       "tokenizer.ggml.pre: found \"tekken\", expected one of default, gpt-2, "
       "phi-2, olmo, mpt, starcoder, refact, smollm, codeshell, command-r, "
       "llama-bpe, llama3, llama-v3, dbrx, smaug-bpe, qwen2, deepseek-r1-qwen, "
       "stablelm2"},
      {changed(5, {"<0xZZ>", 0, 6}),
       "token 5: found \"<0xZZ>\", expected the name of a byte such as <0x0A>"},
      {changed(5, {"x", 0, 7}),
       "token 5 type: found 7, expected a type from 1 to 6"},
      {changed(5, {"", 0, 3}),
       "token 5: found an empty text, expected one that can be found"},
      {changed(262, {"x", NAN, 1}),
       "score of token 262: found NaN, expected a number"},
      {changed(262, {std::string(1025, 'x'), 0, 1}),
       "token 262: found 1025 bytes, expected at most 1024"},
      {sentencePieceGguf().u32("tokenizer.ggml.bos_token_id", 1000),
       "tokenizer.ggml.bos_token_id: found 1000, expected an id below 269"},
  };
  for (const auto &[writer, error] : cases)
    EXPECT_EQ(ggufError(writer), std::string("x.gguf: ") + error);
}

TEST(Gguf, NeverCrashesOnAFileThatIsCut) {
  std::string file = sentencePieceGguf().file();
  TemporaryFolder folder;
  for (size_t size = 0; size + 32 < file.size(); size += 61) {
    folder.write("x.gguf", StringRef(file).take_front(size));
    EXPECT_NE(errorOf(folder, "x.gguf"), "") << size;
  }
}

//===----------------------------------------------------------------------===//
// tokenizer.model
//===----------------------------------------------------------------------===//

static std::string varint(uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7)
    bytes += static_cast<char>(value | 0x80);
  return bytes + static_cast<char>(value);
}

static std::string number(uint64_t field, uint64_t value) {
  return varint(field << 3) + varint(value);
}

static std::string message(uint64_t field, const std::string &bytes) {
  return varint(field << 3 | 2) + varint(bytes.size()) + bytes;
}

/// Returns a model of smallPieces() with these fields in its specifications.
static std::string model(const std::string &trainer = number(3, 2),
                         const std::string &normalizer = number(4, 0)) {
  std::string bytes;
  for (const Piece &piece : smallPieces())
    bytes += message(1, message(1, piece.text) + varint(2 << 3 | 5) +
                            bytesOf(piece.score) + number(3, piece.type));
  return bytes + message(2, trainer) + message(3, normalizer);
}

static std::string modelError(StringRef bytes) {
  TemporaryFolder folder;
  folder.write("tokenizer.model", bytes);
  return errorOf(folder);
}

static OpenTokenizer openModel(StringRef bytes, StringRef config = "{}") {
  TemporaryFolder folder;
  folder.write("tokenizer.model", bytes);
  folder.write("tokenizer_config.json", config);
  return openFolder(folder.path());
}

TEST(SentencePiece, ReadsAModel) {
  OpenTokenizer tokenizer = openModel(model());
  EXPECT_EQ(tokenizer.encode("abc ac\n<s>a"),
            (Ids{space, abc, spaceA, c, byteId('\n'), 1, spaceA}));
  EXPECT_EQ(tokenizer.tokenizer.promptStart(), 1);
  EXPECT_TRUE(tokenizer.tokenizer.isSpecial(0));
  EXPECT_FALSE(tokenizer.tokenizer.isSpecial(user));
  EXPECT_EQ(tokenizer.tokenizer.find("<user>"), user);
}

TEST(SentencePiece, ObeysItsSpecifications) {
  OpenTokenizer tokenizer =
      openModel(model(number(3, 2) + number(41, uint64_t(-1)),
                      number(4, 0) + number(3, 0)));
  EXPECT_EQ(tokenizer.encode("a"), Ids{a});
  EXPECT_EQ(tokenizer.tokenizer.promptStart(), -1);
}

TEST(SentencePiece, LetsTheConfigurationChooseTheFirstToken) {
  EXPECT_EQ(openModel(model(), R"({"add_bos_token": false})")
                .tokenizer.promptStart(),
            -1);
  EXPECT_EQ(
      openModel(model(), R"({"add_eos_token": true})").tokenizer.textEnd(), 2);
}

TEST(SentencePiece, RefusesWhatWouldChangeIds) {
  const std::pair<std::string, const char *> cases[] = {
      {"", "pieces: found none, expected a SentencePiece model"},
      {model(""), "trainer_spec.model_type: found UNIGRAM, expected BPE"},
      {model(number(3, 1)),
       "trainer_spec.model_type: found UNIGRAM, expected BPE"},
      {model(number(3, 4)),
       "trainer_spec.model_type: found CHAR, expected BPE"},
      {model(number(3, 9)), "trainer_spec.model_type: found 9, expected BPE"},
      {model(number(3, 2) + number(24, 1)),
       "trainer_spec.treat_whitespace_as_suffix: found true, expected false"},
      {model(number(3, 2), ""),
       "normalizer_spec.remove_extra_whitespaces: found true, expected false"},
      {model(number(3, 2), number(4, 0) + number(5, 0)),
       "normalizer_spec.escape_whitespaces: found false, expected true"},
      {model(number(3, 2), number(4, 0) + message(2, "map")),
       "normalizer_spec.precompiled_charsmap: found a map of characters, "
       "expected the normalizer identity"},
      {message(1, number(3, 9)),
       "trainer_spec.model_type: found UNIGRAM, expected BPE"},
      {message(1, message(1, "x") + number(3, 9)) + message(2, number(3, 2)) +
           message(3, number(4, 0)),
       "token 0 type: found 9, expected a type from 1 to 6"},
  };
  for (const auto &[bytes, error] : cases)
    EXPECT_EQ(modelError(bytes), std::string("tokenizer.model: ") + error);
}

TEST(SentencePiece, RefusesBrokenMessages) {
  const char *error = "found a field that is cut or of an unknown type, "
                      "expected a protocol buffer";
  for (std::string bytes :
       {std::string("\x0A"), std::string("\x0A\x05x"), std::string("\x0B"),
        std::string(20, '\xFF'), std::string("\x0D\1\1"),
        std::string("\x09\1\1"), std::string("\x0A\xFF\xFF\xFF\xFF\xFF\xFF"
                                             "\xFF\xFF\xFF\x01")})
    EXPECT_EQ(modelError(bytes),
              std::string("tokenizer.model: file: ") + error);
  EXPECT_EQ(modelError(message(1, "\x0F")),
            std::string("tokenizer.model: piece 0: ") + error);
}

TEST(SentencePiece, NeverCrashesOnAFileThatIsCutOrMutated) {
  std::string bytes = model();
  size_t opened = 0;
  TemporaryFolder folder;
  for (size_t size = 0; size < bytes.size(); size += 13) {
    folder.write("tokenizer.model", StringRef(bytes).take_front(size));
    EXPECT_NE(errorOf(folder), "") << size; // the fields about scores come last
  }
  Generator generator;
  for (int round = 0; round != 300; ++round) {
    std::string mutated = bytes;
    for (uint32_t i = 0; i <= generator.below(3); ++i)
      mutated[generator.below(mutated.size())] =
          static_cast<char>(generator.below(256));
    folder.write("tokenizer.model", mutated);
    opened += errorOf(folder).empty();
  }
  EXPECT_GT(opened, 30u);
}
