"""Where the sweeps of a recording begin, found by the tags of its slices; images are passed over."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from mcap.records import Channel, Schema

from calibration.apply.profile import CalibrationProfile
from calibration.apply.slot_focus import CorrectedAt, SlotFocus, in_dioptres
from capture.ranges.heads_in_store import heads_of
from capture.recording import schemas
from capture.recording.cdr import layout_of
from capture.recording.file_reader import FileReader
from capture.recording.mcap_file.enclosed import message_count, read_summary
from capture.recording.mcap_file.message_heads import MessageHead
from capture.recording.reader import RecordingReader
from capture.recording.slice_messages import read_tag
from focstream.cluster.work import Place
from focstream.types import InputError, Scale, SliceTag

_OF_A_SLICE = frozenset(
    topic.name for topic in (schemas.SLICE_IMAGE, schemas.SLICE_CAMERA_INFO, schemas.SLICE_TAG)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepStart:
    """The first slice of a sweep that is fit for depth.

    Attributes
    ----------
    number
        Of the sweep, from 0, of those that have such slices.
    sweep_id, place
        Of the slice.
    can_be_cut
        Whether somebody who begins to read here knows which messages are slices.
    needs_run_in
        Whether what its map says depends on the sweep before, because nobody knows how many slices it has.
    slices_lost, frame_id
        Before it, as of `Span`.
    corrected_at
        As of `Span`.
    left_out
        Sweep id and frame id of slices between the start before and this one that depth is computed without.
    """

    number: int
    sweep_id: int
    place: Place
    can_be_cut: bool
    needs_run_in: bool
    slices_lost: int
    frame_id: int | None
    corrected_at: CorrectedAt = ()
    left_out: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class _Tagged:
    tag: SliceTag
    scale: Scale | None
    place: Place
    can_be_cut: bool


def sweep_starts(
    recording: RecordingReader,
    *,
    from_sweep: int = 0,
    not_used: frozenset[tuple[int, int]] = frozenset(),
    profile: CalibrationProfile | None = None,
) -> Iterator[SweepStart]:
    """Yield where every sweep begins that gives a map, as the recording is looked through.

    Parameters
    ----------
    recording
        With or without an index.
    from_sweep
        Begin with the first slice whose sweep id is at least this.
    not_used
        Sweep id and frame id of slices that depth is computed without.
    profile
        Corrects the slices; None where none does.

    Raises
    ------
    InputError
        When a file cannot be read, a tag makes no sense, or the profile cannot correct it.
    """
    number, sweep_id, lost, frame_id = 0, None, 0, None
    slot_focus = SlotFocus(profile)
    begun, passed = False, list[tuple[int, int]]()
    for found in _tags(recording):
        tag = found.tag
        begun = begun or tag.sweep_id >= from_sweep
        if not begun:
            continue
        left_out = (tag.sweep_id, tag.frame_id) in not_used
        if not (tag.settling or left_out) and tag.sweep_id != sweep_id:
            yield SweepStart(
                number=number,
                sweep_id=tag.sweep_id,
                place=found.place,
                can_be_cut=found.can_be_cut,
                needs_run_in=tag.slots is None and tag.number is None,
                slices_lost=lost,
                frame_id=frame_id,
                corrected_at=slot_focus.known,
                left_out=tuple(passed),
            )
            passed.clear()
            number, sweep_id = number + 1, tag.sweep_id
        if profile is not None and not (tag.settling or left_out):
            slot_focus.of(in_dioptres(tag, found.scale, profile)[0])
        if left_out:
            passed.append((tag.sweep_id, tag.frame_id))
        skipped = 0 if frame_id is None else tag.frame_id - frame_id - 1
        lost += max(skipped - tag.passed, 0) + int(left_out and not tag.settling)
        frame_id = tag.frame_id


def slices_not_used(recording: RecordingReader) -> frozenset[tuple[int, int]]:
    """Find the sweep id and frame id of slices that the live depth was computed without.

    Raises
    ------
    InputError
        As `sweep_starts`.
    """
    return frozenset(pair for part in recording.parts for pair in _left_out(part))


def _left_out(part: FileReader) -> Iterator[tuple[int, int]]:
    topic = schemas.NOT_USED.name
    if message_count(topic, read_summary(part.path)) == 0:
        return
    topics = _Topics()
    for head in heads_of(part.path, topics={topic}):
        if not isinstance(head, MessageHead):
            topics.note(head)
        elif head.data is not None:
            try:
                values = layout_of(topics.definition(head.channel_id)).decode(head.data)
                yield int(values["sweep_id"]), int(values["frame_id"])
            except (LookupError, ArithmeticError, TypeError, ValueError) as error:
                raise _no_sense(part, error) from error


@dataclass(slots=True)
class _Topics:
    """Which channel is which topic, as the file says on the way."""

    channels: dict[int, Channel] = field(default_factory=dict)
    schemas: dict[int, str] = field(default_factory=dict)

    def note(self, record: Channel | Schema) -> None:
        """Learn of a channel, or of what its messages are made of."""
        if isinstance(record, Channel):
            self.channels[record.id] = record
        else:
            self.schemas[record.id] = record.data.decode("utf-8", "replace")

    def name(self, channel_id: int) -> str:
        """Name of the topic; empty where nobody knows."""
        return self.channels[channel_id].topic if channel_id in self.channels else ""

    def definition(self, channel_id: int) -> str:
        """Definition of its messages."""
        return self.schemas.get(self.channels[channel_id].schema_id, "")

    @property
    def of_slices(self) -> int:
        """How many channels are of slices: more than topics where recordings were merged."""
        return sum(channel.topic in _OF_A_SLICE for channel in self.channels.values())


def _tags(recording: RecordingReader) -> Iterator[_Tagged]:
    for number, part in enumerate(recording.parts):
        yield from _tags_of(part, number)


def _tags_of(part: FileReader, number: int) -> Iterator[_Tagged]:
    """Yield the tags of one file: of the messages of one time, where all three of them came."""
    topics = _Topics()
    stamp_ns, seen = -1, dict[str, MessageHead]()
    for head in heads_of(part.path, topics={schemas.SLICE_TAG.name}):
        if not isinstance(head, MessageHead):
            topics.note(head)
            continue
        topic = topics.name(head.channel_id)
        if topic not in _OF_A_SLICE:
            continue
        if head.log_time != stamp_ns or topic in seen:
            stamp_ns, seen = head.log_time, {}
        seen[topic] = head
        if len(seen) < len(_OF_A_SLICE):
            continue
        first, tag = next(iter(seen.values())), seen[schemas.SLICE_TAG.name]
        place = Place(file=number, byte=first.byte, record=first.record)
        yield _Tagged(*_tag(part, topics, tag), place, can_be_cut=topics.of_slices == len(_OF_A_SLICE))
        stamp_ns, seen = -1, {}


def _tag(part: FileReader, topics: _Topics, head: MessageHead) -> tuple[SliceTag, Scale | None]:
    try:
        return read_tag(topics.definition(head.channel_id), head.data or b"")
    except (LookupError, ArithmeticError, TypeError, ValueError) as error:
        raise _no_sense(part, error) from error


def _no_sense(part: FileReader, error: Exception) -> InputError:
    return InputError(f"{part.path} holds a message that makes no sense ({error}); record it again")
