//===- OptionsTest.cpp - Tests of every flag ------------------------------===//

#include "runtime/program/Options.h"

#include "test/runtime/FakeModel.h"

#include "gtest/gtest.h"

using namespace gptc;
using namespace gptc::test;

static Error parse(std::vector<const char *> flags, Options &options,
                   const gptc_model_info &model = gptc_model) {
  flags.insert(flags.begin(), "program");
  flags.push_back(nullptr);
  options = Options();
  return parseOptions(static_cast<int>(flags.size()) - 1,
                      const_cast<char **>(flags.data()), model, options);
}

static std::string problem(std::vector<const char *> flags) {
  Options options;
  Error error = parse(std::move(flags), options);
  EXPECT_TRUE(!error || error.code() == ExitCode::usage);
  return error.message();
}

static Options parsed(std::vector<const char *> flags) {
  Options options;
  Error error = parse(std::move(flags), options);
  EXPECT_FALSE(error) << error.message();
  return options;
}

TEST(Options, defaults) {
  Options options = parsed({});
  EXPECT_EQ(options.action, Options::Action::generate);
  EXPECT_EQ(options.prompt, nullptr);
  EXPECT_EQ(options.predict, -1);
  EXPECT_EQ(options.context, fakeContext);
  EXPECT_EQ(options.chunk, fakePromptCapacity);
  EXPECT_GE(options.threads, 1);
  EXPECT_FALSE(options.seed);
  EXPECT_TRUE(options.displayPrompt);
  EXPECT_EQ(options.sampler.temperature, 0.8);
  EXPECT_EQ(options.sampler.topK, 40);
  EXPECT_EQ(options.sampler.topP, 0.95);
  EXPECT_EQ(options.sampler.minP, 0.05);
  EXPECT_EQ(options.sampler.repeatPenalty, 1);
  EXPECT_EQ(options.sampler.repeatLastN, 64);
}

TEST(Options, the_default_context_of_a_long_model_is_4096) {
  gptc_model_info model = gptc_model;
  model.context = 131072;
  Options options;
  ASSERT_FALSE(parse({}, options, model));
  EXPECT_EQ(options.context, 4096);
}

TEST(Options, every_flag_is_read) {
  Options options = parsed({"-p",
                            "text",
                            "-n",
                            "5",
                            "-c",
                            "40",
                            "-t",
                            "3",
                            "-s",
                            "77",
                            "--temp",
                            "1.5",
                            "--top-k",
                            "7",
                            "--top-p",
                            "0.5",
                            "--min-p",
                            ".25",
                            "--repeat-penalty",
                            "1.1",
                            "--repeat-last-n",
                            "-1",
                            "--ignore-eos",
                            "-r",
                            "A",
                            "-r",
                            "B",
                            "--chunk",
                            "3",
                            "--no-display-prompt",
                            "--print-ids",
                            "--logits",
                            "x.npy",
                            "-i"});
  EXPECT_STREQ(options.prompt, "text");
  EXPECT_EQ(options.predict, 5);
  EXPECT_EQ(options.context, 40);
  EXPECT_EQ(options.threads, 3);
  EXPECT_EQ(options.seed, 77u);
  EXPECT_EQ(options.sampler.temperature, 1.5);
  EXPECT_EQ(options.sampler.topK, 7);
  EXPECT_EQ(options.sampler.topP, 0.5);
  EXPECT_EQ(options.sampler.minP, 0.25);
  EXPECT_EQ(options.sampler.repeatPenalty, 1.1);
  EXPECT_EQ(options.sampler.repeatLastN, 40) << "-1 is the context";
  EXPECT_TRUE(options.ignoreEos);
  EXPECT_EQ(options.stops, (std::vector<std::string_view>{"A", "B"}));
  EXPECT_EQ(options.chunk, 3);
  EXPECT_FALSE(options.displayPrompt);
  EXPECT_TRUE(options.printIds);
  EXPECT_STREQ(options.logitsFile, "x.npy");
  EXPECT_TRUE(options.interactive);
}

TEST(Options, flags_may_be_spelled_as_in_llama_cli) {
  EXPECT_EQ(parsed({"-temp", "0"}).sampler.temperature, 0);
  EXPECT_EQ(parsed({"--n-predict", "4"}).predict, 4);
  EXPECT_EQ(parsed({"--predict=4"}).predict, 4);
  EXPECT_EQ(parsed({"-n4"}).predict, 4);
  EXPECT_EQ(parsed({"--ctx-size", "9"}).context, 9);
  EXPECT_EQ(parsed({"-s", "-1"}).seed, std::nullopt);
}

TEST(Options, chat) {
  for (const char *flag : {"--chat", "-cnv", "--conversation"}) {
    Options options = parsed({flag});
    EXPECT_TRUE(options.chat);
    EXPECT_TRUE(options.interactive);
  }
  EXPECT_FALSE(parsed({"-i"}).chat);
  EXPECT_FALSE(parsed({"-i"}).system);
  Options options =
      parsed({"-i", "-sys", "be brief", "--chat-template", "chatml"});
  EXPECT_EQ(options.system, "be brief");
  ASSERT_TRUE(options.chatFormat);
  EXPECT_EQ(options.chatFormat->name, "chatml");
  EXPECT_EQ(parsed({"--chat", "--system-prompt", ""}).system, "");
  // -s is the seed, although other flags begin with s.
  EXPECT_EQ(parsed({"-s", "5"}).seed, 5u);
}

TEST(Options, chat_is_read_strictly) {
  EXPECT_EQ(problem({"--chat", "--chat-template", "foo"}).substr(0, 66),
            "--chat-template: found 'foo', expected one of chatml, llama2, llam");
  EXPECT_EQ(problem({"--chat-template", "chatml"}),
            "--chat-template: found no --chat, expected it");
  EXPECT_EQ(problem({"-sys", "x", "-p", "y"}),
            "-sys: found no --chat, expected it");
  EXPECT_EQ(problem({"--chat", "--tokens", "1"}),
            "found --tokens and --chat, expected only one of them");
  EXPECT_EQ(problem({"--chat", "--perplexity", "x"}),
            "found --perplexity and --chat, expected only one of them");
}

TEST(Options, tokens) {
  EXPECT_EQ(parsed({"--tokens", "5,0,257"}).tokens,
            (std::vector<int32_t>{5, 0, 257}));
  EXPECT_EQ(parsed({"--tokens", ""}).tokens, std::vector<int32_t>());
  for (const char *text : {"x", "-1", "258", "1,", ",1", "1,,2", "1 ,2", "1;2",
                           "99999999999", "1,2x"})
    EXPECT_NE(problem({"--tokens", text})
                  .find("', expected ids from 0 to 257 joined by commas"),
              std::string::npos)
        << text;
}

TEST(Options, actions) {
  EXPECT_EQ(parsed({"--about"}).action, Options::Action::about);
  EXPECT_EQ(parsed({"--help"}).action, Options::Action::help);
  EXPECT_EQ(parsed({"--version"}).action, Options::Action::version);
  Options options = parsed({"--perplexity", "f", "--perplexity-windows", "2"});
  EXPECT_EQ(options.action, Options::Action::perplexity);
  EXPECT_STREQ(options.perplexityFile, "f");
  EXPECT_EQ(options.perplexityWindows, 2);
}

TEST(Options, integers_are_read_strictly) {
  EXPECT_EQ(problem({"-n", "five"}),
            "-n: found 'five', expected an integer of at least -1");
  EXPECT_EQ(problem({"-t", "0"}),
            "-t: found '0', expected an integer from 1 to 1024");
  for (const char *text :
       {"", " 5", "5 ", "+5", "0x5", "5.0", "-2", "99999999999999999999"})
    EXPECT_NE(problem({"-n", text}), "") << text;
  EXPECT_EQ(problem({"--chunk", "9"}),
            "--chunk: found '9', expected an integer from 1 to 8");
  EXPECT_NE(problem({"--chunk", "0"}), "");
  EXPECT_NE(problem({"-c", "0"}), "");
  EXPECT_NE(problem({"--top-k", "-1"}), "");
  EXPECT_NE(problem({"--repeat-last-n", "-2"}), "");
  EXPECT_NE(problem({"-s", "-2"}), "");
}

TEST(Options, numbers_are_read_strictly) {
  EXPECT_EQ(problem({"--temp", "hot"}),
            "--temp: found 'hot', expected a number of at least 0");
  EXPECT_EQ(problem({"--top-p", "1.5"}),
            "--top-p: found '1.5', expected a number from 0 to 1");
  for (const char *text :
       {"", " 1", "1 ", "nan", "inf", "0x1p1", "-1", "1e999", "1,5", "--1"})
    EXPECT_NE(problem({"--temp", text}), "") << text;
  EXPECT_EQ(parsed({"--temp", "1e-3"}).sampler.temperature, 1e-3);
}

TEST(Options, learned_positions_limit_the_context) {
  EXPECT_EQ(problem({"-c", "97"}),
            "-c: found 97, expected at most 96, the positions that the model "
            "has learned");
  gptc_model_info model = gptc_model;
  model.flags = 0;
  Options options;
  ASSERT_FALSE(parse({"-c", "97"}, options, model));
  EXPECT_EQ(options.context, 97);
  EXPECT_EQ(options.notice, "-c 97 is more than the 96 positions that the "
                            "model was trained for");
  EXPECT_TRUE(parse({"-c", "99999999999"}, options, model));
}

TEST(Options, unknown_flags_are_named) {
  const char *rest = "', expected a flag of --help, each with its value";
  for (const char *flag : {"--bogus", "-z", "--p", "--about=x"})
    EXPECT_EQ(problem({flag}), "found '" + std::string(flag) + rest);
  EXPECT_EQ(problem({"-n", "4", "--bogus", "-i"}),
            "found '--bogus" + std::string(rest));
  EXPECT_EQ(problem({"hello"}),
            "found 'hello', expected only flags (a prompt follows -p)");
}

TEST(Options, missing_values_are_named) {
  EXPECT_EQ(problem({"-p"}), "-p: found no value, expected one");
  EXPECT_EQ(problem({"--temp"}), "--temp: found no value, expected one");
  EXPECT_EQ(problem({"-r", ""}), "-r: found '', expected a text");
}

TEST(Options, what_excludes_each_other_is_refused) {
  EXPECT_EQ(problem({"-p", "x", "-f", "y"}),
            "found -p and -f, expected only one of them");
  EXPECT_EQ(problem({"--tokens", "1", "--perplexity", "y"}),
            "found --tokens and --perplexity, expected only one of them");
  EXPECT_EQ(problem({"--perplexity", "y", "--logits", "z"}),
            "found --perplexity and --logits, expected only one of them");
  EXPECT_EQ(problem({"--perplexity", "y", "-i"}),
            "found --perplexity and -i, expected only one of them");
  EXPECT_EQ(problem({"--perplexity-windows", "1"}),
            "--perplexity-windows: found no --perplexity, expected a file to "
            "read windows of");
}

TEST(Options, help_names_every_flag_and_the_models_limits) {
  std::string help = helpText("story", gptc_model);
  for (const char *flag : {"usage: story",
                           "-p TEXT",
                           "-f FILE",
                           "--tokens",
                           "-n N",
                           "-c N",
                           "-t N",
                           "-s SEED",
                           "--temp",
                           "--top-k",
                           "--top-p",
                           "--min-p",
                           "--repeat-penalty",
                           "--repeat-last-n",
                           "--ignore-eos",
                           "-r TEXT",
                           "--chunk",
                           "--no-display-prompt",
                           "--print-ids",
                           "--logits",
                           "--perplexity ",
                           "--perplexity-windows",
                           "-i",
                           "--about",
                           "--version",
                           "--help",
                           "--chat ",
                           "-sys TEXT",
                           "--chat-template NAME",
                           "chatml llama2",
                           " vicuna\n",
                           "context (96)",
                           "up to 8"})
    EXPECT_NE(help.find(flag), std::string::npos) << flag;
}
