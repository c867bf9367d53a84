//===- Perplexity.h - How well the model predicts a text ------------------===//

#ifndef GPTC_RUNTIME_PROGRAM_PERPLEXITY_H
#define GPTC_RUNTIME_PROGRAM_PERPLEXITY_H

#include "runtime/engine/Engine.h"
#include "runtime/engine/Session.h"

#include <cstdint>
#include <limits>
#include <span>

namespace gptc {

struct Perplexity {
  int64_t tokens = 0; ///< scored
  double loss = 0;    ///< their mean, in nats
};

/// -log softmax(logits)[token]
double tokenLoss(std::span<const float> logits, int32_t token);

/// Scores `text` in windows of `window` tokens, each from an empty context;
/// the first token of a window is not scored. At most `windows` of them.
Error measurePerplexity(Engine &engine, Session &session,
                        std::span<const int32_t> text, int64_t window,
                        int64_t windows, Perplexity &result);

} // namespace gptc

#endif // GPTC_RUNTIME_PROGRAM_PERPLEXITY_H
