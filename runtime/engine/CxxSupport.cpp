//===- CxxSupport.cpp - Run-time support that the C++ headers need --------===//
//
// The runtime uses only templates of the C++ library. These functions are all
// that the templates call, so a compiled program links no C++ library. None of
// these errors can be handled, so the program ends.
//
//===----------------------------------------------------------------------===//

#include "runtime/engine/Error.h"

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <unistd.h>

[[noreturn]] static void die(const char *message) {
  fprintf(stderr, "%s: %s\n", program_invocation_short_name, message);
  _exit(static_cast<int>(gptc::ExitCode::failed));
}

static void *allocate(size_t size) {
  if (void *memory = malloc(size ? size : 1))
    return memory;
  die("out of memory");
}

void *operator new(size_t size) { return allocate(size); }
void *operator new[](size_t size) { return allocate(size); }
void *operator new(size_t size, std::align_val_t alignment) {
  size_t unit = static_cast<size_t>(alignment);
  if (void *memory = aligned_alloc(unit, (size + unit - 1) / unit * unit))
    return memory;
  die("out of memory");
}
void operator delete(void *memory) noexcept { free(memory); }
void operator delete[](void *memory) noexcept { free(memory); }
void operator delete(void *memory, size_t) noexcept { free(memory); }
void operator delete[](void *memory, size_t) noexcept { free(memory); }
void operator delete(void *memory, size_t, std::align_val_t) noexcept {
  free(memory);
}

namespace std {
void __throw_bad_alloc() { die("out of memory"); }
void __throw_bad_array_new_length() { die("out of memory"); }
void __throw_length_error(const char *what) { die(what); }
void __throw_logic_error(const char *what) { die(what); }
void __throw_out_of_range_fmt(const char *what, ...) { die(what); }
} // namespace std
