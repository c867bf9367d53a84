//===- ProgramFixture.h - Runs the fake program in tests ------------------===//

#ifndef GPTC_TEST_RUNTIME_PROGRAM_PROGRAMFIXTURE_H
#define GPTC_TEST_RUNTIME_PROGRAM_PROGRAMFIXTURE_H

#include "test/runtime/FakeContainer.h"
#include "test/runtime/FakeModel.h"

#include "gtest/gtest.h"

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace gptc::test {

struct Outcome {
  int exitCode = -1;
  std::string out, err;
};

/// A copy of the fake program in a temporary folder.
class Program : public testing::Test {
protected:
  void install(const std::string &container) {
    program =
        folder.write("story", padded(readText(FAKE_PROGRAM)) + container, true);
  }
  void SetUp() override { install(fakeContainer()); }

  /// Runs the program. Calls `meanwhile` with its process id and its output so
  /// far whenever the output grows.
  Outcome run(std::vector<std::string> flags, const std::string &input = "",
              std::function<void(pid_t, const std::string &)> meanwhile = {});

  static std::string text(std::span<const int32_t> tokens);

  TemporaryFolder folder;
  std::string program;
};

/// Returns the prompt and the `count` most likely tokens after it.
std::vector<int32_t> greedy(std::vector<int32_t> tokens, int count);

std::vector<int32_t> tokensOf(std::string_view text);

} // namespace gptc::test

#endif // GPTC_TEST_RUNTIME_PROGRAM_PROGRAMFIXTURE_H
