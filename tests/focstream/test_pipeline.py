"""The loop with a real, tiny estimator policy: it only looks at tags."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from focstream.pipeline import Pipeline
from focstream.types import DepthUpdate, FocalSlice, InputError
from tests.slices import make_slice
from tests.updates import make_update


class TagEstimator:
    """A `DepthEstimator` whose map says nothing; it follows the contract on tags."""

    def __init__(self) -> None:
        self.closed = False
        self._open: FocalSlice | None = None

    def push(self, focal_slice: FocalSlice, *, show: bool = True) -> DepthUpdate | None:
        tag = focal_slice.tag
        self._open = None if tag.last_in_sweep else focal_slice
        if not show and not tag.last_in_sweep:
            return None
        return make_update(sweep_id=tag.sweep_id, slot=tag.slot, final=tag.last_in_sweep)

    def finish(self) -> DepthUpdate | None:
        if self._open is None:
            return None
        tag, self._open = self._open.tag, None
        return make_update(sweep_id=tag.sweep_id, slot=tag.slot, final=True)

    def close(self) -> None:
        self.closed = True


class Recorder:
    """A `Sink` that keeps what it gets."""

    def __init__(self, error: Exception | None = None) -> None:
        self.updates: list[DepthUpdate] = []
        self._error = error

    def write(self, update: DepthUpdate) -> None:
        if self._error is not None:
            raise self._error
        self.updates.append(update)

    def close(self) -> None:
        """Nothing to free."""

    def finals(self) -> list[int]:
        return [u.tag.sweep_id for u in self.updates if u.final]


@given(st.lists(st.lists(st.integers(0, 3), unique=True).map(sorted), max_size=8))
def test_every_sweep_that_was_seen_is_finished_exactly_once(slots: list[list[int]]) -> None:
    slices = [make_slice(slot, sweep_id=sweep) for sweep, row in enumerate(slots) for slot in row]
    sink = Recorder()
    with Pipeline(TagEstimator(), [sink]) as pipeline:
        pipeline.run(slices)
    assert sink.finals() == [sweep for sweep, row in enumerate(slots) if row]


@pytest.mark.parametrize("last_slot_arrives", [True, False])
def test_it_ends_after_the_asked_number_of_sweeps(last_slot_arrives: bool) -> None:
    slots = range(4 if last_slot_arrives else 3)
    slices = (make_slice(slot, sweep_id=sweep) for sweep in range(100) for slot in slots)
    sink = Recorder()
    with Pipeline(TagEstimator(), [sink], sweeps=2) as pipeline:
        pipeline.run(slices)
    assert sink.finals() == [0, 1]
    assert sink.updates[-1].tag.sweep_id == 1


def test_an_error_in_mid_sweep_still_saves_the_sweep_and_frees_the_estimator() -> None:
    estimator, sinks = TagEstimator(), [Recorder(), Recorder()]

    def slices():
        yield make_slice(0)
        yield make_slice(1)
        raise InputError("slice 3 is broken")

    with pytest.raises(InputError, match="slice 3"), Pipeline(estimator, sinks) as pipeline:
        pipeline.run(slices())
    assert [sink.finals() for sink in sinks] == [[0], [0]]
    assert estimator.closed


def test_a_failing_sink_ends_the_run_and_frees_the_estimator() -> None:
    estimator = TagEstimator()
    sinks = [Recorder(), Recorder(InputError("disk full"))]
    with pytest.raises(InputError, match="disk full"), Pipeline(estimator, sinks) as pipeline:
        pipeline.run([make_slice(0)])
    assert estimator.closed


def test_when_slices_wait_maps_are_skipped_but_never_for_long_and_never_final_ones() -> None:
    sink = Recorder()
    slices = [make_slice(slot, sweep_id=sweep, slots=12) for sweep in range(2) for slot in range(12)]
    with Pipeline(TagEstimator(), [sink]) as pipeline:
        pipeline.run(slices, behind=lambda: True)
    shown = [(u.tag.sweep_id, u.tag.slot) for u in sink.updates]
    assert shown == [(0, 9), (0, 11), (1, 7), (1, 11)]
    assert sink.finals() == [0, 1]


def test_only_final_maps_where_nobody_sees_the_others() -> None:
    sink = Recorder()
    slices = [make_slice(slot, sweep_id=sweep) for sweep in range(3) for slot in range(4)]
    with Pipeline(TagEstimator(), [sink], maps_per_sweep=1) as pipeline:
        pipeline.run(slices)
    assert len(sink.updates) == 3
    assert sink.finals() == [0, 1, 2]


@pytest.mark.parametrize(
    ("asked", "announced", "made"),
    [(1, 10, [9]), (3, 10, [3, 6, 9]), (10, 10, list(range(10))), (99, 10, list(range(10))),
     (2, None, list(range(10)))],
)  # fmt: skip
def test_so_many_maps_of_a_sweep_as_asked(asked: int, announced: int | None, made: list[int]) -> None:
    sink = Recorder()
    slices = [make_slice(slot, sweep_id=sweep, slots=10) for sweep in range(2) for slot in range(10)]
    slices = [replace(one, tag=replace(one.tag, slots=announced)) for one in slices]
    with Pipeline(TagEstimator(), [sink], maps_per_sweep=asked) as pipeline:
        pipeline.run(slices)
    assert [u.tag.slot for u in sink.updates] == 2 * made
