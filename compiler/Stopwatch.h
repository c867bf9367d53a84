//===- Stopwatch.h - How long each step of compiling takes ----------------===//

#ifndef GPTC_COMPILER_STOPWATCH_H
#define GPTC_COMPILER_STOPWATCH_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"
#include <chrono>
#include <string>
#include <vector>

namespace gptc {

/// Measures steps that follow one another.
class Stopwatch {
public:
  /// Begins a step; the one before it ends.
  void begin(llvm::StringRef step);

  /// Prints a line for each step and their total; the last step ends.
  void print(llvm::raw_ostream &out) const;

private:
  using Clock = std::chrono::steady_clock;
  struct Step {
    std::string name;
    Clock::time_point begin;
  };
  std::vector<Step> steps;
};

} // namespace gptc

#endif // GPTC_COMPILER_STOPWATCH_H
