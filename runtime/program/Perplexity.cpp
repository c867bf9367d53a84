//===- Perplexity.cpp - Measures how well the model predicts a text -------===//

#include "runtime/program/Perplexity.h"

#include "runtime/engine/Math.h"
#include "runtime/engine/System.h"

#include <algorithm>
#include <vector>

using namespace gptc;

double gptc::tokenLoss(std::span<const float> logits, int32_t token) {
  double largest = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (float logit : logits)
    sum += exponential(logit - largest);
  return logarithm(sum) + (largest - logits[token]);
}

namespace {
/// The context of a parallel loop over rows of logits.
struct Scoring {
  Logits logits;
  size_t vocabulary;
  std::span<const int32_t> expected; ///< the token after each row
  std::span<double> losses;

  static void run(void *context, int64_t first, int64_t last, int64_t) {
    FlushDenormals flush;
    const Scoring &scoring = *static_cast<Scoring *>(context);
    for (int64_t row = first; row < last; ++row)
      scoring.losses[row] = tokenLoss(
          {scoring.logits.row(row), scoring.vocabulary}, scoring.expected[row]);
  }
};
} // namespace

/// Evaluates all tokens of `window` but the last and adds their losses to
/// `sum`.
static Error scoreWindow(Engine &engine, Session &session,
                         std::span<const int32_t> window, double &sum) {
  session.reset();
  std::vector<double> losses(engine.unembedCapacity());
  while (window.size() > 1) {
    if (interrupted())
      return Error(ExitCode::interrupted, "");
    int64_t count = session.evaluate(window.first(window.size() - 1));
    for (int64_t first = 0; first < count;) {
      int64_t rows = std::min(session.logitsCapacity(), count - first);
      Scoring scoring{session.logits(first, rows),
                      static_cast<size_t>(engine.model().vocabulary),
                      window.subspan(first + 1, rows), losses};
      gptc_parallel_for(engine.pool(), Scoring::run, &scoring, rows);
      for (int64_t row = 0; row < rows; ++row)
        sum += losses[row];
      first += rows;
    }
    window = window.subspan(count);
  }
  return Error();
}

Error gptc::measurePerplexity(Engine &engine, Session &session,
                              std::span<const int32_t> text, int64_t window,
                              int64_t windows, Perplexity &result) {
  double sum = 0;
  for (; windows > 0 && !text.empty(); --windows) {
    size_t size = std::min(text.size(), static_cast<size_t>(window));
    if (Error error = scoreWindow(engine, session, text.first(size), sum))
      return error;
    result.tokens += size - 1;
    text = text.subspan(size);
  }
  if (result.tokens > 0)
    result.loss = sum / result.tokens;
  return Error();
}
