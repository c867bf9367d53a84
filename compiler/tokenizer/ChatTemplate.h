//===- ChatTemplate.h - Recognizes chat templates -------------------------===//

#ifndef GPTC_COMPILER_TOKENIZER_CHATTEMPLATE_H
#define GPTC_COMPILER_TOKENIZER_CHATTEMPLATE_H

#include "dialect/Gpt.h"
#include "llvm/Support/Error.h"

#include <optional>
#include <string>

namespace gptc {

struct ChatTemplateFile {
  std::string name; ///< in its folder
  std::string jinja;
};

/// Returns the chat template of the Hugging Face folder: chat_template.jinja,
/// else `chat_template` in tokenizer_config.json (of several the one named
/// "default"), else nothing.
llvm::Expected<std::optional<ChatTemplateFile>>
readChatTemplate(llvm::StringRef directory);

/// Returns the row of the table of chat formats (runtime/text/ChatFormats.h)
/// that the template writes, whether it begins with BOS, and its default system
/// message. The format is "unknown" if no row matches.
gpt::ChatAttr recognizeChatTemplate(mlir::MLIRContext &context,
                                    llvm::StringRef jinja);

} // namespace gptc

#endif // GPTC_COMPILER_TOKENIZER_CHATTEMPLATE_H
