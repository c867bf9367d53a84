//===- StepsTest.cpp - Tests of the steps around a tokenizer's model ------===//
//
// OracleTest.cpp compares the effect of the steps on ids with PyPI's
// tokenizers.
//
//===----------------------------------------------------------------------===//

#include "test/tokenizer/TestTokenizer.h"

#include "llvm/Support/FormatVariadic.h"

#include <gtest/gtest.h>

using namespace gptc;
using namespace gptc::test;
namespace json = llvm::json;
using json::Array, json::Object;
using Ids = std::vector<int32_t>;

static std::string errorOf(json::Value tokenizerJson) {
  TemporaryFolder folder;
  folder.write("tokenizer.json", llvm::formatv("{0}", tokenizerJson).str());
  return errorOf(folder);
}

static Object splitAt(json::Value pattern) {
  return Object{{"type", "Split"},
          {"pattern", std::move(pattern)},
          {"behavior", "Isolated"},
          {"invert", false}};
}

static Object byteLevel(bool usesRegex) {
  return Object{{"type", "ByteLevel"},
          {"add_prefix_space", false},
          {"use_regex", usesRegex}};
}

static Object sequence(const char *list, Array steps) {
  return Object{{"type", "Sequence"}, {list, std::move(steps)}};
}

/// Returns smallTokenizer() as a SentencePiece tokenizer whose normalizer puts
/// a space in front.
static Object smallSentencePiece() {
  Object small = smallTokenizer();
  Object replace{{"type", "Replace"},
                    {"pattern", Object{{"String", " "}}},
                    {"content", "▁"}};
  Object undo{{"type", "Replace"},
                 {"pattern", Object{{"String", "▁"}}},
                 {"content", " "}};
  Object prepend{{"type", "Prepend"}, {"prepend", "▁"}};
  small["normalizer"] = sequence(
      "normalizers", Array{std::move(prepend), std::move(replace)});
  small["pre_tokenizer"] = nullptr;
  small["post_processor"] = nullptr;
  Object fuse{{"type", "Fuse"}};
  small["decoder"] =
      sequence("decoders", Array{std::move(undo), std::move(fuse)});
  return small;
}

static Object templateOf(Array single) {
  return Object{{"type", "TemplateProcessing"},
          {"single", std::move(single)},
          {"pair", Array{}},
          {"special_tokens",
           Object{{"<s>", Object{{"id", "<s>"}, {"ids", Array{258}}}},
                  {"two", Object{{"id", "two"}, {"ids", Array{1, 2}}}}}}};
}

static Object special(const char *name) {
  return Object{{"SpecialToken", Object{{"id", name}, {"type_id", 0}}}};
}

static Object text() { return Object{{"Sequence", Object{{"id", "A"}}}}; }

//===----------------------------------------------------------------------===//
// Templates
//===----------------------------------------------------------------------===//

TEST(Steps, TakeTheFirstAndTheLastTokenFromATemplate) {
  Object small = smallTokenizer();
  EXPECT_EQ(openJson(Object(small)).tokenizer.promptStart(), -1);
  small["post_processor"] = templateOf(Array{special("<s>"), text()});
  OpenTokenizer first = openJson(Object(small));
  EXPECT_EQ(first.tokenizer.promptStart(), 258);
  EXPECT_EQ(first.tokenizer.textEnd(), -1);
  EXPECT_EQ(first.encode("a"), Ids{'a'}) << "encoding adds none";
  small["post_processor"] = sequence(
      "processors",
      Array{byteLevel(true), templateOf(Array{text(), special("<s>")})});
  OpenTokenizer last = openJson(std::move(small));
  EXPECT_EQ(last.tokenizer.promptStart(), -1);
  EXPECT_EQ(last.tokenizer.textEnd(), 258);
}

TEST(Steps, RefuseTemplatesOfMore) {
  const char *shape = "tokenizer.json: post_processor.single: found ";
  for (Array single :
       {Array{}, Array{special("<s>")}, Array{text(), text()},
        Array{special("<s>"), special("<s>"), text()}, Array{1, text()}}) {
    Object small = smallTokenizer();
    small["post_processor"] = templateOf(std::move(single));
    EXPECT_EQ(errorOf(std::move(small)).find(shape), 0u);
  }
  Object small = smallTokenizer();
  small["post_processor"] = templateOf(Array{special("two"), text()});
  EXPECT_EQ(errorOf(Object(small)),
            "tokenizer.json: post_processor.special_tokens.\"two\".ids: found "
            "[1,2], expected one id");
  small["post_processor"] = templateOf(Array{special("none"), text()});
  EXPECT_EQ(errorOf(Object(small)),
            "tokenizer.json: post_processor.special_tokens.\"none\".ids: found "
            "nothing, expected one id");
  at(small, "added_tokens") = Array();
  small["post_processor"] = templateOf(Array{special("<s>"), text()});
  EXPECT_EQ(errorOf(std::move(small)),
            "tokenizer.json: post_processor: found the id 258, expected an id "
            "below 258");
}

//===----------------------------------------------------------------------===//
// Pre-tokenizers
//===----------------------------------------------------------------------===//

TEST(Steps, RefusePatternsThatAreNotKnown) {
  Object small = smallTokenizer();
  small["pre_tokenizer"] = sequence(
      "pretokenizers",
      Array{splitAt(Object{{"Regex", R"(\p{L}+)"}}), byteLevel(false)});
  EXPECT_EQ(errorOf(Object(small)),
            "tokenizer.json: pre_tokenizer.pretokenizers[0].pattern: found "
            "\\p{L}+, expected the pattern of GPT-2, Llama 3 or Qwen2");
  small["pre_tokenizer"] =
      sequence("pretokenizers",
               Array{splitAt(Object{{"String", "x"}}), byteLevel(false)});
  EXPECT_EQ(errorOf(Object(small)),
            "tokenizer.json: pre_tokenizer.pretokenizers[0].pattern: found "
            "{\"String\":\"x\"}, expected the pattern of GPT-2, Llama 3 or "
            "Qwen2");
  small["pre_tokenizer"] =
      sequence("pretokenizers",
               Array{splitAt(Object{{"Regex", "x"}}), byteLevel(true)});
  EXPECT_EQ(errorOf(std::move(small)),
            "tokenizer.json: pre_tokenizer.pretokenizers[1].use_regex: found "
            "true, expected false");
}

TEST(Steps, RefuseDigitsInRuns) {
  Object small = smallTokenizer();
  small["pre_tokenizer"] = sequence(
      "pretokenizers",
      Array{Object{{"type", "Digits"}, {"individual_digits", false}},
       byteLevel(true)});
  EXPECT_EQ(errorOf(std::move(small)),
            "tokenizer.json: pre_tokenizer.pretokenizers[0].individual_digits: "
            "found false, expected true");
}

//===----------------------------------------------------------------------===//
// SentencePiece
//===----------------------------------------------------------------------===//

TEST(Steps, ReadSentencePiece) {
  Object small = smallSentencePiece();
  (*at(small, "model.vocab").getAsObject())["▁"] = 259;
  OpenTokenizer tokenizer = openJson(std::move(small));
  EXPECT_EQ(tokenizer.header().kind, TokenizerKind::sentencePiece);
  EXPECT_EQ(tokenizer.encode("abc a"), (Ids{259, 257, 259, 'a'}));
  EXPECT_EQ(tokenizer.tokenizer.text(259), " ");
  EXPECT_EQ(tokenizer.tokenizer.atStart(" a"), " a") << "no Strip";
}

TEST(Steps, RefuseWhatSentencePieceIsNot) {
  struct Case {
    const char *path;
    json::Value value;
    const char *error;
  };
  const Case cases[] = {
      {"normalizer.normalizers.0.prepend", "x",
       "normalizer.normalizers[0].prepend: found \"x\", expected \"▁\""},
      {"normalizer.normalizers.1.content", "_",
       "normalizer.normalizers[1].content: found \"_\", expected \"▁\""},
      {"normalizer.normalizers.1.pattern", Object{{"Regex", " "}},
       "normalizer.normalizers[1].pattern: found {\"Regex\":\" \"}, expected "
       "{\"String\":\" \"}"},
      {"pre_tokenizer", splitAt(Object{{"String", " "}}),
       "pre_tokenizer.behavior: found \"Isolated\", expected "
       "\"MergedWithPrevious\""},
      {"decoder", nullptr,
       "decoder: found null, expected one that writes spaces for U+2581"},
      {"decoder.decoders.1.type", "WordPiece",
       "decoder.decoders[1].type: found \"WordPiece\", expected Replace, "
       "ByteFallback, Fuse, Strip or Metaspace"},
      {"decoder.decoders.1",
       Object{{"type", "Strip"}, {"content", " "}, {"start", 2}, {"stop", 0}},
       "decoder.decoders[1].start: found 2, expected 1"},
      {"model.ignore_merges", true,
       "model.ignore_merges: found true, expected false"},
      {"model.unk_token", "<none>",
       "model.unk_token: found \"<none>\", expected a token of the "
       "vocabulary"},
      {"model.type", "Unigram",
       "model.type: found \"Unigram\", expected \"BPE\""},
  };
  for (const Case &c : cases) {
    Object small = smallSentencePiece();
    at(small, c.path) = c.value;
    EXPECT_EQ(errorOf(std::move(small)),
              std::string("tokenizer.json: ") + c.error);
  }
}

TEST(Steps, RefuseSchemesOfMetaspaceThatAreNotKnown) {
  Object small = smallSentencePiece();
  small["normalizer"] = nullptr;
  small["pre_tokenizer"] = Object{{"type", "Metaspace"},
                                  {"replacement", "▁"},
                                  {"prepend_scheme", "last"}};
  EXPECT_EQ(errorOf(Object(small)),
            "tokenizer.json: pre_tokenizer.prepend_scheme: found \"last\", "
            "expected always, first or never");
  at(small, "pre_tokenizer.replacement") = "_";
  EXPECT_EQ(errorOf(std::move(small)),
            "tokenizer.json: pre_tokenizer.replacement: found \"_\", expected "
            "\"▁\"");
}
