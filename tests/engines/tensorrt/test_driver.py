"""What is said of NVIDIA's driver, and what is to be installed for it."""

import importlib.metadata
import sys
from pathlib import Path

import pytest

from engines.tensorrt.driver import advice, driver_version

CLOSED = (
    "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.104.05  Sat Aug 19 01:15:15 UTC 2023\nGCC version:\n"
)
OPEN = (
    "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.65.06  Release Build  (dvs-builder@U22)\n"
)


@pytest.mark.parametrize(("said", "version"), [(CLOSED, "535.104.05"), (OPEN, "580.65.06"), ("?", None)])
def test_the_version_that_the_kernel_says(said: str, version: str | None, tmp_path: Path) -> None:
    path = tmp_path / "version"
    path.write_text(said)
    assert driver_version(path) == version


@pytest.mark.skipif(sys.platform == "win32", reason="needs a shell: Linux or macOS")
def test_the_version_that_the_tool_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool = tmp_path / "nvidia-smi"
    tool.write_text("#!/bin/sh\necho 551.61\necho 551.61\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    assert driver_version(tmp_path / "nowhere") == "551.61"
    tool.write_text("#!/bin/sh\necho NVIDIA-SMI has failed; exit 9\n")
    assert driver_version(tmp_path / "nowhere") is None


def test_without_a_driver_there_is_no_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert driver_version(tmp_path / "nowhere") is None


def test_packages_for_a_newer_driver_are_to_be_removed_first(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.metadata.version

    def version(package: str) -> str:
        return "11.4.0" if package in ("tensorrt", "tensorrt-cu13-libs") else real(package)

    monkeypatch.setattr(importlib.metadata, "version", version)
    line = 'pip uninstall tensorrt tensorrt-cu13-libs; pip install "focstream[gpu12]"'
    assert advice("550.54.15") == f"for driver 550.54.15, which has no CUDA 13: {line}"
    assert advice("580.65.06") == 'for driver 580.65.06: pip install "focstream[gpu]"'
