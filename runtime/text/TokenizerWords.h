//===- TokenizerWords.h - Splits text into words --------------------------===//

#ifndef GPTC_RUNTIME_TEXT_TOKENIZERWORDS_H
#define GPTC_RUNTIME_TEXT_TOKENIZERWORDS_H

#include "runtime/text/TokenizerTables.h"

namespace gptc {

/// Returns the size of the first part of `text` that is split into words
/// separately.
size_t stretchSize(const TokenizerTables &tables, std::string_view text);

/// Returns the size of the first word of `text`, which must be such a part and
/// not empty.
size_t wordSize(const TokenizerTables &tables, std::string_view text);

} // namespace gptc

#endif // GPTC_RUNTIME_TEXT_TOKENIZERWORDS_H
