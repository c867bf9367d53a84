//===- Output.h - Writes tokens as text or ids ----------------------------===//

#ifndef GPTC_RUNTIME_PROGRAM_OUTPUT_H
#define GPTC_RUNTIME_PROGRAM_OUTPUT_H

#include "runtime/engine/Error.h"
#include "runtime/text/Tokenizer.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gptc {

/// Returns the size of `text` without an incomplete UTF-8 sequence at its end.
size_t completeUtf8(std::string_view text);

/// Writes each token as soon as it is there. If the bytes of a UTF-8 sequence
/// are spread over several tokens, they are written together; no byte is lost.
class Output {
public:
  /// Writes ids joined by commas if `tokenizer` is null, else text.
  Output(int descriptor, const Tokenizer *tokenizer)
      : descriptor(descriptor), tokenizer(tokenizer) {}

  Error token(int32_t id);
  /// Registers a token that precedes the written ones but is not written
  /// itself.
  void skip(int32_t id);
  /// Writes the bytes that are still held back, then a newline. More tokens may
  /// follow.
  Error finish();

private:
  int descriptor;
  const Tokenizer *tokenizer;
  bool first = true; ///< whether no token with a text came before
  std::string pending;
};

} // namespace gptc

#endif // GPTC_RUNTIME_PROGRAM_OUTPUT_H
