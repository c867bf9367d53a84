"""shift.py PROGRAM PROMPT CONTEXT COUNT: a full context goes on with its last half.

Where a token must be evaluated at position CONTEXT, the text goes on as that of
a fresh run on the last CONTEXT / 2 tokens.
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
