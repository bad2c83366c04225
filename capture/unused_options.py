"""Options of cameras, lenses, sweeps and recordings that have no effect where they were given."""

from capture.config import CaptureConfig
from capture.lenses.open_lens import EMULATED
from capture.recording.config import RecordConfig
from capture.sweep.plan import STEPPED, SweepConfig
from focstream.program.flags import all_but, flags_set

_OF_CAMERAS = ("lens", "focus", "cti", "genicam", "uvc", "reconnect", "sweep")
_OF_ACTIVE = ("slots_least", "good_enough", "planner", "whole_every")
_OF_RAMPS = ("rate_hz", "overscan")
_OF_OWN_FOCUS = ("focus_settle_s", "focus_latency_s", "focus_offset_dpt")
_WHILE_RECORDED = ("compression", "queue_mib", "note")


def unused_options(config: CaptureConfig, record: RecordConfig, *, records_later: bool = False) -> list[str]:
    """Return the flags of what was set in vain.

    Parameters
    ----------
    config
        Where slices come from.
    record
        How they are recorded.
    records_later
        Whether a recording may be begun while the program runs.
    """
    if config.replay is not None:
        unused = flags_set(config, _OF_CAMERAS) + _of_sim(config, "disk_mib_s")
    elif config.camera is None:
        unused = []
    else:
        unused = _of_camera(config) + _of_sweep(config.sweep)
    if record.file is None and not records_later:
        unused += flags_set(record, _WHILE_RECORDED, within="record")
        unused += flags_set(config.sim, ["disk_mib_s"], within="sim")
    return unused


def _of_camera(config: CaptureConfig) -> list[str]:
    kind = str(config.camera or "").partition(":")[0]
    if kind == "sim":
        return flags_set(config, ("cti", "genicam", "uvc", "reconnect")) + _of_lens_fault(config)
    unused = [] if _is_simulated(config.lens) else _of_sim(config, "disk_mib_s")
    if kind == "uvc":
        return flags_set(config, ("cti", "genicam")) + unused
    if kind == "genicam":
        unused += flags_set(config, ["uvc"])
        names = _OF_OWN_FOCUS if config.lens is not None else ()
        unused += flags_set(config.genicam, names, within="genicam")
        unused += [] if config.lens is not None else flags_set(config, ["focus"])
        if config.genicam.timing != "hardware":
            unused += flags_set(config.genicam, ["trigger_source"], within="genicam")
    return unused


def _of_lens_fault(config: CaptureConfig) -> list[str]:
    names = ["target_fault", *(["lens_fault_after_s"] if config.sim.lens_fault is None else [])]
    return flags_set(config.sim, names, within="sim")


def _of_sim(config: CaptureConfig, *but: str) -> list[str]:
    return flags_set(config.sim, all_but(config.sim, *but), within="sim")


def _of_sweep(sweep: SweepConfig) -> list[str]:
    names = list(_OF_RAMPS) if sweep.waveform in STEPPED else []
    if sweep.waveform != "active":
        names += _OF_ACTIVE
    elif sweep.planner != "track":
        names.append("whole_every")
    return flags_set(sweep, names, within="sweep")


def _is_simulated(lens: str | None) -> bool:
    return lens == "sim" or str(lens).endswith(f":{EMULATED}")
