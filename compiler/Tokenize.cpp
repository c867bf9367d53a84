//===- Tokenize.cpp - Implements gptc --tokenize and --detokenize ---------===//

#include "compiler/Tokenize.h"

#include "compiler/tokenizer/Tokenizer.h"
#include "runtime/text/Tokenizer.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

using namespace gptc;
using namespace llvm;

static constexpr size_t longestShownId = 20;

/// Opens a tokenizer. `tokenizer` is a view of `section`, which owns the bytes.
static Error openTokenizer(const TokenizerPlace &place,
                           std::vector<char> &section, Tokenizer &tokenizer) {
  Expected<std::vector<char>> compiled =
      compileTokenizer(place.directory, place.file);
  if (!compiled)
    return compiled.takeError();
  section = std::move(*compiled);
  if (const char *message =
          Tokenizer::open(std::as_bytes(std::span(section)), tokenizer))
    return createStringError(place.directory + "/" + place.file + ": " +
                             message);
  return Error::success();
}

Expected<TokenizerPlace> gptc::placeTokenizer(StringRef directory) {
  Expected<std::optional<std::string>> file = findTokenizer(directory);
  if (!file)
    return file.takeError();
  if (!*file)
    return createStringError(
        directory + ": tokenizer: found nothing, expected tokenizer.json, "
                    "tokenizer.model, or vocab.json and merges.txt");
  return TokenizerPlace{directory.str(), **file};
}

static Expected<std::unique_ptr<MemoryBuffer>> readInput(StringRef file) {
  ErrorOr<std::unique_ptr<MemoryBuffer>> input =
      MemoryBuffer::getFileOrSTDIN(file);
  if (!input)
    return createStringError(file + ": " + input.getError().message());
  return std::move(*input);
}

Error gptc::tokenizeFile(const TokenizerPlace &place, StringRef inputFile,
                         raw_ostream &out) {
  std::vector<char> section;
  Tokenizer tokenizer;
  if (Error error = openTokenizer(place, section, tokenizer))
    return error;
  Expected<std::unique_ptr<MemoryBuffer>> input = readInput(inputFile);
  if (!input)
    return input.takeError();
  std::vector<int32_t> ids;
  tokenizer.encode((*input)->getBuffer(), /*special=*/true, ids);
  interleave(ids, out, ",");
  out << '\n';
  return Error::success();
}

Error gptc::detokenizeFile(const TokenizerPlace &place, StringRef inputFile,
                           raw_ostream &out) {
  std::vector<char> section;
  Tokenizer tokenizer;
  if (Error error = openTokenizer(place, section, tokenizer))
    return error;
  Expected<std::unique_ptr<MemoryBuffer>> input = readInput(inputFile);
  if (!input)
    return input.takeError();
  StringRef line = (*input)->getBuffer();
  line.consume_back("\n");
  size_t index = 0;
  std::string text;
  for (StringRef rest = line; !line.empty(); ++index) {
    size_t comma = rest.find(',');
    StringRef number = rest.take_front(comma);
    int32_t id;
    if (!all_of(number, isDigit) || number.getAsInteger(10, id) ||
        id >= tokenizer.size()) {
      json::Value found(json::fixUTF8(number.take_front(longestShownId)));
      return createStringError(
          formatv("{0}: id {1}: found {2}, expected a number from 0 to {3}",
                  inputFile, index, found, tokenizer.size() - 1));
    }
    text += index == 0 ? tokenizer.atStart(tokenizer.text(id))
                       : tokenizer.text(id);
    if (comma == StringRef::npos)
      break;
    rest = rest.substr(comma + 1);
  }
  out << text;
  return Error::success();
}
