//===- CpuCheck.h - Whether the CPU can run the program -------------------===//

#ifndef GPTC_RUNTIME_ENGINE_CPUCHECK_H
#define GPTC_RUNTIME_ENGINE_CPUCHECK_H

#include "runtime/engine/Error.h"

#include <string>
#include <string_view>

namespace gptc {

/// Returns those of `features` (names joined by commas) that this CPU or its
/// operating system lacks, joined by `, `. A name that is not in CpuFeatures.h
/// counts as lacking.
std::string lackingFeatures(std::string_view features);

/// Returns an error that lists the features the CPU lacks and says how to
/// compile without them; success if there are none.
Error checkCpu(std::string_view features);

} // namespace gptc

#endif // GPTC_RUNTIME_ENGINE_CPUCHECK_H
