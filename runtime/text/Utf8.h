//===- Utf8.h - Code points of text that may not be UTF-8 -----------------===//

#ifndef GPTC_RUNTIME_TEXT_UTF8_H
#define GPTC_RUNTIME_TEXT_UTF8_H

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gptc {

/// Stands for a byte that starts no valid UTF-8 sequence, surrogates included.
/// Such a byte counts as a character.
inline constexpr uint32_t notUtf8 = ~uint32_t{0};

struct Utf8Character {
  uint32_t codePoint;
  size_t size; ///< in bytes, at least 1
};

/// Returns the character at `position`, which must be inside `text`.
inline Utf8Character characterAt(std::string_view text, size_t position) {
  auto byte = [&](size_t i) {
    return position + i < text.size()
               ? static_cast<unsigned char>(text[position + i])
               : 0u;
  };
  uint32_t lead = byte(0);
  if (lead < 0x80)
    return {lead, 1};
  if (lead < 0xC0 || lead >= 0xF8)
    return {notUtf8, 1};
  size_t size = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  uint32_t codePoint = lead & (0x7Fu >> size);
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80)
      return {notUtf8, 1};
    codePoint = codePoint << 6 | (byte(i) & 0x3F);
  }
  static constexpr uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
  bool isSurrogate = codePoint >= 0xD800 && codePoint < 0xE000;
  if (codePoint < smallest[size] || codePoint > 0x10FFFF || isSurrogate)
    return {notUtf8, 1};
  return {codePoint, size};
}

/// Appends a code point up to U+10FFFF.
inline void appendUtf8(std::string &text, uint32_t codePoint) {
  size_t size = codePoint < 0x80      ? 1
                : codePoint < 0x800   ? 2
                : codePoint < 0x10000 ? 3
                                      : 4;
  if (size == 1) {
    text += static_cast<char>(codePoint);
    return;
  }
  uint32_t lead = (0xF00u >> size) & 0xFF;
  text += static_cast<char>(lead | codePoint >> (6 * (size - 1)));
  for (size_t i = size - 1; i-- != 0;)
    text += static_cast<char>(0x80 | (codePoint >> (6 * i) & 0x3F));
}

} // namespace gptc

#endif // GPTC_RUNTIME_TEXT_UTF8_H
