"""A signal ends the commands on recordings with one line, and leaves nothing half made behind."""

import shutil
import signal
from pathlib import Path

import cv2
import pytest

from focstream.program.signals import INTERRUPTED
from tests.capture.recording.recordings import noise, slice_number, write
from tests.children import caught, has_taken_charge

SLICES = 24
"""Of a MiB each: they keep every command busy for a while."""


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recording") / "a.mcap"
    write(path, (slice_number(number, image=noise(number, (1024, 1024))) for number in range(SLICES)))
    return path


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("images")
    for number in range(SLICES):
        cv2.imwrite(str(folder / f"{number:02d}.png"), noise(number, (1024, 1024)))
    return folder


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("command", ["recover", "png", "npz", "import"])
def test_a_signal_leaves_nothing_half_made(
    tmp_path: Path, recording: Path, images: Path, command: str, number: signal.Signals
) -> None:
    words = {
        "recover": ("recover", recording, "--out", tmp_path / "b.mcap"),
        "png": ("export", recording, "--out", tmp_path / "out"),
        "npz": ("export", recording, "--format", "npz", "--out", tmp_path / "out"),
        "import": ("import", images, "--out", tmp_path / "b.mcap"),
    }[command]
    code, out, said = caught(
        ("-m", "capture", *words),
        number,
        when=lambda _: any(tmp_path.iterdir()),
        again=lambda: empty(tmp_path),
    )
    assert (code, out, len(said.splitlines())) == (INTERRUPTED, "", 1), said
    assert said.endswith(f"python -m capture {words[0]}: interrupted\n")
    assert list(tmp_path.iterdir()) == []


def empty(folder: Path) -> None:
    for entry in folder.iterdir():
        shutil.rmtree(entry) if entry.is_dir() else entry.unlink()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_description(recording: Path, number: signal.Signals) -> None:
    code, out, said = caught(("-m", "capture", "info", recording), number, when=has_taken_charge)
    assert (code, out, len(said.splitlines())) == (INTERRUPTED, "", 1), said
