"""The modes of a video device, pixel formats, sizes and rates, and which of them to use."""

from collections.abc import Sequence
from dataclasses import dataclass

from capture.uvc.config import UvcConfig
from focstream.types import InputError

_SAME_RATE = 0.01  # 29.97 Hz is what people call 30


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoMode:
    """A mode to use.

    Attributes
    ----------
    fourcc
        Pixel format.
    width_px, height_px
        Size of the images.
    rate_hz
        Images a second; 0 where the driver does not report it.
    """

    fourcc: str
    width_px: int
    height_px: int
    rate_hz: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedModes:
    """What a driver offers for one pixel format: a single size, or sizes in steps.

    Attributes
    ----------
    fourcc
        Pixel format.
    widths_px, heights_px
        Possible sizes.
    rates_hz
        Possible images a second; none where the driver does not list them.
    """

    fourcc: str
    widths_px: range
    heights_px: range
    rates_hz: tuple[float, ...] = ()


def describe_modes(modes: Sequence[OfferedModes]) -> str:
    """Put modes into words."""
    return "; ".join(map(_described, modes)) or "no mode that its driver lists"


def choose_mode(
    modes: Sequence[OfferedModes], present: VideoMode | None, config: UvcConfig, *, name: str
) -> VideoMode | None:
    """Return the mode that is asked for, in all that is not asked for as near as possible to the present one.

    Parameters
    ----------
    modes
        What the driver lists; where it lists nothing, what is asked for is believed.
    present
        Mode that the device is set to.
    config, name
        What is asked for, and the name of the device for messages.

    Raises
    ------
    InputError
        When there is no such mode.
    """
    asked = (config.width_px, config.height_px, config.fps, config.fourcc)
    if asked == (None,) * 4 and (present is None or _is_among(present, modes)):
        return present
    basis = present or VideoMode(fourcc="", width_px=640, height_px=480, rate_hz=0.0)
    if not modes:
        modes = [_believed(basis, config)]
    fitting = [one for one in modes if _fits(one, config)]
    if not fitting:
        raise InputError(f"{name} has no mode {_spoken(config)}; it offers {describe_modes(modes)}")
    best = min(fitting, key=lambda one: _distance(one, basis, config))
    return VideoMode(
        fourcc=best.fourcc,
        width_px=config.width_px or _nearest(best.widths_px, basis.width_px),
        height_px=config.height_px or _nearest(best.heights_px, basis.height_px),
        rate_hz=config.fps or _rate_near(best.rates_hz, basis.rate_hz),
    )


def _is_among(mode: VideoMode, modes: Sequence[OfferedModes]) -> bool:
    return not modes or any(mode.fourcc == one.fourcc for one in modes)


def same_rate(rate_hz: float, wanted_hz: float) -> bool:
    """Return True for rates that people call the same."""
    return abs(rate_hz - wanted_hz) <= _SAME_RATE * wanted_hz


def _believed(basis: VideoMode, config: UvcConfig) -> OfferedModes:
    width_px, height_px = config.width_px or basis.width_px, config.height_px or basis.height_px
    return OfferedModes(
        fourcc=(config.fourcc or basis.fourcc).upper(),
        widths_px=range(width_px, width_px + 1),
        heights_px=range(height_px, height_px + 1),
    )


def _fits(modes: OfferedModes, config: UvcConfig) -> bool:
    return (
        (config.fourcc is None or config.fourcc.upper() == modes.fourcc.upper())
        and (config.width_px is None or config.width_px in modes.widths_px)
        and (config.height_px is None or config.height_px in modes.heights_px)
        and (config.fps is None or not modes.rates_hz or _has_rate(modes.rates_hz, config.fps))
    )


def _distance(modes: OfferedModes, basis: VideoMode, config: UvcConfig) -> tuple[int, int, bool, bool]:
    """How far a mode is from the present one in what was not asked for."""
    width_px = config.width_px or _nearest(modes.widths_px, basis.width_px)
    height_px = config.height_px or _nearest(modes.heights_px, basis.height_px)
    return (
        abs(width_px - basis.width_px) if config.width_px is None else 0,
        abs(height_px - basis.height_px) if config.height_px is None else 0,
        modes.fourcc != basis.fourcc,
        bool(modes.rates_hz) and not _has_rate(modes.rates_hz, basis.rate_hz),
    )


def _nearest(sizes_px: range, wanted_px: int) -> int:
    return min(sizes_px, key=lambda size_px: abs(size_px - wanted_px))


def _rate_near(rates_hz: Sequence[float], wanted_hz: float) -> float:
    return wanted_hz if not rates_hz or _has_rate(rates_hz, wanted_hz) else max(rates_hz)


def _has_rate(rates_hz: Sequence[float], wanted_hz: float) -> bool:
    return any(same_rate(rate_hz, wanted_hz) for rate_hz in rates_hz)


def _spoken(config: UvcConfig) -> str:
    size = ""
    if config.width_px or config.height_px:
        size = f"{config.width_px or 'any width'}×{config.height_px or 'any height'}"
    rate = f"at {config.fps:g} Hz" if config.fps else ""
    return " ".join(filter(None, (size, config.fourcc, rate)))


def _described(modes: OfferedModes) -> str:
    width, height = _extent(modes.widths_px), _extent(modes.heights_px)
    rates = ", ".join(f"{rate_hz:.4g}" for rate_hz in modes.rates_hz)
    return f"{width}×{height} {modes.fourcc}" + (f" at {rates} Hz" if rates else "")


def _extent(sizes_px: range) -> str:
    return str(sizes_px[0]) if len(sizes_px) == 1 else f"({sizes_px[0]} … {sizes_px[-1]})"
