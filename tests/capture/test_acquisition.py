import math
import threading
import time

import pytest

from capture.acquisition import QUICK_S, Acquisition
from capture.simulator.scripted_source import ScriptedSource
from focstream.demand import Demand
from focstream.files.intrinsics_file import IntrinsicsFile
from focstream.protocols import SliceSource
from focstream.types import DeviceLostError, FocalSlice, InputError
from tests.slices import make_slice


class TapInto:
    """Keeps what it is shown."""

    def __init__(self, taken: list[FocalSlice]) -> None:
        self._taken = taken

    def take(self, focal_slice: FocalSlice) -> None:
        self._taken.append(focal_slice)

    def dropped(self, focal_slice: FocalSlice) -> None: ...


def test_slices_arrive_in_order_and_the_source_is_closed() -> None:
    source = ScriptedSource([make_slice(slot, slots=20) for slot in range(20)])
    with Acquisition(source) as acquisition:
        slots = [s.tag.slot for s in acquisition]
    assert slots == list(range(20))
    assert not source.open
    assert acquisition.counts.read == 20
    assert acquisition.counts.lost == 0


def test_settling_slices_are_counted_and_left_out() -> None:
    script = [make_slice(slot, frame_id=slot, settling=slot % 3 != 0) for slot in range(9)]
    with Acquisition(ScriptedSource(script)) as acquisition:
        assert [s.tag.slot for s in acquisition] == [0, 3, 6]
    assert acquisition.counts.settling == 6
    assert acquisition.counts.lost == 0


def test_gaps_in_the_frame_ids_are_counted_into_the_tags() -> None:
    script = [make_slice(frame_id=frame_id) for frame_id in (5, 6, 9, 10, 20)]
    with Acquisition(ScriptedSource(script)) as acquisition:
        slices = list(acquisition)
    assert acquisition.counts.gaps == 2 + 9
    assert slices[-1].tag.slices_lost == 11


def test_a_restarted_camera_that_counts_from_zero_is_no_gap() -> None:
    script = [make_slice(frame_id=frame_id) for frame_id in (100, 101, 0, 1)]
    with Acquisition(ScriptedSource(script)) as acquisition:
        list(acquisition)
    assert acquisition.counts.gaps == 0


def test_an_error_comes_after_the_slices_before_it() -> None:
    script = [make_slice(0), make_slice(1), DeviceLostError("camera sim: no answer")]
    with Acquisition(ScriptedSource(script)) as acquisition:
        slices = iter(acquisition)
        received = [next(slices).tag.slot, next(slices).tag.slot]
        with pytest.raises(DeviceLostError, match="no answer"):
            next(slices)
    assert received == [0, 1]


def test_a_free_running_source_drops_the_oldest_and_counts_it() -> None:
    source = ScriptedSource([make_slice(frame_id=i) for i in range(100)], free_running=True)
    with Acquisition(source, capacity=3) as acquisition:
        for thread in threading.enumerate():  # the source runs to its end while nobody reads
            if thread.name == "acquisition":
                thread.join(timeout=5)
        slices = list(acquisition)
    assert [s.tag.frame_id for s in slices] == [97, 98, 99]
    assert acquisition.counts.dropped == 97
    assert slices[0].tag.slices_lost == 97


def test_stop_ends_the_iteration() -> None:
    source = ScriptedSource((make_slice(frame_id=i) for i in range(10**9)), free_running=False)
    with Acquisition(source) as acquisition:
        for received, _ in enumerate(acquisition):
            if received == 10:
                acquisition.stop()
        assert received < 20


@pytest.mark.timeout(20)
def test_a_device_that_does_not_answer_is_not_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    answers = threading.Event()
    source = ScriptedSource([make_slice(0), answers, make_slice(1)])
    taken: list[FocalSlice] = []
    with Acquisition(source, tap=TapInto(taken)) as acquisition:
        received = []
        for one in acquisition:
            received.append(one.tag.slot)
            acquisition.stop()
    assert received == [0]
    assert "script: still busy with its device, and not waited for" in caplog.text
    (thread,) = (thread for thread in threading.enumerate() if thread.name == "acquisition")
    answers.set()
    thread.join()
    assert not source.open  # closed by itself
    assert [one.tag.slot for one in taken] == [0]  # by then nobody records any more


@pytest.mark.timeout(20)
def test_slices_that_wait_are_handed_on_however_slow_the_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("capture.acquisition.LEAVE_S", 0.05)
    source = ScriptedSource([make_slice(slot) for slot in range(4)], free_running=True)
    with Acquisition(source) as acquisition:
        while acquisition.counts.queued < 4:
            time.sleep(0.001)
        received = []
        for one in acquisition:
            received.append(one.tag.slot)
            acquisition.stop()
            time.sleep(0.1)
    assert received == [0, 1, 2, 3]


def test_leaving_early_ends_a_thread_that_waits_for_room() -> None:
    before = threading.active_count()
    with Acquisition(ScriptedSource(make_slice(frame_id=i) for i in range(10**9))) as acquisition:
        next(iter(acquisition))
    assert threading.active_count() == before


def test_a_free_running_source_begins_with_a_whole_sweep_when_all_is_prepared() -> None:
    shapes = []
    sweeps = [
        make_slice(slot, slots=4, sweep_id=sweep, frame_id=9 * sweep + slot)
        for sweep in (7, 8)
        for slot in range(4)
    ]

    def prepare(shape: tuple[int, ...]) -> None:
        time.sleep(2 * QUICK_S)
        shapes.append(shape)

    running = ScriptedSource(sweeps, free_running=True)
    with Acquisition(running, capacity=9, prepare=prepare) as acquisition:
        taken = [(s.tag.sweep_id, s.tag.slot) for s in acquisition]
    assert shapes == [sweeps[0].image.shape]
    assert taken == [(8, slot) for slot in range(4)]
    assert acquisition.counts.lost == 0
    quick = ScriptedSource(sweeps, free_running=True)
    with Acquisition(quick, capacity=9, prepare=lambda _: None) as acquisition:
        assert len(list(acquisition)) == 8
    patient = ScriptedSource(sweeps)
    with Acquisition(patient, prepare=shapes.append) as acquisition:
        assert len(list(acquisition)) == 8
    assert len(shapes) == 1


def test_an_error_while_preparing_ends_the_iteration() -> None:
    def fail(_: tuple[int, ...]) -> None:
        raise DeviceLostError("no memory for images of this size")

    source = ScriptedSource([make_slice(slot, slots=4) for slot in range(4)], free_running=True)
    with Acquisition(source, prepare=fail) as acquisition, pytest.raises(DeviceLostError, match="no memory"):
        list(acquisition)


class Seen:
    """A `SliceTap` that keeps what it sees."""

    def __init__(self) -> None:
        self.taken: list[FocalSlice] = []

    def take(self, focal_slice: FocalSlice) -> None:
        self.taken.append(focal_slice)

    def dropped(self, focal_slice: FocalSlice) -> None:
        del focal_slice


def test_intrinsics_are_on_the_slice_for_the_recorder_and_for_the_reader() -> None:
    lens = IntrinsicsFile(width_px=6, height_px=4, fx_px=5, fy_px=5, cx_px=2.5, cy_px=1.5)
    tap, script = Seen(), [make_slice(settling=True), make_slice(1)]
    with Acquisition(ScriptedSource(script), tap=tap, intrinsics=lens) as acquisition:
        (read,) = acquisition
    assert [item.intrinsics for item in (*tap.taken, read)] == [lens.of_size(6, 4)] * 3


def test_intrinsics_of_another_size_end_the_iteration() -> None:
    lens = IntrinsicsFile(width_px=7, height_px=4, fx_px=5, fy_px=5, cx_px=2.5, cy_px=1.5)
    with (
        Acquisition(ScriptedSource([make_slice()]), intrinsics=lens) as acquisition,
        pytest.raises(InputError, match="7 × 4 px, but the images have 6 × 4 px"),
    ):
        list(acquisition)


class Bound(SliceSource):
    """A source that notes which thread does what."""

    name = "bound"
    free_running = False

    def __init__(self, *, fails: Exception | None = None, fails_closing: Exception | None = None) -> None:
        self.threads: list[int] = []
        self.fails, self.fails_closing = fails, fails_closing

    def _note(self, failure: Exception | None = None) -> None:
        self.threads.append(threading.get_ident())
        if failure is not None:
            raise failure

    def read(self, timeout_s: float) -> FocalSlice | None:
        self._note()
        return make_slice()

    def __enter__(self) -> "Bound":
        self._note(self.fails)
        return self

    def __exit__(self, *_: object) -> None:
        self._note(self.fails_closing)


def test_one_thread_opens_reads_and_closes_the_source() -> None:
    source = Bound()
    with Acquisition(source) as acquisition:
        next(iter(acquisition))
    assert len(source.threads) > 2
    assert len(set(source.threads)) == 1
    assert source.threads[0] != threading.get_ident()


def test_a_source_that_cannot_be_opened_leaves_no_thread() -> None:
    before = threading.active_count()
    with pytest.raises(DeviceLostError, match="away"), Acquisition(Bound(fails=DeviceLostError("away"))):
        pass
    assert threading.active_count() == before


def test_an_error_while_closing_is_raised_where_the_source_is_left() -> None:
    source = Bound(fails_closing=DeviceLostError("not closed"))
    with pytest.raises(DeviceLostError, match="not closed"), Acquisition(source):
        pass
    with pytest.raises(KeyError), Acquisition(source):
        raise KeyError


class Noting(ScriptedSource):
    """Notes how quick it was told that the reader is."""

    slices_s = ()

    def pace(self, demand: Demand) -> None:
        self.slices_s += (demand.slices_s,)


@pytest.mark.parametrize("at_rest", [True, False])
def test_a_reader_that_lets_slices_pass_is_not_taken_for_a_quick_one(at_rest: bool) -> None:
    source = Noting([make_slice(slot, slots=99) for slot in range(90)])
    acquisition = Acquisition(source)
    acquisition.at_rest = lambda: at_rest
    with acquisition:
        assert len(list(acquisition)) == 90
    assert (source.slices_s[-1] == math.inf) == at_rest
