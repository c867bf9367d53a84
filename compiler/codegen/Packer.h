//===- Packer.h - Write weights as kernels read them ----------------------===//

#ifndef GPTC_COMPILER_CODEGEN_PACKER_H
#define GPTC_COMPILER_CODEGEN_PACKER_H

#include "compiler/checkpoint/Checkpoint.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace gptc {

/// Writes bytes of the weights section; called on any thread.
using WeightSink =
    llvm::function_ref<llvm::Error(int64_t offset, llvm::ArrayRef<char> bytes)>;

/// Takes how many of the weights' bytes are written; one call at a time.
using PackProgress = llvm::function_ref<void(int64_t done, int64_t total)>;

/// Carries out the plans of all weights, which must end in `#gpt.pack`, and
/// writes what they leave where placeWeights puts it. Streams: each core holds
/// about a MiB. The section is zero where nothing is written.
///
/// Goes through each file once, from its begin to its end, and hashes a chunk of
/// it before the weights that end there are packed. Returns the content hashes
/// of the checkpoint's files. Fails if a file has changed since it was opened.
llvm::Expected<std::vector<std::string>>
packWeights(mlir::ModuleOp module, const Checkpoint &checkpoint,
            WeightSink write, PackProgress progress = nullptr);

} // namespace gptc

#endif // GPTC_COMPILER_CODEGEN_PACKER_H
