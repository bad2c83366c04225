"""Frames of a film in their order, each decoded once, never by seeking.

What a film announces is not to be trusted: heads of films of variable rate count other frames than there
are, and a jump to a number or a time ends at another frame.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from capture.film.picture import picture_of
from focstream.files.image_size import check_size
from focstream.files.limits import IMAGE_PIXELS
from focstream.files.user_file import check_file
from focstream.focal_slice import Image
from focstream.program.extras import need_extra
from focstream.types import InputError

if TYPE_CHECKING:
    import av
    from av.container import InputContainer
    from av.video.stream import VideoStream

_STRICT = {"err_detect": "crccheck+explode", "max_pixels": str(IMAGE_PIXELS)}
"""Options of FFmpeg's decoders: damage is an error, and not a picture that was made up, or a giant."""
_FILES_ONLY = {
    "format_whitelist": "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi",
    "protocol_whitelist": "file",
}
_SLACK_FRAMES = 1.5
"""A film that ends by so much before it says has lost frames."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmFrame:
    """One frame.

    Attributes
    ----------
    image
        (H, W) or (H, W, 3) blue-green-red; uint8, or uint16 up to 65535 where the film has more bits.
    time_s
        By the clock of the container; None where it has none.
    """

    image: Image
    time_s: Fraction | None


class FilmDecoder:
    """Iterates over the frames of a film, as often as wanted.

    Parameters
    ----------
    path
        The film.

    Attributes
    ----------
    fault
        After the iteration: why there may be more frames than it gave; None where there are none.
    notes
        After the iteration: what was done to the frames, and what was passed over.
    rate_hz
        Frames a second on average, as the container says; None where it does not.
    created
        When it was taken, as the container says (ISO 8601); empty where it does not.

    Raises
    ------
    InputError
        When the package that decodes films is not installed.
    """

    def __init__(self, path: Path) -> None:
        need_extra("av", extra="film", what=f"{path} is a film, which")
        self.path = path
        self.fault: str | None = None
        self.notes: tuple[str, ...] = ()
        self.rate_hz: float | None = None
        self.created = ""

    def __iter__(self) -> Iterator[FilmFrame]:
        """Yield the frames that can be read, in their order.

        Raises
        ------
        InputError
            When the film cannot be opened, or holds no pictures that can be used.
        """
        import av

        self.fault, self.notes = None, ()
        check_file(self.path)
        try:
            # As a file, whatever its name looks like; no list of other files or addresses is followed.
            with av.open(f"file:{self.path}", options=_FILES_ONLY) as container:
                yield from self._frames(container, self._stream(container))
        except (av.FFmpegError, OSError) as error:
            why = error.strerror or "it is none, or its end is missing"
            raise InputError(f"{self.path} cannot be read as a film ({why}); check the file") from error

    def _stream(self, container: "InputContainer") -> "VideoStream":
        import av

        covers = av.stream.Disposition.attached_pic
        films = [stream for stream in container.streams.video if not stream.disposition & covers]
        # Without a codec, PyAV crashes when it is asked to decode (PyAV-Org/PyAV, issue 2344).
        if not films or films[0].codec_context is None:
            raise InputError(f"{self.path} holds no film that can be read; give MP4, MOV, MKV or AVI")
        if len(films) > 1:
            self.notes = (f"it holds {len(films)} films; the first is taken",)
        stream = films[0]
        check_size(stream.codec_context.width, stream.codec_context.height, name=str(self.path))
        stream.codec_context.options = _STRICT
        self.rate_hz = None if not stream.average_rate else float(stream.average_rate)
        self.created = str(container.metadata.get("creation_time", ""))
        return stream

    def _frames(self, container: "InputContainer", stream: "VideoStream") -> Iterator[FilmFrame]:
        count, unread, last_s = 0, 0, Fraction(0)
        for frame in _decoded(container, stream):
            if frame is None and count:
                self.fault = f"it is cut short or damaged: only its first {count + unread} frames can be read"
                return
            if frame is None:  # before the first one that needs no others
                unread += 1
                continue
            picture = picture_of(frame, name=str(self.path))
            if count == 0:
                self.notes += picture.notes
            count += 1
            time_s = None if frame.pts is None or not frame.time_base else frame.pts * frame.time_base
            last_s = last_s if time_s is None else time_s
            yield FilmFrame(image=picture.image, time_s=time_s)
        if unread:
            self.notes += (f"its first {unread} frames cannot be read, and are left out",)
        self._compare(container, stream, count=count + unread, last_s=last_s)

    def _compare(
        self, container: "InputContainer", stream: "VideoStream", *, count: int, last_s: Fraction
    ) -> None:
        """Compare what came with what the film announces: the frames in its head, or else its length."""
        if stream.frames > count:
            self.fault = f"it announces {stream.frames} frames, and only {count} can be read"
        elif stream.frames == 0 and container.duration is not None and len(container.streams) == 1:
            announced_s = float(Fraction(container.duration, 1_000_000))
            if self.rate_hz and float(last_s) + _SLACK_FRAMES / self.rate_hz < announced_s:
                self.fault = (
                    f"it announces {announced_s:.2f} s, and its last frame is at {float(last_s):.2f} s"
                )


def _decoded(container: "InputContainer", stream: "VideoStream") -> "Iterator[av.VideoFrame | None]":
    """Yield frames, and None for what cannot be decoded."""
    import av

    for packet in container.demux(stream):
        try:
            frames = packet.decode()
        except av.FFmpegError:
            yield None
            continue
        for frame in frames:
            yield frame if isinstance(frame, av.VideoFrame) and not frame.is_corrupt else None
