//===- Documents.cpp - Generates documents from the table of options ------===//

#include "tools/Documents.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Option/Option.h"

using namespace gptc;
using namespace llvm;
using namespace llvm::opt;

namespace {
/// An option as documents show it.
struct Entry {
  unsigned id;
  StringRef group;
  /// The spellings with their prefixes. The last one is the name without `=`.
  std::vector<std::string> names;
  /// The text that follows the name: `=<form>`, ` <file>` or nothing.
  std::string value;
  StringRef help;

  bool isJoined() const { return StringRef(value).starts_with("="); }
};
} // namespace

/// Returns the flag that is an alias of the option `id`, or nothing.
static std::string findShortName(const OptionTable &table, unsigned id) {
  for (unsigned other = 1; other <= table.getNumOptions(); ++other) {
    Option option = table.getOption(other);
    if (option.getKind() == Option::FlagClass && option.getAlias().isValid() &&
        option.getAlias().getID() == id)
      return option.getPrefixedName().str();
  }
  return "";
}

/// Returns the options that have a help text, in the order of the table.
static std::vector<Entry> listOptions(const OptionTable &table) {
  std::vector<Entry> entries;
  for (unsigned id = 1; id <= table.getNumOptions(); ++id) {
    Option option = table.getOption(id);
    const char *help = table.getOptionHelpText(id);
    if (option.getKind() == Option::GroupClass || !help ||
        option.hasFlag(HelpHidden))
      continue;
    Entry entry{id, "", {}, "", help};
    if (Option group = option.getGroup(); group.isValid())
      entry.group = table.getOptionHelpText(group.getID());
    if (std::string name = findShortName(table, id); !name.empty())
      entry.names.push_back(name);
    StringRef name = option.getPrefixedName();
    bool joined = name.consume_back("=");
    entry.names.push_back(name.str());
    if (const char *value = table.getOptionMetaVar(id))
      entry.value = (joined ? "=" : " ") + std::string(value);
    entries.push_back(std::move(entry));
  }
  return entries;
}

//===----------------------------------------------------------------------===//
// Completion
//===----------------------------------------------------------------------===//

/// The start of the script. bash passes `--emit=f` as the three words `--emit`,
/// `=` and `f`.
static constexpr char completionStart[] = R"(# Completion of gptc for bash.

_gptc() {
  local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
  COMPREPLY=()
  if [[ $current == = ]]; then
    current=
  elif [[ $before == = ]]; then
    before=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  case $before in
)";

static constexpr char completionEnd[] = R"(  esac
  if [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$current"))
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]]; then
      compopt -o nospace 2>/dev/null
    fi
    return
  fi
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen -f -- "$current")
  if [[ $COMP_CWORD -eq 1 && run == "$current"* ]]; then
    COMPREPLY+=(run)
  fi
}

complete -F _gptc gptc
)";

/// Writes the case that completes the value of an option, if that is possible.
static void writeCase(const OptionTable &table, const Entry &entry,
                      raw_ostream &out) {
  if (entry.value.empty())
    return;
  std::vector<std::string> values = table.getValues(entry.id);
  StringRef kind = StringRef(entry.value).drop_front();
  StringRef folders = kind == "<folder>" ? " -d" : " -f";
  if (values.empty() && kind != "<folder>" && kind != "<file>")
    return;
  out << "    " << join(entry.names, "|") << ")\n";
  if (!values.empty())
    out << "      COMPREPLY=($(compgen -W \"" << join(values, " ")
        << "\" -- \"$current\"))\n";
  else
    out << "      compopt -o filenames 2>/dev/null\n"
           "      mapfile -t COMPREPLY < <(compgen"
        << folders << " -- \"$current\")\n";
  out << "      return ;;\n";
}

void gptc::writeCompletion(const OptionTable &table, raw_ostream &out) {
  std::vector<Entry> entries = listOptions(table);
  out << completionStart;
  for (const Entry &entry : entries)
    writeCase(table, entry, out);
  std::string end = completionEnd;
  std::vector<std::string> names;
  for (const Entry &entry : entries) {
    names.insert(names.end(), entry.names.begin(), entry.names.end());
    if (entry.isJoined())
      names.back() += "=";
  }
  StringRef rest(end);
  auto [before, after] = rest.split("$options");
  out << before << join(names, " ") << after;
}

//===----------------------------------------------------------------------===//
// The manual
//===----------------------------------------------------------------------===//

/// Returns `text` with the characters escaped that roff interprets.
static std::string escape(StringRef text) {
  std::string result;
  for (char c : text) {
    if (c == '\\')
      result += "\\e";
    else if (c == '-')
      result += "\\-";
    else
      result += c;
  }
  if (StringRef(result).starts_with(".") || StringRef(result).starts_with("'"))
    result.insert(0, "\\&");
  return result;
}

static constexpr char manualStart[] = R"(.SH NAME
gptc \- compile a GPT model to a native program
.SH SYNOPSIS
.B gptc
.I MODEL
.RB [ \-o
.IR OUT ]
.RI [ options ]
.br
.B gptc run
.RI [ options ]
.I MODEL
.RI [ "flags of the program" ]
.SH DESCRIPTION
.B gptc
compiles a GPT model to one program that holds its weights and its tokenizer
and needs nothing but libc.
.I MODEL
is a Hugging Face folder, a .gguf file, a config.json or a .mlir file of the
gpt dialect.
.B gptc run
compiles to a temporary file and runs it; what follows
.I MODEL
is the program's, whose flags its
.B \-\-help
lists.
)";

static constexpr char manualEnd[] = R"(.SH LIBRARIES
.B \-\-emit=static
writes an archive, lib\fINAME\fR.a unless
.B \-o
names it, and its weights beside it as
.IR OUT .weights;
.B \-\-emit=shared
writes lib\fINAME\fR.so, which holds the weights as a program does. Both have
the functions of
.I gptc.h
and no other names:
.PP
.nf
    gptc MODEL \-\-emit=static \-o libmodel.a
    cc chat.c libmodel.a
    gptc MODEL \-\-emit=shared \-o libmodel.so
    cc chat.c \-L. \-lmodel
.fi
.SH EXIT STATUS
.TP
.B 0
Done.
.TP
.B 1
A model or a file is wrong, or could not be written.
.TP
.B 2
The command line is wrong.
.TP
.B 130
Ctrl\-C.
.SH EXAMPLES
.nf
    gptc model \-o story && ./story \-p "Once upon a time" \-n 100
    gptc run model \-i
    gptc model \-\-dump\-ir=phases
    gptc \-\-from=fused phases/01\-fused.mlir \-o story
.fi
)";

static void writeEntry(const OptionTable &table, const Entry &entry,
                       raw_ostream &out) {
  out << ".TP\n";
  ListSeparator comma(", ");
  for (const std::string &name : entry.names)
    out << comma << "\\fB" << escape(name) << "\\fR";
  if (!entry.value.empty())
    out << escape(StringRef(entry.value).take_front()) << "\\fI"
        << escape(StringRef(entry.value).drop_front()) << "\\fR";
  out << '\n' << escape(entry.help) << ".\n";
  std::vector<std::string> values = table.getValues(entry.id);
  if (any_of(values, [&](StringRef value) { return !entry.help.contains(value); }))
    out << "Values: " << escape(join(values, ", ")) << ".\n";
}

void gptc::writeManual(const OptionTable &table, raw_ostream &out) {
  out << ".TH GPTC 1 \"\" \"gptc " GPTC_VERSION "\" \"User Commands\"\n"
      << manualStart << ".SH OPTIONS\n";
  std::vector<Entry> entries = listOptions(table);
  SmallVector<StringRef> groups;
  for (const Entry &entry : entries)
    if (!is_contained(groups, entry.group))
      groups.push_back(entry.group);
  for (StringRef group : groups) {
    std::string title = group.lower();
    title[0] = toUpper(title[0]);
    out << ".SS " << title << '\n';
    for (const Entry &entry : entries)
      if (entry.group == group)
        writeEntry(table, entry, out);
  }
  out << manualEnd;
}
