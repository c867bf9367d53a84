//===- ProgressBar.h - Shows the progress of long work --------------------===//

#ifndef GPTC_COMPILER_PROGRESSBAR_H
#define GPTC_COMPILER_PROGRESSBAR_H

#include "llvm/ADT/StringRef.h"
#include <chrono>

namespace gptc {

/// A line on stderr that is redrawn during the work and erased at its end. It
/// appears only on a terminal and only if the work takes longer than a second.
class ProgressBar {
public:
  /// `work` must outlive the bar.
  explicit ProgressBar(llvm::StringRef work);
  ~ProgressBar();

  /// Must not be called concurrently.
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
