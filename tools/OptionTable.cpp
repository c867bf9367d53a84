//===- OptionTable.cpp - The options of gptc ------------------------------===//

#include "tools/OptionTable.h"

#include "compiler/Pipeline.h"
#include "runtime/text/ChatFormats.h"
#include "llvm/Option/Option.h"

using namespace gptc;
using namespace llvm;
using namespace llvm::opt;

#define OPTTABLE_STR_TABLE_CODE
#include "tools/Options.inc"
#undef OPTTABLE_STR_TABLE_CODE

#define OPTTABLE_PREFIXES_TABLE_CODE
#include "tools/Options.inc"
#undef OPTTABLE_PREFIXES_TABLE_CODE

static constexpr OptTable::Info optionInfos[] = {
#define OPTION(...) LLVM_CONSTRUCT_OPT_INFO(__VA_ARGS__),
#include "tools/Options.inc"
#undef OPTION
};

const char gptc::usageText[] =
    "gptc MODEL [-o OUT] [options]\n"
    "       gptc run [options] MODEL [flags of the program]";
const char gptc::overviewText[] =
    "compile a GPT model to a native program\n\n"
    "MODEL: a Hugging Face folder, a .gguf file, config.json or a .mlir file of "
    "the gpt dialect";

OptionTable::OptionTable()
    : GenericOptTable(OptionStrTable, OptionPrefixesTable, optionInfos) {}

std::vector<std::string> OptionTable::getValues(OptSpecifier option) const {
  std::vector<std::string> values;
  bool isEmit = option == OPT_emit || option == OPT_emit_eq;
  if (isEmit || option == OPT_from || option == OPT_from_eq)
    for (StringRef phase : getPhaseNames())
      values.push_back(phase.str());
  if (isEmit)
    for (auto [name, form] : getOutputForms())
      values.push_back(name.str());
  if (option == OPT_chat_template || option == OPT_chat_template_eq)
    for (const ChatFormat &format : chatFormats)
      values.push_back(std::string(format.name));
  if (!values.empty())
    return values;
  return suggestValueCompletions(getOption(option).getPrefixedName(), "");
}

ArrayRef<std::pair<StringRef, OutputForm>> gptc::getOutputForms() {
  static constexpr std::pair<StringRef, OutputForm> forms[] = {
      {"llvm-ir", OutputForm::llvmIr},
      {"asm", OutputForm::assembly},
      {"obj", OutputForm::object},
      {"static", OutputForm::staticLibrary},
      {"shared", OutputForm::sharedLibrary},
      {"exe", OutputForm::executable}};
  return forms;
}
