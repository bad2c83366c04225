"""``focstream COMMAND``: all command lines of focstream under one name.

What is below this package may not import what is above it, so the programs are here by name alone, and only
the one that is asked for is imported.
"""

import importlib
from collections.abc import Sequence
from dataclasses import dataclass

from focstream.program.commands import ended, run_no_command

_PROG = "focstream"


@dataclass(frozen=True, slots=True)
class Program:
    """A program, or one command of it.

    Attributes
    ----------
    module
        Has a function `main` that takes the words of the command line and the program's name.
    summary
        What it does, for the help.
    command
        The one command of it that is meant, of the same name.
    """

    module: str
    summary: str
    command: tuple[str, ...] = ()


PROGRAMS = {
    "run": Program("run_pipeline", "Turn a camera, or a recording, into live depth; publish, show, save it."),
    "record": Program("capture.__main__", "Record slices without computing depth.", ("record",)),
    "capture": Program("capture.__main__", "Recover, describe, import and export recordings."),
    "calibrate": Program("calibration.__main__", "Measure a camera and its lens; makes their profile."),
    "engines": Program("engines.__main__", "List, build, compare and time what computes the network."),
    "publish": Program("publish.__main__", "Make keys for encrypted streams; compare saved sweeps."),
    "train": Program("training.__main__", "Train the network on rendered stacks.", ("train",)),
    "training": Program("training.__main__", "Render stacks; train, judge and ship networks."),
}
_ABOUT = "A focus-sweeping camera as a live depth sensor. A simulated one: focstream run --camera sim"


def main(argv: Sequence[str]) -> int:
    """Run one command; returns the exit code."""
    words = argv[1:] if argv and argv[0] in PROGRAMS and argv[1:2] == ["--version"] else argv  # all have one
    if words and words[0] in PROGRAMS:
        return ended(lambda: _run(words[0], words[1:]), prog=f"{_PROG} {words[0]}")
    summaries = {name: program.summary for name, program in PROGRAMS.items()}
    return run_no_command(summaries, words, prog=_PROG, about=_ABOUT)


def _run(name: str, argv: Sequence[str]) -> int:
    program = PROGRAMS[name]
    prog = _PROG if program.command else f"{_PROG} {name}"  # a command adds its own name
    return int(importlib.import_module(program.module).main([*program.command, *argv], prog=prog))
