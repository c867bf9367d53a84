//===- Stopwatch.h - Measures the time of each compilation step -----------===//

#ifndef GPTC_COMPILER_STOPWATCH_H
#define GPTC_COMPILER_STOPWATCH_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"
#include <chrono>
#include <string>
#include <vector>

namespace gptc {

/// Measures the times of consecutive steps.
class Stopwatch {
public:
  /// Ends the current step, if there is one, and begins another.
  void begin(llvm::StringRef step);

  /// Prints the time of each step and the total, taking now as the end of the
  /// last step.
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
