//===- ProgressBar.cpp - Shows the progress of long work ------------------===//

#include "compiler/ProgressBar.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

using namespace gptc;
using namespace llvm;

static constexpr size_t cells = 40;

ProgressBar::ProgressBar(StringRef work)
    : work(work), isShown(errs().is_displayed()),
      nextDraw(Clock::now() + std::chrono::seconds(1)) {}

ProgressBar::~ProgressBar() {
  if (isDrawn)
    errs() << "\r\033[K"; // erase the line
}

void ProgressBar::update(int64_t done, int64_t total) {
  Clock::time_point now = Clock::now();
  if (!isShown || now < nextDraw)
    return;
  isDrawn = true;
  nextDraw = now + std::chrono::milliseconds(100);
  double share = total > 0 ? double(done) / double(total) : 1;
  size_t full = std::min(cells, size_t(share * cells));
  errs() << formatv("\r{0} [{1}{2}] {3,3:f0} %", work, std::string(full, '#'),
                    std::string(cells - full, ' '), 100 * share);
}
