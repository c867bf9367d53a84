//===- ChatFormats.h - The table of chat formats --------------------------===//
//
// Each row reproduces the chat templates of its models (chat_template in
// tokenizer_config.json, as transformers applies it) byte for byte. gptc
// recognizes the row of a template (compiler/tokenizer/ChatTemplate.cpp). Rows
// have llama.cpp's names where it has the format.
//
//===----------------------------------------------------------------------===//

#ifndef GPTC_RUNTIME_TEXT_CHATFORMATS_H
#define GPTC_RUNTIME_TEXT_CHATFORMATS_H

#include <string>
#include <string_view>

namespace gptc {

/// A conversation is
///   [BOS] [system] user answer user answer …
/// where `system` is beforeSystem TEXT afterSystem, after the first beforeUser
/// if `systemInUser`; `user` is beforeUser TEXT afterUser, which opens the
/// answer; and `answer` is the model's text and afterAssistant. "{bos}" and
/// "{eos}" are placeholders for the texts of the model's tokens. The special
/// tokens of afterAssistant end a turn.
struct ChatFormat {
  std::string_view name;
  std::string_view beforeSystem = "", afterSystem = "";
  std::string_view beforeUser = "", afterUser = "";
  std::string_view afterAssistant = "";
  /// Whether BOS begins the conversation if the model has no template.
  bool bos = false;
  bool systemInUser = false;
  /// Whether white space around a user's text is removed, and around the system
  /// message if it has a turn of its own.
  bool trims = false;
  /// Whether there is a system turn even if its text is empty.
  bool alwaysSystem = false;
};

inline constexpr ChatFormat chatFormats[] = {
    // Used by Qwen, SmolLM2 and many others.
    {.name = "chatml",
     .beforeSystem = "<|im_start|>system\n",
     .afterSystem = "<|im_end|>\n",
     .beforeUser = "<|im_start|>user\n",
     .afterUser = "<|im_end|>\n<|im_start|>assistant\n",
     .afterAssistant = "<|im_end|>\n"},
    {.name = "llama2",
     .beforeSystem = "<<SYS>>\n",
     .afterSystem = "\n<</SYS>>\n\n",
     .beforeUser = "{bos}[INST] ",
     .afterUser = " [/INST]",
     .afterAssistant = " {eos}",
     .systemInUser = true,
     .trims = true},
    {.name = "llama3",
     .beforeSystem = "<|start_header_id|>system<|end_header_id|>\n\n",
     .afterSystem = "<|eot_id|>",
     .beforeUser = "<|start_header_id|>user<|end_header_id|>\n\n",
     .afterUser =
         "<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
     .afterAssistant = "<|eot_id|>",
     .bos = true,
     .trims = true},
    // The date is the template's default, so a program's output does not depend
    // on the day.
    {.name = "llama3.1",
     .beforeSystem = "<|start_header_id|>system<|end_header_id|>\n\n"
                     "Cutting Knowledge Date: December 2023\n"
                     "Today Date: 26 Jul 2024\n\n",
     .afterSystem = "<|eot_id|>",
     .beforeUser = "<|start_header_id|>user<|end_header_id|>\n\n",
     .afterUser =
         "<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
     .afterAssistant = "<|eot_id|>",
     .bos = true,
     .trims = true,
     .alwaysSystem = true},
    // Mistral 7B Instruct v0.1 and v0.2 as first published.
    {.name = "mistral-v0.1",
     .afterSystem = "\n\n",
     .beforeUser = "[INST] ",
     .afterUser = " [/INST]",
     .afterAssistant = "{eos} ",
     .bos = true,
     .systemInUser = true},
    {.name = "mistral-v0.2",
     .afterSystem = "\n\n",
     .beforeUser = "[INST] ",
     .afterUser = " [/INST]",
     .afterAssistant = "{eos}",
     .bos = true,
     .systemInUser = true},
    // These follow the versions of Mistral's tokenizers. The templates of v3
    // move the system message into the last user turn. With a KV cache that is
    // kept from turn to turn that is not possible, so it stays in the first.
    {.name = "mistral-v1",
     .afterSystem = "\n\n",
     .beforeUser = " [INST] ",
     .afterUser = " [/INST]",
     .afterAssistant = "{eos}",
     .bos = true,
     .systemInUser = true},
    {.name = "mistral-v3",
     .afterSystem = "\n\n",
     .beforeUser = "[INST] ",
     .afterUser = "[/INST]",
     .afterAssistant = "{eos}",
     .bos = true,
     .systemInUser = true},
    {.name = "mistral-v3-tekken",
     .afterSystem = "\n\n",
     .beforeUser = "[INST]",
     .afterUser = "[/INST]",
     .afterAssistant = "{eos}",
     .bos = true,
     .systemInUser = true},
    {.name = "mistral-v7",
     .beforeSystem = "[SYSTEM_PROMPT] ",
     .afterSystem = "[/SYSTEM_PROMPT]",
     .beforeUser = "[INST] ",
     .afterUser = "[/INST]",
     .afterAssistant = "{eos}",
     .bos = true},
    {.name = "mistral-v7-tekken",
     .beforeSystem = "[SYSTEM_PROMPT]",
     .afterSystem = "[/SYSTEM_PROMPT]",
     .beforeUser = "[INST]",
     .afterUser = "[/INST]",
     .afterAssistant = "{eos}",
     .bos = true},
    // Used by TinyLlama, too.
    {.name = "zephyr",
     .beforeSystem = "<|system|>\n",
     .afterSystem = "{eos}\n",
     .beforeUser = "<|user|>\n",
     .afterUser = "{eos}\n<|assistant|>\n",
     .afterAssistant = "{eos}\n"},
    // Used by OLMo 2 and Falcon 3, too.
    {.name = "tulu",
     .beforeSystem = "<|system|>\n",
     .afterSystem = "\n",
     .beforeUser = "<|user|>\n",
     .afterUser = "\n<|assistant|>\n",
     .afterAssistant = "{eos}\n",
     .bos = true},
    {.name = "gemma",
     .afterSystem = "\n\n",
     .beforeUser = "<start_of_turn>user\n",
     .afterUser = "<end_of_turn>\n<start_of_turn>model\n",
     .afterAssistant = "<end_of_turn>\n",
     .bos = true,
     .systemInUser = true,
     .trims = true},
    {.name = "phi3",
     .beforeSystem = "<|system|>\n",
     .afterSystem = "<|end|>\n",
     .beforeUser = "<|user|>\n",
     .afterUser = "<|end|>\n<|assistant|>\n",
     .afterAssistant = "<|end|>\n"},
    {.name = "phi4",
     .beforeSystem = "<|im_start|>system<|im_sep|>",
     .afterSystem = "<|im_end|>",
     .beforeUser = "<|im_start|>user<|im_sep|>",
     .afterUser = "<|im_end|><|im_start|>assistant<|im_sep|>",
     .afterAssistant = "<|im_end|>"},
    {.name = "phi4-mini",
     .beforeSystem = "<|system|>",
     .afterSystem = "<|end|>",
     .beforeUser = "<|user|>",
     .afterUser = "<|end|><|assistant|>",
     .afterAssistant = "<|end|>"},
    {.name = "deepseek2",
     .afterSystem = "\n\n",
     .beforeUser = "User: ",
     .afterUser = "\n\nAssistant:",
     .afterAssistant = "{eos}",
     .bos = true},
    {.name = "deepseek3",
     .beforeUser = "<｜User｜>",
     .afterUser = "<｜Assistant｜>",
     .afterAssistant = "<｜end▁of▁sentence｜>",
     .bos = true},
    {.name = "deepseek-r1",
     .beforeUser = "<｜User｜>",
     .afterUser = "<｜Assistant｜><think>\n",
     .afterAssistant = "<｜end▁of▁sentence｜>",
     .bos = true},
    // Version 1.1 of FastChat; models of this format have no template.
    {.name = "vicuna",
     .afterSystem = " ",
     .beforeUser = "USER: ",
     .afterUser = " ASSISTANT:",
     .afterAssistant = "{eos}",
     .bos = true},
};

/// The format name of a template that matches no row.
inline constexpr std::string_view unknownChatFormat = "unknown";

/// Returns the row of this name, or null.
constexpr const ChatFormat *findChatFormat(std::string_view name) {
  for (const ChatFormat &format : chatFormats)
    if (format.name == name)
      return &format;
  return nullptr;
}

/// Returns all names, joined by commas, for error messages.
inline std::string chatFormatNames() {
  std::string names;
  for (const ChatFormat &format : chatFormats) {
    names += names.empty() ? "" : ", ";
    names += format.name;
  }
  return names;
}

} // namespace gptc

#endif // GPTC_RUNTIME_TEXT_CHATFORMATS_H
