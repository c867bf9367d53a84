//===- Chat.cpp - Encodes the turns of a conversation ---------------------===//

#include "runtime/text/Chat.h"

using namespace gptc;

static std::string_view takeLine(std::string_view &text) {
  size_t end = std::min(text.find('\n'), text.size());
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

ChatTemplate ChatTemplate::read(std::string_view section) {
  ChatTemplate result;
  result.format = findChatFormat(takeLine(section));
  result.bos = takeLine(section) == "bos";
  result.system = section;
  return result;
}

/// Strips the ASCII white space that Python's strip() removes.
static std::string_view trimmed(std::string_view text) {
  constexpr std::string_view space = " \t\n\v\f\r\x1c\x1d\x1e\x1f";
  size_t first = text.find_first_not_of(space);
  if (first == text.npos)
    return {};
  return text.substr(first, text.find_last_not_of(space) - first + 1);
}

Chat::Chat(const ChatTemplate &chatTemplate,
           std::optional<std::string_view> given, const gptc_model_info &model,
           const Tokenizer &tokenizer)
    : format(*chatTemplate.format), model(model), tokenizer(tokenizer),
      start(chatTemplate.bos ? expand("{bos}") : ""),
      beforeSystem(expand(format.beforeSystem)),
      afterSystem(expand(format.afterSystem)),
      beforeUser(expand(format.beforeUser)),
      afterUser(expand(format.afterUser)),
      afterAssistant(expand(format.afterAssistant)) {
  std::string_view text = given.value_or(chatTemplate.system);
  if (!text.empty() || (!given && format.alwaysSystem))
    system = format.trims && !format.systemInUser ? trimmed(text) : text;
}

/// Replaces {bos} and {eos} by the texts of these tokens.
std::string Chat::expand(std::string_view piece) const {
  int64_t end = model.end_token_count > 0 ? model.end_tokens[0] : -1;
  std::string text(piece);
  for (auto [name, id] :
       {std::pair("{bos}", model.bos), std::pair("{eos}", end)})
    if (size_t at = text.find(name); at != text.npos)
      text.replace(at, 5, tokenizer.text(static_cast<int32_t>(id)));
  return text;
}

void Chat::addTurn(std::string_view text, std::string_view answerEnd,
                   std::vector<int32_t> &ids) {
  std::vector<Tokenizer::Part> parts;
  auto addFixed = [&](std::string_view piece) {
    parts.push_back({piece, /*special=*/true});
  };
  auto addSystem = [&] {
    addFixed(beforeSystem);
    parts.push_back({*system, /*special=*/false});
    addFixed(afterSystem);
  };
  std::string_view end = afterAssistant;
  // The model may have generated the space before its end token itself.
  if (end.starts_with(' ') && answerEnd.ends_with(' '))
    end.remove_prefix(1);
  addFixed(isFirst ? start : end);
  if (isFirst && system && !format.systemInUser)
    addSystem();
  addFixed(beforeUser);
  if (isFirst && system && format.systemInUser)
    addSystem();
  parts.push_back({format.trims ? trimmed(text) : text, /*special=*/false});
  addFixed(afterUser);
  tokenizer.encode(parts, /*continues=*/!isFirst, ids);
  isFirst = false;
}

std::vector<int32_t> Chat::endTokens() const {
  Tokenizer::Part part = {afterAssistant, /*special=*/true};
  std::vector<int32_t> ids;
  tokenizer.encode({&part, 1}, /*continues=*/true, ids);
  std::erase_if(ids, [&](int32_t id) {
    return tokenizer.find(tokenizer.text(id)) != id;
  });
  return ids;
}
