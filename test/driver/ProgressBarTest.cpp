//===- ProgressBarTest.cpp - Tests of the progress bar --------------------===//

#include "compiler/ProgressBar.h"

#include "gtest/gtest.h"
#include <poll.h>
#include <pty.h>
#include <string>
#include <thread>
#include <unistd.h>

using namespace gptc;

namespace {
/// Makes stderr a terminal during its lifetime.
class Terminal {
public:
  Terminal() : saved(dup(STDERR_FILENO)) {
    int slave;
    opened = openpty(&master, &slave, nullptr, nullptr, nullptr) == 0;
    dup2(slave, STDERR_FILENO);
    close(slave);
  }
  ~Terminal() {
    dup2(saved, STDERR_FILENO);
    close(saved);
    close(master);
  }

  /// Returns what was written; a terminal delivers it in parts.
  std::string read() {
    std::string text;
    pollfd ready = {master, POLLIN, 0};
    while (poll(&ready, 1, /*milliseconds=*/100) > 0) {
      char part[256];
      ssize_t size = ::read(master, part, sizeof(part));
      if (size <= 0)
        break;
      text.append(part, size);
    }
    return text;
  }

  bool opened;

private:
  int saved, master = -1;
};

/// Shows work that is half done after `seconds`.
void doHalf(double seconds) {
  ProgressBar bar("packing");
  bar.update(0, 8);
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  bar.update(4, 8);
}
} // namespace

TEST(ProgressBar, ShowsLongWorkAndGoes) {
  Terminal terminal;
  ASSERT_TRUE(terminal.opened);
  doHalf(1.1);
  EXPECT_EQ(terminal.read(), "\rpacking [####################          "
                             "          ]  50 %\r\033[K");
}

TEST(ProgressBar, LeavesShortWorkAlone) {
  Terminal terminal;
  ASSERT_TRUE(terminal.opened);
  doHalf(0);
  EXPECT_EQ(terminal.read(), "");
}

TEST(ProgressBar, IsForTerminals) {
  testing::internal::CaptureStderr();
  doHalf(1.1);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}
