//===- Sources.h - Hashes that detect changed files -----------------------===//

#ifndef GPTC_COMPILER_CHECKPOINT_SOURCES_H
#define GPTC_COMPILER_CHECKPOINT_SOURCES_H

#include "dialect/Gpt.h"
#include "llvm/Support/Error.h"

#include <array>

namespace gptc {

/// Returns the XXH3-128 hash of `bytes` in hexadecimal.
std::string hashBytes(llvm::StringRef bytes);

/// The hash of a file's content: the hash of the hashes of its chunks.
class ContentHash {
public:
  /// Prepares to hash `bytes`, which must outlive the object.
  explicit ContentHash(llvm::StringRef bytes);

  size_t getChunkCount() const { return digests.size(); }
  llvm::StringRef getChunk(size_t chunk) const;
  /// Hashes one chunk. Threads may hash different chunks at once.
  void hashChunk(size_t chunk);
  /// Returns the hash in hexadecimal. All chunks must have been hashed.
  std::string get() const;

private:
  llvm::StringRef bytes;
  std::vector<std::array<uint8_t, 16>> digests;
};

/// Returns the content hash of `bytes`, computed on all cores.
std::string hashContent(llvm::StringRef bytes);

/// Checks that the file of `source` is a name, which cannot leave the source's
/// directory.
llvm::Error checkFileName(gpt::SourceAttr source);

/// Checks that the hash `found` of a `part` of the file at `path` is
/// `expected`. The error says that the file has changed.
llvm::Error checkHash(llvm::StringRef path, llvm::StringRef part,
                      llvm::StringRef expected, llvm::StringRef found);

} // namespace gptc

#endif // GPTC_COMPILER_CHECKPOINT_SOURCES_H
