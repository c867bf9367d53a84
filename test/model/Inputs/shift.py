"""shift.py PROGRAM PROMPT CONTEXT COUNT: checks that a full context keeps its last half.

When a token would have to be evaluated at position CONTEXT, the text must continue
as in a fresh run on the last CONTEXT / 2 tokens.
"""

import sys

import program

command = sys.argv[1:2]
length, context, count = map(int, sys.argv[2:])
flags = ["-c", str(context)]
tokens = program.prompt(length, 200)
found = program.greedy(command, tokens, count, *flags)
for step, token in enumerate(found):
    if len(tokens) > context:
        tokens = tokens[-(context // 2) :]
    [expected] = program.greedy(command, tokens, 1, *flags)
    if token != expected:
        sys.exit(f"token {step}: found {token}, expected {expected} after {tokens}")
    tokens.append(token)
