//===- Source.cpp - Hashes the files of a tokenizer -----------------------===//

#include "compiler/tokenizer/Source.h"

#include "compiler/checkpoint/Gguf.h"
#include "compiler/checkpoint/Input.h"
#include "compiler/checkpoint/Sources.h"

using namespace gptc;
using namespace llvm;

static Expected<std::string> hashTokenizer(StringRef directory,
                                           StringRef file) {
  if (file.ends_with(".gguf")) {
    auto gguf = GgufFile::open(joinPath(directory, file));
    if (!gguf)
      return gguf.takeError();
    return hashBytes(gguf->getHeader());
  }
  auto buffer = mapFile(joinPath(directory, file));
  if (!buffer)
    return buffer.takeError();
  std::string bytes = (*buffer)->getBuffer().str();
  if (file == "vocab.json") {
    auto merges = mapFile(joinPath(directory, "merges.txt"));
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
  return checkHash(joinPath(directory, source.getFile()), "content",
                   source.getHeader(), *hash);
}
