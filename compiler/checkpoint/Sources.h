//===- Sources.h - Tell whether a file is still the one that was read -----===//

#ifndef GPTC_COMPILER_CHECKPOINT_SOURCES_H
#define GPTC_COMPILER_CHECKPOINT_SOURCES_H

#include "dialect/Gpt.h"
#include "llvm/Support/Error.h"

#include <array>

namespace gptc {

/// XXH3-128, in hexadecimal.
std::string hashBytes(llvm::StringRef bytes);

/// The hash of a file's content, which is that of the hashes of its chunks.
class ContentHash {
public:
  /// `bytes` must outlive it.
  explicit ContentHash(llvm::StringRef bytes);

  size_t getChunkCount() const { return digests.size(); }
  llvm::StringRef getChunk(size_t chunk) const;
  /// Threads may hash different chunks at once.
  void hashChunk(size_t chunk);
  /// In hexadecimal, once all chunks are hashed.
  std::string get() const;

private:
  llvm::StringRef bytes;
  std::vector<std::array<uint8_t, 16>> digests;
};

/// Returns the hash of the hashes of chunks of `bytes`, made on all cores.
std::string hashContent(llvm::StringRef bytes);

/// Refuses a source that would leave its directory.
llvm::Error checkFileName(gpt::SourceAttr source);

/// The error of a file at `path` whose `part` hashes to `found` instead of
/// `expected`.
llvm::Error checkHash(llvm::StringRef path, llvm::StringRef part,
                      llvm::StringRef expected, llvm::StringRef found);

} // namespace gptc

#endif // GPTC_COMPILER_CHECKPOINT_SOURCES_H
