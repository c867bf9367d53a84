//===- OptionTable.h - The options of gptc --------------------------------===//

#ifndef GPTC_TOOLS_OPTIONTABLE_H
#define GPTC_TOOLS_OPTIONTABLE_H

#include "compiler/Driver.h"
#include "llvm/Option/OptTable.h"

namespace gptc {

/// The ids of the options in tools/Options.td, such as OPT_emit.
enum OptionId {
  OPT_INVALID = 0,
#define OPTION(...) LLVM_MAKE_OPT_ID(__VA_ARGS__),
#include "tools/Options.inc"
#undef OPTION
};

class OptionTable : public llvm::opt::GenericOptTable {
public:
  OptionTable();

  /// Returns the values that completion proposes for an option: all that it
  /// takes, or the most useful ones; none if it takes any value.
  std::vector<std::string> getValues(llvm::opt::OptSpecifier option) const;
};

/// Returns the values of --emit other than phases, and the forms they mean.
llvm::ArrayRef<std::pair<llvm::StringRef, OutputForm>> getOutputForms();

extern const char usageText[], overviewText[];

} // namespace gptc

#endif // GPTC_TOOLS_OPTIONTABLE_H
