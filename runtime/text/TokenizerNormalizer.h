//===- TokenizerNormalizer.h - Unicode's Normalization Form C -------------===//

#ifndef GPTC_RUNTIME_TEXT_TOKENIZERNORMALIZER_H
#define GPTC_RUNTIME_TEXT_TOKENIZERNORMALIZER_H

#include "runtime/text/TokenizerTables.h"

#include <string>

namespace gptc {

/// Returns the size of the prefix of `text` that is in Normalization Form C
/// whatever follows it.
size_t normalizedPrefix(const TokenizerTables &tables, std::string_view text);

/// Normalizes the start of `text`, which must not be empty, up to the next
/// normalization boundary, appends the result to `out` and returns the size of
/// the input it consumed. Bytes that are not UTF-8 stay as they are.
size_t normalizeStretch(const TokenizerTables &tables, std::string_view text,
                        std::string &out);

} // namespace gptc

#endif // GPTC_RUNTIME_TEXT_TOKENIZERNORMALIZER_H
