/* Checks that two models in one process, from two shared libraries and each
 * used by two threads at once, compute the same as alone:
 * models LIBRARY LIBRARY */
#include <dlfcn.h>
#include <gptc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TOKENS = 40, THREADS = 4, ROUNDS = 5 };

#define FIND(name) (*(void **)&model->name = dlsym(library, "gptc_" #name))

struct loaded {
  gptc_status (*model_open)(const char *, struct gptc_model **);
  gptc_status (*context_open)(const struct gptc_model *,
                              const struct gptc_context_options *,
                              struct gptc_context **);
  gptc_status (*evaluate)(struct gptc_context *, const struct gptc_batch *,
                          const int32_t *, int32_t, float *);
  void (*context_close)(struct gptc_context *);
  void (*model_close)(struct gptc_model *);
  void (*release)(struct gptc_context *, int32_t);
  int32_t (*vocabulary)(const struct gptc_model *);
  const char *(*last_error)(void);
  struct gptc_model *model;
  float *expected;
};

static int load(const char *path, struct loaded *model) {
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  return library && FIND(model_open) && FIND(context_open) && FIND(evaluate) &&
         FIND(context_close) && FIND(model_close) && FIND(release) &&
         FIND(vocabulary) && FIND(last_error) &&
         model->model_open(NULL, &model->model) == GPTC_OK;
}

/* Returns the logits after each of some tokens; null on failure. */
static float *evaluate(struct loaded *model, struct gptc_context *context) {
  int32_t vocabulary = model->vocabulary(model->model);
  int32_t tokens[TOKENS], rows[TOKENS], i;
  struct gptc_batch batch = {0};
  float *logits = malloc(sizeof(float) * TOKENS * (size_t)vocabulary);
  for (i = 0; i < TOKENS; ++i)
    tokens[i] = 17 * i % vocabulary, rows[i] = i;
  batch.count = TOKENS;
  batch.tokens = tokens;
  model->release(context, 0);
  if (logits &&
      model->evaluate(context, &batch, rows, TOKENS, logits) == GPTC_OK)
    return logits;
  free(logits);
  return NULL;
}

static void *run(void *argument) {
  struct loaded *model = argument;
  size_t size = sizeof(float) * TOKENS * (size_t)model->vocabulary(model->model);
  struct gptc_context_options options = {0};
  struct gptc_context *context;
  int32_t round, wrong_token = -1;
  struct gptc_batch wrong = {0};
  wrong.count = 1;
  wrong.tokens = &wrong_token;
  options.threads = 2;
  if (model->context_open(model->model, &options, &context) != GPTC_OK)
    return "no context";
  for (round = 0; round < ROUNDS; ++round) {
    float *logits = evaluate(model, context);
    if (!logits || memcmp(logits, model->expected, size) != 0)
      return "other bits";
    free(logits);
    if (model->evaluate(context, &wrong, NULL, 0, NULL) != GPTC_INVALID ||
        !strstr(model->last_error(), "token -1 is none"))
      return "another message";
  }
  model->context_close(context);
  return NULL;
}

int main(int argc, char **argv) {
  static struct loaded models[2];
  pthread_t threads[THREADS];
  int i, failed = 0;
  for (i = 0; i < 2 && i + 1 < argc; ++i) {
    struct gptc_context *context;
    if (!load(argv[i + 1], &models[i]) ||
        models[i].context_open(models[i].model, NULL, &context) != GPTC_OK)
      return 1;
    models[i].expected = evaluate(&models[i], context);
    models[i].context_close(context);
  }
  for (i = 0; i < THREADS; ++i)
    failed |= pthread_create(&threads[i], NULL, run, &models[i % 2]);
  for (i = 0; i < THREADS; ++i) {
    void *problem = NULL;
    failed |= pthread_join(threads[i], &problem);
    if (problem)
      printf("thread %d: %s\n", i, (char *)problem);
    failed |= problem != NULL;
  }
  for (i = 0; i < 2; ++i) {
    free(models[i].expected);
    models[i].model_close(models[i].model);
  }
  if (!failed)
    printf("two models, the same bits\n");
  return failed;
}
