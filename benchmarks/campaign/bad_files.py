"""Files, folders and numbers that cannot be used: each is refused in one line, quickly, in little memory."""

import os
import resource
import shutil
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path
from random import Random

from benchmarks.campaign.small_run import CAMERA, SILENT, make_recording
from benchmarks.campaign.tally import Tally, Terms
from benchmarks.campaign.trial import run_command

_REFUSED = (2,)
_SPARSE_BYTES = 2**28
_MOST_BYTES = 3 * 2**30  # of memory: what has no bounds must not take the whole machine along
_CLASSICAL = ("--model", "sharpness", *SILENT)

CONFIGS: dict[str, str] = {
    "not TOML": "this is = = not\n",
    "unknown option": "no_such_option = 1\n",
    "a text for a number": 'sweeps = "three"\n',
    "a number for a table": "sim = 3\n",
    "deeply nested": f"sim = {'[' * 200}{']' * 200}\n",
    "NUL in a path": 'save = "a\\u0000b"\n',
    "line feed in a path": 'record = "a\\nb.mcap/c.mcap"\n',
    "not a number": "scale = nan\n",
}
PROFILES: dict[str, str] = {
    "not TOML": "[[[[\n",
    "no version": 'name = "a"\n',
    "a later version": "version = 999\n",
    "a text for a version": 'version = "one"\n',
}
_SIZE = "width_px = 64\nheight_px = 48\ncx_px = 1.0\ncy_px = 1.0\n"
INTRINSICS: dict[str, str] = {
    "not TOML": "= 1\n",
    "not a number": f"{_SIZE}fx_px = nan\nfy_px = 1.0\n",
    "negative": f"{_SIZE}fx_px = -5.0\nfy_px = 5.0\n",
    "texts": f'{_SIZE}fx_px = "long"\nfy_px = 5.0\n',
    "too many coefficients": f'{_SIZE}fx_px = 5.0\nfy_px = 5.0\ndistortion_model = "plumb_bob"\n'
    f"distortion = {[0.0] * 400}\n",
}
NUMBERS: tuple[tuple[str, ...], ...] = (
    ("--sim.frame-rate-hz", "nan"),
    ("--sim.frame-rate-hz", "inf"),
    ("--sim.gain", "inf"),
    ("--sim.gain", "1e300"),
    ("--sim.exposure-s", "1e300"),
    ("--sim.full-well-e", "inf"),
    ("--sim.read-noise-e", "nan"),
    ("--sim.far-dpt", "5", "--sim.near-dpt", "1"),
    ("--sim.near-dpt", "1e300"),
    ("--sim.focal-length-m", "nan"),
    ("--sim.f-number", "1e-300"),
    ("--sim.pixel-pitch-m", "inf"),
    ("--sim.lens-frequency-hz", "inf"),
    ("--sim.lens-delay-s", "1e300"),
    ("--sim.width-px", "99999999"),
    ("--sweep.slots", "-1"),
    ("--sweep.slots", "999999999999"),
    ("--scale", "nan"),
)


def run(terms: Terms, tally: Tally) -> None:
    """Give every bad thing to the program, in an order that chance decides."""
    cases = _cases(terms.folder, terms.random)
    terms.random.shuffle(cases)
    usual = terms.usual
    for what, command in cases:
        if not tally.goes_on(terms):
            tally.notes.append(
                f"left out: {len(cases) - tally.tries} of {len(cases)} cases, for want of time"
            )
            return
        tally.tries += 1
        limit_s = terms.patience_s + 5.0 * usual.took_s + 10.0
        ended = run_command(command, limit_s=limit_s, limits={resource.RLIMIT_DATA: _MOST_BYTES})
        tally.judge(ended, what, codes=_REFUSED)
        tally.wait(ended.took_s, what, patience_s=terms.patience_s + 3.0 * usual.took_s)
        if "--weights" not in command:  # it loads a larger model
            tally.grow(ended.peak_mb - usual.peak_mb)


def _cases(folder: Path, random: Random) -> list[tuple[str, Sequence[str]]]:
    bad = _unreadable(folder, random)
    once = (*CAMERA, *SILENT, "--sweeps", "1")
    cases: list[tuple[str, Sequence[str]]] = []
    for option, texts in (("--config", CONFIGS), ("--profile", PROFILES), ("--intrinsics", INTRINSICS)):
        for what, path in [*_written(folder, option, texts), *bad]:
            if (option, what) == ("--config", "empty"):  # which leaves every option as it is
                continue
            cases.append((f"{option}: {what}", (*once, option, str(path))))
    for what, path in [*bad, *_folders(folder, random)]:
        cases.append((f"--replay: {what}", ("run_pipeline.py", "--replay", str(path), *_CLASSICAL)))
    for what, path in bad:
        command = ("run_pipeline.py", "--camera", "sim", *SILENT, "--sweeps", "1", "--weights", str(path))
        cases.append((f"--weights: {what}", command))
        cases.append((f"capture info: {what}", ("-m", "capture", "info", str(path))))
    cases += [(" ".join(numbers), (*once, *numbers)) for numbers in NUMBERS]
    recording = make_recording(folder / "whole.mcap", sweeps=1)
    cases.append(("--record: a file that exists", (*once, "--record", str(recording))))
    cases.append(("--save: a file", (*once, "--save", str(recording))))
    for what, address in (("a file", f"ipc://{recording}"), ("no such port", "tcp://127.0.0.1:99999")):
        cases.append((f"--publish.depth: {what}", (*CAMERA, "--publish.depth", address, "--sweeps", "1")))
    return cases


def _written(folder: Path, option: str, texts: dict[str, str]) -> list[tuple[str, Path]]:
    written = []
    for number, (what, text) in enumerate(texts.items()):
        path = folder / f"{option.strip('-')}_{number}.toml"
        path.write_text(text, "utf-8")
        written.append((what, path))
    return written


def _unreadable(folder: Path, random: Random) -> list[tuple[str, Path]]:
    """Make what no option can take for a file."""
    contents = {"empty": b"", "random bytes": random.randbytes(5_000), "zeros": bytes(5_000)}
    made = []
    for what, content in contents.items():
        path = folder / f"{what.replace(' ', '_')}.bin"
        path.write_bytes(content)
        made.append((what, path))
    os.mkfifo(folder / "fifo")
    sparse = folder / "sparse.bin"
    with sparse.open("wb") as file:
        file.truncate(_SPARSE_BYTES)
    made += [("a FIFO", folder / "fifo"), ("a sparse file", sparse), ("a device", Path("/dev/zero"))]
    return [*made, ("not there", folder / "not_there.bin")]


def _folders(folder: Path, random: Random) -> list[tuple[str, Path]]:
    """Make folders of images that are none."""
    images = {
        "images that are text": [b"no image"] * 3,
        "empty images": [b""] * 3,
        "cut images": [_png(64, 48)[:60]] * 3,
        "images of random bytes": [b"\x89PNG\r\n\x1a\n" + random.randbytes(300)] * 3,
        "images that claim to be huge": [_png(20_000, 20_000, rows=10)] * 3,
        "images of two sizes": [_png(64, 48), _png(32, 48)],
        "nothing": [],
    }
    made = []
    for what, contents in images.items():
        path = folder / what.replace(" ", "_")
        path.mkdir()
        for number, content in enumerate(contents):
            (path / f"{number}.png").write_bytes(content)
        made.append((f"a folder with {what}", path))
    with_fifo = folder / "with_fifo"
    with_fifo.mkdir()
    os.mkfifo(with_fifo / "0.png")
    shutil.copy(folder / "images_of_two_sizes" / "0.png", with_fifo / "1.png")
    return [*made, ("a folder with a FIFO", with_fifo)]


def _png(width_px: int, height_px: int, *, rows: int | None = None) -> bytes:
    """Return a grey PNG, black, with so many of its rows."""
    pixels = zlib.compress(bytes((width_px + 1) * (height_px if rows is None else rows)))
    header = struct.pack(">IIBBBBB", width_px, height_px, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", pixels), (b"IEND", b"")]
    packed = (
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)
