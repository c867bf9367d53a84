//===- TestTokenizer.cpp - Helpers of the tokenizer tests -----------------===//

#include "test/tokenizer/TestTokenizer.h"

#include "compiler/tokenizer/Tokenizer.h"

#include "llvm/Support/ConvertUTF.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdlib>
#include <cstring>
#include <gtest/gtest.h>

using namespace gptc;
using namespace gptc::test;

TemporaryFolder::TemporaryFolder() {
  if (llvm::sys::fs::createUniqueDirectory("gptc-tokenizer", folder))
    ADD_FAILURE() << "no temporary folder";
}

TemporaryFolder::~TemporaryFolder() {
  llvm::sys::fs::remove_directories(folder);
}

std::string TemporaryFolder::path(llvm::StringRef name) const {
  llvm::SmallString<128> path = folder;
  llvm::sys::path::append(path, name);
  return path.str().str();
}

void TemporaryFolder::write(llvm::StringRef name,
                            llvm::StringRef content) const {
  std::error_code code;
  llvm::raw_fd_ostream(path(name), code) << content;
  EXPECT_FALSE(code) << code.message();
}

std::vector<int32_t> OpenTokenizer::encode(std::string_view text,
                                           bool special) const {
  std::vector<int32_t> ids;
  tokenizer.encode(text, special, ids);
  return ids;
}

TokenizerHeader OpenTokenizer::header() const {
  TokenizerHeader header;
  std::memcpy(&header, section.data(), sizeof(header));
  return header;
}

OpenTokenizer gptc::test::openFolder(llvm::StringRef folder) {
  auto file = findTokenizer(folder);
  if (!file || !*file) {
    ADD_FAILURE() << folder.str() << ": no tokenizer";
    llvm::consumeError(file.takeError());
    std::exit(1);
  }
  return openFile(folder, **file);
}

OpenTokenizer gptc::test::openFile(llvm::StringRef folder,
                                   llvm::StringRef file) {
  OpenTokenizer result;
  auto section = compileTokenizer(folder, file);
  if (!section) {
    ADD_FAILURE() << llvm::toString(section.takeError());
    std::exit(1);
  }
  result.section = std::move(*section);
  const char *message = Tokenizer::open(
      std::as_bytes(std::span(result.section)), result.tokenizer);
  EXPECT_EQ(message, nullptr);
  return result;
}

OpenTokenizer gptc::test::openJson(const llvm::json::Value &tokenizerJson) {
  TemporaryFolder folder;
  folder.write("tokenizer.json", llvm::formatv("{0}", tokenizerJson).str());
  return openFolder(folder.path());
}

std::string gptc::test::errorOf(const TemporaryFolder &folder,
                                llvm::StringRef file) {
  auto compile = [&]() -> llvm::Expected<std::vector<char>> {
    if (!file.empty())
      return compileTokenizer(folder.path(), file);
    auto found = findTokenizer(folder.path());
    if (!found)
      return found.takeError();
    return compileTokenizer(folder.path(), found->value_or("none"));
  };
  auto section = compile();
  if (section)
    return "";
  std::string message = llvm::toString(section.takeError());
  EXPECT_EQ(message.find('\n'), std::string::npos) << message;
  llvm::StringRef text = message;
  text.consume_front(folder.path());
  text.consume_front("/");
  return text.str();
}

llvm::json::Object gptc::test::smallTokenizer() {
  llvm::json::Object vocabulary;
  int next = 0x100;
  for (int byte = 0; byte != 256; ++byte) {
    bool isVisible =
        (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte != 0xAD);
    char name[4], *end = name;
    llvm::ConvertCodePointToUTF8(isVisible ? byte : next++, end);
    vocabulary[std::string(name, end)] = byte;
  }
  vocabulary["ab"] = 256;
  vocabulary["abc"] = 257;
  auto byteLevel = [] {
    return llvm::json::Object{{"type", "ByteLevel"},
                              {"add_prefix_space", false},
                              {"trim_offsets", true},
                              {"use_regex", true}};
  };
  return llvm::json::Object{
      {"version", "1.0"},
      {"truncation", nullptr},
      {"padding", nullptr},
      {"added_tokens",
       llvm::json::Array{llvm::json::Object{{"id", 258},
                                            {"content", "<s>"},
                                            {"single_word", false},
                                            {"lstrip", false},
                                            {"rstrip", false},
                                            {"normalized", false},
                                            {"special", true}}}},
      {"normalizer", nullptr},
      {"pre_tokenizer", byteLevel()},
      {"post_processor", byteLevel()},
      {"decoder", byteLevel()},
      {"model",
       llvm::json::Object{{"type", "BPE"},
                          {"dropout", nullptr},
                          {"unk_token", nullptr},
                          {"continuing_subword_prefix", ""},
                          {"end_of_word_suffix", ""},
                          {"fuse_unk", false},
                          {"byte_fallback", false},
                          {"ignore_merges", false},
                          {"vocab", std::move(vocabulary)},
                          {"merges", llvm::json::Array{"a b", "ab c"}}}}};
}

llvm::json::Value &gptc::test::at(llvm::json::Object &root,
                                  llvm::StringRef path) {
  llvm::json::Object *object = &root;
  while (true) {
    auto [name, rest] = path.split('.');
    llvm::json::Value *value = &(*object)[name];
    if (llvm::json::Array *array = value->getAsArray();
        array && !rest.empty()) {
      auto [index, inner] = rest.split('.');
      value = &(*array)[std::atoi(index.str().c_str())];
      rest = inner;
    }
    if (rest.empty())
      return *value;
    object = value->getAsObject();
    path = rest;
  }
}

static std::string variable(const char *name) {
  const char *value = std::getenv(name);
  return value ? value : "";
}

std::string gptc::test::sourceFolder() { return variable("GPTC_SOURCE"); }

std::string gptc::test::modelFolder(llvm::StringRef name) {
  return sourceFolder() + "/models/" + name.str();
}

std::string gptc::test::sharedData(llvm::StringRef name) {
  return variable("GPTC_TEST_DATA") + "/" + name.str();
}
