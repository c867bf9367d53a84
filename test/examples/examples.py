#!/usr/bin/env python3
"""Runs the examples that stand in the descriptions of .td files.

    examples.py GPTC_OPT FILE.td...

An example is a block ```mlir in the description of a definition.

- The example of an op is parsed, verified, printed, parsed and printed again; the
  two prints must agree. So is that of an attribute or of a type, alone.
- The examples of a pass stand below "Before:" and "After:". What the pass makes of
  the first must be the second, where "…" on a line of its own stands for any lines,
  elsewhere for any part of a line, and %c8 for any constant 8. Below "Refused:" the
  pass must give the errors that comments announce (`expected-error`). A first line
  `// gptc-opt FLAGS` replaces the flag of the pass.

A definition without an example fails, and so does an example without the op, the
attribute or the type that it belongs to.

An example needs no function around it: values that it does not define become
arguments of one, with the types that the parser expects, and values that it does
not use become its results. Ops that stand in modules, such as gpt.weight, are put
before that function.
"""

import difflib
import re
import subprocess
import sys
from dataclasses import dataclass, field

ANY = "…"
VALUE = r"%[\w.$-]+"

# What a definition is and what it is called, by its TableGen class.
CLASSES = [
    (r'Gpt_Op<"([\w.]+)"', "op", "gpt."),
    (r'Gpt_TileOp<"([\w.]+)"', "op", "gpt.tile."),
    (r'Gpt_Attr<"\w+", "(\w+)"', "attribute", "#gpt."),
    (r'EnumAttr<Gpt_Dialect, \w+, "(\w+)"', "attribute", "#gpt."),
    (r'Gpt_Type<"\w+", "(\w+)"', "type", "!gpt."),
    (r'Pass<"([\w-]+)"', "pass", "--"),
    # These have no syntax of their own.
    (r"((Confined|AnyTypeOf|CPred|Dialect|I32Enum|MemRef|\dDTensor)\w*)", "other", ""),
]
IN_MODULE = r"gpt\.(model|tokenizer|weight|kv_cache)\b"
FUNCTION = r"(func\.func|llvm\.func|module)\b"


class Failure(Exception):
    """An example is wrong; `line` is the one of the .td file to look at."""

    def __init__(self, line, message):
        super().__init__(message)
        self.line = line


@dataclass
class Line:
    text: str
    number: int | None = None  # in the .td file, none if the script wrote it


@dataclass
class Example:
    label: str  # the line of text before it
    line: int  # its first one
    lines: list[Line] = field(default_factory=list)

    @property
    def text(self):
        return "\n".join(line.text for line in self.lines)


@dataclass
class Definition:
    kind: str
    name: str
    line: int
    examples: list[Example] = field(default_factory=list)


# --- Reading .td files ---


def classify(header, line):
    parent = header.partition(":")[2].strip()
    for pattern, kind, prefix in CLASSES:
        if match := re.match(pattern, parent):
            return Definition(kind, prefix + match[1], line)
    raise Failure(line, f"found a definition of class {parent.split()[0]}, which is not known here")


def read(path):
    """The definitions in a file, each with its examples."""
    with open(path, encoding="utf-8") as file:
        lines = file.read().split("\n")
    definitions, example, label = [Definition("other", path, 1)], None, ""
    for number, text in enumerate(lines, 1):
        stripped = text.strip()
        if example and stripped != "```":
            example.lines.append(Line(text.rstrip(), number))
        elif example:
            texts = [line.text for line in example.lines if line.text]
            indent = min((len(text) - len(text.lstrip()) for text in texts), default=0)
            for line in example.lines:
                line.text = line.text[indent:]
            definitions[-1].examples.append(example)
            example, label = None, ""
        elif stripped == "```mlir":
            example = Example(label, number + 1)
        elif stripped.startswith("```"):
            raise Failure(number, f"found {stripped}, but only ```mlir can be run")
        elif re.match(r"\s*defm?\s+\w+\s*[:<]", text):
            header = " ".join(lines[number - 1 : number + 2])
            definitions.append(classify(header, number))
        elif match := re.match(r"(multi)?class\s+\w+", text):
            definitions.append(Definition("other", match[0], number))
        elif stripped:
            label = stripped
    if example:
        raise Failure(example.line, "the block does not end")
    return definitions


# --- Making a module of an example ---


def call(lines, *flags):
    text = "\n".join(line.text for line in lines) + "\n"
    return subprocess.run([opt, *flags], input=text, capture_output=True, encoding="utf-8")


def run(example, lines, *flags):
    """What gptc-opt prints; its first error is the example's."""
    result = call(lines, *flags)
    if result.returncode == 0:
        return result.stdout
    line, message = example.line, f"gptc-opt ended with {result.returncode}:\n{result.stderr}"
    if match := re.search(r"<stdin>:(\d+):\d+: error: (.*)", result.stderr):
        if number := lines[min(int(match[1]), len(lines)) - 1].number:
            line, message = number, match[2]
    raise Failure(line, message)


def split(example):
    """The lines that stand in a module, and those that need a function."""
    outside, inside, comments = [], [], []
    part = outside
    for line in example.lines:
        if line.text.startswith("//"):  # belongs to the statement that follows
            comments.append(line)
            continue
        if re.match(r"[^\s})\]^]", line.text):  # a statement begins
            part = outside if re.match(IN_MODULE, line.text) else inside
        part += [*comments, line]
        comments = []
    part += comments
    return outside, inside


def wrap(outside, inside, arguments, results):
    names = ", ".join(results)
    types = ", ".join(results.values())
    signature = ", ".join(f"{name}: {type}" for name, type in arguments.items())
    return [
        *outside,
        Line(f"func.func @example({signature}) -> ({types}) {{"),
        *inside,
        Line(f"return {names} : {types}" if results else "return"),
        Line("}"),
    ]


def undefined(outside, inside):
    """The values that an example does not define, as the parser says."""
    lines = wrap(outside, inside, {}, {})
    errors = call(lines).stderr
    found = re.findall(r"<stdin>:(\d+):(\d+): error: use of undeclared SSA value", errors)
    return [re.match(VALUE, lines[int(l) - 1].text[int(c) - 1 :])[0] for l, c in found]


def unused(inside):
    text = "\n".join(line.text for line in inside)
    defined = re.findall(rf"^({VALUE}(?:, {VALUE})*) =", text, re.MULTILINE)
    names = [name for group in defined for name in group.split(", ")]
    return [name for name in names if len(re.findall(re.escape(name) + r"(?![\w.$-])", text)) == 1]


def find_types(outside, inside, arguments, results):
    """The types of values: what the parser expects instead of `none`."""
    modules = [wrap(outside, inside, {name: "none"}, {}) for name in arguments]
    modules += [wrap(outside, inside, {}, {name: "none"}) for name in results]
    lines = [line for module in modules for line in [*module, Line("// -----")]]
    errors = call(lines, "--split-input-file").stderr
    message = r"use of value '(%.+)' expects different type than prior uses: '(.+)' vs '(.+)'"
    types = {name: a if b == "none" else b for name, a, b in re.findall(message, errors)}
    return [{name: types.get(name, "none") for name in names} for names in (arguments, results)]


def complete(example, arguments=None):
    """An example as a module, and the arguments of the function around it."""
    if ANY in example.text:
        line = next(line.number for line in example.lines if ANY in line.text)
        raise Failure(line, f"'{ANY}' stands where all must be written out")
    if re.match(r"[#!\[]|tensor<", example.text):
        attribute = [Line("func.func private @example() attributes {example ="), *example.lines]
        return [*attribute, Line("}")], {}
    outside, inside = split(example)
    if not inside or re.search("^" + FUNCTION, example.text, re.MULTILINE):
        return example.lines, {}
    names = undefined(outside, inside) if arguments is None else []
    found, results = find_types(outside, inside, names, unused(inside))
    arguments = found if arguments is None else arguments
    return wrap(outside, inside, arguments, results), arguments


# --- Comparing with an example that has "…" ---

TOKEN = rf'"(?:[^"\\]|\\.)*"|{VALUE}|\^\w+|[@#!]?[\w$]+(?:\.[\w$]+)*|\S'


def tokens(lines):
    """Pairs of a token and its line; "…" alone on a line is the token "…\\n"."""
    found = []
    for number, line in enumerate(lines):
        text = re.sub(r"^\s*//.*", "", line)
        if text.strip() == ANY:
            found.append((ANY + "\n", number))
        else:
            found += [(token, number) for token in re.findall(TOKEN, text)]
    return found


class Matcher:
    """Finds an example in a print, whose values have other names."""

    def __init__(self, pattern, text):
        self.pattern, self.text = tokens(pattern), tokens(text)
        self.furthest = 0

    def begins_line(self, at):
        return at in (0, len(self.text)) or self.text[at][1] != self.text[at - 1][1]

    def search(self):
        starts = [at for at in range(len(self.text)) if self.begins_line(at)]
        return any(self.match(0, start, {}) for start in starts)

    def match(self, i, at, names):
        while i < len(self.pattern):
            token = self.pattern[i][0]
            self.furthest = max(self.furthest, i)
            if token[0] == ANY:
                return any(self.match(i + 1, end, names) for end in self.ends(token, at))
            if re.match(FUNCTION, token):
                names = {}
            if at == len(self.text):
                return False
            if (names := rename(token, self.text[at][0], names)) is None:
                return False
            i, at = i + 1, at + 1
        return self.begins_line(at)

    def ends(self, token, at):
        """Where that for which "…" stands can end."""
        if token != ANY:
            if self.begins_line(at):
                yield from (e for e in range(at, len(self.text) + 1) if self.begins_line(e))
            return
        yield at
        while not self.begins_line(at):
            yield (at := at + 1)


def rename(token, other, names):
    """The names of values where `token` is `other`, none if it is not."""
    if token[0] not in "%^":
        return names if token == other else None
    if re.fullmatch(r"%c\d+", token):  # the printer names an index by its value
        return names if other.partition("_")[0] == token else None
    taken = {name for value, name in names.items() if value != token}
    if names.get(token, other) != other or other in taken:
        return None
    return {**names, token: other}


# --- Checking ---


def difference(expected, found, *names):
    lines = [text.splitlines() for text in (expected, found)]
    return "\n".join(difflib.unified_diff(*lines, *names, lineterm="", n=99))


def check_round_trip(definition, example):
    lines, _ = complete(example)
    printed = run(example, lines)
    again = run(example, [Line(text) for text in printed.split("\n")])
    if printed != again:
        changes = difference(printed, again, "printed", "parsed and printed again")
        raise Failure(example.line, f"the prints differ\n{changes}")
    if not re.search(rf"(?<![.#!]){re.escape(definition.name)}(?![\w.])", printed):
        raise Failure(example.line, f"the example has no {definition.name}")


def flags_of(definition, example):
    match = re.match(r"// gptc-opt (.*)", example.text)
    flags = match[1].split() if match else [definition.name]
    if all(flag.split("=")[0] != definition.name for flag in flags):
        raise Failure(example.line, f"the flags lack {definition.name}")
    return flags


def check_pass(definition, before, after):
    lines, arguments = complete(before)
    unchanged = run(before, lines)
    made = run(before, lines, *flags_of(definition, before))
    if made == unchanged:
        raise Failure(before.line, "the pass leaves the example as it is")
    if ANY in after.text:
        check_excerpt(after, made)
        return
    expected = run(after, complete(after, arguments)[0])
    if made != expected:
        changes = difference(expected, made, "After", "what the pass makes of Before")
        raise Failure(after.line, f"the pass makes something else\n{changes}")


def check_excerpt(after, made):
    matcher = Matcher([line.text for line in after.lines], made.split("\n"))
    if all(token[0] == ANY for token, _ in matcher.pattern):
        raise Failure(after.line, "the example shows nothing")
    if not matcher.search():
        line = after.lines[matcher.pattern[matcher.furthest][1]]
        message = f"'{line.text.strip()}' does not come next in what the pass makes"
        raise Failure(line.number, f"{message}\n{made}")


def check_refusal(definition, example):
    lines, _ = complete(example)
    run(example, lines)
    if "expected-error" not in example.text:
        raise Failure(example.line, "no error is expected")
    run(example, lines, "--verify-diagnostics", *flags_of(definition, example))


def checks(definition):
    """A check and its examples for each example, or pair of them."""
    if definition.kind == "other" and definition.examples:
        raise Failure(definition.examples[0].line, "the example belongs to no definition")
    if definition.kind != "other" and not definition.examples:
        raise Failure(definition.line, f"the {definition.kind} has no example")
    examples = iter(definition.examples)
    for example in examples:
        if definition.kind != "pass":
            yield check_round_trip, [example]
        elif example.label == "Refused:":
            yield check_refusal, [example]
        else:
            after = next(examples, None)
            if example.label != "Before:" or not after or after.label != "After:":
                message = "'Before:' and 'After:', or 'Refused:', were expected"
                raise Failure(example.line, message)
            yield check_pass, [example, after]


class Report:
    """Prints failures and counts what was checked."""

    def __init__(self):
        self.failures, self.counts = 0, {}

    def attempt(self, path, name, action):
        try:
            return action()
        except Failure as failure:
            self.failures += 1
            print(f"{path}:{failure.line}: {name}: {failure}")

    def check(self, path):
        for definition in self.attempt(path, "file", lambda: read(path)) or []:
            name = definition.name
            for check, examples in self.attempt(path, name, lambda: [*checks(definition)]) or []:
                self.attempt(path, name, lambda: check(definition, *examples))
            if definition.kind != "other":
                self.counts[definition.kind] = self.counts.get(definition.kind, 0) + 1


if __name__ == "__main__":
    opt, *paths = sys.argv[1:]
    report = Report()
    for path in paths:
        report.check(path)
    kinds = [f"{kind}: {count}" for kind, count in sorted(report.counts.items())]
    print(", ".join(kinds + [f"failures: {report.failures}"]))
    sys.exit(report.failures > 0 or not report.counts)
