//===- Kernels.h - Sizes that every CPU kernel is made of -----------------===//

#ifndef GPTC_PASSES_CPU_KERNELS_H
#define GPTC_PASSES_CPU_KERNELS_H

#include "dialect/Layout.h"

/// The bits of a program depend on these, not on the tile table.
namespace gptc::cpu {

/// Lanes of the vectors that every kernel computes with, whatever the target's
/// registers.
inline constexpr int64_t lanes = 16;
static_assert(lanes == gpt::rowPadding && gpt::panelWidth % lanes == 0,
              "rows are read in whole vectors");

/// Positions of one unit of attention: scores, maximum, sum and value sum of a
/// unit are made whole.
inline constexpr int64_t unitPositions = 512;

} // namespace gptc::cpu

#endif // GPTC_PASSES_CPU_KERNELS_H
