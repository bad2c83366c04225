"""Ranges of sweeps, played apart, give what one run over all of the recording gives."""

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from calibration.measure.profile_file import write_profile
from capture.ranges.cutting import Cutting
from capture.ranges.opening import RangeOpener
from capture.ranges.planner import plan
from capture.ranges.sources import sources_of
from capture.recording.file_writer import FileWriter
from engines.choice.readiness import opened_model
from focstream.cluster.range_player import MakeRangePlayer
from focstream.cluster.sweep_numbers import SweepNumbers
from focstream.cluster.sweep_results import SweepResult, SweepResults
from focstream.cluster.work import RangePlayer, WorkRange
from focstream.files.store_path import location
from focstream.files.user_file import open_file
from focstream.program.interrupt import Interrupt
from focstream.types import FocalSlice, FocusScale
from run_pipeline import Options, opened, run
from tests.calibration.profiles import full_profile
from tests.capture.recording.recordings import ORIGIN, noise, slice_number, write
from tests.capture.recording.rewritten import rewrite
from tests.capture.recording.series.series import write_series

SWEEPS, SLOTS = 9, 4


def slices(*, first: int = 0, sweeps: int = SWEEPS, without: tuple[int, ...] = ()) -> Iterator[FocalSlice]:
    for number in range(first * SLOTS, (first + sweeps) * SLOTS):
        if number not in without:
            yield slice_number(number, image=noise(number, (24, 32)))


def of_unknown_length(focal_slice: FocalSlice) -> FocalSlice:
    """Nobody knows how many slices its sweep has: what is broken depends on what came before."""
    tag = dataclasses.replace(focal_slice.tag, slots=None, number=None, reconnects=0)
    return dataclasses.replace(focal_slice, tag=tag)


def of_known_length(focal_slice: FocalSlice) -> FocalSlice:
    return dataclasses.replace(focal_slice, tag=dataclasses.replace(focal_slice.tag, slots=SLOTS))


def settling(focal_slice: FocalSlice) -> FocalSlice:
    tag = dataclasses.replace(focal_slice.tag, settling=True, last_in_sweep=False)
    return dataclasses.replace(focal_slice, tag=tag)


def plain(path: Path) -> Path:
    return write(path / "a.mcap", slices())


def with_gaps(path: Path) -> Path:
    """The first slices of a sweep are missing, the last ones, and both of two neighbours."""
    return write(path / "a.mcap", slices(without=(4, 11, 12, 13, 19, 27, 28)))


def of_unknown_lengths(path: Path) -> Path:
    return write(path / "a.mcap", map(of_unknown_length, slices(without=(4, 11, 12, 16, 19, 24))))


def with_settling_slices(path: Path) -> Path:
    """Sweep 3 has nothing else."""
    taken = slices(without=(8,))
    return write(
        path / "a.mcap",
        (settling(s) if n in (0, 4, 7, *range(11, 15), 21) else s for n, s in enumerate(taken)),
    )


def with_slices_not_used(path: Path) -> Path:
    """Sweep 5 has no slice that the live run had time for."""
    with FileWriter(path / "a.mcap", origin=ORIGIN) as writer:
        for number, focal_slice in enumerate(slices()):
            writer.write_slice(focal_slice)
            if number in (3, 7, 8, 9, 20, 21, 22, 23):
                writer.write_not_used(focal_slice.tag)
    return path / "a.mcap"


def in_several_files(path: Path) -> Path:
    write_series(path / "a", slices(without=(15, 16)))
    return path / "a"


def cut_short(path: Path) -> Path:
    whole = plain(path)
    whole.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * 0.7)])
    return whole


def compressed(path: Path) -> Path:
    return rewrite(with_gaps(path), path / "b.mcap")


def without_chunks(path: Path) -> Path:
    return rewrite(plain(path), path / "b.mcap", chunks=False)


def damaged(path: Path, sweep: int = 4) -> Path:
    """The chunks of a sweep are passed over; it is not there any more."""
    whole = write(path / "a.mcap", map(of_known_length, slices()))
    content = bytearray(whole.read_bytes())
    for number in range(sweep * SLOTS, (sweep + 1) * SLOTS):
        content[content.index(noise(number, (24, 32)).tobytes())] ^= 255
    whole.write_bytes(content)
    return whole


def joined(path: Path) -> Path:
    """Two recordings in one file, each with its own channels."""
    first, second = (
        write(path / "a.mcap", slices(sweeps=3)),
        write(path / "b.mcap", slices(first=3, sweeps=4)),
    )
    whole = path / "c.mcap"
    from mcap.reader import make_reader
    from mcap.writer import Writer

    with whole.open("wb") as file:
        writer = Writer(file, chunk_size=1000)
        writer.start()
        for source in (first, second):
            with source.open("rb") as opened:
                known: dict[int, int] = {}
                for schema, channel, message in make_reader(opened).iter_messages():
                    assert schema is not None
                    if channel.id not in known:
                        number = writer.register_schema(schema.name, schema.encoding, schema.data)
                        known[channel.id] = writer.register_channel(
                            channel.topic, channel.message_encoding, number
                        )
                    writer.add_message(
                        known[channel.id],
                        message.log_time,
                        message.data,
                        message.publish_time,
                        message.sequence,
                    )
        writer.finish()
    return whole


def options_for(path: Path, **changes: object) -> Options:
    quiet = Options().publish.model_copy(update={"enabled": False})
    update = {"replay": path, "publish": quiet, "model": "sharpness", "threads": 1, "maps_per_sweep": 1}
    return Options().model_copy(update=update | changes)


def facts(sweeps: tuple[SweepResult, ...]) -> list[tuple[object, ...]]:
    return [(each.number, each.sweep_id, each.slices_seen, each.broken, each.digest) for each in sweeps]


def in_one_run(options: Options) -> list[tuple[object, ...]]:
    assert options.replay is not None
    results = SweepResults(SweepNumbers(WorkRange(number=0, source="")))
    run(options, Interrupt(), also=[results])
    return facts(results.sweeps)


def player_of(options: Options) -> RangePlayer:
    assert options.replay is not None
    opener = RangeOpener(sources_of(options.replay).names, options.save)
    make = MakeRangePlayer(options=options, get_ready=opened_model, open_part=opener.open, open_maps=opened)
    return make()


def in_ranges(options: Options, *, sweeps: int) -> tuple[list[tuple[object, ...]], list[WorkRange]]:
    assert options.replay is not None
    sources = sources_of(options.replay)
    cutting = Cutting(
        sweeps=sweeps,
        run_in=options.update == "rolling",
        most_sweeps=options.sweeps,
        from_sweep=options.from_sweep,
        every_slice=options.every_slice,
    )
    player = player_of(options)
    ranges = list(plan(sources, options, cutting))
    results = [player.play(work) for work in ranges]
    player.close()
    assert [result.error for result in results] == [""] * len(ranges)
    return [fact for result in results for fact in facts(result.sweeps)], ranges


RECORDINGS = (
    *(plain, with_gaps, of_unknown_lengths, with_settling_slices, with_slices_not_used, in_several_files),
    *(cut_short, compressed, without_chunks, joined),
)


@pytest.mark.parametrize("update", ["refine", "rolling"])
@pytest.mark.parametrize("make", RECORDINGS, ids=lambda make: make.__name__)
def test_ranges_give_what_one_run_gives(tmp_path: Path, make: Callable[[Path], Path], update: str) -> None:
    options = options_for(make(tmp_path), update=update)
    whole = in_one_run(options)
    assert len(whole) >= 5
    for sweeps in (1, 3):
        found, ranges = in_ranges(options, sweeps=sweeps)
        assert found == whole
        assert sweeps > 1 or len(ranges) > 2
        assert [work.last for work in ranges] == [False] * (len(ranges) - 1) + [True]


@pytest.mark.parametrize("update", ["refine", "rolling"])
def test_what_a_profile_corrects_by_is_known_in_every_range(tmp_path: Path, update: str) -> None:
    """The focus drifts: slices are corrected as those before them, until that is too far off."""
    write_profile(full_profile(), tmp_path / "profile.toml")
    drift = (
        dataclasses.replace(
            focal_slice,
            image=noise(number, (48, 64)),
            intrinsics=None,
            tag=dataclasses.replace(
                focal_slice.tag, focus_dpt=(focal_slice.tag.focus_dpt or 0.0) + 0.0007 * number, reconnects=0
            ),
            scale=FocusScale(far_dpt=0.5, near_dpt=4.5, level="approximate"),
        )
        for number, focal_slice in enumerate(slices(sweeps=12))
    )
    path = write(tmp_path / "a.mcap", drift)
    options = options_for(path, update=update, profile=tmp_path / "profile.toml")
    whole = in_one_run(options)
    for sweeps in (1, 3):
        found, ranges = in_ranges(options, sweeps=sweeps)
        assert found == whole
        assert len(ranges) == 12 // sweeps
    corrected_at = [work.span.corrected_at for work in ranges if work.span is not None]
    assert len(set(corrected_at)) > 2  # it became too far off now and then
    assert all(len(each) == 8 for each in corrected_at[1:])


@pytest.mark.parametrize(
    "changes", [{"from_sweep": 3}, {"sweeps": 4}, {"from_sweep": 2, "sweeps": 3}, {"every_slice": True}]
)
def test_what_is_left_out_of_a_replay_is_left_out_of_ranges(
    tmp_path: Path, changes: dict[str, object]
) -> None:
    options = options_for(with_slices_not_used(tmp_path), **changes)
    assert in_ranges(options, sweeps=2)[0] == in_one_run(options)


def test_a_sweep_that_is_damaged_keeps_its_number(tmp_path: Path) -> None:
    options = options_for(damaged(tmp_path))
    whole, (found, _) = in_one_run(options), in_ranges(options, sweeps=3)
    assert [fact[1:] for fact in found] == [fact[1:] for fact in whole]
    assert [fact[0] for fact in found] == [0, 1, 2, 3, 5, 6, 7, 8]


@pytest.mark.parametrize("sweep", [2, 5])
def test_a_damaged_sweep_before_a_range_takes_none_of_the_range_with_it(tmp_path: Path, sweep: int) -> None:
    options = options_for(damaged(tmp_path, sweep), update="rolling")
    whole, (found, ranges) = in_one_run(options), in_ranges(options, sweeps=3)
    assert [work.span.run_in for work in ranges if work.span is not None] == [None, 2, 5]
    assert [fact[1:] for fact in found] == [fact[1:] for fact in whole]
    assert [fact[0] for fact in found] == [number for number in range(SWEEPS) if number != sweep]


def test_a_range_that_cannot_be_read_fails_and_the_others_do_not(tmp_path: Path) -> None:
    """A tag that makes no sense ends a run; ranges before it are whole."""
    path = tmp_path / "a.mcap"
    with FileWriter(path, origin=ORIGIN) as writer:
        for number, focal_slice in enumerate(slices()):
            tag = (
                dataclasses.replace(focal_slice.tag, sweep_coordinate=1e9)
                if number == 21
                else focal_slice.tag
            )
            writer.write_slice(dataclasses.replace(focal_slice, tag=tag))
    options = options_for(path)
    sources = sources_of(path)
    player = player_of(options)
    results = [player.play(work) for work in plan(sources, options, Cutting(sweeps=2))]
    assert [result.work.first_sweep for result in results] == [0, 2, 4]
    assert [bool(result.error) for result in results] == [False, False, True]
    assert "makes no sense" in results[-1].error
    assert [work.last for work in (result.work for result in results)] == [False, False, True]


def test_sweeps_that_are_done_are_not_planned_again(tmp_path: Path) -> None:
    options = options_for(plain(tmp_path), update="rolling")
    assert options.replay is not None
    sources, whole = sources_of(options.replay), in_one_run(options)
    done = {0, 3, 4, 8}
    player = player_of(options)
    ranges = list(
        plan(sources, options, Cutting(sweeps=2, run_in=True), is_done=lambda _, number: number in done)
    )
    assert [(work.first_sweep, work.sweeps) for work in ranges] == [(1, 2), (5, 2), (7, 1)]
    found = [fact for work in ranges for fact in facts(player.play(work).sweeps)]
    assert found == [fact for fact in whole if fact[0] not in done]
    assert list(plan(sources, options, Cutting(sweeps=2), is_done=lambda *_: True)) == []


def test_sweeps_are_saved_in_a_store_under_their_numbers(tmp_path: Path) -> None:
    pytest.importorskip("fsspec", reason="needs the extra cluster")
    options = options_for(with_settling_slices(tmp_path))
    in_one_run(options.model_copy(update={"save": tmp_path / "out"}))
    place = location(f"memory://{tmp_path.name}")
    in_ranges(options.model_copy(update={"save": place}), sweeps=2)
    stored = {"/".join(path.parts[-2:]): path for path in place.glob("*/*")}
    on_disk = {"/".join(path.parts[-2:]): path for path in (tmp_path / "out").glob("*/*")}
    assert stored.keys() == on_disk.keys()
    assert len({name.partition("/")[0] for name in stored}) == SWEEPS - 1
    for name, path in on_disk.items():
        with open_file(stored[name]) as file:
            assert file.read() == path.read_bytes(), name
