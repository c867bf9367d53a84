//===- Output.cpp - Writes tokens as text or ids --------------------------===//

#include "runtime/program/Output.h"

#include "runtime/engine/System.h"

#include <algorithm>
#include <utility>

using namespace gptc;

static constexpr const char *outputName = "stdout";

size_t gptc::completeUtf8(std::string_view text) {
  size_t most = std::min<size_t>(text.size(), 3);
  for (size_t back = 1; back <= most; ++back) {
    unsigned char byte = text[text.size() - back];
    if ((byte & 0xc0) == 0x80)
      continue;
    size_t length = byte >= 0xf5   ? 1
                    : byte >= 0xf0 ? 4
                    : byte >= 0xe0 ? 3
                    : byte >= 0xc2 ? 2
                                   : 1;
    return length > back ? text.size() - back : text.size();
  }
  return text.size();
}

Error Output::token(int32_t id) {
  if (!tokenizer) {
    std::string text = first ? "" : ",";
    text += std::to_string(id);
    first = false;
    return writeAll(descriptor, outputName, text);
  }
  std::string_view text = tokenizer->bytes(id);
  pending += first ? tokenizer->atStart(text) : text;
  skip(id);
  size_t complete = completeUtf8(pending);
  Error error = writeAll(descriptor, outputName,
                         std::string_view(pending).substr(0, complete));
  pending.erase(0, complete);
  return error;
}

void Output::skip(int32_t id) {
  if (tokenizer)
    first = first && tokenizer->isSpecial(id);
}

Error Output::finish() {
  std::string text = std::exchange(pending, {}) + '\n';
  return writeAll(descriptor, outputName, text);
}
