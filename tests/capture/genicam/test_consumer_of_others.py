"""The simulated producer under a consumer that others wrote: VmbC of Allied Vision, through vmbpy."""

import importlib.util
import json
import shutil
import subprocess
import sys

import pytest

from tests.capture.built import ROOT


def test_vmbpy_finds_the_camera_and_reads_the_same_focus(focussim, bench, tmp_path):
    if importlib.util.find_spec("vmbpy") is None:
        pytest.skip("needs vmbpy: pip install vmbpy")
    shutil.copy(focussim, tmp_path)
    command = [sys.executable, "-m", "tests.capture.genicam.vmbpy_consumer", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]  # VmbC writes its log there
    slices = [json.loads(line) for line in lines]
    assert [one["asked"] for one in slices] == [200, 400, 600, 800]
    for one in slices:
        assert one["step"] == one["asked"]
        assert one["stamp_ns"] == one["stamp_of_buffer"] > 0
        assert one["dpt"] == pytest.approx(10 - one["asked"] / 100, abs=0.08)
