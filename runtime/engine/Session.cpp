//===- Session.cpp - One text, evaluated from its start -------------------===//

#include "runtime/engine/Session.h"

#include <algorithm>
#include <cassert>
#include <numeric>

using namespace gptc;

Session::Session(Engine &engine, int64_t chunk)
    : engine(engine), chunk(std::min(chunk, engine.promptCapacity())),
      positions(this->chunk), sequences(this->chunk, 0),
      rows(engine.unembedCapacity()) {}

int64_t Session::evaluate(std::span<const int32_t> tokens) {
  if (full())
    shift();
  return append(tokens);
}

int64_t Session::append(std::span<const int32_t> tokens) {
  int64_t room = engine.context() - length();
  int64_t count = std::min({static_cast<int64_t>(tokens.size()), chunk, room});
  std::iota(positions.begin(), positions.begin() + count,
            static_cast<int32_t>(length()));
  [[maybe_unused]] bool cached =
      engine.evaluate({tokens.first(count),
                       {positions.data(), size_t(count)},
                       {sequences.data(), size_t(count)}});
  assert(cached && "one sequence never needs more blocks than there are");
  history.insert(history.end(), tokens.begin(), tokens.begin() + count);
  return count;
}

void Session::shift() {
  int64_t kept = std::max<int64_t>(engine.context() / 2 - 1, 0);
  std::vector<int32_t> tokens(history.end() - kept, history.end());
  reset();
  for (std::span<const int32_t> rest = tokens; !rest.empty();)
    rest = rest.subspan(append(rest));
}

Logits Session::logits(int64_t first, int64_t count) {
  std::iota(rows.begin(), rows.begin() + count, static_cast<int32_t>(first));
  return engine.unembed({rows.data(), size_t(count)});
}

void Session::reset() {
  engine.release(0);
  history.clear();
}
