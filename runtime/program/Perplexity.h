//===- Perplexity.h - Measures how well the model predicts a text ---------===//

#ifndef GPTC_RUNTIME_PROGRAM_PERPLEXITY_H
#define GPTC_RUNTIME_PROGRAM_PERPLEXITY_H

#include "runtime/engine/Engine.h"
#include "runtime/engine/Session.h"

#include <cstdint>
#include <limits>
#include <span>

namespace gptc {

struct Perplexity {
  int64_t tokens = 0; ///< the number of scored tokens
  double loss = 0;    ///< their mean loss, in nats
};

/// Returns -log softmax(logits)[token].
double tokenLoss(std::span<const float> logits, int32_t token);

/// Scores `text` in at most `windows` windows of `window` tokens, each from an
/// empty context. The first token of a window is not scored.
Error measurePerplexity(Engine &engine, Session &session,
                        std::span<const int32_t> text, int64_t window,
                        int64_t windows, Perplexity &result);

} // namespace gptc

#endif // GPTC_RUNTIME_PROGRAM_PERPLEXITY_H
