//===- CpuCheck.h - Whether the CPU can run the program -------------------===//

#ifndef GPTC_RUNTIME_ENGINE_CPUCHECK_H
#define GPTC_RUNTIME_ENGINE_CPUCHECK_H

#include "runtime/engine/Error.h"

#include <string>
#include <string_view>

namespace gptc {

/// Those of `features` (names joined by commas) that this CPU and its
/// operating system lack, joined by `, `. A name that CpuFeatures.h does not
/// hold is lacking.
std::string lackingFeatures(std::string_view features);

/// Says which of `features` are lacking and how to compile without them.
Error checkCpu(std::string_view features);

} // namespace gptc

#endif // GPTC_RUNTIME_ENGINE_CPUCHECK_H
