"""`focstream`, the one command for all command lines, run as users run it."""

import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

from focstream.program.programs import PROGRAMS
from focstream.version import __version__

ROOT = Path(__file__).parents[1]


def focstream(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "focstream", *map(str, words)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_the_help_has_a_line_for_every_command() -> None:
    done = focstream("--help")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.partition("commands:\n")[2].splitlines()[: len(PROGRAMS)]
    assert [line.split()[0] for line in lines] == list(PROGRAMS)
    assert all(len(line) <= 100 and line.endswith(".") for line in done.stdout.splitlines() if line in lines)


def test_the_version() -> None:
    assert focstream("--version").stdout == f"focstream {__version__}\n"


@pytest.mark.parametrize(
    ("words", "said"), [((), "give a command: run"), (("recrod",), "did you mean record")]
)
def test_no_such_command_is_one_line_and_code_2(words: tuple[str, ...], said: str) -> None:
    done = focstream(*words)
    assert (done.returncode, len(done.stderr.splitlines()), done.stdout) == (2, 1, ""), done.stderr
    assert " focstream: " in done.stderr
    assert said in done.stderr


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_command_is_called_by_its_own_name(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    program = PROGRAMS[name]
    prog = "focstream" if program.command else f"focstream {name}"
    assert import_module(program.module).main([*program.command, "--help"], prog=prog) == 0
    assert capsys.readouterr().out.startswith(f"usage: focstream {name} ")


def test_it_runs_records_and_replays(tmp_path: Path) -> None:
    small = ("--sim.width-px", 96, "--sim.height-px", 64)
    recording = tmp_path / "a.mcap"
    done = focstream("record", "--camera", "sim", "--sweeps", 1, "--record", recording, *small)
    assert done.returncode == 0, done.stderr
    shown = focstream("capture", "info", recording)
    assert shown.returncode == 0, shown.stderr
    assert str(recording) in shown.stdout
    quiet, plain = ("--model", "sharpness", "--publish.no-enabled"), ("--cluster.local", "processes")
    done = focstream(
        "run", "--replay", tmp_path, "--workers", 2, "--report", tmp_path / "r.json", *quiet, *plain
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "r.json").exists()


def test_a_mistake_in_a_command_names_the_command() -> None:
    done = focstream("run", "--camera", "sim", "--bogus")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr
    assert " focstream run: Unrecognized options: --bogus" in done.stderr


def test_the_console_command_is_there() -> None:
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    module, _, function = scripts["focstream"].partition(":")
    assert callable(getattr(import_module(module), function))
