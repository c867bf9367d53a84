//===- Chat.h - The turns of a conversation as tokens ---------------------===//

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

/// What the model's own template says, or what stands for one.
struct ChatTemplate {
  const ChatFormat *format = nullptr; ///< null: none that is known
  bool bos = false;                   ///< BOS begins the conversation
  /// What the system says where nobody else does; empty: nothing.
  std::string_view system;

  /// Reads the chat section of a container (runtime/engine/ContainerFormat.h),
  /// of which it keeps views.
  static ChatTemplate read(std::string_view section);
  /// What the row says where there is no template.
  static ChatTemplate of(const ChatFormat &format) {
    return {&format, format.bos, {}};
  }
};

/// Turns the texts of users into tokens, so that the whole conversation has the
/// ids that transformers' apply_chat_template gives to it, as long as the
/// answers have the ids of their texts.
class Chat {
public:
  /// `chatTemplate` has a format. `system` replaces its system message; an
  /// empty one means no system turn.
  Chat(const ChatTemplate &chatTemplate,
       std::optional<std::string_view> system, const gptc_model_info &model,
       const Tokenizer &tokenizer);

  /// Appends the tokens from the end of the latest answer, which ended in
  /// `answerEnd`, to the beginning of the next: what the user says now, in
  /// which special tokens are text, stands in between.
  void addTurn(std::string_view text, std::string_view answerEnd,
               std::vector<int32_t> &ids);

  /// The tokens by which the format ends an answer.
  std::vector<int32_t> endTokens() const;

private:
  std::string expand(std::string_view piece) const;

  const ChatFormat &format;
  const gptc_model_info &model;
  const Tokenizer &tokenizer;
  std::string start;
  std::string beforeSystem, afterSystem, beforeUser, afterUser, afterAssistant;
  std::optional<std::string> system; ///< of the first turn
  bool isFirst = true;
};

} // namespace gptc

#endif // GPTC_RUNTIME_TEXT_CHAT_H
