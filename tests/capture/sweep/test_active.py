"""Active sweeps of the simulated rig, from the planner to the recording and its replay."""

import numpy as np
import pytest

from capture.acquisition import Acquisition
from capture.recording.config import RecordConfig
from capture.recording.reader import RecordingReader
from capture.recording.replay import Replay
from capture.simulator.config import SimulatorConfig
from capture.simulator.lens.lens import SimulatedLens
from capture.simulator.rig import open_simulator
from capture.sweep.live import LiveSweep
from capture.sweep.plan import SweepConfig
from focstream.active.mailbox import FocusMailbox
from focstream.active.planned_estimator import planned
from focstream.active.wish import ENOUGH, FocusWish
from focstream.pipeline import Pipeline
from focstream.protocols import FocusPlanner
from focstream.types import InputError
from inference.policies import RefineEstimator
from inference.sharpness import SharpnessModel
from inference.slowed import SlowedModel
from run_pipeline import Options, open_depth
from tests.inference.planning.limits import Limits

TINY = {"width_px": 64, "height_px": 48, "frame_rate_hz": 100.0, "lens_hysteresis_dpt": 0.05}
SIM = SimulatorConfig.model_validate(TINY)
LIMITS = ("slots", "slots_least", "good_enough", "whole_every")
SWEEP = SweepConfig(far_dpt=0.5, near_dpt=4.5, slots=6, waveform="active")


class Scripted(FocusPlanner):
    """Wishes for the same slots in every sweep, and then that it is enough; None makes it raise."""

    first = (0.9, 0.1)

    def __init__(self, *wishes: float | None) -> None:
        self._script = wishes
        self._slices = (-1, 0)

    def plan(self, update):
        sweep_id, slices = self._slices
        slices = slices + 1 if sweep_id == update.tag.sweep_id else 0
        self._slices = (update.tag.sweep_id, slices)
        if slices >= len(self._script):
            return ENOUGH
        wish = self._script[slices]
        if wish is None:
            raise RuntimeError("planned badly")
        return FocusWish(coordinate=wish)


class PickyLens:
    """A simulated lens that refuses one range of focus."""

    def __init__(self, lens: SimulatedLens, *, refuses: tuple[float, float]) -> None:
        self._lens = lens
        self._refuses = refuses

    def __getattr__(self, name: str) -> object:
        return getattr(self._lens, name)

    def __enter__(self):
        return self

    def __exit__(self, *_: object) -> None:
        """Stay where it is."""

    def move(self, focus_dpt: float) -> None:
        low, high = self._refuses
        if low < focus_dpt < high:
            raise InputError(f"lens picky cannot focus at {focus_dpt:g} dpt")
        self._lens.move(focus_dpt)


def maps_of(planner, *, sweeps, refuses=None, sweep=SWEEP, sim=SIM):
    """Return the final maps of a live rig, and the true focus of the slices of the first sweep."""
    camera, lens, truth_dpt = open_simulator(sim)
    moved = lens if refuses is None else PickyLens(lens, refuses=refuses)
    mailbox = FocusMailbox(planner)
    source = LiveSweep(
        camera, moved, sweep=sweep, level="calibrated", truth_vergence_dpt=truth_dpt, wishes=mailbox
    )
    finals, focus = [], []
    with Acquisition(source) as acquisition:
        pipeline = Pipeline(planned(RefineEstimator(SharpnessModel()), mailbox), [], sweeps=sweeps)
        with pipeline:
            for update in pipeline.updates(acquisition, behind=acquisition.behind):
                finals += [update] if update.final else []
                focus.append((update.tag.focus_dpt, lens.position_dpt(update.tag.exposure_mid_ns)))
    return finals, focus


def test_the_lens_goes_where_the_planner_wishes_and_every_tag_says_where_it_was():
    finals, focus = maps_of(Scripted(0.5, 0.6, 0.3), sweeps=2)
    for update in finals:
        np.testing.assert_allclose(update.slots_taken, (0.9, 0.1, 0.5, 0.6, 0.3), atol=0.01)
        assert (update.ended, update.broken, update.tag.slots) == ("enough", False, None)
    tagged_dpt, true_dpt = np.transpose(focus)
    # Slots are reached from both sides; without the hysteresis in the estimate it would be 0.025 off.
    np.testing.assert_allclose(tagged_dpt, true_dpt, atol=0.021)
    assert np.abs(tagged_dpt - true_dpt).mean() < 0.01


def test_a_sweep_that_is_never_good_enough_ends_at_the_most_slices():
    finals, _ = maps_of(Scripted(*[0.5] * 9), sweeps=2)
    assert [(update.slices_seen, update.ended) for update in finals] == [(6, "limit")] * 2


def test_a_planner_that_raises_ends_in_uniform_sweeps(caplog):
    finals, _ = maps_of(Scripted(0.5, None), sweeps=3)
    assert [(update.slices_seen, update.ended, update.broken) for update in finals] == [
        (6, "limit", False)
    ] * 3
    for update in finals[1:]:
        np.testing.assert_allclose(update.slots_taken, np.linspace(0.0, 1.0, 6), atol=0.01)
    assert ["planned badly" in record.message for record in caplog.records].count(True) == 1


def test_a_lens_that_refuses_a_slot_ends_in_uniform_sweeps(caplog):
    # 2.5 dpt is no slot of the uniform sweep of six.
    finals, _ = maps_of(Scripted(0.5, 0.6, 0.3), sweeps=2, refuses=(2.4, 2.6))
    assert [(update.slices_seen, update.ended, update.broken) for update in finals] == [
        (6, "limit", False)
    ] * 2
    np.testing.assert_allclose(finals[1].slots_taken, np.linspace(0.0, 1.0, 6), atol=0.01)
    assert ["picky" in record.message for record in caplog.records].count(True) == 1


def test_exposures_that_pass_while_the_planner_is_waited_for_are_no_losses():
    camera, lens, _ = open_simulator(SIM)
    mailbox = FocusMailbox(Scripted(0.5, 0.6))
    model = SlowedModel(SharpnessModel(), slices_s=8.0)
    with Acquisition(LiveSweep(camera, lens, sweep=SWEEP, level="calibrated", wishes=mailbox)) as acquisition:
        with Pipeline(planned(RefineEstimator(model), mailbox), [], sweeps=2) as pipeline:
            pipeline.run(acquisition, behind=acquisition.behind)
        counts = acquisition.counts
    assert counts.waiting > 0
    assert counts.gaps <= counts.waiting // 4  # a busy machine may really lose some


def test_a_recording_of_active_sweeps_replays_to_the_bit(tmp_path):
    file = tmp_path / "active.mcap"
    options = Options(
        camera="sim",
        sim=SIM,
        sweep=SWEEP.model_copy(update={"good_enough": 0.05}),
        model="sharpness",
        sweeps=3,
        record=RecordConfig(file=file),
    )
    live, replayed = ([], [])
    with open_depth(options) as maps:
        live = [update for update in maps if update.final]
    with open_depth(replay=file, model="sharpness") as maps:
        replayed = [update for update in maps if update.final]
    assert len(live) == 3
    for one, again in zip(live, replayed, strict=True):
        assert one.slots_taken == again.slots_taken
        assert one.ended in ("enough", "limit")
        assert again.ended == one.ended
        np.testing.assert_array_equal(one.coordinate, again.coordinate)
    tags = [focal_slice.tag for focal_slice in slices_of(file) if not focal_slice.tag.settling]
    assert [tag.active for tag in tags if tag.last_in_sweep] == [update.ended for update in live]


@pytest.mark.parametrize("update", ["refine", "rolling"])
def test_tracked_sweeps_are_shorter_than_whole_ones(update, caplog):
    sweep = {"waveform": "active", "planner": "track", "whole_every": 3, "good_enough": 0.2}
    with open_depth(camera="sim", sim=TINY, sweep=sweep, model="sharpness", sweeps=4, update=update) as maps:
        finals = [one for one in maps if one.final]
    assert [one.ended for one in finals] == ["limit", "enough", "enough", "limit"]
    assert not [one for one in finals if one.broken]
    assert max(len(one.slots_taken) for one in finals[1:3]) < 10
    taken = [len(one.slots_taken) for one in finals]
    together = [
        taken[0],
        taken[0] + taken[1],
        taken[1] + taken[2],
        taken[3],
    ]  # each short one with that before
    assert [one.slices_seen for one in finals] == (together if update == "rolling" else taken)
    assert not [record for record in caplog.records if "uniform from now on" in record.message]


def test_what_is_taken_out_of_maps_does_not_change_where_the_sweep_goes():
    taken = []
    for confidence in (None, "0.005"):
        options = Options(
            camera="sim", sim=SIM, sweep=SWEEP, model="sharpness", sweeps=1, confidence=confidence
        )
        with open_depth(options) as maps:
            final = [update for update in maps if update.final][-1]
        taken.append(final.slots_taken)
    assert np.isnan(final.coordinate).mean() > 0.1  # it was taken out
    np.testing.assert_allclose(taken[0], taken[1], atol=0.02)


def test_every_slice_says_from_which_side_its_slot_was_reached(tmp_path):
    """A replay with a profile undoes the hysteresis by it."""
    file = tmp_path / "active.mcap"
    options = Options(
        camera="sim", sim=SIM, sweep=SWEEP, model="sharpness", sweeps=2, record=RecordConfig(file=file)
    )
    with open_depth(options) as maps:
        for _ in maps:
            pass
    tags = [one.tag for one in slices_of(file) if not one.tag.settling]
    commanded = [tag.focus_dpt_commanded for tag in tags]
    assert [tag.direction for tag in tags[1:]] == np.sign(np.diff(commanded)).astype(int).tolist()
    assert {tag.direction for tag in tags} == {-1, 1}


def slices_of(file):
    with Replay(RecordingReader(file)) as replay:
        while True:
            try:
                focal_slice = replay.read(1.0)
            except EOFError:
                return
            if focal_slice is not None:
                yield focal_slice


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sweep": {"waveform": "active", "slots": 4, "slots_least": 5}}, "is above"),
        ({"sweep": {"waveform": "active", "pace": "camera"}}, "waits for its depth maps"),
        ({"sweep": {"waveform": "active"}, "update": "rolling"}, "plans each sweep alone"),
        (
            {
                "sweep": {"waveform": "active"},
                "lens": "optotune-icc-pro:sim",
                "sim": {**TINY, "timing": "hardware"},
            },
            "its generator does a staircase",
        ),
    ],
)
def test_what_cannot_be_swept_actively_is_said_in_one_line(options, message):
    with (
        pytest.raises(InputError, match=message) as caught,
        open_depth(**({"camera": "sim", "model": "sharpness", "sim": TINY} | options)),
    ):
        pass
    assert "\n" not in str(caught.value)


def test_who_computes_no_depth_cannot_sweep_actively():
    camera, lens, _ = open_simulator(SIM)
    with pytest.raises(InputError, match="nobody computes depth"):
        LiveSweep(camera, lens, sweep=SWEEP, level="calibrated").__enter__()


def test_limits_of_a_planner_are_those_of_the_sweep():
    assert {name: getattr(SweepConfig(), name) for name in LIMITS} == {
        name: getattr(Limits(), name) for name in LIMITS
    }
