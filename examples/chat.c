/* A conversation with a compiled model. What is typed and what the model
 * generates form one text. `gptc MODEL --emit=static -o libmodel.a`, then
 * `cc chat.c libmodel.a -o chat`, `./chat libmodel.a.weights`. */
#include <gptc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST = 4096, ANSWER = 256 };

static void check(gptc_status status) {
  if (status == GPTC_OK)
    return;
  fprintf(stderr, "chat: %s\n", gptc_last_error());
  exit(status);
}

int main(int argc, char **argv) {
  struct gptc_model *model;
  struct gptc_context *context;
  struct gptc_sampler *sampler;
  struct gptc_sampler_options options;
  char line[LONGEST], bytes[LONGEST];
  int32_t tokens[LONGEST + 1], last;
  float *logits;

  check(gptc_model_open(argc > 1 && *argv[1] ? argv[1] : NULL, &model));
  check(gptc_context_open(model, NULL, &context));
  gptc_sampler_defaults(&options);
  options.temperature = argc > 2 ? atof(argv[2]) : options.temperature;
  check(gptc_sampler_open(model, &options, &sampler));
  logits = malloc((size_t)gptc_vocabulary(model) * sizeof(float));
  while (logits && fgets(line, sizeof(line), stdin)) {
    unsigned flags = gptc_length(context, 0) > 0 ? GPTC_CONTINUES : 0;
    int start = flags == 0 && gptc_prompt_start(model) >= 0;
    struct gptc_batch batch = {0, tokens, NULL, NULL};
    size_t count, size, made;
    tokens[0] = gptc_prompt_start(model);
    line[strcspn(line, "\n")] = '\0';
    check(gptc_tokenize(model, line, strlen(line), flags, tokens + start,
                        LONGEST, &count));
    batch.count = (int32_t)count + start;
    for (made = 0; batch.count > 0 && made < ANSWER; ++made, batch.count = 1) {
      last = batch.count - 1; /* its logits predict the next token */
      check(gptc_evaluate(context, &batch, &last, 1, logits));
      tokens[0] = gptc_sample(sampler, logits);
      if (gptc_is_end(model, tokens[0]))
        break;
      check(gptc_detokenize(model, tokens, 1, GPTC_CONTINUES, bytes, LONGEST,
                            &size));
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
