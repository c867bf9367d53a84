//===- Chat.h - Encodes the turns of a conversation -----------------------===//

#ifndef GPTC_RUNTIME_TEXT_CHAT_H
#define GPTC_RUNTIME_TEXT_CHAT_H

#include "runtime/engine/Abi.h"
#include "runtime/text/ChatFormats.h"
#include "runtime/text/Tokenizer.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gptc {

/// A model's chat template, or the format that the user chose instead.
struct ChatTemplate {
  const ChatFormat *format = nullptr; ///< null: no known format
  bool bos = false;                   ///< whether BOS begins the conversation
  /// The default system message; empty means none.
  std::string_view system;

  /// Reads the chat section of a container (runtime/engine/ContainerFormat.h)
  /// and keeps views of it.
  static ChatTemplate read(std::string_view section);
  /// Returns what `format` implies for a model without a template.
  static ChatTemplate of(const ChatFormat &format) {
    return {&format, format.bos, {}};
  }
};

/// Encodes the user's texts so that the whole conversation has the ids that
/// transformers' apply_chat_template gives it, provided that the answers
/// consist of the ids that their texts encode to.
class Chat {
public:
  /// `chatTemplate` must have a format. `system` replaces its system message;
  /// an empty one means that there is no system turn.
  Chat(const ChatTemplate &chatTemplate,
       std::optional<std::string_view> system, const gptc_model_info &model,
       const Tokenizer &tokenizer);

  /// Appends the tokens that stand between the latest answer, which ended with
  /// the text `answerEnd`, and the next answer. They include the user's text,
  /// in which special tokens are not recognized.
  void addTurn(std::string_view text, std::string_view answerEnd,
               std::vector<int32_t> &ids);

  /// Returns the tokens by which the format ends an answer.
  std::vector<int32_t> endTokens() const;

private:
  std::string expand(std::string_view piece) const;

  const ChatFormat &format;
  const gptc_model_info &model;
  const Tokenizer &tokenizer;
  std::string start;
  std::string beforeSystem, afterSystem, beforeUser, afterUser, afterAssistant;
  std::optional<std::string> system; ///< the system message of the first turn
  bool isFirst = true;
};

} // namespace gptc

#endif // GPTC_RUNTIME_TEXT_CHAT_H
