"""A tiny version of each part of the campaign."""

import random
import sys
import time
from pathlib import Path

import pytest

from benchmarks.campaign.__main__ import PARTS
from benchmarks.campaign.crashes import check_recordings, check_saved
from benchmarks.campaign.small_run import make_recording, sweeps_reported, undisturbed, whole_sweeps
from benchmarks.campaign.tally import Tally, Terms
from benchmarks.campaign.torn import examine

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(sys.platform != "linux", reason="needs Linux: limits are set from outside"),
]


@pytest.fixture(scope="module")
def usual():
    return undisturbed()


@pytest.fixture(scope="module")
def recording(tmp_path_factory) -> Path:
    return make_recording(tmp_path_factory.mktemp("recorded") / "a.mcap", sweeps=3)


@pytest.mark.parametrize("name", PARTS)
def test_a_few_tries_lose_nothing(name, usual, tmp_path):
    tally = Tally(name=name)
    terms = Terms(
        folder=tmp_path,
        random=random.Random(f"5 {name}"),
        until_s=time.monotonic() + 600.0,
        most_tries=2,
        usual=usual,
        patience_s=120.0,
    )
    PARTS[name].run(terms, tally)
    assert tally.tries >= 2
    assert tally.lost == 0, tally.notes  # how it ends is for the campaign to judge: there are moments for all


def test_a_recording_without_a_sweep_that_was_reported_is_a_loss(recording):
    tally = Tally(name="crashes")
    check_recordings(recording.parent, 4, tally)
    assert not tally.failed  # the last one reported may still be on its way
    check_recordings(recording.parent, 6, tally)
    assert tally.lost == 2


def test_saved_sweeps_that_lack_files_are_a_loss(tmp_path):
    for name, files in (("sweep_000", ("a", "b")), ("sweep_001", ("a",))):
        (tmp_path / "saved" / name).mkdir(parents=True)
        for file in files:
            (tmp_path / "saved" / name / file).write_text("text")
    tally = Tally(name="crashes")
    check_saved(tmp_path, 2, tally)
    assert tally.lost == 1


def test_slices_that_were_never_recorded_are_a_loss(recording):
    assert whole_sweeps(recording) == {0, 1, 2}
    seen = examine(recording, frozenset())
    assert seen.lost > 0  # read and recovered without a word
    assert not seen.traceback


def test_sweeps_are_counted_in_the_log():
    text = "12:00:00 sweep 0: 5 of 5 slices | latency\n12:00:01 sweep 1: 4 of 5 slices, others are missing\n"
    assert sweeps_reported(text) == 2
    assert sweeps_reported("12:00:00 sweep 7 is broken off") == 0
