//===- Documents.h - Generates documents from the table of options --------===//

#ifndef GPTC_TOOLS_DOCUMENTS_H
#define GPTC_TOOLS_DOCUMENTS_H

#include "tools/OptionTable.h"

namespace gptc {

/// Writes a bash completion of gptc that does not need bash-completion.
void writeCompletion(const OptionTable &table, llvm::raw_ostream &out);

/// Writes the manual page gptc(1).
void writeManual(const OptionTable &table, llvm::raw_ostream &out);

} // namespace gptc

#endif // GPTC_TOOLS_DOCUMENTS_H
