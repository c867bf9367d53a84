//===- OutputTest.cpp - Tests of writing text and ids ---------------------===//

#include "runtime/program/Output.h"

#include "test/runtime/FakeContainer.h"
#include "test/runtime/FakeModel.h"

#include "gtest/gtest.h"

#include <unistd.h>

using namespace gptc;
using namespace gptc::test;

TEST(CompleteUtf8, holds_back_a_sequence_that_is_cut) {
  EXPECT_EQ(completeUtf8(""), 0u);
  EXPECT_EQ(completeUtf8("ab"), 2u);
  EXPECT_EQ(completeUtf8("a\xc3"), 1u);
  EXPECT_EQ(completeUtf8("a\xc3\xa9"), 3u);
  EXPECT_EQ(completeUtf8("\xe2"), 0u);
  EXPECT_EQ(completeUtf8("\xe2\x82"), 0u);
  EXPECT_EQ(completeUtf8("\xe2\x82\xac"), 3u);
  EXPECT_EQ(completeUtf8("x\xf0\x9f\x98"), 1u);
  EXPECT_EQ(completeUtf8("x\xf0\x9f\x98\x80"), 5u);
}

TEST(CompleteUtf8, holds_back_nothing_that_cannot_become_valid) {
  EXPECT_EQ(completeUtf8("\x80\x80\x80\x80"), 4u);
  EXPECT_EQ(completeUtf8("\xc3\xa9\xa9"), 3u);
  EXPECT_EQ(completeUtf8("\xff"), 1u);
  EXPECT_EQ(completeUtf8("\xc0"), 1u);
  EXPECT_EQ(completeUtf8("\xf5"), 1u);
}

namespace {
/// A pipe that returns what was written to it.
struct Pipe {
  Pipe() { EXPECT_EQ(pipe(ends), 0); }
  ~Pipe() {
    close(ends[0]);
    close(ends[1]);
  }
  std::string take() {
    char buffer[256];
    // A marker is written first, so the read never blocks and needs no poll.
    EXPECT_EQ(write(ends[1], "|", 1), 1);
    ssize_t size = read(ends[0], buffer, sizeof(buffer));
    return {buffer, static_cast<size_t>(size - 1)};
  }
  int ends[2];
};

struct FakeTokenizer {
  FakeTokenizer() {
    EXPECT_EQ(Tokenizer::open(std::as_bytes(std::span(section)), tokenizer),
              nullptr);
  }
  std::string section = fakeTokenizerSection();
  Tokenizer tokenizer;
};
} // namespace

TEST(Output, writes_whole_characters_as_they_come) {
  FakeTokenizer fake;
  Pipe pipe;
  Output output(pipe.ends[1], &fake.tokenizer);
  ASSERT_FALSE(output.token('a'));
  EXPECT_EQ(pipe.take(), "a");
  ASSERT_FALSE(output.token(0xc3));
  EXPECT_EQ(pipe.take(), "");
  ASSERT_FALSE(output.token(0xa9));
  EXPECT_EQ(pipe.take(), "\xc3\xa9");
  ASSERT_FALSE(output.token(fakeEnd));
  EXPECT_EQ(pipe.take(), "") << "special tokens are not printed";
  ASSERT_FALSE(output.token(0xe2));
  EXPECT_EQ(pipe.take(), "");
  ASSERT_FALSE(output.finish());
  EXPECT_EQ(pipe.take(), "\xe2\n") << "no byte is lost";
}

TEST(Output, leaves_out_the_space_that_a_text_begins_with) {
  std::string section = fakeTokenizerSection(dropsFirstSpace);
  Tokenizer tokenizer;
  ASSERT_EQ(Tokenizer::open(std::as_bytes(std::span(section)), tokenizer),
            nullptr);
  auto written = [&](std::vector<int32_t> skipped, std::vector<int32_t> ids) {
    Pipe pipe;
    Output output(pipe.ends[1], &tokenizer);
    for (int32_t id : skipped)
      output.skip(id);
    for (int32_t id : ids)
      EXPECT_FALSE(output.token(id));
    EXPECT_FALSE(output.finish());
    return pipe.take();
  };
  EXPECT_EQ(written({}, {' ', 'a', ' ', 'b'}), "a b\n");
  EXPECT_EQ(written({}, {fakeEnd, ' ', ' '}), " \n");
  EXPECT_EQ(written({fakeEnd}, {' ', 'a'}), "a\n");
  EXPECT_EQ(written({'a'}, {' ', 'b'}), " b\n");
  EXPECT_EQ(written({}, {'a', ' '}), "a \n");
}

TEST(Output, writes_ids_joined_by_commas) {
  Pipe pipe;
  Output output(pipe.ends[1], nullptr);
  for (int32_t id : {3, int32_t(fakeEnd), 0})
    ASSERT_FALSE(output.token(id));
  ASSERT_FALSE(output.finish());
  EXPECT_EQ(pipe.take(), "3,257,0\n");
}

TEST(Output, says_when_it_cannot_write) {
  Output output(-1, nullptr);
  EXPECT_EQ(output.token(1).message(), "stdout: Bad file descriptor");
}
