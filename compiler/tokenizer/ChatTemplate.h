//===- ChatTemplate.h - Know a model's chat format by its template --------===//

#ifndef GPTC_COMPILER_TOKENIZER_CHATTEMPLATE_H
#define GPTC_COMPILER_TOKENIZER_CHATTEMPLATE_H

#include "dialect/Gpt.h"
#include "llvm/Support/Error.h"

#include <optional>
#include <string>

namespace gptc {

struct ChatTemplateFile {
  std::string name; ///< of the file in its folder
  std::string jinja;
};

/// The chat template of the Hugging Face folder: chat_template.jinja, else
/// `chat_template` in tokenizer_config.json, of several the one named
/// "default", else none.
llvm::Expected<std::optional<ChatTemplateFile>>
readChatTemplate(llvm::StringRef directory);

/// The row of the table of chat formats (runtime/text/ChatFormats.h) that the
/// template writes, whether it begins with BOS and what its system says by
/// itself. The format is "unknown" where it is no row.
gpt::ChatAttr recognizeChatTemplate(mlir::MLIRContext &context,
                                    llvm::StringRef jinja);

} // namespace gptc

#endif // GPTC_COMPILER_TOKENIZER_CHATTEMPLATE_H
