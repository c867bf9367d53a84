//===- TokenizerNormalizer.h - Unicode's Normalization Form C -------------===//

#ifndef GPTC_RUNTIME_TEXT_TOKENIZERNORMALIZER_H
#define GPTC_RUNTIME_TEXT_TOKENIZERNORMALIZER_H

#include "runtime/text/TokenizerTables.h"

#include <string>

namespace gptc {

/// Where the beginning of `text` ends that is in Normalization Form C and stays
/// so whatever follows it there.
size_t normalizedPrefix(const TokenizerTables &tables, std::string_view text);

/// Appends Normalization Form C of the beginning of `text`, which is not empty,
/// as far as the rest has no influence on it; returns its size. Bytes that are
/// not UTF-8 stay as they are.
size_t normalizeStretch(const TokenizerTables &tables, std::string_view text,
                        std::string &out);

} // namespace gptc

#endif // GPTC_RUNTIME_TEXT_TOKENIZERNORMALIZER_H
