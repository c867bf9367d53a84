/* Checks that rows of two sequences, evaluated in one call, have the same bits
 * as in separate calls: sequences LENGTH LENGTH THREADS [WEIGHTS]. Then both
 * sequences continue for some tokens in one call; then the first is rewound. */
#include <gptc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GENERATED = 10, REWOUND = 7 };

static void check(gptc_status status) {
  if (status == GPTC_OK)
    return;
  fprintf(stderr, "sequences: %s\n", gptc_last_error());
  exit(status);
}

static void *allocate(size_t size) {
  void *memory = malloc(size);
  if (!memory)
    exit(1);
  return memory;
}

/* Returns token p of a sequence, arbitrary but deterministic. */
static int32_t token(int32_t vocabulary, int32_t sequence, int32_t position) {
  return (7 + 31 * position + 1009 * sequence + position * position % 13) %
         vocabulary;
}

/* Evaluates positions [begin[s], end[s]) of each sequence s of [first, last) in
 * one call and writes all logits. */
static void evaluate(struct gptc_context *context, int32_t vocabulary,
                     int32_t first, int32_t last, const int32_t *begin,
                     const int32_t *end, float *logits) {
  struct gptc_batch batch = {0};
  int32_t *numbers = allocate(1 << 20), s, p;
  int32_t *tokens = numbers, *sequences = numbers + (1 << 16);
  int32_t *positions = numbers + (2 << 16), *rows = numbers + (3 << 16);
  for (s = first; s < last; ++s)
    for (p = begin[s]; p < end[s]; ++p) {
      tokens[batch.count] = token(vocabulary, s, p);
      sequences[batch.count] = s;
      positions[batch.count] = p;
      rows[batch.count] = batch.count;
      ++batch.count;
    }
  batch.tokens = tokens;
  batch.sequences = sequences;
  batch.positions = positions;
  check(gptc_evaluate(context, &batch, rows, batch.count, logits));
  free(numbers);
}

int main(int argc, char **argv) {
  struct gptc_model *model;
  struct gptc_context *alone, *together;
  struct gptc_context_options options = {0};
  int32_t begin[2] = {0, 0}, end[2], vocabulary, s, step, differ = 0;
  size_t rowBytes, rows;
  float *expected, *found;

  if (argc < 4)
    return 2;
  check(gptc_model_open(argc > 4 ? argv[4] : NULL, &model));
  end[0] = atoi(argv[1]), end[1] = atoi(argv[2]);
  vocabulary = gptc_vocabulary(model);
  rowBytes = (size_t)vocabulary * sizeof(float);
  options.sequences = 2;
  options.threads = 1;
  check(gptc_context_open(model, &options, &alone));
  options.threads = atoi(argv[3]);
  check(gptc_context_open(model, &options, &together));
  rows = (size_t)(end[0] + end[1]);
  expected = allocate((rows + GENERATED) * rowBytes);
  found = allocate((rows + GENERATED) * rowBytes);

  for (step = 0; step <= GENERATED + 1; ++step) {
    rows = (size_t)(end[0] - begin[0]);
    for (s = 0; s < 2; ++s)
      evaluate(alone, vocabulary, s, s + 1, begin, end,
               expected + (s ? rows * (size_t)vocabulary : 0));
    evaluate(together, vocabulary, 0, 2, begin, end, found);
    rows += (size_t)(end[1] - begin[1]);
    if (memcmp(expected, found, rows * rowBytes) != 0) {
      printf("step %d: other bits\n", step);
      differ = 1;
    }
    for (s = 0; s < 2; ++s) {
      begin[s] = step < GENERATED || s ? end[s] : end[s] - REWOUND;
      end[s] = begin[s] + (s + step) % 2 + 1;
    }
  }
  /* A row has the same logits alone as among others. */
  begin[0] = 0, end[0] = begin[1] = 1;
  gptc_release(alone, 0);
  if (gptc_length(alone, 0) != 0)
    differ = 1;
  evaluate(alone, vocabulary, 0, 1, begin, end, expected);
  begin[1] = 0, end[1] = 1;
  gptc_release(together, 1);
  evaluate(together, vocabulary, 0, 2, begin, end, found);
  if (memcmp(expected, found, rowBytes) != 0)
    differ = 1;
  if (memcmp(found, found + vocabulary, rowBytes) == 0)
    differ = 1; /* equal sequences would prove nothing */
  if (!differ)
    printf("the same bits\n");
  free(expected);
  free(found);
  gptc_context_close(alone);
  gptc_context_close(together);
  gptc_model_close(model);
  return differ;
}
