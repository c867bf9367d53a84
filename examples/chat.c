/* A conversation with a compiled model: what is typed and what the model makes
 * of it are one text. `gptc MODEL --emit=static -o libmodel.a`, then
 * `cc chat.c libmodel.a -o chat`, `./chat libmodel.a.weights`. */
#include <gptc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_LINE = 4096, LONGEST_ANSWER = 256 };

static void check(gptc_status status) {
  if (status == GPTC_OK)
    return;
  fprintf(stderr, "chat: %s\n", gptc_last_error());
  exit(status);
}

/* Evaluates tokens, of which the last one's logits say what comes next. */
static gptc_status evaluate(struct gptc_context *context, const int32_t *tokens,
                            int32_t count, float *logits) {
  struct gptc_batch batch = {0};
  int32_t last = count - 1;
  batch.count = count;
  batch.tokens = tokens;
  return gptc_evaluate(context, &batch, &last, 1, logits);
}

int main(int argc, char **argv) {
  struct gptc_model *model;
  struct gptc_context *context;
  struct gptc_sampler *sampler;
  struct gptc_sampler_options options;
  char line[LONGEST_LINE], bytes[LONGEST_LINE];
  int32_t tokens[LONGEST_LINE];
  float *logits;

  check(gptc_model_open(argc > 1 && *argv[1] ? argv[1] : NULL, &model));
  check(gptc_context_open(model, NULL, &context));
  gptc_sampler_defaults(&options);
  options.temperature = argc > 2 ? atof(argv[2]) : options.temperature;
  check(gptc_sampler_open(model, &options, &sampler));
  logits = malloc((size_t)gptc_vocabulary(model) * sizeof(float));
  while (logits && fgets(line, sizeof(line), stdin)) {
    size_t count, size, made = 0;
    line[strcspn(line, "\n")] = '\0';
    check(gptc_tokenize(model, line, strlen(line), 0, tokens, LONGEST_LINE,
                        &count));
    for (; count > 0 && made < LONGEST_ANSWER; ++made, count = 1) {
      check(evaluate(context, tokens, (int32_t)count, logits));
      tokens[0] = gptc_sample(sampler, logits);
      if (gptc_is_end(model, tokens[0]))
        break;
      check(gptc_detokenize(model, tokens, 1, 0, bytes, sizeof(bytes), &size));
      fwrite(bytes, 1, size, stdout);
      fflush(stdout);
    }
    putchar('\n');
  }
  free(logits);
  gptc_sampler_close(sampler);
  gptc_context_close(context);
  gptc_model_close(model);
  return 0;
}
