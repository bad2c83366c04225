"""NVIDIA's real bindings of TensorRT, loaded without its libraries: over stubs that make nothing.

The bindings are small wheels of the package index; the libraries, of gigabytes, are not there. What the
bindings ask of these are nine functions, which here return null, as they do where no GPU can be used.
"""

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

VERSIONS = ("10.0.1", "10.3.0", "10.16.1.11", "11.0.0.114", "11.4.0.106")
_CU13_FROM = (10, 13)
_STUBS = """
#define STUB(name) __attribute__((visibility("default"))) void *name(void) { return 0; }
STUB(createInferBuilder_INTERNAL) STUB(createInferRefitter_INTERNAL) STUB(createInferRuntime_INTERNAL)
STUB(createNvOnnxParserRefitter_INTERNAL) STUB(createNvOnnxParser_INTERNAL) STUB(getBuilderPluginRegistry)
STUB(getNvOnnxParserVersion) STUB(getPluginRegistry) STUB(initLibNvInferPlugins)
"""
_DESCRIBE = """
import inspect, json, sys
import tensorrt_bindings as real
def told(cls):
    return {name: getattr(getattr(cls, name), "__doc__", None) or "" for name in dir(cls) if name[0] != "_"}
classes = {name: told(each) for name, each in vars(real).items() if inspect.isclass(each)}
classes["Severity"] = told(real.ILogger.Severity)
json.dump(classes, sys.stdout)
"""


def download_bindings(version: str, folder: Path) -> Path:
    """Return the folder of the package ``tensorrt_bindings`` and the stubs; skip where it cannot be had."""
    where = folder / f"{version}-{sys.implementation.cache_tag}"
    if not (where / "done").exists():
        where.mkdir(parents=True, exist_ok=True)
        _unpack(_download(version, where), where)
        _make_stubs(version.split(".")[0], where)
        (where / "done").touch()
    return where


def described(bindings: Path) -> dict[str, dict[str, str]]:
    """Return every class of the bindings, with the docstring of each of its names."""
    return dict(json.loads(run_over_stubs(bindings, _DESCRIBE)))


def run_over_stubs(bindings: Path, program: str, *words: str) -> str:
    """Run a program that imports ``tensorrt_bindings`` in a process of its own; return what it printed."""
    paths = [str(bindings), str(Path(__file__).parents[3])]
    environment = {**os.environ, "LD_LIBRARY_PATH": str(bindings), "PYTHONPATH": os.pathsep.join(paths)}
    done = subprocess.run(
        [sys.executable, "-c", program, *words], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def arguments(docstring: str) -> set[str]:
    """Return the names of all arguments in a docstring of pybind11's, of all overloads."""
    return set(re.findall(r"[(,] *(\w+)(?=: )", docstring))


def _download(version: str, where: Path) -> Path:
    cuda = "cu13" if tuple(map(int, version.split(".")[:2])) >= _CU13_FROM else "cu12"
    package = f"tensorrt_{cuda}_bindings=={version}"
    words = ["download", "--quiet", "--no-deps", "--only-binary", ":all:", "--dest", str(where), package]
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pip", *words], capture_output=True, text=True, check=False, timeout=60
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"needs {package} from a package index (it does not answer)")
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["pip failed"])[-1]
        pytest.skip(f"needs {package} from a package index ({said})")
    return next(where.glob("*.whl"))


def _unpack(wheel: Path, where: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(where)


def _make_stubs(major: str, where: Path) -> None:
    source = where / "stubs.c"
    source.write_text(_STUBS)
    for name in ("nvinfer", "nvonnxparser", "nvinfer_plugin"):
        library = where / f"lib{name}.so.{major}"
        try:
            subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source], check=True, capture_output=True)
        except OSError:
            pytest.skip("needs a C compiler: apt-get install gcc")
