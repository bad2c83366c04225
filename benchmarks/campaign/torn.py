"""Recordings that were cut, flipped, or stitched together wrongly."""

import hashlib
import os
import time
import traceback
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor
from concurrent.futures import TimeoutError as TooLongError
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from random import Random

import psutil

from benchmarks.campaign.tally import Tally, Terms
from benchmarks.campaign.trial import run_command
from benchmarks.recording import make_slices
from capture.commands.recover import recover
from capture.recording.config import Compression
from capture.recording.file_writer import FileWriter
from capture.recording.origin import Attachment, Origin
from capture.recording.reader import RecordingReader
from focstream.types import FocalSlice, FocstreamError

_SLICES = 60
_LIMIT_S = 60.0
_COMMANDS_EVERY = 50  # tries: a command takes as long as a hundred of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a reader made of a damaged recording.

    Attributes
    ----------
    lost
        Slices that are missing without a word, or are there but are not what was recorded.
    traceback
        An error that is none of ours; empty otherwise.
    rss_mb
        Memory of the process that read.
    """

    lost: int
    traceback: str
    rss_mb: float


def run(terms: Terms, tally: Tally) -> None:
    """Damage recordings, and read and recover them in another process."""
    whole = [_write(terms.folder / "a.mcap", "none"), _write(terms.folder / "b.mcap", "lz4")]
    damaged = terms.folder / "damaged.mcap"
    with ExitStack() as stack:
        readers = stack.enter_context(ProcessPoolExecutor(1, mp_context=get_context("spawn")))
        truths = [readers.submit(_digests, path).result() for path in whole]
        before_mb = readers.submit(_rss_mb).result()
        while tally.goes_on(terms):
            path, truth = terms.random.choice(list(zip(whole, truths, strict=True)))
            what, content = _damage(path.read_bytes(), terms.random)
            damaged.write_bytes(content)
            tally.tries += 1
            if not _look(readers, damaged, truth, tally, what=what, terms=terms, before_mb=before_mb):
                return
            if tally.tries % _COMMANDS_EVERY == 1:
                _command(damaged, terms, tally, what=what)


def _look(
    readers: Executor,
    path: Path,
    truth: frozenset[bytes],
    tally: Tally,
    *,
    what: str,
    terms: Terms,
    before_mb: float,
) -> bool:
    """Read one damaged recording; False when the process that reads is gone."""
    started_s = time.monotonic()
    try:
        seen = readers.submit(examine, path, truth).result(_LIMIT_S)
    except BrokenProcessPool:
        tally.crash(f"{what}: the process that read it died", "")
        return False
    except TooLongError:
        tally.wait(_LIMIT_S, f"{what}: still reading", patience_s=terms.patience_s)
        return False
    tally.wait(time.monotonic() - started_s, what, patience_s=terms.patience_s)
    tally.grow(seen.rss_mb - before_mb)
    tally.lose(seen.lost, what)
    if seen.traceback:
        tally.crash(what, seen.traceback)
    return True


def _command(path: Path, terms: Terms, tally: Tally, *, what: str) -> None:
    """Replay it as a user does."""
    command = ["run_pipeline.py", "--replay", str(path), "--model", "sharpness", "--publish.no-enabled"]
    ended = run_command(command)
    tally.judge(ended, f"replay of a recording, {what}", codes=(0, 2))
    patience_s = terms.patience_s + 3.0 * terms.usual.took_s
    tally.wait(ended.took_s, f"replay of a recording, {what}", patience_s=patience_s)


def examine(path: Path, truth: frozenset[bytes]) -> Seen:
    """Read and recover a recording; compare what comes out with the digests of what was recorded."""
    lost, text = 0, ""
    for read in (_read, _recovered):
        try:
            digests, reported = read(path)
        except FocstreamError:  # refused, with a word
            continue
        except Exception:  # noqa: BLE001 - whatever it is, a user would see a traceback
            text = traceback.format_exc()
            continue
        wrong = [digest for digest in digests if digest not in truth]
        missing = len(truth - set(digests))
        lost += len(wrong) + (0 if reported else missing)
    return Seen(lost=lost, traceback=text, rss_mb=_rss_mb())


def _read(path: Path) -> tuple[list[bytes], bool]:
    reader = RecordingReader(path)
    digests = [_digest(focal_slice) for focal_slice in reader.slices()]
    return digests, reader.fault is not None


def _recovered(path: Path) -> tuple[list[bytes], bool]:
    target = path.with_name("mended.mcap")
    target.unlink(missing_ok=True)
    done = recover(path, out=target)
    digests, faulty = _read(target)
    announced = done.slices_announced is not None and done.slices_announced > done.slices
    return digests, faulty or bool(done.damaged_chunks) or not done.was_whole or announced


def _digest(focal_slice: FocalSlice) -> bytes:
    image = focal_slice.image
    text = f"{focal_slice.tag} {focal_slice.scale} {image.shape} {image.dtype}"
    return hashlib.blake2b(text.encode() + image.tobytes(), digest_size=16).digest()


def _digests(path: Path) -> frozenset[bytes]:
    return frozenset(_read(path)[0])


def _rss_mb() -> float:
    return psutil.Process(os.getpid()).memory_info().rss / 1e6


def _write(path: Path, compression: Compression) -> Path:
    origin = Origin(
        device="campaign", attachments=(Attachment(name="a.txt", media_type="text/plain", data=b"x" * 500),)
    )
    with FileWriter(path, origin=origin, compression=compression) as writer:
        for focal_slice in make_slices(_SLICES, width_px=64, height_px=48):
            writer.write_slice(focal_slice)
    return path


def _damage(content: bytes, random: Random) -> tuple[str, bytes]:
    """Damage a recording in one of several ways; what was done, and what it is now."""
    ways: dict[str, Callable[[bytearray, int, int], bytearray]] = {
        "cut": lambda data, start, _stop: data[:start],
        "cut, with room reserved behind": lambda data, start, stop: data[:start] + bytes(stop - start),
        "a bit flipped": lambda data, start, _stop: _flipped(data, start, 1 << random.randrange(8)),
        "a byte flipped": lambda data, start, _stop: _flipped(data, start, random.randrange(1, 256)),
        "zeros inside": lambda data, start, stop: data[:start] + bytes(stop - start) + data[stop:],
        "a piece missing": lambda data, start, stop: data[:start] + data[stop:],
        "a piece twice": lambda data, start, stop: data[:stop] + data[start:],
    }
    name = random.choice(list(ways))
    start = random.randrange(len(content))
    stop = min(start + random.randrange(1, 5_000), len(content))
    return f"{name} at byte {start} of {len(content)}", bytes(ways[name](bytearray(content), start, stop))


def _flipped(data: bytearray, at: int, mask: int) -> bytearray:
    data[at] ^= mask
    return data
