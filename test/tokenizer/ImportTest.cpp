//===- ImportTest.cpp - Tests of tokenizers in Hugging Face folders -------===//

#include "test/tokenizer/TestTokenizer.h"

#include "compiler/tokenizer/Tokenizer.h"

#include "llvm/Support/FormatVariadic.h"

#include <functional>
#include <gtest/gtest.h>

using namespace gptc;
using namespace gptc::test;
using llvm::StringRef;
namespace json = llvm::json;

static std::string print(const json::Value &value) {
  return llvm::formatv("{0}", value);
}

static std::string errorOf(StringRef tokenizerJson) {
  TemporaryFolder folder;
  folder.write("tokenizer.json", tokenizerJson);
  return errorOf(folder);
}

//===----------------------------------------------------------------------===//
// Accepted tokenizers
//===----------------------------------------------------------------------===//

static std::vector<char> sectionWith(StringRef path, json::Value value) {
  json::Object small = smallTokenizer();
  at(small, path) = std::move(value);
  return openJson(std::move(small)).section;
}

TEST(Import, ReadsMergesAsPairs) {
  EXPECT_EQ(sectionWith("model.merges", json::Array{json::Array{"a", "b"},
                                                    json::Array{"ab", "c"}}),
            openJson(smallTokenizer()).section);
}

TEST(Import, ReadsWhatDoesNotChangeIds) {
  std::vector<char> section = openJson(smallTokenizer()).section;
  EXPECT_EQ(sectionWith("truncation", json::Object{{"max_length", 4}}),
            section);
  EXPECT_EQ(sectionWith("post_processor", nullptr), section);
  EXPECT_EQ(sectionWith("pre_tokenizer.trim_offsets", false), section);
  EXPECT_EQ(sectionWith("decoder.add_prefix_space", true), section);
  EXPECT_EQ(sectionWith("model.dropout", 0.0), section);
  EXPECT_EQ(sectionWith("model.unk_token", "<s>"), section);
  json::Object untyped = smallTokenizer();
  at(untyped, "model").getAsObject()->erase("type");
  EXPECT_EQ(openJson(std::move(untyped)).section, section);
}

TEST(Import, LeavesGapsInIdsWithoutText) {
  json::Object small = smallTokenizer();
  at(small, "added_tokens.0.id") = 300;
  OpenTokenizer tokenizer = openJson(std::move(small));
  EXPECT_EQ(tokenizer.tokenizer.size(), 301);
  EXPECT_EQ(tokenizer.tokenizer.text(258), "");
  EXPECT_EQ(tokenizer.encode("<s>"), std::vector<int32_t>{300});
}

TEST(Import, TakesTheLastRankOfAMergeThatRepeats) {
  json::Object small = smallTokenizer();
  at(small, "model.vocab").getAsObject()->try_emplace("bc", 259);
  at(small, "model.merges") = json::Array{"a b", "b c", "a b"};
  EXPECT_EQ(openJson(std::move(small)).encode("abc"),
            (std::vector<int32_t>{'a', 259}));
}

TEST(Import, ReadsVocabularyAndMerges) {
  json::Object small = smallTokenizer();
  json::Object &vocabulary = *at(small, "model.vocab").getAsObject();
  vocabulary["<|endoftext|>"] = 258;
  TemporaryFolder folder;
  folder.write("vocab.json", print(json::Object(vocabulary)));
  folder.write("merges.txt", "#version: 0.2\na b\r\nab c\n");
  folder.write("special_tokens_map.json",
               R"({"bos_token": "<|endoftext|>",
                   "eos_token": {"content": "<|endoftext|>"}})");
  at(small, "added_tokens.0.content") = "<|endoftext|>";
  EXPECT_EQ(openFolder(folder.path()).section,
            openJson(std::move(small)).section);
}

TEST(Import, FindsNoTokenizerInAnEmptyFolder) {
  TemporaryFolder folder;
  auto file = findTokenizer(folder.path());
  ASSERT_TRUE(bool(file));
  EXPECT_EQ(*file, std::nullopt);
}

//===----------------------------------------------------------------------===//
// Rejected tokenizers
//===----------------------------------------------------------------------===//

TEST(Import, RefusesWhatWouldChangeIds) {
  struct Case {
    const char *path;
    json::Value value;
    const char *error;
  };
  const Case cases[] = {
      {"normalizer", json::Object{{"type", "NFKC"}},
       "normalizer: found {\"type\":\"NFKC\"}, expected null, NFC, Replace, "
       "or Prepend and Replace"},
      {"extra", 1,
       "\"extra\": found an unknown key, expected one of version, truncation, "
       "padding, added_tokens, pre_tokenizer, normalizer, decoder, "
       "post_processor, model"},
      {"pre_tokenizer", nullptr,
       "pre_tokenizer: found null, expected ByteLevel, Digits and ByteLevel, "
       "Split and ByteLevel, Metaspace, or none after a normalizer that writes "
       "U+2581"},
      {"pre_tokenizer", json::Object{{"type", "Whitespace"}},
       "pre_tokenizer: found {\"type\":\"Whitespace\"}, expected ByteLevel, "
       "Digits and ByteLevel, Split and ByteLevel, Metaspace, or none after a "
       "normalizer that writes U+2581"},
      {"pre_tokenizer", 1, "pre_tokenizer: found 1, expected an object"},
      {"pre_tokenizer.type", 1,
       "pre_tokenizer.type: found 1, expected a name"},
      {"pre_tokenizer.type", "Sequence",
       "pre_tokenizer.pretokenizers: found nothing, expected an array"},
      {"pre_tokenizer.add_prefix_space", true,
       "pre_tokenizer.add_prefix_space: found true, expected false"},
      {"pre_tokenizer.use_regex", false,
       "pre_tokenizer.use_regex: found false, expected true"},
      {"pre_tokenizer.pattern", "x",
       "pre_tokenizer.\"pattern\": found an unknown key, expected one of "
       "trim_offsets, type, add_prefix_space, use_regex"},
      {"decoder", nullptr, "decoder: found null, expected ByteLevel"},
      {"decoder", json::Object{{"type", "Metaspace"}},
       "decoder: found {\"type\":\"Metaspace\"}, expected ByteLevel"},
      {"post_processor.type", "RobertaProcessing",
       "post_processor.type: found \"RobertaProcessing\", expected ByteLevel "
       "or TemplateProcessing"},
      {"post_processor.type", "TemplateProcessing",
       "post_processor.single: found nothing, expected a text and at most one "
       "special token on each side"},
      {"model", "BPE", "model: found \"BPE\", expected an object"},
      {"model.type", "WordPiece",
       "model.type: found \"WordPiece\", expected \"BPE\""},
      {"model.dropout", 0.5, "model.dropout: found 0.5, expected null"},
      {"model.continuing_subword_prefix", "##",
       "model.continuing_subword_prefix: found \"##\", expected null"},
      {"model.end_of_word_suffix", "</w>",
       "model.end_of_word_suffix: found \"</w>\", expected null"},
      {"model.\n", 1,
       "model.\"\\n\": found an unknown key, expected one of type, dropout, "
       "unk_token, continuing_subword_prefix, end_of_word_suffix, fuse_unk, "
       "byte_fallback, ignore_merges, vocab, merges"},
      {"model.vocab", json::Array{},
       "model.vocab: found [], expected an object"},
      {"model.vocab", json::Object{},
       "model.vocab: found no token for any byte, expected one for each byte "
       "of text"},
      {"model.vocab.ab", -1,
       "model.vocab.\"ab\": found -1, expected an id from 0 to 4194303"},
      {"model.vocab.ab", 4194304,
       "model.vocab.\"ab\": found 4194304, expected an id from 0 to 4194303"},
      {"model.vocab.ab", "1",
       "model.vocab.\"ab\": found \"1\", expected a number"},
      {"model.merges", nullptr, "model.merges: found null, expected an array"},
      {"model.merges", json::Array{7},
       "model.merges[0]: found 7, expected two tokens, as \"a b\" or [\"a\", "
       "\"b\"]"},
      {"model.merges", json::Array{"a b", json::Array{"a"}},
       "model.merges[1]: found [\"a\"], expected two tokens, as \"a b\" or "
       "[\"a\", \"b\"]"},
      {"model.merges", json::Array{"a b c"},
       "model.merges[0]: found \"b c\", expected a token of the vocabulary"},
      {"model.merges", json::Array{"b c"},
       "model.merges[0]: found \"bc\", expected a token of the vocabulary"},
      {"model.merges", json::Array{std::string(200, 'a') + " b"},
       "model.merges[0]: found a text of 200 bytes, expected a token of the "
       "vocabulary"},
      {"added_tokens", 1, "added_tokens: found 1, expected an array"},
      {"added_tokens", json::Array{1},
       "added_tokens[0]: found 1, expected an object"},
      {"added_tokens.0.id", nullptr,
       "added_tokens[0].id: found null, expected a number"},
      {"added_tokens.0.id", 97,
       "added_tokens[0].id: found 97, expected an id that no other token has"},
      {"added_tokens.0.content", "",
       "added_tokens[0].content: found \"\", expected a string that is not "
       "empty"},
      {"added_tokens.0.content", "ab",
       "added_tokens[0].id: found 258, expected 256, the id of \"ab\" so far"},
      {"added_tokens.0.single_word", true,
       "added_tokens[0].single_word: found true, expected false"},
      {"added_tokens.0.kind", 1,
       "added_tokens[0].\"kind\": found an unknown key, expected one of id, "
       "content, single_word, lstrip, rstrip, normalized, special"},
  };
  for (const Case &c : cases) {
    json::Object small = smallTokenizer();
    at(small, c.path) = c.value;
    EXPECT_EQ(errorOf(print(std::move(small))),
              std::string("tokenizer.json: ") + c.error);
  }
}

TEST(Import, RefusesTwoTokensOfOneId) {
  json::Object small = smallTokenizer();
  at(small, "model.vocab.ab") = 257;
  // Which of the two is named depends on the hash table's order.
  EXPECT_TRUE(StringRef(errorOf(print(std::move(small))))
                  .ends_with("found 257, expected an id that no other token "
                             "has"));
}

TEST(Import, RefusesAnAddedTokenThatIsAByteOfTheVocabulary) {
  json::Object small = smallTokenizer();
  at(small, "added_tokens.0.content") = "é"; // the name of the byte 0xE9
  at(small, "added_tokens.0.id") = 0xE9;
  EXPECT_EQ(errorOf(print(std::move(small))),
            "tokenizer.json: added_tokens[0].content: found \"é\", expected no "
            "token that the vocabulary has for other bytes");
}

TEST(Import, RefusesFilesThatAreNoTokenizer) {
  EXPECT_EQ(errorOf("[]"),
            "tokenizer.json: JSON: found [], expected an object");
  EXPECT_EQ(errorOf("{}"),
            "tokenizer.json: model: found nothing, expected an object");
  for (const std::string &text :
       {std::string(), std::string("{\"a\": \"\xFF\"}"),
        std::string(1000000, '[')})
    EXPECT_TRUE(StringRef(errorOf(text)).starts_with("tokenizer.json: "));
}

TEST(Import, NeverCrashesOnAFileThatIsCut) {
  std::string text = print(smallTokenizer());
  for (size_t size = 0; size < text.size(); size += 7)
    EXPECT_NE(errorOf(StringRef(text).take_front(size)), "") << size;
}

TEST(Import, RefusesAPrefixSpaceOfTheConfiguration) {
  TemporaryFolder folder;
  folder.write("tokenizer.json", print(smallTokenizer()));
  folder.write("tokenizer_config.json", R"({"add_prefix_space": true})");
  EXPECT_EQ(errorOf(folder),
            "tokenizer_config.json: add_prefix_space: found true, expected "
            "false");
}

TEST(Import, RefusesVocabularyWithoutMerges) {
  TemporaryFolder folder;
  folder.write("vocab.json", "{}");
  EXPECT_EQ(errorOf(folder), ": tokenizer: found vocab.json alone, expected "
                             "vocab.json and merges.txt");
}

TEST(Import, RefusesBrokenMergesText) {
  TemporaryFolder folder;
  json::Object small = smallTokenizer();
  folder.write("vocab.json", print(at(small, "model.vocab")));
  folder.write("merges.txt", "#version: 0.2\na b\nxy\n");
  EXPECT_EQ(errorOf(folder), "merges.txt: line 3: found \"xy\", expected a "
                             "token of the vocabulary");
  folder.write("merges.txt", "\xFF b\n");
  EXPECT_EQ(errorOf(folder), "merges.txt: line 1: found \"\uFFFD\", expected a "
                             "token of the vocabulary");
}

TEST(Import, RefusesAddedTokensBesideVocabularyAndMerges) {
  TemporaryFolder folder;
  folder.write("vocab.json", "{}");
  folder.write("merges.txt", "");
  folder.write("added_tokens.json", R"({"<pad>": 258})");
  EXPECT_EQ(errorOf(folder),
            "added_tokens.json: \"<pad>\": found another added token, expected "
            "only <|endoftext|> without a tokenizer.json");
}
