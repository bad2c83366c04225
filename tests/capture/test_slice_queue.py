import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.slice_queue import SliceQueue
from tests.slices import make_slice


@given(st.lists(st.booleans(), max_size=60), st.integers(1, 5))
def test_latest_keeps_the_newest_and_counts_the_rest(actions: list[bool], capacity: int) -> None:
    """True puts, False gets; whatever the order, nothing is lost uncounted or reordered."""
    queue = SliceQueue(capacity, policy="latest")
    model: list[int] = []
    put = dropped = 0
    for is_put in actions:
        if is_put:
            queue.put(make_slice(frame_id=put))
            model.append(put)
            put += 1
            if len(model) > capacity:
                model.pop(0)
                dropped += 1
        else:
            taken = queue.get(timeout_s=0)
            expected = (model.pop(0), dropped) if model else None
            assert (None if taken is None else (taken[0].tag.frame_id, taken[1])) == expected
    assert (queue.dropped, len(queue)) == (dropped, len(model))


def test_a_queue_may_get_more_room_and_keeps_what_waits_when_it_gets_less() -> None:
    queue = SliceQueue(1, policy="latest")
    queue.hold(3)
    for number in range(3):
        assert queue.put(make_slice(frame_id=number)) is None
    queue.hold(1)
    assert not queue.has_room
    assert len(queue) == 3
    dropped = queue.put(make_slice(frame_id=3))
    assert dropped is not None
    assert dropped.tag.frame_id == 0


def test_lossless_makes_the_writer_wait() -> None:
    queue = SliceQueue(2, policy="lossless")
    writer = threading.Thread(target=lambda: [queue.put(make_slice(frame_id=i)) for i in range(50)])
    writer.start()
    received = [queue.get(timeout_s=5) for _ in range(50)]
    writer.join(timeout=5)
    assert [one[0].tag.frame_id for one in received if one] == list(range(50))
    assert queue.dropped == 0


def test_end_frees_a_waiting_writer_and_leaves_what_waits() -> None:
    queue = SliceQueue(1, policy="lossless")
    queue.put(make_slice(frame_id=7))
    writer = threading.Thread(target=queue.put, args=(make_slice(frame_id=8),))
    writer.start()
    queue.end()
    writer.join(timeout=5)
    assert not writer.is_alive()
    left = queue.get(timeout_s=1)
    assert left is not None
    assert left[0].tag.frame_id == 7
    with pytest.raises(EOFError):
        queue.get(timeout_s=1)


def test_an_empty_queue_times_out() -> None:
    assert SliceQueue(1, policy="latest").get(timeout_s=0.01) is None
