from hypothesis import given
from hypothesis import strategies as st

from capture.sweep.command_log import CommandLog


@given(st.lists(st.integers(0, 3), max_size=40), st.integers(-2, 60))
def test_the_last_command_before_a_time_is_in_force(steps, asked_ns):
    log, now_ns, expected = CommandLog(), 0, None
    for number, step in enumerate(steps):
        now_ns += step
        log.note(now_ns, float(number))
        expected = float(number) if now_ns <= asked_ns else expected
    assert log.in_force(asked_ns) == expected


@given(st.lists(st.integers(0, 9), min_size=1, max_size=40), st.integers(-2, 200), st.integers(0, 20))
def test_a_gap_counts_for_as_long_as_it_lasted_or_the_lens_takes(steps, asked_ns, within_ns):
    log, sent_ns, gaps_ns = CommandLog(), 0, [0]
    log.note(0, 0.0)
    for step in steps:
        sent_ns += step
        log.note(sent_ns, 0.0)
        gaps_ns += [step] if 0 <= asked_ns - sent_ns <= min(step, within_ns) else []
    assert log.gap_behind_ns(asked_ns, within_ns=within_ns) == max(gaps_ns)


def test_the_newest_commands_are_kept():
    log = CommandLog()
    for number in range(20_000):
        log.note(number, number / 10)
    assert log.in_force(19_999) == 1999.9
    assert log.in_force(16_500) == 1650.0
    assert log.in_force(10) is None
