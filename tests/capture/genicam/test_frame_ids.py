import itertools

from hypothesis import given
from hypothesis import strategies as st

from capture.genicam.frame_ids import FrameIds, followers


def counted(*frame_ids: int, expected: int | None = None) -> list[int]:
    ids = FrameIds()
    ids.begin(expected)
    return [ids.take(frame_id).number for frame_id in frame_ids]


@given(st.integers(min_value=0, max_value=2**64 - 30), st.lists(st.integers(1, 20), max_size=30))
def test_the_count_begins_at_the_first_image_and_follows_the_ids(first, steps):
    frame_ids, numbers = [first], [0]
    for step in steps:
        if frame_ids[-1] + step >= 2**64:
            break
        frame_ids.append(frame_ids[-1] + step)
        numbers.append(numbers[-1] + step)
    assert counted(*frame_ids) == numbers


@given(
    st.sampled_from([8, 16, 32, 64]),
    st.sampled_from([0, 1]),
    st.integers(1, 12),
    st.lists(st.booleans(), min_size=12, max_size=40),
)
def test_ids_go_round_with_and_without_zero(width, follows, to_end, delivered):
    modulus = 2**width - follows
    first = 2**width - 1 - to_end
    numbers = [number for number, is_there in enumerate([True, *delivered]) if is_there]
    frame_ids = [(first - follows + number) % modulus + follows for number in numbers]
    shift = int(follows == 0 and 0 not in frame_ids)  # nothing says that 0 is used: one exposure is unknown
    ids = FrameIds()
    counts = [ids.take(frame_id) for frame_id in frame_ids]
    for number, before, count in zip(numbers, [0, *numbers], counts, strict=False):
        past_end = number > to_end
        assert count.number == number - (shift if past_end else 0)
        assert not count.began_anew
        assert count.is_sure == (not past_end or before > to_end)


@given(st.lists(st.one_of(st.integers(0, 2**64 - 1), st.integers(0, 300)), min_size=1, max_size=60))
def test_whatever_the_ids_do_the_count_only_rises_and_not_by_much(frame_ids):
    numbers = counted(*frame_ids)
    assert numbers[0] == 0
    assert all(0 < after - before <= 1000 for before, after in itertools.pairwise(numbers))


def test_ids_that_fall_back_or_jump_begin_another_count():
    for other in (3, 500, 2**40):
        ids = FrameIds()
        ids.begin(10_000)
        assert ids.take(10_000).since_start == 0
        count = ids.take(other)
        assert (count.number, count.began_anew, count.is_sure, count.since_start) == (1, True, False, None)


def test_a_repeated_id_is_an_image_more_and_no_count_is_sure_after_it():
    ids = FrameIds()
    counts = [ids.take(frame_id) for frame_id in (7, 7, 8, 9)]
    assert [count.number for count in counts] == [0, 1, 2, 3]
    assert [count.is_repeated for count in counts] == [False, True, False, False]
    assert [count.is_sure for count in counts] == [True, False, False, False]


def test_the_exposures_lost_at_the_start_are_known_where_the_first_id_is():
    ids = FrameIds()
    for expected, frame_id, lost in ((1, 1, 0), (0, 3, 3), (5000, 5002, 2), (65535, 2, 2)):
        ids.begin(expected)
        count = ids.take(frame_id)
        assert count.since_start == lost
        assert count.is_sure == (frame_id >= expected)
    ids.begin(None)
    assert ids.take(1).since_start is None
    ids.begin(40_000)
    assert ids.take(1).since_start is None


def test_the_count_goes_on_over_a_start():
    ids = FrameIds()
    assert [ids.take(frame_id).number for frame_id in (1, 2, 5)] == [0, 1, 4]
    ids.begin(1)
    assert [ids.take(frame_id).number for frame_id in (2, 3)] == [6, 7]


def test_what_may_follow_an_id():
    assert followers(41) == (42,)
    assert followers(65535) == (65536, 0, 1)
