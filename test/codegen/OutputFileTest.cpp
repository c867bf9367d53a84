//===- OutputFileTest.cpp -------------------------------------------------===//

#include "compiler/codegen/OutputFile.h"
#include "Support.h"
#include <csignal>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

using namespace gptc;
using Mode = OutputFile::Mode;

static std::string messageOf(llvm::Error error) {
  return llvm::toString(std::move(error));
}

TEST(OutputFile, AppearsWhenItIsFinished) {
  ScratchFolder folder;
  auto file = llvm::cantFail(OutputFile::create(folder / "out", Mode::data));
  EXPECT_FALSE(file.write(0, {'a', 'b'}));
  EXPECT_FALSE(llvm::sys::fs::exists(folder / "out"));
  EXPECT_FALSE(file.finish());
  EXPECT_EQ(readFile(folder / "out"), "ab");
  EXPECT_EQ(folder.list().size(), 1u);
}

TEST(OutputFile, LeavesNothingWhenItIsNotFinished) {
  ScratchFolder folder;
  {
    auto file = llvm::cantFail(OutputFile::create(folder / "out", Mode::data));
    EXPECT_FALSE(file.write(0, {'a'}));
    EXPECT_EQ(folder.list().size(), 1u);
  }
  EXPECT_TRUE(folder.list().empty());
}

TEST(OutputFile, LeavesNothingWhenASignalEndsTheProcess) {
  ScratchFolder folder;
  pid_t child = fork();
  if (child == 0) {
    auto file = llvm::cantFail(OutputFile::create(folder / "out", Mode::data));
    raise(SIGTERM);
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_TRUE(folder.list().empty());
}

TEST(OutputFile, KeepsTheOldFileUntilItIsFinished) {
  ScratchFolder folder;
  ASSERT_FALSE(writeFile(folder / "out", "old"));
  auto file = llvm::cantFail(OutputFile::create(folder / "out", Mode::data));
  EXPECT_FALSE(file.write(0, {'n', 'e', 'w'}));
  EXPECT_EQ(readFile(folder / "out"), "old");
  EXPECT_FALSE(file.finish());
  EXPECT_EQ(readFile(folder / "out"), "new");
}

TEST(OutputFile, ReplacesWhatALinkLeadsTo) {
  ScratchFolder folder;
  ASSERT_FALSE(writeFile(folder / "out", "old"));
  ASSERT_FALSE(llvm::sys::fs::create_link("out", folder / "link"));
  EXPECT_FALSE(writeFile(folder / "link", "new"));
  EXPECT_EQ(readFile(folder / "out"), "new");
  EXPECT_TRUE(llvm::sys::fs::is_symlink_file(folder / "link"));
}

TEST(OutputFile, RespectsTheUmask) {
  ScratchFolder folder;
  mode_t old = umask(027);
  EXPECT_FALSE(writeFile(folder / "data", ""));
  EXPECT_FALSE(writeFile(folder / "program", "", Mode::executable));
  umask(old);
  using llvm::sys::fs::getPermissions;
  EXPECT_EQ(*getPermissions(folder / "data"), 0640);
  EXPECT_EQ(*getPermissions(folder / "program"), 0750);
}

TEST(OutputFile, RefusesAFolder) {
  ScratchFolder folder;
  EXPECT_EQ(messageOf(writeFile(folder / "", "text")),
            "cannot write '" + folder / "" + "': it is a folder");
}

TEST(OutputFile, RefusesAFolderThatIsNotThere) {
  ScratchFolder folder;
  EXPECT_EQ(messageOf(writeFile(folder / "no/out", "text")),
            "cannot write '" + folder / "no/out" +
                "': No such file or directory");
}

TEST(OutputFile, WritesToADevice) {
  EXPECT_FALSE(writeFile("/dev/null", "text"));
  EXPECT_EQ(messageOf(writeFile("/dev/full", "text")),
            "cannot write '/dev/full': No space left on device");
}

TEST(OutputFile, SaysThatThereIsNoSpace) {
  ScratchFolder folder;
  auto file = llvm::cantFail(OutputFile::create(folder / "out", Mode::data));
  EXPECT_EQ(messageOf(file.reserve(uint64_t(1) << 63)),
            "cannot write '" + folder / "out" + "': File too large");

  // A limit on the size of files simulates a full disk.
  rlimit unlimited;
  getrlimit(RLIMIT_FSIZE, &unlimited);
  rlimit limit = {1, unlimited.rlim_max};
  signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &limit);
  std::string message = messageOf(file.write(1, {'a', 'b'}));
  setrlimit(RLIMIT_FSIZE, &unlimited);
  signal(SIGXFSZ, SIG_DFL);
  EXPECT_EQ(message, "cannot write '" + folder / "out" + "': File too large");
}
