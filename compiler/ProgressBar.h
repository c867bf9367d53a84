//===- ProgressBar.h - Show how far long work has come --------------------===//

#ifndef GPTC_COMPILER_PROGRESSBAR_H
#define GPTC_COMPILER_PROGRESSBAR_H

#include "llvm/ADT/StringRef.h"
#include <chrono>

namespace gptc {

/// A line on stderr that is drawn again and again, and gone in the end: only
/// on a terminal, and only for work that takes longer than a second.
class ProgressBar {
public:
  /// `work` outlives the bar.
  explicit ProgressBar(llvm::StringRef work);
  ~ProgressBar();

  /// One call at a time.
  void update(int64_t done, int64_t total);

private:
  using Clock = std::chrono::steady_clock;

  llvm::StringRef work;
  bool isShown;
  bool isDrawn = false;
  Clock::time_point nextDraw;
};

} // namespace gptc

#endif // GPTC_COMPILER_PROGRESSBAR_H
