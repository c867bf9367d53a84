//===- Sources.cpp - Tell whether a file is still the one that was read ---===//

#include "compiler/import/Sources.h"

#include "compiler/import/Checkpoint.h"
#include "compiler/import/Input.h"
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

static SmallString<128> join(StringRef directory, StringRef file) {
  SmallString<128> path(directory);
  sys::path::append(path, file);
  return path;
}

static Expected<std::string> hashTokenizer(StringRef directory,
                                           StringRef file) {
  if (file.ends_with(".gguf")) {
    auto gguf = GgufFile::open(join(directory, file));
    if (!gguf)
      return gguf.takeError();
    return hashBytes(gguf->getHeader());
  }
  auto buffer = mapFile(join(directory, file));
  if (!buffer)
    return buffer.takeError();
  std::string bytes = (*buffer)->getBuffer().str();
  if (file == "vocab.json") {
    auto merges = mapFile(join(directory, "merges.txt"));
    if (!merges)
      return merges.takeError();
    bytes += (*merges)->getBuffer();
  }
  return hashBytes(bytes);
}

Expected<gpt::SourceAttr> gptc::makeTokenizerSource(mlir::MLIRContext &context,
                                                    StringRef directory,
                                                    StringRef file) {
  auto hash = hashTokenizer(directory, file);
  if (!hash)
    return hash.takeError();
  return gpt::SourceAttr::get(&context, file, *hash, /*content=*/"");
}

Error gptc::checkTokenizer(gpt::TokenizerOp tokenizer, StringRef directory) {
  gpt::SourceAttr source = tokenizer.getSource();
  if (Error error = checkFileName(source))
    return error;
  auto hash = hashTokenizer(directory, source.getFile());
  if (!hash)
    return hash.takeError();
  return checkHash(join(directory, source.getFile()), "content",
                   source.getHeader(), *hash);
}

void gptc::fillContentHashes(gpt::ModelOp model, const Checkpoint &checkpoint) {
  SmallVector<mlir::Attribute> sources;
  for (auto [file, source] :
       zip_equal(checkpoint.getFiles(),
                 model.getSources().getAsRange<gpt::SourceAttr>())) {
    if (!source.getContent().empty())
      sources.push_back(source);
    else
      sources.push_back(gpt::SourceAttr::get(
          model.getContext(), source.getFile(), source.getHeader(),
          hashContent(file.getContent())));
  }
  model.setSourcesAttr(mlir::ArrayAttr::get(model.getContext(), sources));
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
