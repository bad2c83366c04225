"""What is in one file of a recording."""

import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from mcap.records import Attachment as AttachmentRecord
from mcap.records import Channel, Message, Schema

from capture.recording import schemas
from capture.recording.cdr import layout_of
from capture.recording.mcap_file.enclosed import (
    has_topic,
    message_count,
    read_enclosed,
    read_summary,
    slices_announced,
)
from capture.recording.mcap_file.record_stream import RecordStream
from capture.recording.no_depth import NO_DEPTH_NAME, parse_no_depth
from capture.recording.origin import FORMAT_RECORD, Attachment
from capture.recording.recorded_maps import FinalMap, RecordedMap
from capture.recording.ros_messages import read_camera_info, read_image
from capture.recording.schemas import Topic
from capture.recording.slice_messages import read_tag
from focstream.files.whole_number import whole_number
from focstream.focal_slice import BoolMap
from focstream.types import FocalSlice, InputError, SliceTag

_SLICE_TOPICS = (schemas.SLICE_IMAGE, schemas.SLICE_CAMERA_INFO, schemas.SLICE_TAG)
_COUNTED = {schemas.LOSS.name, schemas.NOT_USED.name}

Made = TypeVar("Made")
At = tuple[int, int]
"""Place of a message: see `RecordStream.at`."""
Messages = dict[str, bytes]
"""Messages of one time, by the name of their topic."""


class Once:
    """Refuses a frame that is twice in a sweep: two recordings of the same time would become one stack."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._sweep_id: int | None = None
        self._frame_ids: set[int] = set()

    def check(self, tag: SliceTag) -> None:
        """Note a slice.

        Raises
        ------
        InputError
            When its frame was there before.
        """
        if tag.sweep_id != self._sweep_id:
            self._sweep_id = tag.sweep_id
            self._frame_ids.clear()
        if tag.frame_id in self._frame_ids:
            raise InputError(
                f"{self._path} has frame {tag.frame_id} of sweep {tag.sweep_id} twice, because recordings of "
                "the same time were merged into it; replay them one by one"
            )
        self._frame_ids.add(tag.frame_id)


class FileReader:
    """Reads one file of any version from its beginning, as often as wanted, whole or cut short.

    Parameters
    ----------
    path
        The file.

    Attributes
    ----------
    metadata
        Text by key, by name of the record; empty where another tool left all of it out.
    attachments
        The files inside.
    last_sweep
        The greatest sweep id in it; None where the end of the file does not say so.
    was_read
        Whether slices or maps were read: only then more is known than that.

    Raises
    ------
    InputError
        When it cannot be read, is no recording of ours, or was made by a later version.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.metadata: dict[str, dict[str, str]] = {}
        self.attachments: tuple[Attachment, ...] = ()
        self._stream = RecordStream(path)
        self._summary = read_summary(path)
        self._definitions: dict[str, str] = {}
        self._schemas: dict[int, str] = {}
        self._topics: dict[int, str] = {}
        self._not_recorded = self._not_used = 0
        self._announced: int | None = None
        self.last_sweep: int | None = None
        self._found: int | None = None
        self.was_read = False
        self._read_enclosed()

    @property
    def fault(self) -> str | None:
        """What is wrong with the file, in words; None when nothing is. Known after reading to the end."""
        faults = []
        if self._stream.damaged_chunks:
            faults.append(f"{self._stream.damaged_chunks} damaged chunks were passed over")
        if not self._stream.whole:
            faults.append("it was cut short: everything before the cut is read")
        if (missing := self.slices_missing) > 0:
            faults.append(f"{missing} of the {self._announced} slices that were recorded are not in it")
        return "; ".join(faults) or None

    @property
    def slices_not_recorded(self) -> int:
        """Slices that were lost while recording, as far as it is known; known after reading to the end."""
        return self._not_recorded

    @property
    def slices_missing(self) -> int:
        """Slices that are announced but not here; known after `slices` was read to its end."""
        if self._announced is None or self._found is None:
            return 0
        return max(self._announced - self._found, 0)

    def topics_missing(self) -> tuple[str, ...]:
        """Topics of slices on which nothing came; known after reading to the end."""
        return tuple(topic.name for topic in _SLICE_TOPICS if topic.name not in self._topics.values())

    def attachment(self, name: str) -> bytes | None:
        """Content of a file inside; None when there is none of that name."""
        return next((item.data for item in self.attachments if item.name == name), None)

    @property
    def slices_not_used(self) -> int:
        """Slices here that the live depth was computed without; known after reading to the end."""
        return self._not_used

    def not_used(self) -> frozenset[tuple[int, int]]:
        """Find the sweep id and frame id of slices that the live depth was computed without.

        Reads through the file, unless its index says that there are none.

        Raises
        ------
        InputError
            When the file cannot be read, or a message in it makes no sense.
        """
        if message_count(schemas.NOT_USED.name, self._summary) == 0:
            return frozenset()
        groups = self._groups(schemas.NOT_USED)
        return frozenset(self._made(self._left_out, messages) for messages in groups)

    @property
    def damaged_chunks(self) -> int:
        """Chunks that were passed over so far."""
        return self._stream.damaged_chunks

    def slices_between(self, begins: At | None, ends: At | None, *, once: Once) -> Iterator[FocalSlice]:
        """Yield the slices from one place to another, as `RecordStream.at` has them; None for either end.

        Parameters
        ----------
        begins, ends
            Of the first message of the first slice, and of that behind the last.
        once
            As of `slices`.

        Raises
        ------
        InputError
            As `slices`.
        """
        if begins is not None:
            self._note_topics()
        self._found = None
        for messages in self._groups(*_SLICE_TOPICS, begins=begins or (0, 0), ends=ends):
            focal_slice = self._made(self._slice, messages)
            if "frame_id" in self._definitions[schemas.SLICE_TAG.name]:
                once.check(focal_slice.tag)
            yield focal_slice

    def _note_topics(self) -> None:
        """Learn which messages are those of slices, where the first of them are."""
        for record in RecordStream(self.path):
            self._note(record)
            if not self.topics_missing():
                return

    def slices(self, *, from_sweep: int = 0, once: Once | None = None) -> Iterator[FocalSlice]:
        """Yield every slice, in the order of the recording.

        Parameters
        ----------
        from_sweep
            Begin with the first slice whose sweep id is at least this.
        once
            What has seen the slices before this file, where it is one of several.

        Raises
        ------
        InputError
            When the file cannot be read, a message in it makes no sense, or several recordings of the same
            time were merged into it.
        """
        begun, found, once = False, 0, once or Once(self.path)
        for messages in self._groups(*_SLICE_TOPICS):
            focal_slice = self._made(self._slice, messages)
            tag, found = focal_slice.tag, found + 1
            if "frame_id" in self._definitions[schemas.SLICE_TAG.name]:
                once.check(tag)
            begun = begun or tag.sweep_id >= from_sweep
            if begun:
                yield focal_slice
        self._found = found

    def maps(self) -> Iterator[RecordedMap]:
        """Yield every depth map that was recorded.

        Raises
        ------
        InputError
            When the file cannot be read, or a message in it makes no sense.
        """
        for messages in self._groups(
            schemas.DEPTH_IMAGE,
            schemas.DEPTH_SIGMA,
            schemas.DEPTH_AIF,
            schemas.DEPTH_CAMERA_INFO,
            schemas.DEPTH_INFO,
        ):
            yield self._made(self._map, messages)

    def final_maps(self) -> Iterator[FinalMap]:
        """Yield what the final maps of the run that was recorded were.

        Raises
        ------
        InputError
            When the file cannot be read, or a message in it makes no sense.
        """
        for messages in self._groups(schemas.DEPTH_INFO):
            final_map = self._made(self._final_map, messages)
            if final_map is not None:
                yield final_map

    def _groups(self, *topics: Topic, begins: At = (0, 0), ends: At | None = None) -> Iterator[Messages]:
        """Yield the messages of these topics that have one time, where all of them came.

        They have one sequence number too; but tools that rewrite recordings count anew. Counts on the way
        what was not recorded or not used.
        """
        self._not_recorded = self._not_used = 0
        self.was_read = True
        self._stream = RecordStream(self.path, begin_byte=begins[0])
        wanted = {topic.name for topic in topics}
        stamp_ns, messages = -1, Messages()
        for record in self._stream:
            if not isinstance(record, Message):
                self._note(record)
                continue
            if self._stream.at < begins:
                continue
            if ends is not None and self._stream.at >= ends:
                return
            topic = self._topics.get(record.channel_id, "")
            if topic in _COUNTED:
                self._count(topic, record.data)
            if topic in wanted:
                if record.log_time != stamp_ns or topic in messages:
                    stamp_ns, messages = record.log_time, {}
                messages[topic] = record.data
                if len(messages) == len(wanted):
                    yield messages
                    stamp_ns, messages = -1, {}

    def _note(self, record: object) -> None:
        if isinstance(record, Schema):
            self._schemas[record.id] = record.data.decode("utf-8", "replace")
        elif isinstance(record, Channel):
            self._topics[record.id] = record.topic
            self._definitions[record.topic] = self._schemas.get(record.schema_id, "")

    def _count(self, topic: str, data: bytes) -> None:
        if topic == schemas.LOSS.name:
            self._not_recorded += self._made(self._lost, {topic: data})
        else:
            self._not_used += 1

    def _made(self, make: Callable[[Messages], Made], messages: Messages) -> Made:
        """Make something of messages; an InputError says when they make no sense."""
        try:
            return make(messages)
        except (LookupError, ArithmeticError, TypeError, ValueError) as error:
            raise InputError(
                f"{self.path} holds a message that makes no sense ({error}); record it again"
            ) from error

    def _decode(self, topic: Topic, messages: Messages) -> dict[str, Any]:
        return layout_of(self._definitions[topic.name]).decode(messages[topic.name])

    def _lost(self, messages: Messages) -> int:
        return int(self._decode(schemas.LOSS, messages).get("count", 0))

    def _left_out(self, messages: Messages) -> tuple[int, int]:
        values = self._decode(schemas.NOT_USED, messages)
        return int(values["sweep_id"]), int(values["frame_id"])

    def _slice(self, messages: Messages) -> FocalSlice:
        topic = schemas.SLICE_TAG.name
        tag, scale = read_tag(self._definitions[topic], messages[topic])
        return FocalSlice(
            image=read_image(messages[schemas.SLICE_IMAGE.name]),
            tag=tag,
            scale=scale,
            intrinsics=read_camera_info(messages[schemas.SLICE_CAMERA_INFO.name]),
            no_depth=self._no_depth,
        )

    @functools.cached_property
    def _no_depth(self) -> BoolMap | None:
        data = self.attachment(NO_DEPTH_NAME)
        return None if data is None else parse_no_depth(data, path=self.path)

    def _map(self, messages: Messages) -> RecordedMap:
        info = self._decode(schemas.DEPTH_INFO, messages)
        return RecordedMap(
            depth=read_image(messages[schemas.DEPTH_IMAGE.name]),
            sigma=read_image(messages[schemas.DEPTH_SIGMA.name]),
            all_in_focus=read_image(messages[schemas.DEPTH_AIF.name]),
            sweep_id=int(info["sweep_id"]),
            slices_seen=int(info["slices_seen"]),
            final=bool(info["final"]),
            unit=str(info["unit"]),
            exposure_mid_ns=int(info["exposure_mid_ns"]),
            near_limit=float(info["near_limit"]),
            far_limit=float(info["far_limit"]),
            intrinsics=read_camera_info(messages[schemas.DEPTH_CAMERA_INFO.name]),
            digest=str(info["digest"]),
        )

    def _final_map(self, messages: Messages) -> FinalMap | None:
        info = self._decode(schemas.DEPTH_INFO, messages)
        if not info.get("final"):
            return None
        return FinalMap(
            sweep_id=int(info.get("sweep_id", 0)),
            slices_seen=int(info.get("slices_seen", 0)),
            model=str(info.get("model", "")),
            engine=str(info.get("engine", "")),
            digest=str(info.get("digest", "")),
        )

    def _read_enclosed(self) -> None:
        """Read metadata and attachments, and check that this is a recording of ours."""
        attachments: list[Attachment] = []
        versions: list[str] = []
        announced: list[int] = []
        last_sweeps: list[int | None] = []
        for record in read_enclosed(self.path, self._summary):
            if isinstance(record, AttachmentRecord):
                attachments.append(
                    Attachment(name=record.name, media_type=record.media_type, data=record.data)
                )
                continue
            self.metadata[record.name] = record.metadata
            if record.name == FORMAT_RECORD:
                versions.append(record.metadata.get("format_version", ""))
            elif (count := slices_announced(record)) is not None:
                announced.append(count)
                last_sweeps.append(whole_number(record.metadata.get("last_sweep", "")))
        self.attachments = tuple(attachments)
        known = [number for number in last_sweeps if number is not None]  # as many as were merged into it
        self.last_sweep = max(known) if known and len(known) == len(last_sweeps) else None
        # A file that was merged announces its slices in parts; where nobody announces them, the index counts.
        self._announced = sum(announced) or message_count(schemas.SLICE_TAG.name, self._summary)
        self._check_versions(versions)

    def _check_versions(self, versions: list[str]) -> None:
        known = [number for number in map(whole_number, versions) if number is not None]
        if len(known) < len(versions) or not (
            versions or has_topic(self.path, schemas.SLICE_TAG.name, self._summary)
        ):
            raise InputError(f"{self.path} is no recording of focal slices by focstream; give one that is")
        if known and max(known) > schemas.FORMAT_VERSION:
            raise InputError(
                f"{self.path} has format version {max(known)}, made by a later focstream; this one reads up "
                f"to {schemas.FORMAT_VERSION}: update it"
            )
