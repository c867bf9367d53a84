// A C++ program with its own memory management.
#include <cstdio>
#include <cstdlib>
#include <gptc.h>
#include <new>
#include <string>
#include <vector>

static int allocations = 0;

void *operator new(size_t size) {
  ++allocations;
  if (void *memory = std::malloc(size))
    return memory;
  throw std::bad_alloc();
}
void operator delete(void *memory) noexcept { std::free(memory); }
void operator delete(void *memory, size_t) noexcept { std::free(memory); }

int main(int, char **argv) {
  gptc_model *model;
  int before = allocations;
  if (gptc_model_open(argv[1], &model) != GPTC_OK)
    return 1;
  bool isOwn = allocations == before;
  // The program instantiates the same templates as the library, which must not
  // share code with it.
  std::vector<int> values;
  for (int i = 0; i < 1000; ++i)
    values.push_back(i);
  std::string text = std::to_string(gptc_vocabulary(model)) + " tokens, new is";
  isOwn &= allocations > before;
  std::printf("%s the program's own%s\n", text.c_str(), isOwn ? "" : ", not");
  gptc_model_close(model);
}
