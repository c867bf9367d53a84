//===- limits.cpp - Measures the limits of this machine -------------------===//
//
//   limits                     the rates below as JSON, each at 1 and 2 threads
//   limits faulting-read FILE  seconds to map FILE and read each of its lines
//
// `fma` (f32, GFLOP/s), `bf16` (vdpbf16ps, GFLOP/s) and `int8` (vpdpbusd,
// GOP/s) are peak rates in registers of the widest supported size; null if the
// CPU lacks the instruction. `read` is the memory bandwidth in GB/s. The best
// of several repetitions counts.
//
//===----------------------------------------------------------------------===//

#include "compiler/Limits.h"

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <initializer_list>
#include <iterator>
#include <sys/mman.h>
#include <sys/stat.h>

using namespace gptc;

static constexpr long steps = 4'000'000;
static constexpr int repetitions = 5;
static constexpr size_t readBytes = size_t(1) << 29;

static double now() {
  using namespace std::chrono;
  return duration<double>(steady_clock::now().time_since_epoch()).count();
}

/// Reads 8 bytes of every 64-byte line, in 4 interleaved streams, which is a
/// tenth faster than one. The last piece may end after `bytes`, but in the same
/// page.
static void readLines(const char *memory, size_t bytes) {
  constexpr size_t streams = 4, line = 64;
  uint64_t sums[8] = {};
  constexpr size_t piece = std::size(sums) * line;
  size_t stride = (bytes / streams / piece + 1) * piece;
  for (size_t at = 0; at < stride; at += piece)
    for (size_t begin = at; begin < bytes; begin += stride)
      for (size_t i = 0; i < std::size(sums); ++i)
        sums[i] +=
            *reinterpret_cast<const uint64_t *>(memory + begin + i * line);
  // This keeps the compiler from removing the unused sums.
  asm volatile("" ::"r"(sums) : "memory");
}

/// Measures page faults and reading. It runs in a new process, where no page of
/// the file is mapped yet.
static int faultingRead(const char *path) {
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
  readLines(static_cast<const char *>(memory), status.st_size);
  std::printf("%.6f\n", now() - begin);
  return 0;
}

/// Prints the rates of the first of `instructions` that the machine has.
static void print(const char *name,
                  std::initializer_list<Instruction> instructions) {
  for (Instruction instruction : instructions)
    if (hasInstruction(instruction)) {
      std::printf("\"%s\": [%.2f, %.2f], ", name,
                  measureOperations(instruction, steps, {1, repetitions}),
                  measureOperations(instruction, steps, {2, repetitions}));
      return;
    }
  std::printf("\"%s\": null, ", name);
}

int main(int argc, char **argv) {
  if (argc == 3 && std::strcmp(argv[1], "faulting-read") == 0)
    return faultingRead(argv[2]);
  std::printf("{");
  print("fma", {Instruction::fma512, Instruction::fma256, Instruction::fma128});
  print("bf16", {Instruction::bf16});
  print("int8", {Instruction::int8Wide, Instruction::int8});
  std::printf("\"read\": [%.2f, %.2f]}\n",
              measureRead(readBytes, {1, repetitions}),
              measureRead(readBytes, {2, repetitions}));
}
