//===- Sources.cpp - Tell whether a file is still the one that was read ---===//

#include "compiler/checkpoint/Sources.h"

#include "compiler/checkpoint/Input.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/Parallel.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/xxhash.h"

using namespace gptc;
using namespace llvm;

/// Part of what a content hash is: other chunks give another hash.
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

std::string gptc::hashContent(StringRef bytes) {
  std::vector<uint8_t> digests(divideCeil(bytes.size(), chunkBytes) * 16);
  parallelFor(0, digests.size() / 16, [&](size_t chunk) {
    StringRef part = bytes.substr(chunk * chunkBytes, chunkBytes);
    copy(digest(arrayRefFromStringRef(part)), &digests[chunk * 16]);
  });
  return toHex(digest(digests), /*LowerCase=*/true);
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
