//===- SectionTest.cpp - Tests of invalid tokenizer sections --------------===//

#include "test/tokenizer/TestTokenizer.h"

#include <cstring>
#include <gtest/gtest.h>

using namespace gptc;
using namespace gptc::test;

static const char *open(const std::vector<char> &section, size_t size) {
  Tokenizer tokenizer;
  return Tokenizer::open(std::as_bytes(std::span(section)).first(size),
                         tokenizer);
}

TEST(Section, IsRefusedWhereverItIsCut) {
  std::vector<char> section = openJson(smallTokenizer()).section;
  for (size_t size = 0; size != section.size(); ++size)
    // This is a copy, so that a sanitizer detects a read past its end.
    ASSERT_NE(open({section.begin(), section.begin() + size}, size), nullptr)
        << size;
}

TEST(Section, IsRefusedWhenMisaligned) {
  std::vector<char> section = openJson(smallTokenizer()).section;
  size_t size = section.size();
  section.insert(section.begin(), 0);
  Tokenizer tokenizer;
  EXPECT_STREQ(
      Tokenizer::open(std::as_bytes(std::span(section)).subspan(1, size),
                      tokenizer),
      "the tokenizer's section is too short or misaligned");
}

/// Returns the error of the section with `value` at `offset`.
template <typename T>
static std::string messageWith(size_t offset, T value) {
  std::vector<char> section = openJson(smallTokenizer()).section;
  std::memcpy(section.data() + offset, &value, sizeof(value));
  const char *message = open(section, section.size());
  return message ? message : "";
}

TEST(Section, IsRefusedWithAMessageForEachPart) {
  // The offsets are those of smallTokenizer(): 4 slots, 259 tokens, one of them
  // added.
  constexpr size_t slots = sizeof(TokenizerHeader);
  constexpr size_t addedTokens = slots + 4 * sizeof(MergeSlot);
  constexpr size_t byteTokens = addedTokens + sizeof(AddedToken);
  constexpr size_t textSlots = byteTokens + 256 * 4;
  constexpr size_t textOffsets = textSlots + 4;
  constexpr size_t classPages = textOffsets + 260 * 4;
  const std::string merges = "the tokenizer's merges are broken";
  const std::string texts = "the tokenizer's texts are broken";
  const std::string added = "the tokenizer's added tokens are broken";
  auto header = [](auto member) {
    TokenizerHeader h = {};
    return reinterpret_cast<char *>(&(h.*member)) -
           reinterpret_cast<char *>(&h);
  };

  EXPECT_EQ(messageWith(header(&TokenizerHeader::kind), 0),
            "the tokenizer's section is of an unknown kind");
  EXPECT_EQ(messageWith(header(&TokenizerHeader::kind), 6),
            "the tokenizer's section is of an unknown kind");
  EXPECT_EQ(messageWith(header(&TokenizerHeader::vocabularySize), -1),
            "the tokenizer's header is broken");
  EXPECT_EQ(messageWith(header(&TokenizerHeader::mergeSlotCount), 7),
            "the tokenizer's header is broken");
  EXPECT_EQ(messageWith(header(&TokenizerHeader::textSlotCount), 0),
            "the tokenizer's header is broken");
  for (auto id : {&TokenizerHeader::bos, &TokenizerHeader::eos,
                  &TokenizerHeader::unknown})
    EXPECT_EQ(messageWith(header(id), 259), "the tokenizer's header is broken");
  EXPECT_EQ(messageWith(header(&TokenizerHeader::flags), composesText),
            "the tokenizer's header is broken");
  EXPECT_EQ(messageWith(header(&TokenizerHeader::textBytes), -1),
            "the tokenizer's section has another size than its header says");
  std::array<MergeSlot, 4> full;
  full.fill({0, 0, 0, 0});
  EXPECT_EQ(messageWith(slots, full), merges);
  EXPECT_EQ(messageWith(slots, MergeSlot{0, 0, 0, 259}), merges);
  EXPECT_EQ(messageWith(slots, MergeSlot{-2, 0, 0, 0}), merges);
  EXPECT_EQ(messageWith(byteTokens, 259), "the tokenizer's bytes are broken");
  EXPECT_EQ(messageWith(textOffsets, 1), texts);
  EXPECT_EQ(messageWith(textOffsets + 4, 1 << 30), texts);
  EXPECT_EQ(messageWith(textSlots, 0), texts); // no slot is free
  EXPECT_EQ(messageWith(addedTokens, 259), added);
  EXPECT_EQ(messageWith(addedTokens + 4, 1 << 30), added);
  EXPECT_EQ(messageWith(addedTokens + 8, 0), added);
  EXPECT_EQ(messageWith(addedTokens + 8, 1 << 30), added);
  EXPECT_EQ(messageWith(classPages, uint16_t{0xFFFF}),
            "the tokenizer's character classes are broken");
}

class MutatedSection : public testing::TestWithParam<const char *> {};

TEST_P(MutatedSection, NeverCrashes) {
  const std::vector<char> section =
      GetParam() == std::string("small")
          ? openJson(smallTokenizer()).section
          : openFolder(sourceFolder() + "/test/tokenizer/Inputs/" + GetParam())
                .section;
  const std::string text = "abc  <s>abcabc'll \xE4\xB8\xAD 12\xFF "
                           "e\u0323\u0301 \u1100\u1161\u2581<left> <right> " +
                           std::string(40, 'a') + std::string(9, ' ');
  Generator generator;
  size_t opened = 0;
  for (int round = 0; round != 10000; ++round) {
    std::vector<char> mutated = section;
    // Half of the rounds change only the tables before the large character
    // classes.
    uint32_t limit = round % 2 ? mutated.size() : mutated.size() / 4;
    for (uint32_t i = 0; i <= generator.below(3); ++i)
      mutated[generator.below(limit)] = static_cast<char>(
          generator.below(2) ? generator.below(256) : generator.below(4));
    Tokenizer tokenizer;
    if (Tokenizer::open(std::as_bytes(std::span(mutated)), tokenizer))
      continue;
    ++opened;
    std::vector<int32_t> ids = {3};
    const Tokenizer::Part parts[] = {{text, true}, {text, false}};
    tokenizer.encode(parts, round % 2, ids);
    for (int32_t id : ids)
      ASSERT_LT(id, tokenizer.size());
    size_t total = tokenizer.find("<s>") < 0;
    for (int32_t id = -1; id <= tokenizer.size(); ++id)
      for (char c : tokenizer.text(id))
        total += static_cast<unsigned char>(c);
    ASSERT_LT(total, mutated.size() * 256);
  }
  EXPECT_GT(opened, 500u);
}

INSTANTIATE_TEST_SUITE_P(Kinds, MutatedSection,
                         testing::Values("small", "smollm", "llama3", "qwen2",
                                         "llama2", "mistral", "unfused"));
