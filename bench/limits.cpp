//===- limits.cpp - What this machine can do ------------------------------===//
//
//   limits             the rates below as JSON, each at 1 and 2 threads
//   limits fault FILE  seconds to map FILE and touch each of its pages
//
// In registers: `fma` (f32, GFLOP/s), `bf16` (vdpbf16ps, GFLOP/s) and `int8`
// (vpdpbusd, GOP/s), each as wide as the machine has it, null where it lacks
// the instruction. From memory: `read`, GB/s. Of several turns the best counts.
//
//===----------------------------------------------------------------------===//

#include "compiler/Limits.h"

#include <chrono>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <initializer_list>
#include <sys/mman.h>
#include <sys/stat.h>

using namespace gptc;

static constexpr long steps = 4'000'000;
static constexpr int turns = 5;
static constexpr size_t readBytes = size_t(1) << 29;

static double now() {
  using namespace std::chrono;
  return duration<double>(steady_clock::now().time_since_epoch()).count();
}

static int fault(const char *path) {
  int file = open(path, O_RDONLY);
  struct stat status;
  if (file < 0 || fstat(file, &status) != 0) {
    std::perror(path);
    return 1;
  }
  double begin = now();
  void *memory = mmap(nullptr, status.st_size, PROT_READ, MAP_PRIVATE, file, 0);
  if (memory == MAP_FAILED) {
    std::perror(path);
    return 1;
  }
  for (off_t at = 0; at < status.st_size; at += 4096)
    static_cast<void>(*(static_cast<volatile char *>(memory) + at));
  std::printf("%.6f\n", now() - begin);
  return 0;
}

/// Of the first of `instructions` that the machine has.
static void print(const char *name,
                  std::initializer_list<Instruction> instructions) {
  for (Instruction instruction : instructions)
    if (hasInstruction(instruction)) {
      std::printf("\"%s\": [%.2f, %.2f], ", name,
                  measureOperations(instruction, steps, {1, turns}),
                  measureOperations(instruction, steps, {2, turns}));
      return;
    }
  std::printf("\"%s\": null, ", name);
}

int main(int argc, char **argv) {
  if (argc == 3 && std::strcmp(argv[1], "fault") == 0)
    return fault(argv[2]);
  std::printf("{");
  print("fma", {Instruction::fma512, Instruction::fma256, Instruction::fma128});
  print("bf16", {Instruction::bf16});
  print("int8", {Instruction::int8Wide, Instruction::int8});
  std::printf("\"read\": [%.2f, %.2f]}\n", measureRead(readBytes, {1, turns}),
              measureRead(readBytes, {2, turns}));
}
