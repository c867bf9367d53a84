//===- Shards.h - Opens checkpoints of several files ----------------------===//

#ifndef GPTC_COMPILER_CHECKPOINT_SHARDS_H
#define GPTC_COMPILER_CHECKPOINT_SHARDS_H

#include "compiler/checkpoint/Checkpoint.h"

namespace gptc {

/// Opens the files that `index` in `directory` names, in the order of their
/// names. Its weight_map (github.com/huggingface/transformers,
/// model.safetensors.index.json) must name the file of every tensor and no
/// other tensor.
llvm::Expected<Checkpoint> openIndexedShards(llvm::StringRef directory,
                                             llvm::StringRef index);

/// Opens the GGUF file at `path` and, if its metadata says that it is the first
/// of several (NAME-00001-of-00003.gguf), the others in its folder.
llvm::Expected<Checkpoint> openGguf(llvm::StringRef path);

} // namespace gptc

#endif // GPTC_COMPILER_CHECKPOINT_SHARDS_H
