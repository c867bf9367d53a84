//===- System.cpp - Files, memory and signals of the system ---------------===//

#include "runtime/engine/System.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace gptc;

namespace {
struct Descriptor {
  explicit Descriptor(int number) : number(number) {}
  Descriptor(const Descriptor &) = delete;
  ~Descriptor() {
    if (number >= 0)
      close(number);
  }
  int number;
};
} // namespace

Mapping::~Mapping() {
  if (address)
    munmap(address, bytes);
}

Error Mapping::file(const char *path, const std::string &name, Mapping &out) {
  Descriptor descriptor(open(path, O_RDONLY | O_CLOEXEC));
  struct stat status;
  if (descriptor.number < 0 || fstat(descriptor.number, &status) != 0)
    return Error::system(name);
  if (!S_ISREG(status.st_mode))
    return Error::failure("%s: not a regular file", name.c_str());
  Mapping mapping;
  if (status.st_size > 0) {
    void *address = mmap(nullptr, status.st_size, PROT_READ, MAP_PRIVATE,
                         descriptor.number, 0);
    if (address == MAP_FAILED)
      return Error::system(name);
    mapping.address = static_cast<std::byte *>(address);
    mapping.bytes = status.st_size;
  }
  out = std::move(mapping);
  return Error();
}

Error Mapping::memory(size_t bytes, const char *purpose, Mapping &out) {
  Mapping mapping;
  mapping.bytes = std::max<size_t>(bytes, 1);
  void *address = mmap(nullptr, mapping.bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (address == MAP_FAILED)
    return Error::failure("no memory for the %s: %zu bytes are needed", purpose,
                          bytes);
  // Huge pages mean fewer TLB misses. The call may fail without harm.
  madvise(address, mapping.bytes, MADV_HUGEPAGE);
  mapping.address = static_cast<std::byte *>(address);
  out = std::move(mapping);
  return Error();
}

Error gptc::readAll(int descriptor, const std::string &name,
                    std::string &text) {
  char buffer[1 << 16];
  for (;;) {
    ssize_t count = read(descriptor, buffer, sizeof(buffer));
    if (count > 0)
      text.append(buffer, count);
    else if (count == 0)
      return Error();
    else if (interrupted())
      return Error(ExitCode::interrupted, "");
    else if (errno != EINTR)
      return Error::system(name);
  }
}

Error gptc::readFile(const char *path, std::string &text) {
  Descriptor descriptor(open(path, O_RDONLY | O_CLOEXEC));
  if (descriptor.number < 0)
    return Error::system(path);
  return readAll(descriptor.number, path, text);
}

Error gptc::writeAll(int descriptor, const std::string &name,
                     std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t count = write(descriptor, bytes.data(), bytes.size());
    if (count >= 0)
      bytes.remove_prefix(count);
    else if (errno != EINTR)
      return Error::system(name);
  }
  return Error();
}

static volatile sig_atomic_t interruptSeen = 0;

void gptc::handleSignals() {
  struct sigaction action = {};
  action.sa_handler = [](int) { interruptSeen = 1; };
  // Without SA_RESTART, Ctrl-C also interrupts a read from the terminal.
  action.sa_flags = SA_RESETHAND;
  sigaction(SIGINT, &action, nullptr);
  signal(SIGPIPE, SIG_IGN);
}

bool gptc::interrupted() { return interruptSeen; }

double gptc::now() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + 1e-9 * time.tv_nsec;
}

Error gptc::reserveStack(size_t bytes) {
  rlimit limit;
  if (getrlimit(RLIMIT_STACK, &limit) != 0)
    return Error::system("stack limit");
  if (limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= bytes)
    return Error();
  if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < bytes)
    return Error::failure("the stack is limited to %llu bytes, but %zu are "
                          "needed: raise it with ulimit -s",
                          static_cast<unsigned long long>(limit.rlim_max),
                          bytes);
  limit.rlim_cur = bytes;
  return setrlimit(RLIMIT_STACK, &limit) == 0 ? Error()
                                              : Error::system("stack limit");
}

uint32_t gptc::randomSeed() {
  uint32_t seed = 0;
  if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
    seed = static_cast<uint32_t>(time(nullptr));
  return seed;
}
