"""Every command line of focstream: its help is quick, and a mistake is one line."""

import importlib
import json
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest

from focstream.program import programs
from focstream.program.commands import Command, NoSettings, ended, run_command, run_program
from focstream.types import DeviceLostError, InputError
from focstream.version import __version__

ROOT = Path(__file__).parents[3]

PROGRAMS = {
    "capture": ("record", "info", "export", "import", "recover"),
    "calibration": (
        "focus", "timing", "breathing", "intrinsics", "field", "flatfield", "targets", "show", "check",
    ),
    "engines": ("list", "build", "bench", "compare", "export", "quantise"),
    "publish": ("keys", "compare"),
    "training": (
        "scenes", "render", "render-validation", "pretrain", "train", "distil", "ship", "evaluate",
        "benchmark", "ablate", "curve", "attention", "dinov2",
    ),
}  # fmt: skip
COMMANDS = [(program, command) for program, commands in PROGRAMS.items() for command in commands]
FILES = ("first.mcap", "second.mcap")
"""Words for commands that read files; to the others they are as unknown as the option."""
CHOICES = {"benchmark": ("ddff",)}
"""Words for commands that take one of a few instead."""
SINGLE = ("run_pipeline", "capture.simulator.serial_lenses", "capture.simulator.gentl.write_stack")

ENGINES_AND_CAMERAS = {"torch", "openvino", "onnxruntime", "tensorrt", "harvesters", "genicam"}
SLOW_TO_IMPORT = ENGINES_AND_CAMERAS | {"cv2", "mcap", "scipy", "matplotlib"}


class Main(Protocol):
    def __call__(self, argv: Sequence[str], *, prog: str = ...) -> int: ...


def main_of(program: str) -> Main:
    return importlib.import_module(f"{program}.__main__").main


def imported_by(module: str, *runs: Sequence[str]) -> set[str]:
    """The packages that a program has imported after it printed its helps, in a process of its own."""
    code = (
        "import contextlib, importlib, io, json, sys\n"
        "with contextlib.redirect_stdout(io.StringIO()) as said:\n"
        f"    codes = [importlib.import_module({module!r}).main(words) for words in {[*map(list, runs)]!r}]\n"
        "assert not any(codes) and said.getvalue().count('usage: ') == len(codes)\n"
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


def module_run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *words], cwd=ROOT, capture_output=True, text=True, timeout=100, check=False
    )


@pytest.mark.parametrize(
    "module", ["focstream.program.programs", *(f"{program}.__main__" for program in PROGRAMS)]
)
def test_the_list_of_commands_imports_nothing_slow(module: str) -> None:
    assert not imported_by(module, ["--help"]) & SLOW_TO_IMPORT


@pytest.mark.parametrize("program", PROGRAMS)
def test_no_help_of_a_command_imports_an_engine_or_a_camera(program: str) -> None:
    helps = [[command, "--help"] for command in PROGRAMS[program]]
    assert not imported_by(f"{program}.__main__", *helps) & ENGINES_AND_CAMERAS


OPTIONS_NEED = {
    *("numpy", "pydantic", "pydantic_core", "tyro"),
    *("annotated_types", "docstring_parser", "typeguard", "typing_extensions", "typing_inspection"),
}
"""The packages that make options and their help."""
OURS = {"focstream", "capture", "calibration", "inference", "engines", "publish", "training", "run_pipeline"}


@pytest.mark.parametrize(
    ("module", "words"),
    [
        ("run_pipeline", ["--help"]),
        ("capture.__main__", ["record", "--help"]),
        ("calibration.__main__", ["timing", "--help"]),
    ],
)
def test_the_help_of_the_main_commands_imports_options_alone(module: str, words: list[str]) -> None:
    imported = {name for name in imported_by(module, words) if not name.startswith("_")}
    assert imported - OURS - OPTIONS_NEED <= set(sys.stdlib_module_names)


@pytest.mark.parametrize(
    "words",
    [
        ("run_pipeline.py", "--version"),
        ("-m", "focstream", "--version"),
        *(("-m", program, "--version") for program in PROGRAMS),
    ],
)
def test_the_version_is_answered_before_anything_is_imported(words: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *words],
        cwd=ROOT, capture_output=True, text=True, timeout=100, check=True,
    )  # fmt: skip
    assert done.stdout == f"focstream {__version__}\n"
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "focstream.program.signals" in imported
    assert not imported & {"logging", "inspect", "dataclasses", "threading", "numpy", "pydantic", "tyro"}


def test_every_command_of_focstream_knows_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    for name in programs.PROGRAMS:
        assert programs.main([name, "--version"]) == 0
    assert programs.main(["--version"]) == 0
    assert capsys.readouterr().out == f"focstream {__version__}\n" * (len(programs.PROGRAMS) + 1)


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_help_of_a_program_lists_its_commands(program: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main_of(program)(["--help"]) == 0
    listed = capsys.readouterr().out.partition("commands:\n")[2].splitlines()
    assert tuple(line.split()[0] for line in listed[: len(PROGRAMS[program])]) == PROGRAMS[program]
    assert all(len(line.split()) > 2 for line in listed[: len(PROGRAMS[program])])


@pytest.mark.parametrize(("program", "command"), COMMANDS)
def test_every_command_explains_itself(
    program: str, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main_of(program)([command, "--help"], prog="focstream x") == 0
    out = capsys.readouterr().out
    assert out.startswith(f"usage: focstream x {command} ")


@pytest.mark.parametrize(("program", "command"), COMMANDS)
def test_an_unknown_option_is_one_line_and_code_2(
    program: str, command: str, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main_of(program)([command, *CHOICES.get(command, FILES), "--bogus-option"]) == 2
    (record,) = caplog.records
    assert record.getMessage().startswith(f"python -m {program} {command}: ")
    assert "--bogus-option" in record.getMessage()
    assert "\n" not in record.getMessage()
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("words", [[], ["bogus"], ["--bogus"]])
def test_an_unknown_command_is_one_line_that_names_those_there_are(
    program: str, words: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    assert main_of(program)(words) == 2
    (record,) = caplog.records
    assert record.getMessage().startswith(f"python -m {program}: ")
    assert all(command in record.getMessage() for command in PROGRAMS[program])


@pytest.mark.parametrize("module", SINGLE)
def test_a_program_of_one_command_ends_as_the_others_do(module: str) -> None:
    done = module_run(module, *FILES, "--bogus-option")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr
    assert "--bogus-option" in done.stderr
    name = "run_pipeline.py" if module == "run_pipeline" else f"python -m {module}"
    assert f" {name}: " in done.stderr


def test_an_emulated_lens_says_where_it_is_and_ends_with_ctrl_c() -> None:
    command = [sys.executable, "-m", "capture.simulator.serial_lenses", "optotune-ld"]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("--lens optotune-ld:/dev/")
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert (process.returncode, err.count("\n")) == (130, 1), err
    assert err.endswith("python -m capture.simulator.serial_lenses: interrupted\n")


def test_a_reader_of_the_answer_may_leave_early() -> None:
    code = "import sys; from focstream.program.commands import *\nsys.exit(ended(lambda: say('x'), prog='x'))"
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.wait() == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Inner:
    """What is inside.

    Attributes
    ----------
    depth
        How deep.
    """

    depth: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Outer:
    """What is outside."""

    inner: Inner
    name: str = "x"


def test_options_of_inner_settings_have_a_prefix_unless_told_otherwise() -> None:
    seen: list[Outer] = []
    run_command(lambda: Command(Outer, seen.append), ["--inner.depth", "2"], prog="x")
    run_command(lambda: Command(Outer, seen.append, prefixed=False), ["--depth", "3"], prog="x")
    assert [outer.inner.depth for outer in seen] == [2, 3]


def test_a_near_name_is_offered(caplog: pytest.LogCaptureFixture) -> None:
    def nothing() -> Command[NoSettings]:
        return Command(NoSettings, lambda _: None)

    commands = {"record": nothing, "recover": nothing, "export": nothing}
    assert run_program(commands, ["recrod"], prog="x", about="") == 2
    assert "did you mean record" in caplog.text
    assert "export" not in caplog.text


def raising(error: BaseException) -> Callable[[], int]:
    def work() -> int:
        raise error

    return work


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (InputError("bad"), 2, "x: bad"),
        (DeviceLostError("gone"), 4, "x: gone"),
        (KeyboardInterrupt(), 130, "x: interrupted"),
    ],
)
def test_the_way_a_command_ends_gives_the_exit_code(
    error: BaseException, code: int, line: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert ended(raising(error), prog="x") == code
    assert [record.getMessage() for record in caplog.records] == [line]


def test_a_mistake_of_ours_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        ended(raising(ZeroDivisionError()), prog="x")


def test_a_package_that_is_not_there_is_named_with_the_extra_that_brings_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def loader() -> Command[NoSettings]:
        import no_such_package

        return Command(NoSettings, no_such_package.run)

    assert run_program({"go": loader}, ["go"], prog="x", about="", extra="train") == 2
    assert 'x go: needs the package no_such_package; pip install "focstream[train]"' in caplog.text
