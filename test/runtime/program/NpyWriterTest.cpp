//===- NpyWriterTest.cpp - Files are complete or absent -------------------===//

#include "runtime/program/NpyWriter.h"

#include "test/runtime/FakeContainer.h"

#include "gtest/gtest.h"

#include <sys/stat.h>
#include <unistd.h>
#include <vector>

using namespace gptc;
using namespace gptc::test;

TEST(NpyWriter, writes_what_numpy_reads) {
  TemporaryFolder folder;
  std::string path = folder.path("logits.npy");
  NpyWriter writer;
  ASSERT_FALSE(writer.open(path, 3));
  for (float start : {1.0f, 4.0f}) {
    float row[] = {start, start + 1, start + 2};
    ASSERT_FALSE(writer.writeRow(row));
  }
  EXPECT_EQ(folder.files(), std::vector<std::string>{"logits.npy.tmp" +
                                                     std::to_string(getpid())});
  ASSERT_FALSE(writer.commit());
  EXPECT_EQ(folder.files(), std::vector<std::string>{"logits.npy"});

  std::string expected("\x93NUMPY\x01\x00\x76\x00", 10);
  expected += "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
  expected.resize(127, ' ');
  expected += '\n';
  for (float value : {1, 2, 3, 4, 5, 6})
    expected.append(reinterpret_cast<char *>(&value), sizeof(value));
  EXPECT_EQ(readText(path), expected);
}

TEST(NpyWriter, a_matrix_may_have_no_rows) {
  TemporaryFolder folder;
  NpyWriter writer;
  ASSERT_FALSE(writer.open(folder.path("a"), 5));
  ASSERT_FALSE(writer.commit());
  EXPECT_NE(readText(folder.path("a")).find("(0, 5)"), std::string::npos);
}

TEST(NpyWriter, leaves_nothing_when_it_is_given_up) {
  TemporaryFolder folder;
  {
    NpyWriter writer;
    float row[] = {1};
    ASSERT_FALSE(writer.open(folder.path("logits.npy"), 1));
    ASSERT_FALSE(writer.writeRow(row));
  }
  EXPECT_TRUE(folder.files().empty());
}

TEST(NpyWriter, keeps_the_old_file_until_the_new_one_is_complete) {
  TemporaryFolder folder;
  std::string path = folder.write("logits.npy", "old");
  {
    NpyWriter writer;
    ASSERT_FALSE(writer.open(path, 1));
  }
  EXPECT_EQ(readText(path), "old");
}

TEST(NpyWriter, says_when_the_disk_is_full) {
  NpyWriter writer;
  std::vector<float> row(100'000);
  Error error = writer.open("/dev/full", 100'000);
  if (!error)
    error = writer.writeRow(row.data());
  EXPECT_EQ(error.message(), "/dev/full: No space left on device");
  struct stat status;
  ASSERT_EQ(stat("/dev/full", &status), 0);
  EXPECT_TRUE(S_ISCHR(status.st_mode)) << "a device is not replaced";
}

TEST(NpyWriter, says_when_the_folder_is_missing) {
  NpyWriter writer;
  EXPECT_EQ(writer.open("/nonexistent/a.npy", 1).message(),
            "/nonexistent/a.npy: No such file or directory");
}

TEST(NpyWriter, refuses_a_pipe) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  NpyWriter writer;
  std::string path = "/dev/fd/" + std::to_string(ends[1]);
  EXPECT_EQ(writer.open(path, 1).message(), path + ": Illegal seek");
  close(ends[0]);
  close(ends[1]);
}
