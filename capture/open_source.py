"""Makes a source of focal slices from what the user typed."""

import functools
import sys
from collections.abc import Callable
from pathlib import Path

from capture.camera import Camera
from capture.config import CaptureConfig
from capture.controls.rig import Rig
from capture.discovery import first_camera
from capture.film.frame_range import is_film, parse_frame_range
from capture.film.source import FilmSource
from capture.folder.file_stack import is_stack_file
from capture.folder.source import StackFolder
from capture.folder.stack_reading import StackReading
from capture.genicam.camera import GenicamCamera
from capture.genicam.lens import GenicamLens
from capture.lens import Lens
from capture.lenses.config import LensConfig
from capture.lenses.open_lens import EMULATED, lens_kind, open_lens
from capture.reconnect import Reconnecting
from capture.recording.reader import RecordingReader
from capture.recording.replay import Replay
from capture.recording.series.files import is_series
from capture.rig_files import RigFiles
from capture.simulator.config import SimulatorConfig
from capture.simulator.lens.lens import SimulatedLens
from capture.simulator.rig import open_simulator, simulated_lens
from capture.simulator.serial_lenses.emulated_lens import emulate
from capture.simulator.serial_lenses.faults import Faults
from capture.sweep.live import LiveSweep
from capture.sweep.plan import STEPPED, SweepConfig
from capture.sweep.timed_staircase import TimesStaircase
from capture.uvc.camera import UvcCamera
from focstream.active.wish import FocusWishes
from focstream.files.whole_number import whole_number
from focstream.protocols import Readiness, SliceSource
from focstream.types import DeviceNotFoundError, InputError


def open_recording(config: CaptureConfig) -> RecordingReader | None:
    """Open the recording that the user asked for; None for a camera, a focal stack or a film.

    Raises
    ------
    InputError
        When it is no recording.
    """
    path = config.replay
    if path is None or is_film(path) or is_stack_file(path):
        return None
    return RecordingReader(path) if path.is_file() or is_series(path) else None


def open_source(
    config: CaptureConfig,
    *,
    recording: RecordingReader | None = None,
    files: RigFiles | None = None,
    readiness: Readiness | None = None,
    wishes: FocusWishes | None = None,
    rig: Rig | None = None,
) -> SliceSource:
    """Make the source that the user asked for, not yet entered.

    Parameters
    ----------
    config
        What was asked for.
    recording
        As by `open_recording`; without, it is opened here.
    files
        What is known of camera and lens.
    readiness
        Gets the estimator ready before a live sweep begins, and measures it.
    wishes
        Where an active sweep is to go.
    rig
        By which a live sweep is changed.

    Raises
    ------
    InputError
        When the options contradict each other.
    DeviceNotFoundError
        When there is no such camera.
    """
    if config.replay is not None:
        if config.camera is not None:
            raise InputError("--camera and --replay exclude each other: give one of them")
        return _replayed(config.replay, config, recording, files or RigFiles())
    if config.camera is None:
        raise InputError("nothing to do: give --camera, --camera sim or --replay FOLDER (see --help)")
    if config.align == "auto":
        raise InputError(
            "--align auto is for --replay of a folder: a camera's breathing is undone by --profile"
        )
    _refuse_frames(config)
    if _reading(config) != StackReading():
        raise InputError("--reverse, --focus-from, --bits, --channel and --time are for --replay of a stack")
    if config.rate or config.from_sweep or config.every_slice:
        raise InputError("--rate, --from-sweep and --every-slice are for --replay; a camera has its own pace")
    profile = None if files is None else files.profile
    make = functools.partial(
        LiveSweep, sweep=config.sweep, profile=profile, readiness=readiness, wishes=wishes, rig=rig
    )
    return _live(config, _selector(config), make)


def _reading(config: CaptureConfig) -> StackReading:
    return StackReading(
        reverse=config.reverse,
        bits=config.bits,
        focus_from=config.focus_from,
        channel=config.channel,
        time=config.time,
    )


def _replay(recording: RecordingReader, config: CaptureConfig) -> Replay:
    if _reading(config) != StackReading() or config.align == "auto":
        raise InputError(
            "--reverse, --align, --focus-from, --bits, --channel and --time are for stacks of images: "
            "a recording has its order"
        )
    return Replay(recording, rate=config.rate, from_sweep=config.from_sweep, every_slice=config.every_slice)


def _replayed(
    path: Path, config: CaptureConfig, recording: RecordingReader | None, files: RigFiles
) -> SliceSource:
    if is_film(path):
        return _film(path, config)
    _refuse_frames(config)
    recording = recording or open_recording(config)
    if recording is not None:
        return _replay(recording, config)
    if config.from_sweep or config.every_slice:
        raise InputError("--from-sweep and --every-slice are for recordings (.mcap), not for stacks")
    return StackFolder(
        path,
        reading=_reading(config),
        rate=config.rate,
        sweeps=config.sweeps or 1,
        align=config.align == "auto" or (config.align is None and path.is_dir() and not files.fix_the_size),
    )


def _refuse_frames(config: CaptureConfig) -> None:
    if config.frames is not None:
        raise InputError("--frames is for --replay of a film (MP4, MOV, MKV, AVI)")


def _film(film: Path, config: CaptureConfig) -> FilmSource:
    if config.from_sweep or config.every_slice:
        raise InputError("--from-sweep and --every-slice are for recordings (.mcap), not for films")
    if _reading(config) != StackReading(reverse=config.reverse):
        raise InputError("--focus-from, --bits, --channel and --time are for stacks of images, not for films")
    return FilmSource(
        film,
        frames=parse_frame_range(config.frames),
        reverse=config.reverse,
        rate=config.rate,
        sweeps=config.sweeps or 1,
        align=config.align == "auto",
    )


def _selector(config: CaptureConfig) -> str:
    if isinstance(config.camera, str):
        return config.camera
    found = first_camera(cti_files=config.cti)
    if found is None:
        raise DeviceNotFoundError(
            "no camera found (looked for GenICam producers in GENICAM_GENTL64_PATH and for UVC cameras): "
            "connect one and see --list-cameras, or try the simulated one with --camera sim"
        )
    return found


def _live(config: CaptureConfig, selector: str, make: Callable[..., LiveSweep]) -> SliceSource:
    if selector != "sim":
        return Reconnecting(_real(config, selector, make), config=config.reconnect)
    camera, lens_of_scene, truth_vergence_dpt = open_simulator(config.sim)
    lens = _lens(config, lens_of_scene, on_pulse=camera.trigger_line.pulse)
    if config.sim.timing == "hardware" and not isinstance(lens, TimesStaircase):
        raise InputError(
            f"--sim.timing hardware: nothing triggers the camera; add --lens optotune-icc-pro:{EMULATED}"
        )
    if _is_real(config.lens):
        raise InputError(
            f"--lens {config.lens}: a real lens changes nothing in a simulated picture; "
            f"emulate it (--lens KIND:{EMULATED}), or use a real camera"
        )
    sweep = _over_the_scene(config.sweep, config.sim)
    return make(
        camera,
        lens,
        sweep=sweep,
        level="calibrated",
        truth_vergence_dpt=truth_vergence_dpt,
        label=f"sim with lens {config.lens or 'sim'}",
    )


def open_devices(config: CaptureConfig) -> tuple[Camera, Lens]:
    """Make the real camera and lens that the user asked for, not yet entered: for calibrating them.

    Raises
    ------
    InputError
        When the options contradict each other.
    DeviceNotFoundError
        When there is no such camera.
    """
    camera = _real_camera(config, _selector(config))
    if config.lens is not None:
        return camera, _lens(config)
    if isinstance(camera, GenicamCamera):
        return camera, GenicamLens(camera)
    raise InputError(f"--camera {config.camera}: give the --lens to calibrate (see --list-lenses)")


def _is_real(lens: str | None) -> bool:
    return lens not in (None, "sim") and not str(lens).endswith(f":{EMULATED}")


def _real(config: CaptureConfig, selector: str, make: Callable[..., LiveSweep]) -> LiveSweep:
    camera = _real_camera(config, selector)
    if config.lens is None and isinstance(camera, GenicamCamera):
        lens = GenicamLens(camera)
        return make(camera, lens, level="approximate", label=f"{selector} with its own focus")
    if config.lens is None:
        raise InputError(
            f"--camera {selector}: a lens must sweep the focus; give --lens KIND[:PATH] (see --list-lenses), "
            "or --lens sim, which leaves the picture as it is"
        )
    if isinstance(camera, GenicamCamera) and config.genicam.timing == "sequencer":
        raise InputError(
            f"--genicam.timing sequencer moves the camera's own focus: leave --lens {config.lens} out"
        )
    # A simulated lens moves nothing in a real picture, and a lens of which the user said nothing is focused
    # nobody knows where: whatever comes out must not be called metres.
    is_metric = config.focus.is_metric and _is_real(config.lens)
    return make(
        camera,
        _lens(config),
        level="approximate" if is_metric else "uncalibrated",
        label=f"{selector} with lens {config.lens}",
    )


def _lens(
    config: CaptureConfig,
    simulated: SimulatedLens | None = None,
    *,
    on_pulse: Callable[[int], None] | None = None,
) -> Lens:
    """Make the lens asked for; `simulated` is the one that the simulated camera looks through."""
    selector = config.lens or "sim"
    emulated = selector.endswith(f":{EMULATED}")
    if config.sim.lens_fault is not None and not emulated:
        raise InputError(f"--sim.lens-fault is for emulated lenses: add --lens KIND:{EMULATED}")
    if selector != "sim" and not emulated:
        return open_lens(selector, config.focus)
    if config.focus != LensConfig():
        raise InputError("--focus.* is for real lenses: of simulated and emulated ones everything is known")
    if simulated is None:
        simulated = simulated_lens(config.sim)
    if selector == "sim":
        return simulated
    name, kind, _ = lens_kind(selector)
    faults = Faults(config.sim.lens_fault, after_s=config.sim.lens_fault_after_s)
    return emulate(name, kind, simulated, faults=faults, on_pulse=on_pulse)


def _over_the_scene(sweep: SweepConfig, sim: SimulatorConfig) -> SweepConfig:
    # The simulator knows how deep its scene is; a sweep of all that its lens can do would be partly wasted.
    return sweep.model_copy(
        update={
            "far_dpt": sim.far_dpt if sweep.far_dpt is None else sweep.far_dpt,
            "near_dpt": sim.near_dpt if sweep.near_dpt is None else sweep.near_dpt,
        }
    )


def _real_camera(config: CaptureConfig, selector: str) -> Camera:
    kind, _, which = selector.partition(":")
    if kind == "genicam":
        prefer_trigger = config.sweep.waveform in STEPPED
        return GenicamCamera(
            which or None, cti_files=config.cti, config=config.genicam, prefer_trigger=prefer_trigger
        )
    if kind == "uvc" and (number := whole_number(which)) is not None:
        return UvcCamera(number, config=config.uvc)
    if kind == "uvc" and "/" in which:
        if sys.platform != "linux":
            raise InputError(f"--camera {selector}: video devices have paths on Linux only; give uvc:N")
        return UvcCamera(Path(which), config=config.uvc)
    raise InputError(
        f"--camera {selector}: no such kind of camera; give sim, genicam[:SERIAL], uvc:N or uvc:PATH"
    )
