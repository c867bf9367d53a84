//===- ChatTemplate.cpp - Recognizes chat templates -----------------------===//
//
// Templates are programs in Jinja. They are not run: as in llama.cpp, a few
// characteristic pieces tell which known format a template writes. Before the
// search, different ways to write the same are normalized.
//
//===----------------------------------------------------------------------===//

#include "compiler/tokenizer/ChatTemplate.h"

#include "compiler/checkpoint/Input.h"
#include "runtime/text/ChatFormats.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace gptc;
using namespace llvm;

//===----------------------------------------------------------------------===//
// Normalization of templates
//===----------------------------------------------------------------------===//

namespace {
/// Normalizes Jinja: string literals have single quotes, concatenated literals
/// are joined, newlines are \n, and code has neither white space nor comments.
class Normalizer {
public:
  explicit Normalizer(StringRef jinja) : rest(jinja) {}

  std::string run() {
    while (!rest.empty()) {
      if (rest.starts_with("{#"))
        rest = rest.drop_front(std::min(rest.find("#}"), rest.size() - 2) + 2);
      else if (rest.starts_with("{{") || rest.starts_with("{%"))
        addCode();
      else
        addCharacter(take(), '\'');
    }
    return std::move(result);
  }

private:
  char take() {
    char c = rest.front();
    rest = rest.drop_front();
    return c;
  }

  void addCode() {
    StringRef end = rest.starts_with("{{") ? "}}" : "%}";
    result += rest.take_front(2);
    rest = rest.drop_front(2);
    while (!rest.empty() && !rest.starts_with(end)) {
      char c = take();
      if (c == '"' || c == '\'')
        addLiteral(c);
      else if (!isSpace(c))
        result += c;
    }
    result += rest.take_front(2);
    rest = rest.drop_front(std::min<size_t>(2, rest.size()));
  }

  void addLiteral(char quote) {
    // 'a' + 'b' becomes 'ab'.
    if (StringRef(result).ends_with("'+"))
      result.resize(result.size() - 2);
    else
      result += '\'';
    while (!rest.empty() && rest.front() != quote) {
      char c = take();
      if (c == '\\' && !rest.empty()) {
        char escaped = take();
        if (escaped == '"')
          result += '"';
        else
          (result += c) += escaped;
      } else {
        addCharacter(c, '\'');
      }
    }
    rest = rest.drop_front(std::min<size_t>(1, rest.size()));
    result += '\'';
  }

  void addCharacter(char c, char quote) {
    if (c == '\n')
      result += "\\n";
    else if (c == quote || c == '\\')
      (result += '\\') += c;
    else
      result += c;
  }

  StringRef rest;
  std::string result;
};
} // namespace

static std::string normalize(StringRef jinja) {
  std::string text = Normalizer(jinja).run();
  for (StringRef dotted : {"message.content", "message.role"})
    for (size_t at; (at = text.find(dotted)) != text.npos;)
      text.replace(at, dotted.size(),
                   "message['" + dotted.split('.').second.str() + "']");
  return text;
}

/// Returns a text as normalized templates spell it.
static std::string escaped(std::string_view text) {
  std::string result;
  for (char c : text) {
    if (c == '\n')
      result += "\\n";
    else if (c == '\'' || c == '\\')
      (result += '\\') += c;
    else
      result += c;
  }
  return result;
}

static std::string unescaped(StringRef text) {
  std::string result;
  while (!text.empty()) {
    char c = text.front();
    text = text.drop_front();
    if (c == '\\' && !text.empty()) {
      char next = text.front();
      text = text.drop_front();
      c = next == 'n' ? '\n' : next == 't' ? '\t' : next;
    }
    result += c;
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Recognition
//===----------------------------------------------------------------------===//

namespace {
/// A format, and pieces that its template has. Templates of later rows that
/// share some of the pieces lack another.
struct Signature {
  StringLiteral format;
  std::array<StringLiteral, 3> pieces;
};
} // namespace

/// More specific rows come first.
static constexpr Signature signatures[] = {
    {"phi4", {"<|im_start|>", "<|im_sep|>", ""}},
    {"chatml", {"<|im_start|>", "<|im_end|>", ""}},
    {"llama3.1", {"<|start_header_id|>", "Cutting Knowledge Date", ""}},
    {"llama3", {"<|start_header_id|>", "<|eot_id|>", ""}},
    {"gemma", {"<start_of_turn>", "<end_of_turn>", ""}},
    {"deepseek-r1", {"<｜User｜>", "<｜Assistant｜><think>\\n", ""}},
    {"deepseek3", {"<｜User｜>", "<｜Assistant｜>", ""}},
    {"llama2", {"bos_token+'[INST] '", "<<SYS>>", "content.strip()"}},
    {"mistral-v7", {"[SYSTEM_PROMPT] ", "[INST] ", ""}},
    {"mistral-v7-tekken", {"[SYSTEM_PROMPT]", "[INST]", ""}},
    {"mistral-v1", {"' [INST] '", "' [/INST]'", ""}},
    {"mistral-v3-tekken", {"'[INST]'", "'[/INST]'", ""}},
    {"mistral-v3", {"'[INST] '", "'[/INST]'", ""}},
    {"mistral-v0.1", {"'[INST] '", "' [/INST]'", "eos_token+' '"}},
    {"mistral-v0.2", {"'[INST] '", "' [/INST]'", ""}},
    {"phi4-mini", {"'|>'+message['content']+'<|end|>'", "<|assistant|>'", ""}},
    {"phi3", {"message['content']+'<|end|>\\n", "<|assistant|>\\n", ""}},
    {"zephyr", {"'<|user|>\\n'+message['content']+eos_token", "<|assistant|>",
                ""}},
    {"tulu", {"'<|user|>\\n'+message['content']+'\\n'",
              "'<|assistant|>\\n'+message['content']+eos_token", ""}},
    {"deepseek2", {"'User: '+message['content']+'\\n\\n'",
                   "'Assistant: '+message['content']+eos_token", ""}},
};

/// Returns the default system message of the template, if it is a literal:
/// beforeSystem TEXT afterSystem.
static std::string findSystem(StringRef text, const ChatFormat &format) {
  if (format.beforeSystem.empty() || format.alwaysSystem)
    return "";
  std::string before = escaped(format.beforeSystem);
  std::string after = escaped(format.afterSystem);
  for (size_t at = text.find(before); at != text.npos;
       at = text.find(before, at + 1)) {
    StringRef rest = text.drop_front(at + before.size());
    StringRef literal = rest.take_front(rest.find(after));
    bool isWhole = literal.size() < rest.size() && !literal.contains("{{") &&
                   !literal.contains("{%");
    for (size_t quote = literal.find('\''); quote != literal.npos;
         quote = literal.find('\'', quote + 1))
      isWhole &= quote > 0 && literal[quote - 1] == '\\';
    if (isWhole && !literal.empty())
      return unescaped(literal);
  }
  return "";
}

gpt::ChatAttr gptc::recognizeChatTemplate(mlir::MLIRContext &context,
                                          StringRef jinja) {
  std::string text = normalize(jinja);
  for (const Signature &signature : signatures) {
    if (!all_of(signature.pieces,
                [&](StringRef piece) { return StringRef(text).contains(piece); }))
      continue;
    const ChatFormat &format = *findChatFormat(signature.format);
    bool isInTurns = StringRef(format.beforeUser).contains("{bos}");
    return gpt::ChatAttr::get(
        &context, signature.format,
        !isInTurns && StringRef(text).contains("bos_token"),
        findSystem(text, format));
  }
  return gpt::ChatAttr::get(&context, unknownChatFormat, /*bos=*/false, "");
}

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

static Error wrongTemplate(const Twine &path, const json::Value *found) {
  return inputError(path, "chat_template", describe(found),
                    "a text, or a list of objects with name and template");
}

/// Returns `chat_template` of tokenizer_config.json, or "" if there is none.
static Expected<std::string> findInConfig(StringRef path) {
  auto buffer = mapFile(path);
  if (!buffer)
    return buffer.takeError();
  auto config = parseJson((*buffer)->getBuffer(), path);
  if (!config)
    return config.takeError();
  const json::Object *object = config->getAsObject();
  const json::Value *value = object ? object->get("chat_template") : nullptr;
  if (!value || value->kind() == json::Value::Null)
    return "";
  if (std::optional<StringRef> text = value->getAsString())
    return text->str();
  const json::Array *list = value->getAsArray();
  if (!list)
    return wrongTemplate(path, value);
  for (const json::Value &item : *list) {
    const json::Object *named = item.getAsObject();
    std::optional<StringRef> text, name;
    if (named) {
      name = named->getString("name");
      text = named->getString("template");
    }
    if (!name || !text)
      return wrongTemplate(path, &item);
    if (*name == "default")
      return text->str();
  }
  return "";
}

Expected<std::optional<ChatTemplateFile>>
gptc::readChatTemplate(StringRef directory) {
  ChatTemplateFile result{"chat_template.jinja", ""};
  std::string path = joinPath(directory, result.name);
  if (sys::fs::exists(path)) {
    auto buffer = mapFile(path);
    if (!buffer)
      return buffer.takeError();
    result.jinja = (*buffer)->getBuffer().str();
    return result;
  }
  result.name = "tokenizer_config.json";
  path = joinPath(directory, result.name);
  if (!sys::fs::exists(path))
    return std::nullopt;
  if (Error error = findInConfig(path).moveInto(result.jinja))
    return std::move(error);
  if (result.jinja.empty())
    return std::nullopt;
  return result;
}
