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

/// Owns mapped pages and unmaps them in its destructor.
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

  /// Maps the whole file `path` read-only. Errors name it `name`.
  static Error file(const char *path, const std::string &name, Mapping &out);
  /// Maps zeroed memory, whose pages are allocated when first written.
  /// `purpose` is named in errors.
  static Error memory(size_t bytes, const char *purpose, Mapping &out);

  std::byte *data() const { return address; }
  size_t size() const { return bytes; }

private:
  std::byte *address = nullptr;
  size_t bytes = 0;
};

/// Reads the open file `descriptor` to its end and appends it to `text`.
Error readAll(int descriptor, const std::string &name, std::string &text);
Error readFile(const char *path, std::string &text);
Error writeAll(int descriptor, const std::string &name, std::string_view bytes);

/// Installs signal handlers: the first Ctrl-C only sets interrupted(), the
/// second one kills the program, and a write to a closed pipe fails instead of
/// killing it.
void handleSignals();
bool interrupted();

/// Returns the seconds on a monotonic clock.
double now();

/// Raises the stack limit of the main thread to at least `bytes`.
Error reserveStack(size_t bytes);

/// Returns a random seed from the operating system.
uint32_t randomSeed();

} // namespace gptc

#endif // GPTC_RUNTIME_ENGINE_SYSTEM_H
