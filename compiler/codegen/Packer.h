//===- Packer.h - Writes weights in the layouts of the kernels ------------===//

#ifndef GPTC_COMPILER_CODEGEN_PACKER_H
#define GPTC_COMPILER_CODEGEN_PACKER_H

#include "compiler/checkpoint/Checkpoint.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace gptc {

/// Writes bytes of the weights section. It is called on any thread.
using WeightSink =
    llvm::function_ref<llvm::Error(int64_t offset, llvm::ArrayRef<char> bytes)>;

/// Receives how many of the weights' bytes are written. Calls do not overlap.
using PackProgress = llvm::function_ref<void(int64_t done, int64_t total)>;

/// Evaluates the plans of all weights, which must end in `#gpt.pack`, and
/// writes each result at the offset of placeWeights. The weights are streamed:
/// each core holds about a MiB. Bytes of the section that are not written are
/// zero.
///
/// Each file is read once, from its begin to its end, and each chunk is hashed
/// before the weights that end in it are packed. Returns the content hashes of
/// the checkpoint's files. Fails if a file has changed since it was opened.
llvm::Expected<std::vector<std::string>>
packWeights(mlir::ModuleOp module, const Checkpoint &checkpoint,
            WeightSink write, PackProgress progress = nullptr);

} // namespace gptc

#endif // GPTC_COMPILER_CODEGEN_PACKER_H
