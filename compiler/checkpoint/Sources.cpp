//===- Sources.cpp - Hashes that detect changed files ---------------------===//

#include "compiler/checkpoint/Sources.h"

#include "compiler/checkpoint/Input.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/Parallel.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/xxhash.h"

using namespace gptc;
using namespace llvm;

/// The size of a chunk, which a content hash depends on.
static constexpr size_t chunkBytes = size_t{16} << 20;

static std::array<uint8_t, 16> digest(ArrayRef<uint8_t> bytes) {
  XXH128_hash_t hash = xxh3_128bits(bytes);
  std::array<uint8_t, 16> result;
  support::endian::write64be(result.data(), hash.high64);
  support::endian::write64be(result.data() + 8, hash.low64);
  return result;
}

std::string gptc::hashBytes(StringRef bytes) {
  return toHex(digest(arrayRefFromStringRef(bytes)), /*LowerCase=*/true);
}

ContentHash::ContentHash(StringRef bytes)
    : bytes(bytes), digests(divideCeil(bytes.size(), chunkBytes)) {}

StringRef ContentHash::getChunk(size_t chunk) const {
  return bytes.substr(chunk * chunkBytes, chunkBytes);
}

void ContentHash::hashChunk(size_t chunk) {
  digests[chunk] = digest(arrayRefFromStringRef(getChunk(chunk)));
}

std::string ContentHash::get() const {
  auto *data = reinterpret_cast<const uint8_t *>(digests.data());
  return toHex(digest(ArrayRef(data, digests.size() * sizeof(digests[0]))),
               /*LowerCase=*/true);
}

std::string gptc::hashContent(StringRef bytes) {
  ContentHash hash(bytes);
  parallelFor(0, hash.getChunkCount(),
              [&](size_t chunk) { hash.hashChunk(chunk); });
  return hash.get();
}

Error gptc::checkFileName(gpt::SourceAttr source) {
  StringRef file = source.getFile();
  if (file.empty() || file == ".." || sys::path::filename(file) != file)
    return createStringError("source " + quoted(file) +
                             ": found a path, expected a file name");
  return Error::success();
}

Error gptc::checkHash(StringRef path, StringRef part, StringRef expected,
                      StringRef found) {
  if (found == expected)
    return Error::success();
  return createStringError(
      "'" + path + "' has changed since the module was made: its " + part +
      " hashes to " + found + ", expected " + quoted(expected));
}
