//===- Documents.h - What the table of options is written out as ----------===//

#ifndef GPTC_TOOLS_DOCUMENTS_H
#define GPTC_TOOLS_DOCUMENTS_H

#include "tools/OptionTable.h"

namespace gptc {

/// The completion of gptc for bash, which needs no package of completions.
void writeCompletion(const OptionTable &table, llvm::raw_ostream &out);

/// The manual page gptc(1).
void writeManual(const OptionTable &table, llvm::raw_ostream &out);

} // namespace gptc

#endif // GPTC_TOOLS_DOCUMENTS_H
