#!/usr/bin/env python3
"""Measures gptc's programs beside the machine's limits and other runtimes.

Prints Markdown, each table as soon as it is complete. FOLDER keeps checkpoints,
programs, plots and the other runtimes.
"""

import argparse
import datetime
import pathlib

from machine import Limits, describe
from peers import CLASSES, Environment, Peers
from programs import Compiler
from sections import attention, compile, file, growth, kernels, sampling, start, threads

SECTIONS = {"kernels": kernels, "attention": attention, "file": file, "threads": threads,
            "start": start, "compile": compile, "growth": growth, "sampling": sampling}


class Bench:
    """The state that all sections share."""

    def __init__(self, options, peers):
        self.folder = options.folder.resolve()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.turns = options.turns
        self.compiler = Compiler(options.gptc.resolve(), self.folder)
        self.limits = Limits(options.clangxx, self.folder)
        self.peers = Peers(peers, Environment(self.folder, options.clangxx))


def names_of(text, known, parser):
    names = text.split(",")
    for name in names:
        if name not in known:
            parser.error(f"found '{name}', expected some of {','.join(known)}")
    return names


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("gptc", type=pathlib.Path)
    parser.add_argument("clangxx")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--only", default=",".join(SECTIONS), metavar="SECTIONS",
                        help="some of " + ",".join(SECTIONS))
    parser.add_argument("--peers", default=",".join(CLASSES), metavar="NAMES",
                        help="none, or some of " + ",".join(CLASSES))
    options = parser.parse_args()
    sections = names_of(options.only, SECTIONS, parser)
    peers = [] if options.peers == "none" else names_of(options.peers, CLASSES, parser)

    print(f"# gptc beside the machine's limits\n\n"
          f"{datetime.date.today()}, {describe()}.\n"
          f"Medians of {options.turns} turns in which everything runs once.", flush=True)
    bench = Bench(options, peers)
    for name in sections:
        SECTIONS[name].measure(bench)


if __name__ == "__main__":
    main()
