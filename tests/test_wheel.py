"""The wheel in an empty environment, outside of the checkout; `pytest -m wheel` runs these tests.

They take a package index and some minutes, so `make test` leaves them out.
"""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import focstream

pytestmark = [pytest.mark.slow, pytest.mark.wheel, pytest.mark.timeout(600)]

ROOT = Path(__file__).parents[1]
RUN = ("focstream", "run")
"""The program of the environment that runs the pipeline, and its first words."""
SMALL = ("--camera", "sim", "--sim.width-px", "160", "--sim.height-px", "128", "--publish.no-enabled")
USER_PROGRAM = """
from typing import assert_type
import numpy as np
from numpy.typing import NDArray
import focstream

class Counter:
    seen = 0
    def write(self, update: focstream.DepthUpdate) -> None:
        self.seen += 1
    def close(self) -> None:
        pass

counter = Counter()
with focstream.open_depth(camera="sim", sweeps=1, model="sharpness", sinks=[counter]) as maps:
    for update in maps:
        assert_type(update, focstream.DepthUpdate)
        assert_type(update.depth(), NDArray[np.float32])
assert counter.seen > 0
try:
    with focstream.open_depth(sweps=1):  # type: ignore[call-arg]
        pass
except focstream.InputError:
    pass
assert_type(focstream.Options(camera="sim").publish, focstream.PublishConfig)

def newest(endpoint: str) -> float:
    with focstream.DepthStream(endpoint, timeout_s=5.0) as stream:
        depth = next(iter(stream))
        assert_type(depth, focstream.WireMap)
        assert_type(depth.header, focstream.Header)
        return float(depth.metres()[0, 0])
"""


class Environment:
    """An environment that holds the wheel and what it depends on, and a folder that is no checkout."""

    def __init__(self, folder: Path) -> None:
        self._bin = folder / "environment" / ("Scripts" if os.name == "nt" else "bin")
        self.elsewhere = folder / "elsewhere"
        self.elsewhere.mkdir()

    @property
    def python(self) -> Path:
        return self._bin / "python"

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        variables = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        return subprocess.run(
            [str(self._bin / program), *arguments],
            cwd=self.elsewhere,
            env=variables,
            capture_output=True,
            text=True,
            check=False,
        )


def copy_of_the_sources(folder: Path) -> Path:
    """Copy what the wheel is made of: in the checkout a build could take up what an earlier one left."""
    folder.mkdir()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    for pattern in project["packages"]["find"]["include"]:
        name = pattern.removesuffix("*")
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE", *(f"{one}.py" for one in project["py-modules"])):
        shutil.copy(ROOT / name, folder)
    return folder


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    folder = tmp_path_factory.mktemp("wheel")
    sources = copy_of_the_sources(folder / "sources")
    pip = (sys.executable, "-m", "pip")
    subprocess.run([*pip, "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, sources], check=True)
    (wheel,) = folder.glob("focstream-*.whl")
    subprocess.run([sys.executable, "-m", "venv", folder / "environment"], check=True)
    made = Environment(folder)
    subprocess.run([made.python, "-m", "pip", "install", "--quiet", wheel], check=True, cwd=made.elsewhere)
    return made


def test_the_simulated_camera_runs_with_the_weights_that_ship(environment: Environment) -> None:
    ended = environment.run(*RUN, *SMALL, "--sweeps", "1")
    assert ended.returncode == 0, ended.stderr
    assert "model small on onnxruntime f32" in ended.stderr
    assert "error against truth" in ended.stderr


def test_every_name_of_the_door_is_there_without_any_extra(environment: Environment) -> None:
    ended = environment.run("python", "-W", "error", "-c", "from focstream import *; print(*sorted(dir()))")
    assert ended.returncode == 0, ended.stderr
    assert set(focstream.__all__) <= set(ended.stdout.split())


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--list-lenses",), 0, 'needs the package pyserial; pip install "focstream[lenses]"'),
        (("--list-cameras",), 0, 'needs the package genicam; pip install "focstream[genicam]"'),
        ((*SMALL, "--lens", "optotune-icc:sim"), 2, 'pip install "focstream[lenses]"'),
        (("--camera", "uvc:0", "--lens", "optotune-icc"), 2, 'pip install "focstream[lenses]"'),
        (("--camera", "genicam", "--publish.no-enabled"), 2, 'pip install "focstream[genicam]"'),
        ((*SMALL, "--web", "0"), 2, 'needs the package aiohttp; pip install "focstream[web]"'),
        ((*SMALL, "--engine", "openvino"), 2, 'pip install "focstream[openvino]"'),
        ((*SMALL, "--weights", "my.safetensors"), 2, 'pip install "focstream[train]"'),
    ],
)
def test_what_needs_an_extra_says_so_in_one_line(
    environment: Environment, arguments: tuple[str, ...], code: int, said: str
) -> None:
    ended = environment.run(*RUN, *arguments)
    assert ended.returncode == code, ended.stderr
    assert sum(said in line for line in ended.stderr.splitlines()) == 1, ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("program", ["capture", "engines", "publish", "calibration", "run_pipeline"])
def test_every_program_tells_its_options_without_any_extra(environment: Environment, program: str) -> None:
    ended = environment.run("python", "-m", program, "--help")
    assert ended.returncode == 0, ended.stderr
    assert "usage" in ended.stdout


def test_the_page_is_whole(environment: Environment) -> None:
    listing = "import pathlib, publish; print(*pathlib.Path(publish.__file__).parent.rglob('web/page/**/*'))"
    ended = environment.run("python", "-c", listing)
    assert ended.returncode == 0, ended.stderr
    packed = {name.rpartition("look/web/page/")[2] for name in ended.stdout.split()}
    page = ROOT / "publish/look/web/page"
    assert {path.relative_to(page).as_posix() for path in page.rglob("*")} <= packed


def test_a_users_program_runs_and_its_types_are_known(environment: Environment) -> None:
    program = environment.elsewhere / "program.py"
    program.write_text(USER_PROGRAM)
    assert_typed(environment, program)
    ended = environment.run("python", program.name)
    assert ended.returncode == 0, ended.stderr


def test_the_examples_pass_a_strict_type_check(environment: Environment) -> None:
    through_the_door = [
        path for path in sorted((ROOT / "examples").glob("*.py")) if "import focstream" in path.read_text()
    ]
    assert len(through_the_door) >= 6
    for path in through_the_door:
        assert_typed(environment, Path(shutil.copy(path, environment.elsewhere)))


def assert_typed(environment: Environment, program: Path) -> None:
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--python-executable", environment.python, program.name],
        cwd=environment.elsewhere,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
