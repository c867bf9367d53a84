//===- Program.h - The main program of a compiled model -------------------===//

#ifndef GPTC_RUNTIME_PROGRAM_PROGRAM_H
#define GPTC_RUNTIME_PROGRAM_PROGRAM_H

#include "runtime/engine/Abi.h"

namespace gptc {

/// Implements main() of a compiled program and returns its exit code.
int runProgram(int argc, char **argv, const gptc_model_info &model);

} // namespace gptc

#endif // GPTC_RUNTIME_PROGRAM_PROGRAM_H
