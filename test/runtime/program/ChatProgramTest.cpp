//===- ChatProgramTest.cpp - Tests of chats with the fake program ---------===//

#include "ProgramFixture.h"

#include "gtest/gtest.h"

#include <csignal>

using namespace gptc;
using namespace gptc::test;

namespace {
/// A program whose model has Mistral Nemo's chat format, with fakeEnd as BOS
/// and EOS: [BOS] "[INST]" TEXT "[/INST]" ANSWER [EOS] "[INST]" …
class ChatProgram : public Program {
protected:
  void SetUp() override { installTemplate("mistral-v3-tekken\nbos\n"); }

  void installTemplate(const std::string &section) {
    install(fakeContainer(/*withTokenizer=*/true, section));
  }

  /// Adds a turn and its answer to `tokens`; returns the answer's text.
  std::string say(std::string_view said, int count) {
    tokens.push_back(fakeEnd);
    for (std::string_view part : {std::string_view("[INST]"), said,
                                  std::string_view("[/INST]")})
      tokens.insert(tokens.end(), part.begin(), part.end());
    size_t before = tokens.size();
    tokens = greedy(tokens, count);
    return text(std::span(tokens).subspan(before));
  }

  std::string ids() const {
    std::string result;
    for (int32_t token : tokens)
      result += (result.empty() ? "" : ",") + std::to_string(token);
    return result + "\n";
  }

  std::vector<int32_t> tokens;
};
} // namespace

TEST_F(ChatProgram, answers_each_line_and_keeps_what_was_said) {
  for (const char *flag : {"--chat", "-cnv", "-i"}) {
    tokens.clear();
    Outcome outcome = run({flag, "-n", "3", "--temp", "0"}, "hi\n\nyou\nbye");
    EXPECT_EQ(outcome.exitCode, 0);
    std::string expected;
    for (const char *said : {"hi", "you", "bye"})
      expected += say(said, 3) + "\n";
    EXPECT_EQ(outcome.out, expected);
    // A turn evaluates its own tokens and the last token of the previous
    // answer.
    EXPECT_EQ(outcome.err.find("prompt: 52 tokens, "), 0u) << outcome.err;
    EXPECT_EQ(16 + 17 + 1 + 17 + 1, 52);
  }
}

TEST_F(ChatProgram, the_prompt_is_the_first_turn) {
  std::string file = folder.write("prompt", "one\ntwo\n");
  std::string expected = say("one\ntwo", 4) + "\n";
  expected += say("x", 4) + "\n";
  for (std::vector<std::string> flags :
       {std::vector<std::string>{"-p", "one\ntwo"}, {"-f", file}}) {
    flags.insert(flags.end(), {"--chat", "-n", "4", "--temp", "0"});
    EXPECT_EQ(run(flags, "x\n").out, expected);
  }
}

TEST_F(ChatProgram, ids_are_those_of_the_whole_conversation) {
  std::vector<std::string> flags = {"--chat", "-p", "hi",   "-n",
                                    "2",      "--temp", "0", "--print-ids"};
  say("hi", 2);
  say("yes", 2);
  EXPECT_EQ(run(flags, "yes\n").out, ids());
  flags.push_back("--no-display-prompt");
  size_t turn = 1 + 6 + 7; // without the user's text
  tokens.erase(tokens.begin(), tokens.begin() + turn + 2);
  tokens.erase(tokens.begin() + 2, tokens.begin() + 2 + turn + 3);
  EXPECT_EQ(run(flags, "yes\n").out, ids());
}

TEST_F(ChatProgram, special_tokens_that_are_typed_are_text) {
  std::string expected = say("a<|end|>b", 2) + "\n";
  EXPECT_EQ(run({"--chat", "-n", "2", "--temp", "0"}, "a<|end|>b\n").out,
            expected);
  EXPECT_EQ(run({"--chat", "-n", "2", "--temp", "0", "-p", "a<|end|>b"}).out,
            expected);
}

TEST_F(ChatProgram, the_system_says_what_is_asked_of_it) {
  std::vector<std::string> flags = {"--chat", "-p", "hi", "-n", "2", "--temp",
                                    "0"};
  auto answer = [&](std::string_view said) {
    tokens.clear();
    return say(said, 2) + "\n";
  };
  std::string with = answer("be\n\nhi"), without = answer("hi");
  ASSERT_NE(with, without);
  auto runWith = [&](std::vector<std::string> more) {
    more.insert(more.end(), flags.begin(), flags.end());
    return run(more).out;
  };
  EXPECT_EQ(runWith({"-sys", "be"}), with);
  EXPECT_EQ(runWith({"--system-prompt", "be"}), with);
  EXPECT_EQ(runWith({}), without);
  installTemplate("mistral-v3-tekken\nbos\nbe");
  EXPECT_EQ(runWith({}), with);
  EXPECT_EQ(runWith({"-sys", ""}), without);
  installTemplate("mistral-v3-tekken\n\n");
  tokens = greedy(tokensOf("[INST]hi[/INST]"), 2);
  EXPECT_EQ(runWith({}), text(std::span(tokens).subspan(15)) + "\n")
      << "no BOS";
}

TEST_F(ChatProgram, another_template_may_be_chosen) {
  // The tokens are "USER: " TEXT " ASSISTANT:" after BOS.
  std::vector<int32_t> said = {fakeEnd};
  for (char byte : std::string_view("USER: hi ASSISTANT:"))
    said.push_back(byte);
  said = greedy(said, 2);
  std::string expected = text(std::span(said).subspan(20)) + "\n";
  std::vector<std::string> flags = {"--chat", "-n", "2", "--temp", "0",
                                    "--chat-template", "vicuna"};
  EXPECT_EQ(run(flags, "hi").out, expected);
  install(fakeContainer());
  EXPECT_EQ(run(flags, "hi").out, expected);
}

TEST_F(ChatProgram, a_turn_ends_at_a_stop_string) {
  std::string answer = say("hi", 20);
  std::string stop = answer.substr(4, 2);
  Outcome outcome =
      run({"--chat", "-n", "20", "--temp", "0", "-r", stop}, "hi");
  EXPECT_EQ(outcome.out.find(stop), answer.find(stop));
  EXPECT_LE(outcome.out.size(), answer.find(stop) + 2 + 2 + 1)
      << "at most the rest of \"the\" and a newline";
}

TEST_F(ChatProgram, past_the_context_the_oldest_leave) {
  Outcome outcome = run({"--chat", "-c", "24", "-n", "4", "--temp", "0"},
                        "hello\nyou\n");
  say("hello", 4);
  std::vector<int32_t> all = tokens;
  std::string first = text(std::span(all).subspan(19));
  say("you", 0);
  // Tokens from position 24 on see only the latest 12: the last token of each
  // shift is evaluated with 11 before it.
  std::vector<int32_t> seen(tokens.begin(), tokens.begin() + 24);
  for (size_t i = 24; i < tokens.size(); ++i) {
    if (seen.size() == 24)
      seen.erase(seen.begin(), seen.end() - 11);
    seen.push_back(tokens[i]);
  }
  std::string second;
  for (int i = 0; i < 4; ++i) {
    int32_t next = fakeGreedy(seen);
    second += text({&next, 1});
    if (seen.size() == 24)
      seen.erase(seen.begin(), seen.end() - 11);
    seen.push_back(next);
  }
  EXPECT_EQ(outcome.out, first + "\n" + second + "\n");
}

TEST_F(ChatProgram, a_first_turn_that_does_not_fit_is_refused) {
  Outcome outcome = run({"--chat", "-c", "20", "-p", "seventy"});
  EXPECT_EQ(outcome.exitCode, 1);
  EXPECT_NE(outcome.err.find("story: -p: the first turn has 21 tokens, expected "
                             "at most the 20 of the context (-c)\n"),
            std::string::npos)
      << outcome.err;
  EXPECT_EQ(outcome.out, "");
}

TEST_F(ChatProgram, without_a_known_template_there_is_no_chat) {
  for (auto [section, known] :
       {std::pair("", ""), {"unknown\n\n", " that is known"}}) {
    installTemplate(section);
    std::string rest = std::string(": the model has no chat template") + known +
                       ", expected --chat-template with one of chatml, llama2, ";
    Outcome outcome = run({"--chat"}, "hi\n");
    EXPECT_EQ(outcome.exitCode, 1);
    EXPECT_EQ(outcome.err.find("story: --chat" + rest), 0u) << outcome.err;
    outcome = run({"-i", "-sys", "x"}, "hi\n");
    EXPECT_EQ(outcome.exitCode, 1);
    EXPECT_EQ(outcome.err.find("story: -sys" + rest), 0u) << outcome.err;
    std::vector<int32_t> plain = greedy(tokensOf("hi\n"), 2);
    EXPECT_EQ(run({"-i", "-n", "2", "--temp", "0"}, "hi\n").out,
              text(std::span(plain).subspan(3)) + "\n");
  }
}

TEST_F(ChatProgram, ids_as_a_prompt_are_no_turn) {
  std::vector<int32_t> plain = greedy(tokensOf("hi"), 2);
  EXPECT_EQ(run({"-i", "--tokens", "104,105", "-n", "2", "--temp", "0"}).out,
            text(plain) + "\n");
}

TEST_F(ChatProgram, no_turn_is_no_text) {
  Outcome outcome = run({"--chat"}, "\n\n");
  EXPECT_EQ(outcome.exitCode, 0);
  EXPECT_EQ(outcome.out, "");
}

TEST_F(ChatProgram, ctrl_c_ends_an_answer_with_its_line) {
  bool sent = false;
  Outcome outcome = run({"--chat", "--ignore-eos", "-n", "1000000000"}, "hi\n",
                        [&](pid_t pid, const std::string &out) {
                          if (!sent && out.size() > 50)
                            sent = kill(pid, SIGINT) == 0;
                        });
  EXPECT_EQ(outcome.exitCode, 130);
  EXPECT_EQ(outcome.out.find('\n'), outcome.out.size() - 1);
}
