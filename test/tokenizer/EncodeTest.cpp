//===- EncodeTest.cpp - Tests of encoding and decoding --------------------===//

#include "test/tokenizer/TestTokenizer.h"

#include <algorithm>
#include <chrono>
#include <gtest/gtest.h>

using namespace gptc;
using namespace gptc::test;
namespace json = llvm::json;
using llvm::StringRef;
using Ids = std::vector<int32_t>;

static std::string decode(const Tokenizer &tokenizer, const Ids &ids) {
  std::string text;
  for (int32_t id : ids)
    text += tokenizer.text(id);
  return text;
}

//===----------------------------------------------------------------------===//
// Reference ids
//===----------------------------------------------------------------------===//

/// The ids come from Hugging Face's tokenizers 0.23.
TEST(Encode, IsRightOnTheDefaultModel) {
  struct Case {
    std::string_view text;
    Ids ids;
  };
  using namespace std::string_view_literals;
  static const Case cases[] = {
      {"Once upon a time", {2022, 746, 259, 511}},
      {"The princess looked into the well and",
       {332, 732, 805, 437, 260, 653, 268}},
      {"'Who are you?' said the fox.",
       {7, 2024, 514, 310, 559, 354, 260, 1312, 14}},
      {"", {}},
      {"a", {65}},
      {" ", {221}},
      {"  ", {221, 221}},
      {"\n\n \nthe", {199, 199, 221, 199, 1388}},
      {"I'll we've they're it's I'm he'd don't",
       {41, 1188, 350, 2702, 356, 3880, 317, 385, 321, 2475, 271, 3113, 1113,
        679}},
      {"I'LL WE'VE", {41, 7, 44, 44, 482, 37, 7, 54, 37}},
      {" 's", {373, 83}},
      {"''s", {7, 7, 83}},
      {"the  king   and", {1388, 221, 500, 221, 221, 268}},
      {"the king \n", {1388, 500, 221, 199}},
      {"1234 567abc8", {17, 18, 19, 20, 221, 21, 22, 23, 527, 67, 24}},
      {"a\tb\r\nc", {65, 198, 66, 202, 199, 67}},
      {"x\0y\1"sv, {88, 189, 89, 190}},
      {"été naïve Œuvre",
       {128, 103, 84, 128, 103, 294, 65, 128, 108, 315, 221, 130, 241, 85, 86,
        266}},
      {"日本語 と 中文", {163, 246, 99,  163, 251, 106, 165, 104, 253, 221,
                          160, 224, 102, 221, 161, 117, 256, 163, 245, 230}},
      {"\u00a0the\u3000king\u2028",
       {127, 255, 1388, 160, 223, 223, 666, 159, 223, 102}},
      {"½ ٣ Ⅷ", {127, 122, 221, 150, 97, 221, 159, 228, 101}},
      {"🦊👍🏽!?...",
       {173, 254, 100, 233, 173, 254, 240, 236, 173, 254, 238, 122, 1, 31, 14,
        14, 14}},
      {"<|endoftext|>the king<|endoftext|>", {0, 1388, 500, 0}},
      {"<|endoftext|", {28, 92, 698, 79, 678, 1811, 92}},
  };
  OpenTokenizer fairy = openFolder(modelFolder("fairy"));
  for (const Case &c : cases) {
    EXPECT_EQ(fairy.encode(c.text), c.ids) << c.text;
    EXPECT_EQ(decode(fairy.tokenizer, c.ids), c.text);
  }
}

//===----------------------------------------------------------------------===//
// Added tokens
//===----------------------------------------------------------------------===//

TEST(Encode, RecognisesSpecialTokensOnlyWhereAsked) {
  OpenTokenizer small = openJson(smallTokenizer());
  EXPECT_EQ(small.encode("a<s>b", true), (Ids{'a', 258, 'b'}));
  EXPECT_EQ(small.encode("a<s>b", false), (Ids{'a', '<', 's', '>', 'b'}));
  EXPECT_TRUE(small.tokenizer.isSpecial(258));
  EXPECT_EQ(small.tokenizer.bytes(258), "");
  EXPECT_EQ(small.tokenizer.text(258), "<s>");
}

TEST(Encode, TakesATextInParts) {
  OpenTokenizer small = openJson(smallTokenizer());
  using Part = Tokenizer::Part;
  auto encode = [&](std::vector<Part> parts) {
    Ids ids;
    small.tokenizer.encode(parts, /*continues=*/true, ids);
    return ids;
  };
  EXPECT_EQ(encode({}), Ids{});
  EXPECT_EQ(encode({{"<s>", true}, {"<s>", false}, {"<s>", true}}),
            (Ids{258, '<', 's', '>', 258}));
  // Words extend over parts, special tokens only over adjacent special parts.
  EXPECT_EQ(encode({{"a", true}, {"b", false}, {"c", true}}), Ids{257});
  EXPECT_EQ(encode({{"<", true}, {"", false}, {"s>", true}}), Ids{258});
  EXPECT_EQ(encode({{"<", true}, {"s", false}, {">", true}}),
            (Ids{'<', 's', '>'}));
  EXPECT_EQ(encode({{"<s", true}, {">", false}}), (Ids{'<', 's', '>'}));
}

TEST(Encode, FindsAddedTokensByText) {
  OpenTokenizer small = openJson(smallTokenizer());
  EXPECT_EQ(small.tokenizer.find("<s>"), 258);
  EXPECT_EQ(small.tokenizer.find("<s"), -1);
  EXPECT_EQ(small.tokenizer.find("ab"), -1); // not an added token
  EXPECT_EQ(small.tokenizer.find(""), -1);
}

static json::Object addedToken(int id, StringRef content, bool special,
                               bool normalized) {
  return json::Object{{"id", id},
                      {"content", content},
                      {"special", special},
                      {"normalized", normalized}};
}

TEST(Encode, MatchesOtherAddedTokensAlwaysAndPrintsThem) {
  json::Object json = smallTokenizer();
  at(json, "added_tokens")
      .getAsArray()
      ->push_back(addedToken(259, "a b", false, false));
  OpenTokenizer small = openJson(std::move(json));
  EXPECT_EQ(small.encode("xa b", false), (Ids{'x', 259}));
  EXPECT_EQ(small.tokenizer.bytes(259), "a b");
  EXPECT_FALSE(small.tokenizer.isSpecial(259));
}

TEST(Encode, PrefersTheLongestAddedTokenAndThoseNotNormalized) {
  json::Object json = smallTokenizer();
  json::Array &added = *at(json, "added_tokens").getAsArray();
  added.push_back(addedToken(259, "--", false, false));
  added.push_back(addedToken(260, "----", false, false));
  added.push_back(addedToken(261, "+-", false, true));
  OpenTokenizer small = openJson(std::move(json));
  EXPECT_EQ(small.encode("-------"), (Ids{260, 259, '-'}));
  EXPECT_EQ(small.encode("+-+--"), (Ids{261, '+', 259}));
}

//===----------------------------------------------------------------------===//
// Any bytes, any length
//===----------------------------------------------------------------------===//

TEST(Encode, GivesBackBytesThatAreNotUtf8) {
  OpenTokenizer fairy = openFolder(modelFolder("fairy"));
  Generator generator;
  for (int round = 0; round != 2000; ++round) {
    std::string text(generator.below(200), 0);
    for (char &c : text)
      c = static_cast<char>(generator.below(2) ? generator.below(256)
                                               : 'a' + generator.below(26));
    Ids ids = fairy.encode(text, round % 2);
    ASSERT_EQ(decode(fairy.tokenizer, ids), text) << "round " << round;
  }
}

TEST(Encode, TakesBrokenUtf8AsNoLetter) {
  // The tokenizer merges "abc" with the first byte of the next character, which
  // is possible only within a word.
  json::Object json = smallTokenizer();
  json::Array &merges = *at(json, "model.merges").getAsArray();
  int32_t id = 300;
  for (StringRef lead : {"Ã", "Á", "à", "ð", "í", "ô", "ø", "ÿ"}) {
    at(json, "model.vocab")
        .getAsObject()
        ->try_emplace("abc" + lead.str(), id++);
    merges.push_back("abc " + lead.str());
  }
  OpenTokenizer small = openJson(std::move(json));
  EXPECT_EQ(small.encode("abc\xC3\xA1"), (Ids{300, 0xA1})); // á

  // "a" in two to four bytes, "á" in three, a surrogate, above U+10FFFF,
  // incomplete, without a lead byte (though its bits spell U+20000).
  for (std::string_view broken :
       {"\xC1\xA1", "\xE0\x81\xA1", "\xF0\x80\x81\xA1", "\xE0\x83\xA1",
        "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xC3", "\xF8\xA0\x80\x80",
        "\xFF"}) {
    Ids expected = {257};
    for (char c : broken)
      expected.push_back(static_cast<unsigned char>(c));
    EXPECT_EQ(small.encode("abc" + std::string(broken)), expected);
  }
}

/// Merges by the definition: repeatedly the leftmost merge of the lowest rank.
static Ids mergeSlowly(const std::vector<std::pair<int32_t, int32_t>> &merges,
                       Ids ids) {
  for (size_t rank = 0; rank != merges.size();) {
    auto pair = std::search(ids.begin(), ids.end(), &merges[rank].first,
                            &merges[rank].first + 2);
    if (pair == ids.end()) {
      ++rank;
      continue;
    }
    *pair = 256 + static_cast<int32_t>(rank);
    ids.erase(pair + 1);
    rank = 0;
  }
  return ids;
}

/// Adds random merges that form every word of up to four letters "a" and "b",
/// in random order, so that they overlap in every way.
static std::vector<std::pair<int32_t, int32_t>>
replaceMerges(json::Object &tokenizerJson, Generator &generator) {
  std::vector<std::string> names = {"a", "b"}, merges;
  for (size_t i = 0; i != names.size(); ++i)
    if (names[i].size() < 4)
      names.insert(names.end(), {names[i] + "a", names[i] + "b"});
  for (const std::string &name : names) {
    if (size_t size = name.size(); size > 1)
      merges.push_back(
          std::string(name).insert(1 + generator.below(size - 1), " "));
  }
  for (size_t i = merges.size(); i > 1; --i)
    std::swap(merges[i - 1], merges[generator.below(i)]);

  json::Object &vocabulary = *at(tokenizerJson, "model.vocab").getAsObject();
  vocabulary.erase("abc");
  for (size_t rank = 0; rank != merges.size(); ++rank) {
    StringRef left, right;
    std::tie(left, right) = StringRef(merges[rank]).split(' ');
    vocabulary[(left + right).str()] = 256 + static_cast<int32_t>(rank);
  }
  std::vector<std::pair<int32_t, int32_t>> pairs;
  for (StringRef merge : merges) {
    auto id = [&](StringRef name) {
      return static_cast<int32_t>(*vocabulary.getInteger(name));
    };
    pairs.push_back({id(merge.split(' ').first), id(merge.split(' ').second)});
  }
  at(tokenizerJson, "model.merges") = json::Array(merges);
  at(tokenizerJson, "added_tokens") = json::Array();
  return pairs;
}

TEST(Encode, MergesShortAndLongWordsInTheOrderOfRanks) {
  Generator generator;
  for (int round = 0; round != 10; ++round) {
    json::Object json = smallTokenizer();
    auto merges = replaceMerges(json, generator);
    OpenTokenizer tokenizer = openJson(std::move(json));
    for (uint32_t size = 1; size != 150; ++size) {
      std::string word(size, 0);
      for (char &c : word)
        c = static_cast<char>('a' + generator.below(2));
      EXPECT_EQ(tokenizer.encode(word),
                mergeSlowly(merges, Ids(word.begin(), word.end())))
          << word;
    }
  }
}

TEST(Encode, TakesTimeInProportionToAWord) {
  OpenTokenizer small = openJson(smallTokenizer());
  std::string word;
  for (int i = 0; i != 1 << 18; ++i)
    word += "abca";
  auto start = std::chrono::steady_clock::now();
  Ids ids = small.encode(word);
  std::chrono::duration<double> seconds =
      std::chrono::steady_clock::now() - start;
  EXPECT_EQ(ids.size(), size_t{2} << 18);
  EXPECT_EQ(ids.front(), 257);
  EXPECT_LT(seconds.count(), 60); // quadratic time would take hours
}
