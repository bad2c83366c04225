"""One way for every command line to read its options, to run, and to end."""

import difflib
import inspect
import logging
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from focstream.errors import FocstreamError, InputError
from focstream.program.extras import install_hint
from focstream.program.memory import keep_freed_memory
from focstream.program.signals import INTERRUPTED, Unwinding, end, go_by, said
from focstream.version import __version__

if TYPE_CHECKING:  # pydantic: the list of commands does without
    from focstream.program.first_help import FirstHelp

_log = logging.getLogger(__name__)

_LONGEST = 2000
"""Letters of a message: what is wrong may be a value of any length."""
Settings = TypeVar("Settings")


@dataclass(frozen=True, slots=True)
class Command(Generic[Settings]):
    """The settings of a command, and what it does.

    Attributes
    ----------
    settings
        A frozen dataclass or pydantic model; the options and their help are made from it.
    run
        Does the work; returns an exit code, or None for 0.
    prefixed
        Options of settings within the settings begin with their name, as in ``--sweep.slots``.
    first_help
        What ``--help`` shows where the options are many; ``--help-all`` shows them all.
    """

    settings: type[Settings]
    run: Callable[[Settings], int | None]
    prefixed: bool = True
    first_help: "FirstHelp | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoSettings:
    """Settings of a command without options."""


def say(text: str) -> None:
    """Print an answer, a line or more, for people and for pipes."""
    sys.stdout.write(text if text.endswith("\n") else f"{text}\n")


AnyCommand = Command[Any]

Loader = Callable[[], AnyCommand]
"""Imports what the command needs, only when it is asked for.

Its docstring is the head of the command's help; without one, that of the settings is.
"""


def run_program(
    commands: Mapping[str, Loader], argv: Sequence[str], *, prog: str, about: str, extra: str | None = None
) -> int:
    """Run the command that `argv` names; a mistake is one clear line and its exit code.

    Parameters
    ----------
    commands
        The commands by name, in the order of the help.
    argv
        The words after the program's name.
    prog
        How the program is called.
    about
        One sentence about it, for its help.
    extra
        The extra of focstream that brings the packages of these commands.
    """
    if argv and argv[0] in commands:
        return run_command(commands[argv[0]], argv[1:], prog=f"{prog} {argv[0]}", extra=extra)
    summaries = {name: (inspect.getdoc(load) or "").partition("\n")[0] for name, load in commands.items()}
    return run_no_command(summaries, argv, prog=prog, about=about)


def run_command(load: Loader, argv: Sequence[str], *, prog: str, extra: str | None = None) -> int:
    """Run one command; also for a program that has no others."""

    def work() -> int | None:
        from focstream.program.settings import load_settings  # tyro: the list of commands does without

        with _explained(extra):
            command = load()
        head = inspect.getdoc(load)
        try:
            settings = load_settings(
                command.settings,
                argv,
                prog=prog,
                description=head,
                prefixed=command.prefixed,
                first_help=command.first_help,
            )
        except SystemExit:  # after --help
            return 0
        keep_freed_memory()
        with Unwinding(), _explained(extra):
            return command.run(settings)

    return ended(work, prog=prog)


def run_no_command(summaries: Mapping[str, str], argv: Sequence[str], *, prog: str, about: str) -> int:
    """Print help or version of a program when `argv` asks for it; else report that there is no such command.

    Parameters
    ----------
    summaries
        One line about each command, by its name.
    argv, prog, about
        As of `run_program`.
    """

    def work() -> None:
        if argv[:1] == ["--version"]:
            say(f"focstream {__version__}")
        elif argv[:1] in (["--help"], ["-h"], ["--help-all"]):
            say(_help(summaries, prog, about))
        else:
            raise InputError(_no_command(argv, summaries))

    return ended(work, prog=prog)


def ended(work: Callable[[], int | None], *, prog: str) -> int:
    """Do the work of a program, and return the exit code that it ends with."""
    return end(_code_of(work, prog=prog))


def _code_of(work: Callable[[], int | None], *, prog: str) -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    go_by(prog)  # a signal in the middle of an import ends the program at once, and names the same command
    try:
        code = work() or 0
        sys.stdout.flush()
    except FocstreamError as error:
        text = str(error)
        _log.error("%s: %s", prog, text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")
        return error.exit_code
    except KeyboardInterrupt:
        said()
        _log.error("%s: interrupted", prog)
        return INTERRUPTED
    except BrokenPipeError:  # the reader has seen enough
        _drop_output()
        return 0
    except OSError as error:  # such as a full disk behind the standard output
        _log.error("%s: %s", prog, _described(error))
        _drop_output()
        return InputError.exit_code
    except MemoryError:
        _log.error("%s: there is not enough memory: give smaller or fewer files", prog)
        return InputError.exit_code
    return code


def _drop_output() -> None:
    """Send what is still to be printed nowhere: Python would fail at it once more when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _described(error: OSError) -> str:
    name = "the standard output" if error.filename is None else ascii(os.fspath(error.filename))[:_LONGEST]
    return f"{name} cannot be read or written ({error.strerror or error}); check the disk and the permissions"


def _no_command(argv: Sequence[str], names: Iterable[str]) -> str:
    if not argv:
        return f"give a command: {', '.join(names)}; see --help"
    near = difflib.get_close_matches(argv[0], names, cutoff=0.7)
    which = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(names)};"
    return f"there is no command {argv[0]!r}: {which} see --help"


def _help(summaries: Mapping[str, str], prog: str, about: str) -> str:
    width = max(map(len, summaries)) + 2
    lines = [f"usage: {prog} COMMAND [OPTIONS]", "", about, "", "commands:"]
    lines += [f"  {name:{width}}{text}" for name, text in summaries.items()]
    return "\n".join([*lines, "", f"{prog} COMMAND --help explains a command and its options."])


@contextmanager
def _explained(extra: str | None) -> Iterator[None]:
    """Say which extra brings a package that is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        if extra is None or error.name is None:
            raise
        raise InputError(f"needs the package {error.name}; {install_hint(extra)}") from None
