"""Depth in the program's own process."""

import dataclasses
import logging
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from calibration.measure.profile_file import write_profile
from capture.recording.file_writer import FileWriter
from capture.recording.origin import PROFILE_NAME, Origin, file_attachment
from capture.recording.reader import RecordingReader
from capture.simulator.scripted_source import ScriptedSource
from focstream.digest import digest_of
from focstream.protocols import Sink
from focstream.types import DepthUpdate, FocalSlice, FocstreamError, InputError
from run_pipeline import Options, open_depth
from tests.calibration.profiles import full_profile
from tests.capture.recording.recordings import SCALE, noise, slice_number, write

ROOT = Path(__file__).parents[1]
SMALL = {"width_px": 96, "height_px": 64}
CLASSICAL = {"camera": "sim", "model": "sharpness", "sim": SMALL}
"""Starts in a second; for tests of everything but the model."""


def some_slices(count: int = 12) -> list[FocalSlice]:
    return [slice_number(number, image=noise(number, (48, 64))) for number in range(count)]


def digests(**options: object) -> list[str]:
    with open_depth(**options) as maps:
        return [digest_of(update) for update in maps if update.final]


def test_nothing_of_the_program_is_changed(caplog) -> None:
    handlers, level = list(logging.getLogger().handlers), logging.getLogger().level
    signals = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    with caplog.at_level(logging.INFO, logger="publish"), open_depth(**CLASSICAL, sweeps=1) as maps:
        assert next(maps).coordinate.shape == (64, 96)
        assert {number: signal.getsignal(number) for number in signals} == signals
        assert (list(logging.getLogger().handlers), logging.getLogger().level) == (handlers, level)
    assert "publishing" not in caplog.text


def test_it_publishes_when_it_is_told_to(caplog) -> None:
    to = {"depth": "tcp://127.0.0.1:*", "sigma": None, "aif": None}
    with (
        caplog.at_level(logging.INFO, logger="publish"),
        open_depth(**CLASSICAL, sweeps=1, publish=to) as maps,
    ):
        list(maps)
    assert re.findall(r"publishing (\w+) at tcp", caplog.text) == ["depth"]


def test_leaving_early_closes_the_source() -> None:
    source = ScriptedSource(some_slices())
    with open_depth(source=source, model="sharpness") as maps:
        for update in maps:
            assert source.open
            if update.slices_seen == 2:
                break
    assert not source.open
    assert list(maps) == []


def test_an_error_in_the_block_closes_the_source_and_leaves_as_it_is() -> None:
    source = ScriptedSource(some_slices())

    def look() -> None:
        with open_depth(source=source, model="sharpness") as maps:
            next(maps)
            raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        look()
    assert not source.open


def test_an_error_of_the_source_leaves_the_loop() -> None:
    source = ScriptedSource([*some_slices(2), InputError("slice 3 is broken")])
    with (
        pytest.raises(FocstreamError, match="slice 3 is broken"),
        open_depth(source=source, model="sharpness") as maps,
    ):
        list(maps)
    assert not source.open


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sweps": 3}, "sweps: unknown key"),
        ({"sim": {"width": 320}}, "sim.width: unknown key"),
        ({"sim": {"width_px": 1}}, r"sim\.width_px"),
        ({"sweeps": 0}, "sweeps"),
        ({"batch": 2}, "^batch is for replay: "),
        ({"camera": 3}, r"^options: camera: Input should be a valid string$"),
        ({"lens": "nonsense"}, "^lens nonsense: "),
        ({"sinks": [3]}, r"^sinks: 3 is no focstream\.Sink, which has write and close$"),
        ({"sinks": 3}, "^sinks: 3 is no list of sinks"),
        ({"workers": 2}, "workers is for the command line"),
        ({"version": True}, "version is for the command line"),
        ({"config": "none.toml"}, r"none\.toml"),
        ({"profile": "none.toml"}, r"none\.toml"),
        ({"replay": "nowhere"}, 'exclude each other: give one of camera="sim", replay='),
        ({"source": 3}, r"^source: 3 is no focstream\.SliceSource"),
    ],
)
def test_a_bad_option_is_named(options: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message) as caught, open_depth(**{"camera": "sim"} | options):
        pass
    assert "\n" not in str(caught.value)


def test_what_contradicts_itself_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "a.mcap", some_slices(1))
    with pytest.raises(InputError, match="many recordings or stacks"), open_depth(replay=tmp_path):
        pass
    with (
        pytest.raises(InputError, match=r"^source, camera and replay exclude"),
        open_depth(source=ScriptedSource([]), camera="sim"),
    ):
        pass
    with (
        pytest.raises(InputError, match=r'^nothing to do: give one of camera="sim", replay='),
        open_depth(),
    ):
        pass


def test_it_works_in_a_thread_and_once_more() -> None:
    found: list[list[str]] = []

    def work() -> None:
        found.append(digests(source=ScriptedSource(some_slices()), model="sharpness"))

    for _ in range(2):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    work()
    assert len(set(found[0])) == 3
    assert found[0] == found[1] == found[2]


def test_options_may_come_whole_from_a_file_or_by_name(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('camera = "sim"\nmodel = "sharpness"\n[sim]\nwidth_px = 96\nheight_px = 80\n')
    for options, changes in (
        (None, {"config": path}),
        (Options(camera="sim", model="sharpness", sim={"width_px": 96, "height_px": 80}), {}),
    ):
        changed = {"sim": {"height_px": 64}, "sweeps": 1, **changes}
        with open_depth(*([] if options is None else [options]), **changed) as maps:
            assert next(maps).coordinate.shape == (64, 96)


def test_it_saves_and_records_and_hands_on_to_other_sinks(tmp_path: Path) -> None:
    class Kept(Sink):
        def __init__(self) -> None:
            self.updates: list[DepthUpdate] = []

        def write(self, update: DepthUpdate) -> None:
            self.updates.append(update)

        def close(self) -> None:
            raise AssertionError("closed by the caller")

    kept, record = Kept(), tmp_path / "a.mcap"
    source = ScriptedSource(some_slices(8))
    keep = {"record": record, "save": tmp_path / "out", "sinks": [kept]}
    with open_depth(source=source, model="sharpness", **keep) as maps:
        found = list(maps)
    assert kept.updates == found
    assert len(list(RecordingReader(record).slices())) == 8
    final = [update for update in found if update.final]
    for number, update in enumerate(final):
        saved = np.load(tmp_path / f"out/sweep_{number:03}" / "depth.npy")
        np.testing.assert_array_equal(saved, update.depth())
    assert len(final) == 2


def test_a_recording_in_several_files_is_one(tmp_path: Path) -> None:
    keep = {"record": {"file": tmp_path / "a", "rotate_min": 0.001}}
    with open_depth(source=ScriptedSource(some_slices(24)), model="sharpness", **keep) as maps:
        live = [digest_of(update) for update in maps if update.final]
    assert len(list((tmp_path / "a").iterdir())) > 1
    with open_depth(replay=tmp_path / "a", model="sharpness") as maps:
        assert [digest_of(update) for update in maps if update.final] == live


def test_the_last_sweep_is_yielded_although_it_was_cut_short() -> None:
    with open_depth(source=ScriptedSource(some_slices(6)), model="sharpness") as maps:
        last = list(maps)[-1]
    assert (last.tag.sweep_id, last.final, last.broken) == (1, True, True)


def test_a_replay_gives_the_depth_of_the_command(tmp_path: Path) -> None:
    assert_replay_is_as_the_command(tmp_path, model="sharpness")


def assert_replay_is_as_the_command(tmp_path: Path, *, model: str) -> None:
    path = write(tmp_path / "a.mcap", some_slices())
    command = [sys.executable, str(ROOT / "run_pipeline.py"), "--replay", str(path), "--model", model]
    done = subprocess.run(
        [*command, "--publish.no-enabled"], capture_output=True, text=True, timeout=100, check=True
    )
    expected = re.findall(r"digest ([0-9a-f]{16})", done.stderr)
    assert len(set(expected)) == 3
    assert digests(replay=path, model=model) == expected


def test_a_profile_corrects_a_recording_once_whether_it_was_made_with_it_or_not(tmp_path: Path) -> None:
    profile, file = full_profile(), tmp_path / "mine.toml"
    write_profile(profile, file)
    bare = write(tmp_path / "bare.mcap", some_slices(4))
    with open_depth(replay=bare, model="sharpness", profile=file) as maps:
        corrected = list(maps)[-1]
    assert corrected.scale is not None
    assert corrected.scale.calibration_id == profile.calibration_id
    made_with_it = [
        dataclasses.replace(item, scale=dataclasses.replace(SCALE, calibration_id=profile.calibration_id))
        for item in some_slices(4)
    ]
    origin = Origin(device="test", attachments=(file_attachment(file, name=PROFILE_NAME),))
    with FileWriter(tmp_path / "whole.mcap", origin=origin) as writer:
        for item in made_with_it:
            writer.write_slice(item)
    for options in ({}, {"profile": file}):
        with open_depth(replay=tmp_path / "whole.mcap", model="sharpness", **options) as maps:
            kept = list(maps)[-1]
        assert kept.scale == made_with_it[0].scale
        assert kept.tag.focus_dpt == made_with_it[-1].tag.focus_dpt
