"""What is in a recording."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from mcap.records import Attachment as AttachmentRecord
from mcap.records import Channel, Message, Metadata, Schema
from numpy.typing import NDArray

from capture.recording import schemas
from capture.recording.cdr import layout_of
from capture.recording.origin import FORMAT_RECORD, Attachment
from capture.recording.record_stream import RecordStream, lacks
from capture.recording.ros_messages import read_camera_info, read_image
from capture.recording.schemas import Topic
from capture.recording.slice_messages import read_tag
from focstream.depth_update import FloatMap
from focstream.types import FocalSlice, InputError, Intrinsics


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedMap:
    """A depth map of a recording.

    Attributes
    ----------
    depth, sigma
        (H, W) float32, in `unit`; NaN = no depth.
    all_in_focus
        (H, W) or (H, W, 3) uint8, blue-green-red.
    sweep_id, slices_seen, final, unit
        As in `focstream.DepthUpdate`.
    exposure_mid_ns
        Of the slice that caused it.
    near_limit, far_limit
        Of the sweep, in `unit`; the far one may be inf.
    intrinsics
        None where unknown.
    digest
        As by `focstream.digest.digest_of`.
    """

    depth: FloatMap
    sigma: FloatMap
    all_in_focus: NDArray[np.uint8]
    sweep_id: int
    slices_seen: int
    final: bool
    unit: str
    exposure_mid_ns: int
    near_limit: float
    far_limit: float
    intrinsics: Intrinsics | None
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalMap:
    """What is recorded of every final map of the live run, even when the map itself is not."""

    sweep_id: int
    slices_seen: int
    model: str
    engine: str
    digest: str


_COUNTED = {schemas.LOSS.name, schemas.NOT_USED.name}

Made = TypeVar("Made")
Messages = dict[str, bytes]
"""Messages of one sequence number, by the name of their topic."""


class RecordingReader:
    """Reads a recording of any version from its beginning, as often as wanted, whole or cut short.

    Parameters
    ----------
    path
        The file.

    Attributes
    ----------
    metadata
        Text by key, by name of the record.
    attachments
        The files inside.

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
        self._definitions: dict[str, str] = {}
        self._schemas: dict[int, str] = {}
        self._topics: dict[int, str] = {}
        self._not_recorded = self._not_used = 0
        self._read_beginning()

    @property
    def fault(self) -> str | None:
        """What is wrong with the file, in words; None when nothing is. Known after reading to the end."""
        faults = []
        if self._stream.damaged_chunks:
            faults.append(f"{self._stream.damaged_chunks} damaged chunks were passed over")
        if not self._stream.whole:
            faults.append("it was cut short: everything before the cut is read")
        return "; ".join(faults) or None

    @property
    def slices_not_recorded(self) -> int:
        """Slices that were lost while recording, as far as it is known; known after reading to the end."""
        return self._not_recorded

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
        if lacks(self.path, schemas.NOT_USED.name):
            return frozenset()
        groups = self._groups(schemas.NOT_USED)
        return frozenset(self._made(self._left_out, messages) for messages in groups)

    def slices(self, *, from_sweep: int = 0) -> Iterator[FocalSlice]:
        """Yield every slice, in the order of the recording.

        Parameters
        ----------
        from_sweep
            Begin with the first slice whose sweep id is at least this.

        Raises
        ------
        InputError
            When the file cannot be read, or a message in it makes no sense.
        """
        begun = False
        for messages in self._groups(schemas.SLICE_IMAGE, schemas.SLICE_CAMERA_INFO, schemas.SLICE_TAG):
            focal_slice = self._made(self._slice, messages)
            begun = begun or focal_slice.tag.sweep_id >= from_sweep
            if begun:
                yield focal_slice

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

    def _groups(self, *topics: Topic) -> Iterator[Messages]:
        """Yield the messages of these topics that have one sequence number, where all of them came.

        Counts on the way what was not recorded or not used.
        """
        self._not_recorded = self._not_used = 0
        wanted = {topic.name for topic in topics}
        sequence, messages = -1, Messages()
        for record in self._stream:
            if not isinstance(record, Message):
                self._note(record)
                continue
            topic = self._topics.get(record.channel_id, "")
            if topic in _COUNTED:
                self._count(topic, record.data)
            if topic in wanted:
                if record.sequence != sequence:
                    sequence, messages = record.sequence, {}
                messages[topic] = record.data
                if len(messages) == len(wanted):
                    yield messages
                    sequence, messages = -1, {}

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
        except (KeyError, OverflowError, TypeError, ValueError) as error:
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
        )

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

    def _read_beginning(self) -> None:
        """Read what comes before the first message, and check that this is a recording of ours."""
        attachments: list[Attachment] = []
        for record in self._stream:
            if isinstance(record, Metadata):
                self.metadata[record.name] = record.metadata
            elif isinstance(record, AttachmentRecord):
                attachments.append(
                    Attachment(name=record.name, media_type=record.media_type, data=record.data)
                )
            elif isinstance(record, Message):
                break
        self.attachments = tuple(attachments)
        version = self.metadata.get(FORMAT_RECORD, {}).get("format_version")
        if version is None or not version.isdecimal():
            raise InputError(f"{self.path} is no recording of focal slices by focstream; give one that is")
        if int(version) > schemas.FORMAT_VERSION:
            raise InputError(
                f"{self.path} has format version {version}, made by a later focstream; this one reads up to "
                f"{schemas.FORMAT_VERSION}: update it"
            )
