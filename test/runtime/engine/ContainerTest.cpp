//===- ContainerTest.cpp - Tests of whole, cut and hostile containers -----===//

#include "runtime/engine/Container.h"

#include "test/runtime/FakeContainer.h"
#include "test/runtime/FakeModel.h"

#include "gtest/gtest.h"

#include <cstring>
#include <elf.h>

using namespace gptc;
using namespace gptc::test;

static constexpr uint64_t elfBytes = 5000; // not a multiple of the page size

static Error openFile(const std::string &path, Container &container) {
  return Container::open(path.c_str(), path, gptc_model, container);
}

/// Returns the error for a program with `content`, named "program".
static std::string problem(const std::string &content) {
  TemporaryFolder folder;
  Container container;
  Error error = openFile(folder.write("program", content), container);
  std::string line = error.message(), prefix = folder.path("");
  for (size_t at; (at = line.find(prefix)) != std::string::npos;)
    line.erase(at, prefix.size());
  return line;
}

static std::string embed(const std::string &container) {
  return padded(fakeElf(elfBytes)) + container;
}

/// Returns the error for a container whose bytes `edit` has changed.
template <typename Edit>
static std::string problemAfter(Edit edit) {
  std::string container = fakeContainer();
  ContainerHeader header;
  SectionEntry index[3];
  std::memcpy(&header, container.data(), sizeof(header));
  std::memcpy(index, container.data() + sizeof(header), sizeof(index));
  edit(header, index);
  std::memcpy(container.data(), &header, sizeof(header));
  std::memcpy(container.data() + sizeof(header), index, sizeof(index));
  return problem(embed(container));
}

TEST(Container, is_found_behind_the_elf_part) {
  TemporaryFolder folder;
  Container container;
  ASSERT_FALSE(
      openFile(folder.write("program", embed(fakeContainer())), container));
  EXPECT_EQ(container.metadata(), "model: fake\n");
  ASSERT_TRUE(container.tokenizer());
  EXPECT_EQ(container.tokenizer()->size(), fakeTokenizerSection().size());
  std::vector<float> weights = fakeWeights();
  ASSERT_EQ(container.weights().size(), weights.size() * sizeof(float));
  EXPECT_EQ(std::memcmp(container.weights().data(), weights.data(),
                        container.weights().size()),
            0);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(container.weights().data()) %
                containerAlignment,
            0u);
}

TEST(Container, is_found_beside_the_executable) {
  TemporaryFolder folder;
  folder.write("program.weights", fakeContainer());
  Container container;
  ASSERT_FALSE(openFile(folder.write("program", fakeElf(elfBytes)), container));
  EXPECT_EQ(container.metadata(), "model: fake\n");
}

TEST(Container, may_have_no_tokenizer) {
  TemporaryFolder folder;
  Container container;
  ASSERT_FALSE(openFile(
      folder.write("program", embed(fakeContainer(/*withTokenizer=*/false))),
      container));
  EXPECT_FALSE(container.tokenizer());
}

TEST(Container, cut_anywhere_says_so) {
  std::string program = embed(fakeContainer());
  uint64_t start = padded(fakeElf(elfBytes)).size();
  for (uint64_t size = elfBytes; size < program.size();
       size += size >= start && size < start + 128 ? 1 : 61) {
    std::string line = problem(program.substr(0, size));
    EXPECT_TRUE(
        line.find("program: cut short: ") == 0 ||
        (size == elfBytes && line.find("no weights: program was cut") == 0))
        << size << ": " << line;
  }
  for (uint64_t size : {64, 1000, 4999})
    EXPECT_EQ(problem(program.substr(0, size)),
              "program: cut short: the program alone has 5000 bytes, the file "
              "has " +
                  std::to_string(size));
}

TEST(Container, external_weights_cut_short_say_so) {
  TemporaryFolder folder;
  std::string weights = fakeContainer();
  weights.pop_back();
  folder.write("program.weights", weights);
  Container container;
  Error error = openFile(folder.write("program", fakeElf(elfBytes)), container);
  EXPECT_NE(error.message().find("program.weights: cut short: its container"),
            std::string::npos)
      << error.message();
}

TEST(Container, missing_files_say_so) {
  EXPECT_EQ(problem(fakeElf(elfBytes)),
            "no weights: program was cut after its program of 5000 bytes, or "
            "program.weights is missing");
  Container container;
  EXPECT_EQ(openFile("/nonexistent", container).message(),
            "/nonexistent: No such file or directory");
}

TEST(Container, refuses_what_is_no_program) {
  EXPECT_EQ(problem(""), "program: not an ELF file");
  EXPECT_EQ(problem(std::string(100, 'x')), "program: not an ELF file");
  std::string elf = fakeElf(elfBytes);
  uint64_t huge = ~uint64_t(0) - 10;
  std::memcpy(elf.data() + offsetof(Elf64_Ehdr, e_shoff), &huge, sizeof(huge));
  EXPECT_EQ(problem(elf).find("program: cut short: "), 0u);
}

TEST(Container, refuses_another_magic_version_or_size) {
  using Header = ContainerHeader;
  EXPECT_EQ(problemAfter(
                [](Header &header, SectionEntry *) { header.magic[0] = 'G'; }),
            "program: no container of weights at byte 8192");
  EXPECT_EQ(
      problemAfter([](Header &header, SectionEntry *) { header.version = 3; }),
      "program: container of version 3, expected 2");
  EXPECT_EQ(problemAfter([](Header &header, SectionEntry *) {
              header.size = ~uint64_t(0);
            }).find("program: cut short: its container has "),
            0u);
  EXPECT_EQ(
      problem(embed(fakeContainer() + "1234")).find("program: 4 bytes follow"),
      0u);
}

TEST(Container, refuses_weights_of_another_model) {
  EXPECT_EQ(problemAfter([](ContainerHeader &header, SectionEntry *) {
              header.fingerprint = 1;
            }),
            "program: weights of another model: fingerprint 0000000000000001, "
            "expected 0123456789abcdef");
  EXPECT_EQ(problemAfter([](ContainerHeader &, SectionEntry *index) {
              index[2].size -= 4;
            }),
            "program: weights of 1028 bytes, expected 1032");
}

TEST(Container, refuses_a_hostile_index) {
  auto about = [](auto edit) {
    return problemAfter([&](ContainerHeader &header, SectionEntry *index) {
      edit(header, index);
    });
  };
  EXPECT_EQ(about([](auto &header, auto *) {
              header.sectionCount = ~0u;
            }).find("program: index of 4294967295 sections, but there is"),
            0u);
  EXPECT_EQ(about([](auto &header, auto *) { header.sectionCount = 0; }),
            "program: weights of 0 bytes, expected 1032");
  EXPECT_EQ(about([](auto &, auto *index) { index[1].kind = SectionKind(9); }),
            "program: section 1 is of kind 9, expected 2 to 4");
  EXPECT_EQ(about([](auto &, auto *index) { index[1].kind = index[0].kind; }),
            "program: section 1 is of kind 1, expected 2 to 4");
  for (uint64_t offset :
       {uint64_t(0), uint64_t(4097), uint64_t(1) << 40, ~uint64_t(0) - 4095})
    EXPECT_EQ(about([&](auto &, auto *index) {
                index[2].offset = offset;
              }).find("program: section 2 has bytes "),
              0u)
        << offset;
  for (uint64_t size : {uint64_t(1) << 40, ~uint64_t(0), ~uint64_t(0) - 8191})
    EXPECT_EQ(about([&](auto &, auto *index) {
                index[2].size = size;
              }).find("program: section 2 has bytes "),
              0u)
        << size;
  EXPECT_EQ(about([](auto &, auto *index) {
              index[1].offset = 4096;
            }).find("program: section 1 has bytes 4096 + "),
            0u)
      << "overlaps section 0";
}
