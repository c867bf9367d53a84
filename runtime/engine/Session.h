//===- Session.h - One text, evaluated from its start ---------------------===//

#ifndef GPTC_RUNTIME_ENGINE_SESSION_H
#define GPTC_RUNTIME_ENGINE_SESSION_H

#include "runtime/engine/Engine.h"

#include <cstdint>
#include <span>
#include <vector>

namespace gptc {

/// A text as the engine's sequence 0. When the context is full the oldest
/// tokens leave: the last floor(context / 2), the one to be evaluated next
/// among them, are evaluated again from position 0, so that what follows
/// equals a fresh run on them. Rotary models do the same, because the cache
/// holds keys that are already rotated.
class Session {
public:
  /// Evaluates prompts `chunk` tokens at a time, at most the engine's prompt
  /// capacity.
  Session(Engine &engine, int64_t chunk);

  /// Evaluates the first of `tokens`, up to a chunk and up to the end of the
  /// context, and returns how many.
  int64_t evaluate(std::span<const int32_t> tokens);

  /// Logits after tokens [first, first + count) of those that the latest
  /// evaluate() took, count being at most logitsCapacity().
  Logits logits(int64_t first, int64_t count);
  int64_t logitsCapacity() const { return engine.unembedCapacity(); }

  /// Whether the next token pushes the oldest out.
  bool full() const { return length() == engine.context(); }
  int64_t length() const { return static_cast<int64_t>(history.size()); }

  /// Starts another text.
  void reset();

private:
  void shift();
  int64_t append(std::span<const int32_t> tokens);

  Engine &engine;
  int64_t chunk;
  std::vector<int32_t> history; ///< the token at each cached position
  std::vector<int32_t> positions, sequences, rows; ///< of one call
};

} // namespace gptc

#endif // GPTC_RUNTIME_ENGINE_SESSION_H
