//===- System.h - Files, memory and signals of the system -----------------===//

#ifndef GPTC_RUNTIME_ENGINE_SYSTEM_H
#define GPTC_RUNTIME_ENGINE_SYSTEM_H

#include "runtime/engine/Error.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace gptc {

/// Pages that are given back with the object.
class Mapping {
public:
  Mapping() = default;
  Mapping(Mapping &&other)
      : address(std::exchange(other.address, nullptr)),
        bytes(std::exchange(other.bytes, 0)) {}
  Mapping &operator=(Mapping &&other) {
    std::swap(address, other.address);
    std::swap(bytes, other.bytes);
    return *this;
  }
  ~Mapping();

  /// All of the file, read-only. `path` opens it, `name` stands in errors.
  static Error file(const char *path, const std::string &name, Mapping &out);
  /// Zeroed memory, which takes space only where it is written. `purpose`
  /// stands in errors.
  static Error memory(size_t bytes, const char *purpose, Mapping &out);

  std::byte *data() const { return address; }
  size_t size() const { return bytes; }

private:
  std::byte *address = nullptr;
  size_t bytes = 0;
};

/// What is left to read of the open file `descriptor`, appended to `text`.
Error readAll(int descriptor, const std::string &name, std::string &text);
Error readFile(const char *path, std::string &text);
Error writeAll(int descriptor, const std::string &name, std::string_view bytes);

/// From now on a first Ctrl-C only sets interrupted(), a second one kills, and
/// a write to a closed pipe fails instead of killing.
void handleSignals();
bool interrupted();

/// Seconds on a clock that is never set.
double now();

/// Lets the main thread's stack grow to `bytes`.
Error reserveStack(size_t bytes);

/// What the system chooses when no seed is given.
uint32_t randomSeed();

} // namespace gptc

#endif // GPTC_RUNTIME_ENGINE_SYSTEM_H
