//===- Output.h - Tokens as text or ids, as they come ---------------------===//

#ifndef GPTC_RUNTIME_PROGRAM_OUTPUT_H
#define GPTC_RUNTIME_PROGRAM_OUTPUT_H

#include "runtime/engine/Error.h"
#include "runtime/text/Tokenizer.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gptc {

/// Bytes of `text` before a UTF-8 sequence that its end cuts.
size_t completeUtf8(std::string_view text);

/// Writes every token when it comes. The bytes of a UTF-8 sequence that is
/// spread over several tokens are written together; none is ever lost.
class Output {
public:
  /// Ids joined by commas where `tokenizer` is null, else text.
  Output(int descriptor, const Tokenizer *tokenizer)
      : descriptor(descriptor), tokenizer(tokenizer) {}

  Error token(int32_t id);
  /// Takes a token that stands before those that are written.
  void skip(int32_t id);
  /// Writes what is held back, then a newline; more may follow.
  Error finish();

private:
  int descriptor;
  const Tokenizer *tokenizer;
  bool first = true; ///< nothing that prints came before
  std::string pending;
};

} // namespace gptc

#endif // GPTC_RUNTIME_PROGRAM_OUTPUT_H
