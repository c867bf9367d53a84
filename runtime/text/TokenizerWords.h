//===- TokenizerWords.h - Where words end ---------------------------------===//

#ifndef GPTC_RUNTIME_TEXT_TOKENIZERWORDS_H
#define GPTC_RUNTIME_TEXT_TOKENIZERWORDS_H

#include "runtime/text/TokenizerTables.h"

namespace gptc {

/// The size of the first stretch of `text` that is cut into words on its own.
size_t stretchSize(const TokenizerTables &tables, std::string_view text);

/// The size of the first word of `text`, a stretch that is not empty.
size_t wordSize(const TokenizerTables &tables, std::string_view text);

} // namespace gptc

#endif // GPTC_RUNTIME_TEXT_TOKENIZERWORDS_H
