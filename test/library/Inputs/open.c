/* Opens a shared library and, in another working directory, its model. */
#include <dlfcn.h>
#include <gptc.h>
#include <stdio.h>

extern int chdir(const char *path);

/* dlsym returns functions as object pointers, which C99 does not convert. */
#define FIND(name) (*(void **)&name = dlsym(library, "gptc_" #name))

int main(int argc, char **argv) {
  void *library = dlopen(argc > 1 ? argv[1] : "", RTLD_NOW | RTLD_LOCAL);
  int (*interface)(void);
  gptc_status (*model_open)(const char *, struct gptc_model **);
  void (*model_close)(struct gptc_model *);
  const char *(*last_error)(void);
  int32_t (*vocabulary)(const struct gptc_model *);
  int32_t (*model_context)(const struct gptc_model *);
  const char *(*metadata)(const struct gptc_model *, size_t *);
  struct gptc_model *model;
  size_t size;
  const char *text;

  if (!library || !FIND(interface) || !FIND(model_open) || !FIND(model_close) ||
      !FIND(last_error) || !FIND(vocabulary) || !FIND(model_context) ||
      !FIND(metadata)) {
    printf("%s\n", dlerror());
    return 1;
  }
  if (chdir("/") != 0 || model_open(NULL, &model) != GPTC_OK) {
    printf("%s\n", last_error());
    return 1;
  }
  text = metadata(model, &size);
  printf("interface %d, vocabulary %d, context %d, %.*s\n", interface(),
         vocabulary(model), model_context(model), (int)size, text);
  model_close(model);
  model_close(NULL);
  return dlclose(library);
}
