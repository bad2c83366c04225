"""Makes the driver of a real lens from what the user typed."""

from capture.lens import Lens
from capture.lenses.config import LensConfig
from capture.lenses.kinds import LENS_KINDS, LensKind
from capture.lenses.listing import list_lenses
from capture.lenses.port import need_pyserial
from capture.lenses.setup import LensSetup
from focstream.types import DeviceNotFoundError, InputError

EMULATED = "sim"
"""The path of an emulated lens."""


def lens_kind(selector: str) -> tuple[str, LensKind, str]:
    """Take ``KIND:PATH`` apart; the path may be missing.

    Raises
    ------
    InputError
        When there is no such kind of lens.
    """
    name, _, path = selector.partition(":")
    if name not in LENS_KINDS:
        raise InputError(
            f"--lens {selector}: no such lens; give sim, or KIND:PATH with a kind of {', '.join(LENS_KINDS)}"
        )
    return name, LENS_KINDS[name], path


def open_lens(selector: str, config: LensConfig) -> Lens:
    """Make the driver that ``--lens KIND[:PATH]`` asks for, not yet entered.

    Raises
    ------
    InputError
        When there is no such kind of lens, or its configuration makes no sense.
    DeviceNotFoundError
        When no path is given and there is no such lens.
    """
    name, kind, path = lens_kind(selector)
    path = path or _first(name)
    return kind.make(path, lens_setup(f"{name}:{path}", kind, config))


def lens_setup(name: str, kind: LensKind, config: LensConfig) -> LensSetup:
    """Put together what the driver of a lens must know.

    Raises
    ------
    InputError
        When the configuration makes no sense.
    """
    if (config.offset_dpt is None) != (config.gain is None):
        raise InputError("--focus.offset-dpt and --focus.gain belong together: give both, or none")
    focus = config.focus(kind.nominal)
    if focus.gain == 0.0:
        raise InputError(
            "--focus.gain 0: such a lens would not focus; give its change of vergence with the drive"
        )
    if not config.min_temperature_c < config.max_temperature_c:
        raise InputError("--focus.min-temperature-c must be below --focus.max-temperature-c")
    return LensSetup(
        name=name,
        focus=focus,
        behaviour=config.behaviour(kind.behaviour),
        is_metric=config.is_metric or kind.drive_unit == "dpt",
        temperature_limits_c=(config.min_temperature_c, config.max_temperature_c),
    )


def _first(kind: str) -> str:
    if kind != "v4l2":
        need_pyserial(f"--lens {kind}")
    found = next((lens for lens in list_lenses() if lens.kind == kind and lens.certain), None)
    if found is None:
        raise DeviceNotFoundError(
            f"--lens {kind}: no such lens found; connect it, name its port (--lens {kind}:/dev/…), "
            f"or try the emulated one with --lens {kind}:{EMULATED}"
        )
    return found.selector.partition(":")[2]
