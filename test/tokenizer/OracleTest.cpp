//===- OracleTest.cpp - Compares ids with tokenizers and llama.cpp --------===//
//
// Inputs holds small tokenizers and the ids that PyPI's tokenizers and
// sentencepiece give for texts.json; make.py has created them.
//
//===----------------------------------------------------------------------===//

#include "test/tokenizer/TestTokenizer.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"

#include <gtest/gtest.h>

using namespace gptc;
using namespace gptc::test;
namespace json = llvm::json;
using llvm::StringRef;
using Ids = std::vector<int32_t>;

static std::string readFile(const std::string &path) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  EXPECT_TRUE(buffer) << path;
  return buffer ? (*buffer)->getBuffer().str() : std::string();
}

//===----------------------------------------------------------------------===//
// Tokenizers in Inputs
//===----------------------------------------------------------------------===//

static std::string inputs(const std::string &name) {
  return sourceFolder() + "/test/tokenizer/Inputs/" + name;
}

static json::Array readArray(const std::string &path) {
  llvm::Expected<json::Value> value = json::parse(readFile(path));
  if (!value || !value->getAsArray()) {
    llvm::consumeError(value.takeError());
    ADD_FAILURE() << path << ": no array";
    return {};
  }
  return std::move(*value->getAsArray());
}

static Ids toIds(const json::Value &value) {
  Ids ids;
  for (const json::Value &id : *value.getAsArray())
    ids.push_back(static_cast<int32_t>(*id.getAsInteger()));
  return ids;
}

class Oracle : public testing::TestWithParam<const char *> {};

TEST_P(Oracle, HasTheSameIds) {
  std::string folder = inputs(GetParam());
  OpenTokenizer tokenizer = openFolder(folder);
  json::Array texts = readArray(inputs("texts.json"));
  json::Array expected = readArray(folder + "/ids.json");
  ASSERT_EQ(texts.size(), expected.size());
  ASSERT_GT(texts.size(), 50u);
  // SentencePiece itself recognizes no special tokens in a text.
  bool special = GetParam() != StringRef("sentencepiece");
  for (size_t i = 0; i != texts.size(); ++i)
    EXPECT_EQ(tokenizer.encode(texts[i].getAsString()->str(), special),
              toIds(expected[i]))
        << "text " << i << ": " << llvm::formatv("{0}", texts[i]).str();
}

INSTANTIATE_TEST_SUITE_P(Inputs, Oracle,
                         testing::Values("gpt2", "gpt-neox", "smollm", "llama3",
                                         "qwen2", "llama2", "gemma", "mistral",
                                         "metaspace", "unknown", "unfused",
                                         "sentencepiece"),
                         [](const auto &info) {
                           std::string name = info.param;
                           llvm::erase(name, '-');
                           return name;
                         });

//===----------------------------------------------------------------------===//
// Vocabularies of real models
//===----------------------------------------------------------------------===//

/// Checks llama.cpp's own cases: 46 texts, with a line of ids each.
static void expectVocabularyCases(OpenTokenizer &tokenizer,
                                  const std::string &file) {
  std::string inputs = readFile(file + ".inp");
  std::string outputs = readFile(file + ".out");
  llvm::SmallVector<StringRef> texts, lines;
  StringRef(inputs).split(texts, "\n__ggml_vocab_test__\n");
  StringRef(outputs).split(lines, '\n');
  ASSERT_EQ(texts.size(), 47u); // the last text ends with a separator
  ASSERT_GE(lines.size(), 46u);
  for (size_t i = 0; i != 46; ++i) {
    Ids expected;
    for (StringRef id : llvm::split(lines[i].trim(), ' '))
      if (!id.empty())
        expected.push_back(std::stoi(id.str()));
    EXPECT_EQ(tokenizer.encode(texts[i]), expected)
        << file << ": case " << i;
  }
}

class Vocabulary : public testing::TestWithParam<const char *> {};

TEST_P(Vocabulary, IsRightOnEveryCase) {
  std::string name = std::string("ggml-vocab-") + GetParam() + ".gguf";
  std::string file = sharedData("vocab/" + name);
  if (!llvm::sys::fs::exists(file))
    GTEST_SKIP() << "no shared data";
  OpenTokenizer tokenizer = openFile(sharedData("vocab"), name);
  expectVocabularyCases(tokenizer, file);
}

INSTANTIATE_TEST_SUITE_P(LlamaCpp, Vocabulary,
                         testing::Values("gpt-2", "llama-spm", "phi-3",
                                         "starcoder"),
                         [](const auto &info) {
                           std::string name = info.param;
                           llvm::erase(name, '-');
                           return name;
                         });

TEST(Vocabulary, IsRightOnEveryCaseFromTokenizerJson) {
  std::string cases = sharedData("vocab/ggml-vocab-gpt-2.gguf");
  if (!llvm::sys::fs::exists(cases + ".inp"))
    GTEST_SKIP() << "no shared data";
  OpenTokenizer gpt2 = openFolder(sharedData("tokenizers/gpt2"));
  expectVocabularyCases(gpt2, cases);
}
