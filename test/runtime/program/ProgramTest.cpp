//===- ProgramTest.cpp - Tests of the fake program ------------------------===//

#include "ProgramFixture.h"
#include "runtime/text/TokenizerFormat.h"

#include "gtest/gtest.h"

#include <cmath>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/wait.h>
#include <unistd.h>

using namespace gptc;
using namespace gptc::test;

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

TEST_F(Program, a_prompt_begins_as_the_tokenizer_has_it) {
  std::vector<float> weights = fakeWeights();
  std::string bytes(reinterpret_cast<const char *>(weights.data()),
                    weights.size() * sizeof(float));
  install(packContainer(
      {{SectionKind::tokenizer,
        fakeTokenizerSection(addsBos | dropsFirstSpace, fakeEnd)},
       {SectionKind::weights, bytes}}));
  auto ids = [&](std::vector<std::string> flags) {
    flags.insert(flags.end(), {"-n", "0", "--print-ids"});
    return run(flags).out;
  };
  EXPECT_EQ(ids({"-p", " a"}), "257,32,97\n");
  EXPECT_EQ(ids({"-p", "<|end|>a"}), "257,97\n") << "but once";
  EXPECT_EQ(ids({"-p", ""}), "257\n");
  EXPECT_EQ(ids({"--tokens", "97"}), "97\n") << "ids are taken as they are";
  EXPECT_EQ(run({"-p", " a", "-n", "0"}).out, "a\n");
  std::string file = folder.write("text", "aaaa");
  EXPECT_EQ(run({"--perplexity", file}).out.find("tokens 3 "), 0u);
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
  // The 21st token is evaluated together with the previous 9.
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

TEST_F(Program, what_is_typed_first_begins_as_prompts_do) {
  std::string tokenizer = fakeTokenizerSection();
  TokenizerHeader header;
  std::memcpy(&header, tokenizer.data(), sizeof(header));
  header.flags |= addsBos;
  header.bos = fakeEnd;
  std::memcpy(tokenizer.data(), &header, sizeof(header));
  std::vector<float> weights = fakeWeights();
  install(packContainer(
      {{SectionKind::tokenizer, tokenizer},
       {SectionKind::weights,
        std::string(reinterpret_cast<const char *>(weights.data()),
                    weights.size() * sizeof(float))}}));
  std::vector<int32_t> tokens = {fakeEnd};
  std::string expected;
  for (std::string_view typed : {"hi\n", "you\n"}) {
    tokens.insert(tokens.end(), typed.begin(), typed.end());
    size_t before = tokens.size();
    tokens = greedy(tokens, 3);
    expected += text(std::span(tokens).subspan(before));
  }
  EXPECT_EQ(run({"-n", "3", "-i", "--temp", "0"}, "hi\nyou\n").out,
            expected + "\n");
}

TEST_F(Program, end_of_text_in_a_dialogue_hands_over) {
  std::vector<int32_t> tokens = tokensOf("a!b\n");
  tokens = greedy(tokens, 2);
  EXPECT_EQ(run({"-p", "a!", "-n", "2", "-i", "--temp", "0"}, "b\n").out,
            "a!" + text(std::span(tokens).subspan(4)) + "\n");
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
