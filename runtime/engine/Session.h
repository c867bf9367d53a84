//===- Session.h - One text, evaluated from its start ---------------------===//

#ifndef GPTC_RUNTIME_ENGINE_SESSION_H
#define GPTC_RUNTIME_ENGINE_SESSION_H

#include "runtime/engine/Engine.h"

#include <cstdint>
#include <span>
#include <vector>

namespace gptc {

/// A text, evaluated as the engine's sequence 0. When the context is full, the
/// oldest tokens are dropped: the last floor(context / 2) tokens, the next one
/// to be evaluated included, are evaluated again from position 0, so the
/// results equal those of a fresh run on them. Models with rotary embedding do
/// the same, because the cache holds keys after rotation.
class Session {
public:
  /// Evaluates prompts in chunks of `chunk` tokens, at most the engine's prompt
  /// capacity.
  Session(Engine &engine, int64_t chunk);

  /// Evaluates the first of `tokens`, up to a chunk and up to the end of the
  /// context, and returns how many it evaluated.
  int64_t evaluate(std::span<const int32_t> tokens);

  /// Returns the logits after tokens [first, first + count) of those that the
  /// latest evaluate() took. `count` is at most logitsCapacity().
  Logits logits(int64_t first, int64_t count);
  int64_t logitsCapacity() const { return engine.unembedCapacity(); }

  /// Returns whether the next token makes the session drop the oldest ones.
  bool full() const { return length() == engine.context(); }
  int64_t length() const { return static_cast<int64_t>(history.size()); }

  /// Drops all tokens, for another text.
  void reset();

private:
  void shift();
  int64_t append(std::span<const int32_t> tokens);

  Engine &engine;
  int64_t chunk;
  std::vector<int32_t> history; ///< the token at each cached position
  std::vector<int32_t> positions, sequences, rows; ///< buffers of a call
};

} // namespace gptc

#endif // GPTC_RUNTIME_ENGINE_SESSION_H
