//===- ProgramFixture.cpp - Runs the fake program in tests ----------------===//

#include "ProgramFixture.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace gptc;
using namespace gptc::test;

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

std::string Program::text(std::span<const int32_t> tokens) {
  std::string result;
  for (int32_t token : tokens)
    result += token == fakeThe   ? "the"
              : token == fakeEnd ? ""
                                 : std::string(1, static_cast<char>(token));
  return result;
}

std::vector<int32_t> gptc::test::greedy(std::vector<int32_t> tokens,
                                        int count) {
  for (int i = 0; i < count; ++i)
    tokens.push_back(fakeGreedy(tokens));
  return tokens;
}

std::vector<int32_t> gptc::test::tokensOf(std::string_view text) {
  return {text.begin(), text.end()};
}
