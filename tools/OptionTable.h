//===- OptionTable.h - The options of gptc --------------------------------===//

#ifndef GPTC_TOOLS_OPTIONTABLE_H
#define GPTC_TOOLS_OPTIONTABLE_H

#include "compiler/Driver.h"
#include "llvm/Option/OptTable.h"

namespace gptc {

/// The options of tools/Options.td: OPT_emit and so on.
enum OptionId {
  OPT_INVALID = 0,
#define OPTION(...) LLVM_MAKE_OPT_ID(__VA_ARGS__),
#include "tools/Options.inc"
#undef OPTION
};

class OptionTable : public llvm::opt::GenericOptTable {
public:
  OptionTable();

  /// The names that an option takes as its value, all of them or those that
  /// are worth a proposal; none where it takes anything.
  std::vector<std::string> getValues(llvm::opt::OptSpecifier option) const;
};

/// What --emit takes beside phases, and what it makes.
llvm::ArrayRef<std::pair<llvm::StringRef, OutputForm>> getOutputForms();

extern const char usageText[], overviewText[];

} // namespace gptc

#endif // GPTC_TOOLS_OPTIONTABLE_H
