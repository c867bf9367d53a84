//===- Stopwatch.cpp - Measures the time of each compilation step ---------===//

#include "compiler/Stopwatch.h"

#include "llvm/Support/FormatVariadic.h"

using namespace gptc;
using namespace llvm;

void Stopwatch::begin(StringRef step) {
  steps.push_back({step.str(), Clock::now()});
}

void Stopwatch::print(raw_ostream &out) const {
  Clock::time_point end = Clock::now();
  auto seconds = [](Clock::duration time) {
    return std::chrono::duration<double>(time).count();
  };
  double total = seconds(end - steps.front().begin);
  auto printLine = [&](StringRef name, double time) {
    out << formatv("{0,-16} {1,8:f3} {2,6:f1}%\n", name, time,
                   total > 0 ? 100 * time / total : 0);
  };
  out << formatv("{0,-16} {1,8} {2,7}\n", "step", "seconds", "share");
  for (size_t index = 0; index < steps.size(); ++index) {
    bool isLast = index + 1 == steps.size();
    printLine(
        steps[index].name,
        seconds((isLast ? end : steps[index + 1].begin) - steps[index].begin));
  }
  printLine("total", total);
}
