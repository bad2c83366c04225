"""Frame ids as cameras count them: is the focus in every tag the focus in the picture?"""

import itertools
import logging

import pytest

from capture.acquisition import Acquisition
from capture.genicam.camera import GenicamCamera
from capture.genicam.config import GenicamConfig
from capture.genicam.lens import GenicamLens
from capture.sweep.live import LiveSweep
from capture.sweep.plan import SweepConfig
from focstream.types import FocstreamError, InputError
from tests.capture.genicam.focussim import sharpest_dpt
from tests.capture.genicam.test_sweep import slices_of

PICTURE_DPT = 0.02
SLOTS = 8
LIMITS = SweepConfig(slots=SLOTS, far_dpt=1.0, near_dpt=9.0)  # off the edges the picture is good to 0.01 dpt
GIGE = {"id_first": 250, "id_last": 255}  # 16 bits go round after half an hour, eight after a second


def sweep_of(producer, **config):
    small = {"height_px": 64, "frame_rate_hz": 200.0, "exposure_us": 500.0, "timing": "sequencer"}
    camera = GenicamCamera(cti_files=[producer], config=GenicamConfig.model_validate({**small, **config}))
    return LiveSweep(camera, GenicamLens(camera), sweep=LIMITS, level="approximate")


def check(slices):
    for one in slices:
        assert one.tag.focus_dpt == pytest.approx(sharpest_dpt(one.image), abs=PICTURE_DPT), one.tag
    tags = [one.tag for one in slices]
    assert tags[0].sweep_id >= 0
    for before, after in itertools.pairwise(tags):
        assert (after.sweep_id, after.slot) > (before.sweep_id, before.slot)
        assert after.frame_id > before.frame_id


@pytest.mark.parametrize("chunks", [True, False])
def test_ids_go_round_ten_times(focussim, bench, chunks):
    bench.set(**GIGE)
    slices, counts = slices_of(sweep_of(focussim, chunks=chunks, frame_rate_hz=500.0), 2300)
    assert slices[-1].tag.frame_id > 10 * 255
    check(slices)
    assert counts.gaps < 100  # a busy computer may lose some, no round of ids is one


@pytest.mark.parametrize("chunks", [True, False])
@pytest.mark.parametrize(
    "faults",
    [
        {"id_first": 65500, "id_last": 65535, "drop_percent": 5},
        {"id_first": 65500, "id_last": 65535, "id_after_last": 0, "drop_percent": 5},
        {"id_first": 5000},
        {"id_first": 0, "drop_percent": 20},
        {"id_first": 2**64 - 30, "incomplete_percent": 5},
        {"id_counts_on": 1, "drop_percent": 10},
        {"id_repeats_every": 13, "drop_percent": 5},
        {"id_last": 1},
    ],
    ids=str,
)
def test_ids_may_begin_anywhere_go_on_or_repeat(focussim, bench, faults, chunks):
    bench.set(**faults)
    slices, _ = slices_of(sweep_of(focussim, chunks=chunks), 60)
    check(slices)


@pytest.mark.parametrize("chunks", [True, False])
@pytest.mark.parametrize("timing", ["sequencer", "free"])
def test_ids_that_fall_back_begin_another_sweep(focussim, bench, caplog, timing, chunks):
    bench.set(id_falls_back_after=40)
    slices, _ = slices_of(sweep_of(focussim, timing=timing, chunks=chunks), 60)
    check(slices)
    lengths = [len(list(group)) for _, group in itertools.groupby(slices, key=lambda one: one.tag.sweep_id)]
    assert min(lengths[:-1]) < SLOTS
    told = [one for one in caplog.records if "fell back or jumped; sweep" in one.message]
    assert len(told) == 1
    assert told[0].levelno == logging.WARNING


@pytest.mark.parametrize("timing", ["sequencer", "free"])
def test_ids_that_always_fall_back_are_not_heeded_any_more(focussim, bench, caplog, timing):
    bench.set(id_falls_back_after=3)
    slices, _ = slices_of(sweep_of(focussim, chunks=False, timing=timing), 60)
    check(slices)
    assert SLOTS - 1 in {one.tag.slot for one in slices}
    assert "fell back or jumped again and again" in caplog.text


def test_a_sequencer_whose_place_is_lost_again_and_again_ends_the_run_with_what_to_do(focussim, bench):
    with Acquisition(sweep_of(focussim, chunks=False)) as acquisition:
        slices = iter(acquisition)
        next(slices)
        bench.set(id_repeats_every=2, drop_percent=50)
        with pytest.raises(FocstreamError, match=r"--genicam\.timing software"):
            list(itertools.islice(slices, 2000))


def test_a_sequencer_whose_place_nothing_shows_is_refused(focussim, bench):
    bench.set("rename AcquisitionMode=")
    with pytest.raises(InputError, match=r"ChunkSequencerSetActive.*use --genicam\.timing software or free"):
        sweep_of(focussim, chunks=False).__enter__()
    bench.set("rename SequencerSetStart=")
    with pytest.raises(InputError, match=r"use --genicam\.timing software or free"):
        sweep_of(focussim, chunks=False).__enter__()
    slices, _ = slices_of(sweep_of(focussim, chunks=True), 20)
    check(slices)


def test_repeated_ids_are_told_once(focussim, bench, caplog):
    bench.set(id_repeats_every=5)
    slices_of(sweep_of(focussim, timing="software"), 20)
    assert [one.message for one in caplog.records if "two images the frame id" in one.message] == [
        "genicam:FS0001 gave two images the frame id 4: images that are lost there are not seen"
    ]
