//===- ProgramTest.cpp - Runs the fake program as its user does -----------===//

#include "FakeContainer.h"
#include "FakeModel.h"

#include "gtest/gtest.h"

#include <cmath>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <functional>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace gptc;
using namespace gptc::test;

namespace {

struct Outcome {
  int exitCode = -1;
  std::string out, err;
};

/// A program of its own in a folder of its own.
class Program : public testing::Test {
protected:
  void install(const std::string &container) {
    program =
        folder.write("story", padded(readText(FAKE_PROGRAM)) + container, true);
  }
  void SetUp() override { install(fakeContainer()); }

  /// Runs it; `meanwhile` gets its process id and what it wrote so far,
  /// whenever that grows.
  Outcome run(std::vector<std::string> flags, const std::string &input = "",
              std::function<void(pid_t, const std::string &)> meanwhile = {});

  std::string text(std::span<const int32_t> tokens) {
    std::string result;
    for (int32_t token : tokens)
      result += token == fakeThe   ? "the"
                : token == fakeEnd ? ""
                                   : std::string(1, static_cast<char>(token));
    return result;
  }

  TemporaryFolder folder;
  std::string program;
};

} // namespace

Outcome
Program::run(std::vector<std::string> flags, const std::string &input,
             std::function<void(pid_t, const std::string &)> meanwhile) {
  std::string in = folder.write("stdin", input);
  int out[2], err[2];
  EXPECT_EQ(pipe2(out, O_CLOEXEC) | pipe2(err, O_CLOEXEC), 0);
  std::vector<char *> arguments = {program.data()};
  for (std::string &flag : flags)
    arguments.push_back(flag.data());
  arguments.push_back(nullptr);
  pid_t pid = fork();
  if (pid == 0) {
    dup2(open(in.c_str(), O_RDONLY), 0);
    dup2(out[1], 1);
    dup2(err[1], 2);
    execv(program.c_str(), arguments.data());
    _exit(99);
  }
  close(out[1]);
  close(err[1]);
  Outcome outcome;
  pollfd ends[2] = {{out[0], POLLIN, 0}, {err[0], POLLIN, 0}};
  std::string *texts[2] = {&outcome.out, &outcome.err};
  while (ends[0].fd >= 0 || ends[1].fd >= 0) {
    poll(ends, 2, -1);
    for (int i : {0, 1}) {
      if (!ends[i].revents)
        continue;
      char buffer[4096];
      ssize_t size = read(ends[i].fd, buffer, sizeof(buffer));
      if (size > 0)
        texts[i]->append(buffer, size);
      else
        ends[i].fd = -1;
      if (size > 0 && i == 0 && meanwhile)
        meanwhile(pid, outcome.out);
    }
  }
  close(out[0]);
  close(err[0]);
  int status;
  waitpid(pid, &status, 0);
  outcome.exitCode =
      WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  return outcome;
}

/// The prompt and `count` tokens that the model likes best after it.
static std::vector<int32_t> greedy(std::vector<int32_t> tokens, int count) {
  for (int i = 0; i < count; ++i)
    tokens.push_back(fakeGreedy(tokens));
  return tokens;
}

static std::vector<int32_t> tokensOf(std::string_view text) {
  return {text.begin(), text.end()};
}

TEST_F(Program, writes_the_prompt_and_what_follows) {
  Outcome outcome = run({"-p", "once upon", "-n", "30", "--temp", "0"});
  EXPECT_EQ(outcome.exitCode, 0);
  EXPECT_EQ(outcome.out, text(greedy(tokensOf("once upon"), 30)) + "\n");
  EXPECT_EQ(outcome.err.find("prompt: 9 tokens, "), 0u) << outcome.err;
  EXPECT_NE(outcome.err.find("\ngenerated: 30 tokens, "), std::string::npos)
      << outcome.err;
}

TEST_F(Program, writes_the_same_whatever_the_chunk_and_the_threads) {
  std::vector<std::string> flags = {"-p", "the same bits", "-n", "40", "-s",
                                    "5"};
  std::string expected = run(flags).out;
  EXPECT_EQ(expected.size() > 40, true);
  for (const char *chunk : {"1", "3", "8"})
    for (const char *threads : {"1", "2", "7"}) {
      std::vector<std::string> more = flags;
      more.insert(more.end(), {"--chunk", chunk, "-t", threads});
      EXPECT_EQ(run(more).out, expected);
    }
}

TEST_F(Program, prints_the_seed_and_repeats_what_it_gave) {
  Outcome outcome = run({"-p", "a", "-n", "20"});
  ASSERT_EQ(outcome.err.find("seed: "), 0u);
  std::string seed = outcome.err.substr(6, outcome.err.find('\n') - 6);
  EXPECT_EQ(run({"-p", "a", "-n", "20", "-s", seed}).out, outcome.out);
}

TEST_F(Program, prints_ids) {
  EXPECT_EQ(run({"--tokens", "104,105", "-n", "0", "--print-ids"}).out,
            "104,105\n");
  std::string next = std::to_string(fakeGreedy(tokensOf("hi")));
  EXPECT_EQ(run({"-p", "hi", "-n", "1", "--print-ids", "--temp", "0",
                 "--no-display-prompt"})
                .out,
            next + "\n");
  EXPECT_EQ(
      run({"-p", "hi", "-n", "0", "--print-ids", "--no-display-prompt"}).out,
      "\n");
}

TEST_F(Program, reads_the_prompt_from_a_file_or_stdin) {
  std::string file = folder.write("prompt", "two\nlines\n");
  for (Outcome outcome :
       {run({"-f", file, "-n", "0"}), run({"-n", "0"}, "two\nlines\n"),
        run({"-p", "two\nlines", "-n", "0"})})
    EXPECT_EQ(outcome.out, "two\nlines\n");
  Outcome outcome = run({"-f", folder.path("none"), "-n", "0"});
  EXPECT_EQ(outcome.exitCode, 1);
  EXPECT_EQ(outcome.err,
            "story: " + folder.path("none") + ": No such file or directory\n");
}

TEST_F(Program, an_empty_prompt_starts_a_text) {
  for (std::vector<std::string> flags :
       {std::vector<std::string>{"-p", ""}, {"--tokens", ""}, {}}) {
    flags.insert(flags.end(), {"-n", "3", "--temp", "0", "--print-ids"});
    std::vector<int32_t> tokens = greedy({fakeEnd}, 3);
    EXPECT_EQ(run(flags).out, "257," + std::to_string(tokens[1]) + "," +
                                  std::to_string(tokens[2]) + "," +
                                  std::to_string(tokens[3]) + "\n");
  }
}

TEST_F(Program, special_tokens_of_the_prompt_are_recognised_and_not_printed) {
  EXPECT_EQ(run({"-p", "a<|end|>b", "-n", "0", "--print-ids"}).out,
            "97,257,98\n");
  EXPECT_EQ(run({"-p", "a<|end|>b", "-n", "0"}).out, "ab\n");
}

TEST_F(Program, invalid_utf8_comes_through_unharmed) {
  EXPECT_EQ(run({"-n", "0"}, "\xff\xc3(\xe2\x82").out, "\xff\xc3(\xe2\x82\n");
}

TEST_F(Program, ends_with_the_text_unless_told_otherwise) {
  EXPECT_EQ(run({"-p", "stop!", "-n", "5", "--temp", "0"}).out, "stop!\n");
  EXPECT_EQ(run({"-p", "stop!", "-n", "5", "--temp", "0", "--print-ids"}).out,
            "115,116,111,112,33,257\n");
  Outcome outcome =
      run({"-p", "stop!", "-n", "5", "--temp", "0", "--ignore-eos"});
  EXPECT_EQ(outcome.out, text(greedy(tokensOf("stop!"), 5)) + "\n");
}

TEST_F(Program, stops_after_the_token_that_completes_a_stop_string) {
  std::vector<int32_t> tokens = greedy(tokensOf("go"), 30);
  std::string whole = text(tokens), stop = whole.substr(12, 3);
  Outcome outcome = run({"-p", "go", "-n", "30", "--temp", "0", "-r", stop});
  size_t end = whole.find(stop, 2) + stop.size();
  EXPECT_EQ(outcome.out.substr(0, end), whole.substr(0, end));
  EXPECT_LE(outcome.out.size(), end + 3) << "at most the rest of \"the\"";
}

TEST_F(Program, the_context_limits_the_prompt) {
  std::string prompt(96, 'x');
  EXPECT_EQ(run({"-p", prompt, "-n", "1", "--temp", "0"}).exitCode, 0);
  Outcome outcome = run({"-p", prompt + "x", "-n", "1"});
  EXPECT_EQ(outcome.exitCode, 1);
  EXPECT_EQ(outcome.err, "story: the prompt has 97 tokens, expected at most "
                         "the 96 of the context (-c)\n");
}

TEST_F(Program, without_a_limit_the_context_ends_the_text) {
  std::vector<int32_t> tokens = greedy(tokensOf("abc"), 18);
  Outcome outcome = run({"-p", "abc", "-c", "20", "--temp", "0"});
  EXPECT_EQ(outcome.out, text(tokens) + "\n")
      << "20 evaluated, one more chosen";
}

TEST_F(Program, past_the_context_the_text_equals_a_fresh_run_on_its_end) {
  std::string whole =
      run({"-p", "abc", "-c", "20", "-n", "40", "--temp", "0", "--print-ids"})
          .out;
  // The 21st token is evaluated together with the 9 before it.
  std::vector<int32_t> tokens = greedy(tokensOf("abc"), 18);
  std::vector<int32_t> kept(tokens.end() - 10, tokens.end());
  std::vector<int32_t> fresh = greedy(kept, 11);
  std::string ids;
  for (int32_t id : tokens)
    ids += std::to_string(id) + ",";
  for (size_t i = 10; i < 21; ++i)
    ids += std::to_string(fresh[i]) + ",";
  EXPECT_EQ(whole.substr(0, ids.size()), ids);
}

TEST_F(Program, writes_the_logits_of_every_evaluated_position) {
  std::string file = folder.path("logits.npy");
  for (const char *chunk : {"1", "8"}) {
    Outcome outcome = run({"-p", "some text", "-n", "4", "--temp", "0",
                           "--logits", file, "--chunk", chunk});
    ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
    std::string npy = readText(file);
    ASSERT_EQ(npy.size(), 128 + 12 * fakeTokens * sizeof(float));
    EXPECT_NE(npy.find("'shape': (12, 258)"), std::string::npos);
    std::vector<int32_t> tokens = greedy(tokensOf("some text"), 4);
    for (size_t row = 0; row < 12; ++row) {
      std::vector<float> expected =
          fakeLogits(std::span(tokens).first(row + 1));
      EXPECT_EQ(std::memcmp(npy.data() + 128 + row * fakeTokens * sizeof(float),
                            expected.data(), fakeTokens * sizeof(float)),
                0)
          << row;
    }
  }
}

TEST_F(Program, a_shift_adds_no_logits_for_what_was_evaluated_before) {
  std::string file = folder.path("logits.npy");
  run({"-p", "abc", "-c", "10", "-n", "30", "--logits", file});
  EXPECT_NE(readText(file).find("'shape': (32, 258)"), std::string::npos);
}

TEST_F(Program, logits_without_generating) {
  std::string file = folder.path("logits.npy");
  run({"-p", "abc", "-n", "0", "--logits", file});
  EXPECT_NE(readText(file).find("'shape': (3, 258)"), std::string::npos);
}

TEST_F(Program, a_full_disk_says_so) {
  Outcome outcome = run({"-p", "abc", "-n", "5", "--logits", "/dev/full"});
  EXPECT_EQ(outcome.exitCode, 1);
  EXPECT_NE(outcome.err.find("story: /dev/full: No space left on device\n"),
            std::string::npos)
      << outcome.err;
}

TEST_F(Program, measures_perplexity) {
  std::string file = folder.write("text", "abcdefghijklmnopqrstuvwxyz");
  Outcome outcome = run({"--perplexity", file, "-c", "10", "-t", "2"});
  EXPECT_EQ(outcome.exitCode, 0);
  long tokens;
  double loss, perplexity;
  char rest;
  ASSERT_EQ(sscanf(outcome.out.c_str(), "tokens %ld loss %lf perplexity %lf%c",
                   &tokens, &loss, &perplexity, &rest),
            4)
      << outcome.out;
  EXPECT_EQ(rest, '\n');
  EXPECT_EQ(tokens, 9 + 9 + 5);
  EXPECT_NEAR(perplexity, std::exp(loss), 1e-5 * perplexity);
  EXPECT_EQ(run({"--perplexity", file, "-c", "10", "--perplexity-windows", "2"})
                .out.find("tokens 18 "),
            0u);
  std::string one = folder.write("one", "a");
  outcome = run({"--perplexity", one});
  EXPECT_EQ(outcome.exitCode, 1);
  EXPECT_EQ(outcome.err, "story: " + one +
                             ": 1 tokens in windows of 96, expected at least 2 "
                             "in one\n");
}

TEST_F(Program, goes_on_with_what_is_typed_and_keeps_the_history) {
  Outcome outcome =
      run({"-p", "ab", "-n", "3", "-i", "--temp", "0"}, "cd\n\nef");
  std::vector<int32_t> tokens = greedy(tokensOf("ab"), 3);
  std::string expected = text(tokens);
  for (std::string_view typed : {"cd\n", "", "ef"}) {
    for (char byte : typed)
      tokens.push_back(byte);
    size_t before = tokens.size();
    tokens = greedy(tokens, 3);
    expected += text(std::span(tokens).subspan(before));
  }
  EXPECT_EQ(outcome.exitCode, 0);
  EXPECT_EQ(outcome.out, expected + "\n");
}

TEST_F(Program, a_dialogue_may_begin_with_what_is_typed) {
  std::vector<int32_t> tokens = greedy(tokensOf("hi\n"), 4);
  EXPECT_EQ(run({"-n", "4", "-i", "--temp", "0"}, "\nhi\n").out,
            text(std::span(tokens).subspan(3)) + "\n");
}

TEST_F(Program, end_of_text_in_a_dialogue_hands_over) {
  std::vector<int32_t> tokens = tokensOf("a!b\n");
  tokens = greedy(tokens, 2);
  EXPECT_EQ(run({"-p", "a!", "-n", "2", "-i", "--temp", "0"}, "b\n").out,
            "a!" + text(std::span(tokens).subspan(4)) + "\n");
}

//===----------------------------------------------------------------------===//
// Chats
//===----------------------------------------------------------------------===//

namespace {
/// A program whose model takes turns as Mistral Nemo does, BOS and EOS being
/// fakeEnd: [BOS] "[INST]" TEXT "[/INST]" ANSWER [EOS] "[INST]" …
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
    // A turn costs its own tokens and the last one of the answer before it.
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
  size_t turn = 1 + 6 + 7; // without what is said
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
  // "USER: " TEXT " ASSISTANT:" after BOS.
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
  // The tokens from position 24 on see the 12 before the latest only: the last
  // one of each shift is evaluated with 11 before it.
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

TEST_F(Program, ctrl_c_ends_the_text_cleanly) {
  bool sent = false;
  std::string file = folder.path("logits.npy");
  Outcome outcome =
      run({"-p", "abc", "-n", "1000000000", "--ignore-eos", "--logits", file},
          "", [&](pid_t pid, const std::string &out) {
            if (!sent && out.size() > 50)
              sent = kill(pid, SIGINT) == 0;
          });
  EXPECT_EQ(outcome.exitCode, 130);
  EXPECT_EQ(outcome.out.back(), '\n');
  EXPECT_EQ(outcome.out.find('\n'), outcome.out.size() - 1);
  EXPECT_EQ(folder.files(), (std::vector<std::string>{"stdin", "story"}));
}

TEST_F(Program, a_closed_pipe_is_one_line) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  close(ends[0]);
  std::string err = folder.path("err");
  pid_t pid = fork();
  if (pid == 0) {
    dup2(ends[1], 1);
    dup2(open(err.c_str(), O_WRONLY | O_CREAT, 0600), 2);
    execl(program.c_str(), "story", "-p", "abc", "-n", "5", "-s", "1", nullptr);
    _exit(99);
  }
  close(ends[1]);
  int status;
  waitpid(pid, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 1);
  EXPECT_EQ(readText(err), "seed: 1\nstory: stdout: Broken pipe\n");
}

TEST_F(Program, tells_about_itself) {
  Outcome outcome = run({"--about", "-t", "3", "-c", "64"});
  EXPECT_EQ(outcome.exitCode, 0);
  EXPECT_EQ(outcome.out.find("model: fake\nmemory for 64 positions and 3 "
                             "threads, in bytes\n  weights             1032\n"),
            0u)
      << outcome.out;
  EXPECT_NE(outcome.out.find("(3 threads x 4096)"), std::string::npos);
  EXPECT_NE(outcome.out.find("(2 blocks x 256)"), std::string::npos);
  outcome = run({"--version"});
  EXPECT_EQ(outcome.out.find("story, compiled by gptc "), 0u);
  EXPECT_EQ(run({"--help"}).out.find("usage: story "), 0u);
}

TEST_F(Program, bad_usage_is_one_line_and_2) {
  Outcome outcome = run({"-n", "x\ny"});
  EXPECT_EQ(outcome.exitCode, 2);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err,
            "story: -n: found 'x?y', expected an integer of at least -1\n");
}

TEST_F(Program, finds_external_weights_beside_itself) {
  std::string elf = readText(FAKE_PROGRAM);
  program = folder.write("story", elf, true);
  folder.write("story.weights", fakeContainer());
  EXPECT_EQ(run({"-p", "abc", "-n", "0"}).out, "abc\n");
  std::filesystem::remove(folder.path("story.weights"));
  Outcome outcome = run({"-p", "abc", "-n", "0"});
  EXPECT_EQ(outcome.exitCode, 1);
  EXPECT_NE(outcome.err.find("story.weights is missing\n"), std::string::npos);
}

TEST_F(Program, without_a_tokenizer_speaks_in_ids) {
  install(fakeContainer(/*withTokenizer=*/false));
  EXPECT_EQ(run({"--tokens", "1,2", "-n", "0"}).out, "1,2\n");
  for (std::vector<std::string> flags : {std::vector<std::string>{"-p", "x"},
                                         {"-i"},
                                         {"--chat"},
                                         {"-r", "x"},
                                         {"--perplexity", program}}) {
    Outcome outcome = run(flags);
    EXPECT_EQ(outcome.exitCode, 1);
    EXPECT_NE(outcome.err.find("no tokenizer"), std::string::npos)
        << outcome.err;
  }
}

TEST_F(Program, a_broken_tokenizer_is_one_line) {
  std::vector<float> weights = fakeWeights();
  std::string bytes(reinterpret_cast<const char *>(weights.data()),
                    weights.size() * sizeof(float));
  install(packContainer(
      {{SectionKind::tokenizer, "rubbish"}, {SectionKind::weights, bytes}}));
  Outcome outcome = run({"-p", "x"});
  EXPECT_EQ(outcome.exitCode, 1);
  EXPECT_EQ(outcome.err.find("story: tokenizer: the tokenizer's section "), 0u);
}
