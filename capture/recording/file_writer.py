"""Writes one recording: an MCAP file of ROS 2 messages."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, NoReturn, Self, cast

from mcap.writer import CompressionType, IndexType, Writer

from capture.recording import schemas
from capture.recording.config import Compression
from capture.recording.disk import Disk, Output, cannot_record, new_output
from capture.recording.map_messages import depth_info_message, map_messages
from capture.recording.mcap_file.packed_index import pack_index
from capture.recording.no_depth import no_depth_attachment
from capture.recording.origin import (
    CONTINUED,
    DEVICE_RECORD,
    END_RECORD,
    IN_FORCE_RECORD,
    Attachment,
    Origin,
    change_name,
    change_record,
    device_record,
    metadata_of,
)
from capture.recording.ros_messages import camera_info_message, check_stamp, image_message
from capture.recording.schemas import Topic
from capture.recording.series.part import SERIES_RECORD, SeriesPart
from capture.recording.slice_messages import loss_message, not_used_message, tag_message
from focstream.clock import now_ns
from focstream.control.control import Change, InForce
from focstream.types import DepthUpdate, FocalSlice, InputError, SliceTag
from focstream.version import __version__

_CHUNK_BYTES = 2**20
_OVERHEAD_BYTES = 8 * 2**10  # of one slice or map besides its pixels, at the most
_INDEX_BYTES = 512  # of one message in the index at the end of the file, at the most
_END_BYTES = 256 * 2**10  # of the rest of that index
_COMPRESSIONS = {"none": CompressionType.NONE, "lz4": CompressionType.LZ4}


class FileWriter:
    """Writes slices and depth maps in the order in which they are given. A context manager; not thread-safe.

    Parameters
    ----------
    path
        New file; one that exists is never replaced.
    named
        How messages call it, where it gets to its place later. Default: by its path.
    origin
        What goes into the file besides.
    compression
        Compression of the chunks. Noise does not compress, and cameras deliver noise.
    disk
        Makes the file.

    Attributes
    ----------
    slices, sweeps
        Written so far.
    continued
        Whether another file of the same recording follows; its end says so.
    in_a_hurry
        Do not wait at the end until all of it is on the disk: the system writes it in its own time.

    Raises
    ------
    InputError
        When the file exists or cannot be made; nothing is left of it then.
    """

    def __init__(
        self,
        path: Path,
        *,
        origin: Origin,
        compression: Compression = "none",
        disk: Callable[[Path], Output] = Disk,
        named: Path | None = None,
    ) -> None:
        self.path = named or path
        self._written_to = path
        self._stays = named is None
        self.continued = False
        self.in_a_hurry = False
        self.slices = 0
        self.sweeps = 0
        self._maps = 0
        self._messages = 0
        self._not_recorded = 0
        self._not_used = 0
        self._device = origin.device
        self._sweep_id: int | None = None
        self._last_sweep = -1
        self._dirty = False
        self._channels: dict[str, int] = {}
        self._schemas: dict[str, int] = {}
        self._disk = new_output(path, disk, named=self.path)
        self._writer: Writer | None = Writer(
            cast("IO[bytes]", self._disk),
            chunk_size=_CHUNK_BYTES,
            compression=_COMPRESSIONS[compression],
            index_types=IndexType.ALL,
        )
        pack_index(self._writer)
        try:
            self._begin(origin)
        except OSError as error:
            self.discard()
            raise cannot_record(self.path, error) from error

    @property
    def bytes_written(self) -> int:
        """Bytes in the file."""
        return self._disk.tell()

    @property
    def where(self) -> str:
        """Where the slices are, in words."""
        return str(self.path)

    def write_device(self, name: str) -> None:
        """Write what the slices come from, if it was not known at the start; call it before the first slice.

        Raises
        ------
        InputError
            When the disk is full or fails, see `write_slice`.
        """
        if name != self._device:
            self._add_metadata(DEVICE_RECORD, device_record(name))

    def write_part(self, part: SeriesPart) -> None:
        """Write again which file of a recording this is.

        Raises
        ------
        InputError
            When the disk is full or fails, see `write_slice`.
        """
        self._add_metadata(SERIES_RECORD, part.record())

    def write_slice(self, focal_slice: FocalSlice) -> None:
        """Add a slice; the end of a sweep puts all before it into the file.

        Raises
        ------
        InputError
            When the disk is full or fails, or a number is too great for the file. The file holds what was
            written before, and is whole.
        """
        tag, image, intrinsics = focal_slice.tag, focal_slice.image, focal_slice.intrinsics
        stamp_ns = tag.exposure_mid_ns
        if self.slices == 0 and focal_slice.no_depth is not None:
            self._attach(no_depth_attachment(focal_slice.no_depth))
        if tag.sweep_id != self._sweep_id:
            self.flush()
        with self._fitting(f"slice {tag.slot} of sweep {tag.sweep_id}", stamp_ns=stamp_ns):
            camera_info = camera_info_message(image.shape, intrinsics=intrinsics, stamp_ns=stamp_ns)
            messages = {
                schemas.SLICE_IMAGE: image_message(image, stamp_ns=stamp_ns),
                schemas.SLICE_CAMERA_INFO: camera_info,
                schemas.SLICE_TAG: tag_message(focal_slice, slices_not_recorded=self._not_recorded),
            }
        self._add(messages, stamp_ns=stamp_ns, sequence=self.slices + 1)
        self.slices += 1  # only now: a full disk takes none
        self.sweeps += int(tag.sweep_id != self._sweep_id)
        self._sweep_id = tag.sweep_id
        self._last_sweep = max(tag.sweep_id, self._last_sweep)
        if tag.last_in_sweep:
            self.flush()

    def write_update(self, update: DepthUpdate, *, maps: bool) -> None:
        """Add what a depth map is, with its digest; with `maps` also the map, σ and the all-in-focus image.

        Raises
        ------
        InputError
            When the disk is full or fails, see `write_slice`.
        """
        stamp_ns = update.tag.exposure_mid_ns
        self._maps += 1
        with self._fitting(f"the map of sweep {update.tag.sweep_id}", stamp_ns=stamp_ns):
            messages = map_messages(update) if maps else {}
            messages[schemas.DEPTH_INFO] = depth_info_message(update)
        self._add(messages, stamp_ns=stamp_ns, sequence=self._maps)
        if update.final:
            self.flush()

    def write_loss(self, frame_ids: tuple[int, ...]) -> None:
        """Note that these slices are missing here.

        Raises
        ------
        InputError
            When the disk is full or fails, see `write_slice`.
        """
        self._not_recorded += len(frame_ids)
        stamp_ns = now_ns()
        with self._fitting("a note of lost slices", stamp_ns=stamp_ns):
            message = {schemas.LOSS: loss_message(frame_ids)}
        self._add(message, stamp_ns=stamp_ns, sequence=self._not_recorded)

    def write_not_used(self, tag: SliceTag) -> None:
        """Note that the live depth was computed without this slice.

        Raises
        ------
        InputError
            When the disk is full or fails, see `write_slice`.
        """
        self._not_used += 1
        with self._fitting("a note of a dropped slice", stamp_ns=tag.exposure_mid_ns):
            message = {schemas.NOT_USED: not_used_message(tag)}
        self._add(message, stamp_ns=tag.exposure_mid_ns, sequence=self._not_used)

    def write_note(self, noted: Change | InForce) -> None:
        """Note what was set, or changed while the program ran; raises as `write_slice` does."""
        if isinstance(noted, InForce):
            self._add_metadata(IN_FORCE_RECORD, dict(noted.settings))
        else:
            self._add_metadata(change_name(noted), change_record(noted))

    def flush(self) -> None:
        """Put all that was added into the file: a crash cannot take it back from there on.

        Raises
        ------
        InputError
            When the disk is full or fails, see `write_slice`.
        """
        if self._writer is None or not self._dirty:
            return
        try:
            self._writer.flush()
        except OSError as error:
            self._fail(error, torn=True)
        self._dirty = False

    def close(self) -> None:
        """Write the index and close. May be called twice.

        Raises
        ------
        InputError
            When the disk is full or fails, see `write_slice`.
        """
        if self._writer is None:
            return
        try:
            self._end()
        except OSError as error:
            self._fail(error, torn=True)

    def discard(self) -> None:
        """Close the file and delete it, because nothing is in it."""
        self._writer = None
        with contextlib.suppress(OSError):
            self._disk.close()
        self._written_to.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _begin(self, origin: Origin) -> None:
        assert self._writer is not None
        attached = sum(len(attachment.data) for attachment in origin.attachments)
        self._disk.reserve(attached + _OVERHEAD_BYTES + _END_BYTES)
        self._writer.start(profile=schemas.PROFILE, library=f"focstream {__version__}")
        for name, values in metadata_of(origin).items():
            self._writer.add_metadata(name, values)
        for attachment in origin.attachments:
            self._write_attachment(self._writer, attachment)
        self._writer.flush()

    def _add_metadata(self, name: str, values: dict[str, str]) -> None:
        if self._writer is None:
            return
        self._reserve(_CHUNK_BYTES + _OVERHEAD_BYTES)
        try:
            self._writer.add_metadata(name, values)
        except OSError as error:
            self._fail(error, torn=True)

    def _attach(self, attachment: Attachment) -> None:
        """Add a file that is known only with the first slice."""
        if self._writer is None:
            return
        try:
            self._disk.reserve(len(attachment.data) + _OVERHEAD_BYTES + _END_BYTES)
            self._write_attachment(self._writer, attachment)
        except OSError as error:
            self._fail(error, torn=True)

    @staticmethod
    def _write_attachment(writer: Writer, attachment: Attachment) -> None:
        writer.add_attachment(
            create_time=now_ns(),
            log_time=now_ns(),
            name=attachment.name,
            media_type=attachment.media_type,
            data=attachment.data,
        )

    def _add(self, messages: dict[Topic, bytes], *, stamp_ns: int, sequence: int) -> None:
        if self._writer is None:
            return
        length = sum(map(len, messages.values())) + _CHUNK_BYTES + _OVERHEAD_BYTES
        self._messages += len(messages)
        self._reserve(length)
        try:
            for topic, data in messages.items():
                self._writer.add_message(
                    channel_id=self._channel(topic),
                    log_time=stamp_ns,
                    publish_time=stamp_ns,
                    sequence=sequence % 2**32,
                    data=data,
                )
        except OSError as error:
            self._fail(error, torn=True)
        self._dirty = True

    def _reserve(self, length: int) -> None:
        """Make sure of room for so much, and for the end of the file."""
        try:
            self._disk.reserve(length + _END_BYTES + _INDEX_BYTES * self._messages)
        except OSError as error:
            self._fail(error, torn=False)

    def _channel(self, topic: Topic) -> int:
        assert self._writer is not None
        if topic.name not in self._channels:
            if topic.schema not in self._schemas:
                self._schemas[topic.schema] = self._writer.register_schema(
                    name=topic.schema, encoding="ros2msg", data=topic.definition.encode("utf-8")
                )
            self._channels[topic.name] = self._writer.register_channel(
                topic=topic.name, message_encoding="cdr", schema_id=self._schemas[topic.schema]
            )
        return self._channels[topic.name]

    def _end(self) -> None:
        assert self._writer is not None
        self._writer.flush()
        self._writer.add_metadata(
            END_RECORD,
            {
                "slices": str(self.slices),
                "sweeps": str(self.sweeps),
                "slices_not_recorded": str(self._not_recorded),
                "last_sweep": str(self._last_sweep),
                **({CONTINUED: "true"} if self.continued else {}),
            },
        )
        self._writer.finish()
        self._writer = None
        self._disk.close(sync=not self.in_a_hurry)

    @contextlib.contextmanager
    def _fitting(self, what: str, *, stamp_ns: int) -> Iterator[None]:
        """Close the file, whole, when what is packed in here has a number that no message can hold."""
        try:
            check_stamp(stamp_ns)
            yield
        except ValueError as error:
            with contextlib.suppress(OSError):
                self.close()
            kept = "; what was recorded before is in the file" if self._stays else ""
            raise InputError(
                f"recording {self.path} stopped: {what} cannot be recorded ({error}){kept}; restart the "
                "camera, and see which stamps and frame ids it sends"
            ) from error

    def _fail(self, error: OSError, *, torn: bool) -> NoReturn:
        """Close the file as well as it goes, and say what is in it.

        After a failed write (`torn`) the MCAP writer no longer knows what is in the file: it must not go on.
        """
        mend = f"; free some room there, then run python -m capture recover {self.path}"
        if not torn:
            with contextlib.suppress(OSError):
                self._end()
                mend = ""
        self._writer = None
        with contextlib.suppress(OSError):
            self._disk.close()
        kept = (
            f"; what was recorded before is in the file{mend}" if self._stays else "; nothing of it is kept"
        )
        raise InputError(
            f"recording {self.path} stopped: {error.strerror or error}{kept}; make room on that disk, or "
            "record elsewhere"
        ) from error
