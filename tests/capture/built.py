"""Simulated devices in C for tests: compiled once, with warnings as errors."""

import functools
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@functools.cache
def built(target: str, *, variable: str, name: str) -> Path:
    """Make a target into a temporary folder, as the file `name`; skip the test where that cannot be."""
    for tool in ("make", "cc"):
        if shutil.which(tool) is None:
            pytest.skip(f"needs {tool}: apt-get install make gcc")
    path = Path(tempfile.mkdtemp(prefix=f"{target}_")) / name
    command = ["make", "-s", target, "CC=cc -Werror", f"{variable}={path}"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return path
