from itertools import chain

from focstream.control.pause import Pause
from focstream.pipeline import Pipeline
from inference.config import InferenceConfig
from inference.policies import make_estimator
from inference.sharpness.model import SharpnessModel
from tests.slices import make_slice


def test_whole_sweeps_are_held_back() -> None:
    pause = Pause()
    held = []

    def slices():
        for sweep_id in range(5):
            for slot in range(4):
                if (sweep_id, slot) == (1, 2):
                    pause.change("on")
                if (sweep_id, slot) == (3, 1):
                    pause.change("off")
                yield make_slice(slot, sweep_id=sweep_id)
                held.append(pause.holds())

    runs = pause.runs(slices())
    taken = [focal_slice.tag.sweep_id for focal_slice in chain.from_iterable(runs)]
    assert taken == [0] * 4 + [1] * 4 + [4] * 4
    assert held == [False] * 8 + [True] * 8 + [False] * 4
    assert pause.state.value == "off"
    assert pause.state.note == "8 slices held back"


def test_the_final_map_of_a_sweep_that_lost_its_last_slice_does_not_wait_for_the_end_of_the_pause() -> None:
    pause = Pause()
    out: list[int] = []
    out_when_held = []

    def slices():
        for sweep_id in range(4):
            for slot in range(4 if sweep_id else 3):  # the first sweep loses its last slice
                if (sweep_id, slot) == (0, 1):
                    pause.change("on")
                if (sweep_id, slot) == (2, 2):
                    out_when_held.extend(out)
                    pause.change("off")
                yield make_slice(slot, sweep_id=sweep_id)

    estimator = make_estimator(SharpnessModel(), InferenceConfig())
    with Pipeline(estimator, ()) as pipeline:
        updates = pipeline.updates_of_runs(pause.runs(slices()))
        out.extend(update.tag.sweep_id for update in updates if update.final)
    assert out_when_held == [0]
    assert out == [0, 3]


def test_the_sweeps_that_were_asked_for_end_it_although_more_runs_come() -> None:
    pause = Pause()

    def slices():
        for sweep_id in range(6):
            pause.change("on" if sweep_id in (1, 4) else "off")
            for slot in range(4):
                yield make_slice(slot, sweep_id=sweep_id)

    with Pipeline(make_estimator(SharpnessModel(), InferenceConfig()), (), sweeps=2) as pipeline:
        updates = list(pipeline.updates_of_runs(pause.runs(slices())))
    assert [update.tag.sweep_id for update in updates if update.final] == [0, 2]
