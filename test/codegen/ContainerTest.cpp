//===- ContainerTest.cpp --------------------------------------------------===//

#include "compiler/codegen/Container.h"
#include "Support.h"
#include <thread>

using namespace gptc;

/// Returns the object of type T at `offset` of `bytes`.
template <typename T>
static T load(const std::string &bytes, uint64_t offset) {
  T object;
  EXPECT_LE(offset + sizeof(T), bytes.size());
  memcpy(&object, bytes.data() + offset, sizeof(T));
  return object;
}

/// Writes metadata and weights after `program` and returns the file's bytes.
static std::string pack(const std::string &path, llvm::StringRef program) {
  auto writer = llvm::cantFail(ContainerWriter::create(
      path, program, /*fingerprint=*/7,
      {{SectionKind::metadata, 4}, {SectionKind::weights, 5000}}));
  EXPECT_FALSE(writer.write(SectionKind::weights, 4999, {'z'}));
  EXPECT_FALSE(writer.write(SectionKind::metadata, 0, {'i', 'n', 'f', 'o'}));
  EXPECT_FALSE(writer.write(SectionKind::weights, 0, {'a'}));
  EXPECT_FALSE(writer.finish());
  return readFile(path);
}

static void checkContainer(const std::string &bytes, uint64_t begin) {
  auto header = load<ContainerHeader>(bytes, begin);
  EXPECT_EQ(memcmp(header.magic, containerMagic, sizeof(containerMagic)), 0);
  EXPECT_EQ(header.version, containerVersion);
  EXPECT_EQ(header.sectionCount, 2u);
  EXPECT_EQ(header.size, bytes.size() - begin);
  EXPECT_EQ(header.fingerprint, 7u);

  uint64_t index = begin + sizeof(ContainerHeader);
  auto metadata = load<SectionEntry>(bytes, index);
  auto weights = load<SectionEntry>(bytes, index + sizeof(SectionEntry));
  EXPECT_EQ(metadata.kind, SectionKind::metadata);
  EXPECT_EQ(metadata.offset, 4096u);
  EXPECT_EQ(metadata.size, 4u);
  EXPECT_EQ(weights.kind, SectionKind::weights);
  EXPECT_EQ(weights.offset, 8192u);
  EXPECT_EQ(weights.size, 5000u);
  EXPECT_EQ(bytes.substr(begin + 4096, 5), std::string("info\0", 5));
  EXPECT_EQ(bytes.substr(begin + 8192, 2), std::string("a\0", 2));
  EXPECT_EQ(bytes.back(), 'z');
}

TEST(Container, StandsOnAPageBehindTheProgram) {
  ScratchFolder folder;
  std::string program(4097, 'e');
  std::string bytes = pack(folder / "out", program);
  EXPECT_EQ(bytes.substr(0, program.size()), program);
  checkContainer(bytes, 8192);
  EXPECT_TRUE(llvm::sys::fs::can_execute(folder / "out"));
}

TEST(Container, FollowsAProgramThatFillsItsPage) {
  ScratchFolder folder;
  checkContainer(pack(folder / "out", std::string(4096, 'e')), 4096);
}

TEST(Container, StandsAlone) {
  ScratchFolder folder;
  checkContainer(pack(folder / "out.weights", ""), 0);
  EXPECT_FALSE(llvm::sys::fs::can_execute(folder / "out.weights"));
}

TEST(Container, TakesBytesFromSeveralThreads) {
  ScratchFolder folder;
  constexpr size_t chunk = 1000, chunks = 64;
  auto writer = llvm::cantFail(
      ContainerWriter::create(folder / "out", "", /*fingerprint=*/0,
                              {{SectionKind::weights, chunk * chunks}}));
  auto writeFrom = [&](size_t first) {
    for (size_t i = first; i < chunks; i += 4)
      EXPECT_FALSE(writer.write(SectionKind::weights, i * chunk,
                                std::vector<char>(chunk, char(i))));
  };
  std::vector<std::thread> threads;
  for (size_t i = 0; i < 4; ++i)
    threads.emplace_back(writeFrom, i);
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_FALSE(writer.finish());
  std::string bytes = readFile(folder / "out");
  for (size_t i = 0; i < chunks; ++i)
    EXPECT_EQ(bytes.substr(4096 + i * chunk, chunk),
              std::string(chunk, char(i)));
}

TEST(Container, RefusesSizesThatNoFileHas) {
  ScratchFolder folder;
  auto writer = ContainerWriter::create(
      folder / "out", "", /*fingerprint=*/0,
      {{SectionKind::weights, UINT64_MAX - 4096}, {SectionKind::metadata, 1}});
  ASSERT_FALSE(!!writer);
  EXPECT_EQ(llvm::toString(writer.takeError()),
            "cannot write '" + folder / "out" + "': File too large");
  EXPECT_TRUE(folder.list().empty());
}
