"""The options of a GenICam camera (``--genicam.*``)."""

from typing import Literal

from pydantic import Field

from focstream.frozen_model import FrozenModel

Timing = Literal["free", "software", "hardware", "sequencer"]
Preset = Literal["basler-ace2", "basler-dart", "ids-peak", "baumer", "allied-vision-gt"]


class FeatureNames(FrozenModel):
    """Names to look for, the first that the camera has being taken (``--genicam.names.*``)."""

    exposure_us: tuple[str, ...] = ("ExposureTime", "ExposureTimeAbs")
    """Exposure time in microseconds."""
    exposure_auto: tuple[str, ...] = ("ExposureAuto",)
    """Its automatic."""
    gain: tuple[str, ...] = ("Gain", "GainRaw", "GainAbs")
    """Gain, in decibel where the camera follows the standard."""
    gain_auto: tuple[str, ...] = ("GainAuto",)
    """Its automatic."""
    balance_auto: tuple[str, ...] = ("BalanceWhiteAuto",)
    """Automatic white balance."""
    frame_rate_enable: tuple[str, ...] = ("AcquisitionFrameRateEnable", "AcquisitionFrameRateEnabled")
    """Switch that makes the frame rate count."""
    frame_rate_hz: tuple[str, ...] = ("AcquisitionFrameRate", "AcquisitionFrameRateAbs")
    """Frames a second that are asked for."""
    frame_rate_auto: tuple[str, ...] = ("AcquisitionFrameRateAuto",)
    """Its automatic."""
    resulting_rate_hz: tuple[str, ...] = (
        "AcquisitionResultingFrameRate",
        "ResultingFrameRate",
        "ResultingFrameRateAbs",
    )
    """Frames a second that come."""
    shutter_mode: tuple[str, ...] = ("SensorShutterMode",)
    """Mode of the shutter: all rows are exposed at once unless it is "Rolling"."""
    readout_us: tuple[str, ...] = ("SensorReadoutTime", "ReadoutTimeAbs")
    """Time from the first row to the last, in microseconds."""
    tick_hz: tuple[str, ...] = (
        "GevTimestampTickFrequency",
        "TimestampTickFrequency",
        "DeviceTimestampFrequency",
    )
    """Ticks a second of the camera's clock, where stamps are no nanoseconds."""
    trigger_software: tuple[str, ...] = ("TriggerSoftware",)
    """Command that fires a software trigger."""
    focus_power_dpt: tuple[str, ...] = ("FocalPower", "OpticFocalPower")
    """Focal power of the camera's lens, in dioptres."""
    focus_distance_mm: tuple[str, ...] = ("ObjectSensorDistance",)
    """Distance the lens is focused at, in millimetres."""
    focus_steps: tuple[str, ...] = ("FocusStepper", "EFLensFocusCurrent", "LensFocus", "FocusPos")
    """Position of the focus motor in steps, 0 being closest as in the SFNC."""
    focus_status: tuple[str, ...] = ("FocusStatus", "OpticControllerStatus")
    """State of the lens."""
    focus_ready: tuple[str, ...] = ("Ready", "NotBusy", "Idle")
    """Values of that state in which the focus is at rest."""
    focus_controller: tuple[str, ...] = ("OpticController0", "Optic1")
    """Entry of OpticControllerSelector."""
    focus_initialize: tuple[str, ...] = ("OpticControllerInitialize", "FocusInitialize")
    """Commands that prepare the lens, or features to set (NAME=VALUE); all that the camera has are run, in
    this order."""
    focus_temperature_c: tuple[str, ...] = ("OpticControllerTemperature",)
    """Temperature of the lens, in degrees Celsius."""
    focus_chunk: tuple[str, ...] = ("ChunkFocalPower", "ChunkFocusStepper", "ChunkFocusPosition")
    """Focus that comes with every image; the standard has none."""


class GenicamConfig(FrozenModel):
    """A GenICam camera as asked for. What is not given stays as the camera has it."""

    pixel_format: str | None = None
    """PFNC name, such as Mono12p or BayerRG8. Default: the camera's, where it can be unpacked."""
    exposure_us: float | None = Field(default=None, gt=0, le=1e10)
    """Exposure time in microseconds."""
    gain: float | None = Field(default=None, ge=-1e6, le=1e6)
    """Gain in the camera's unit, usually decibel."""
    frame_rate_hz: float | None = Field(default=None, gt=0, le=1e6)
    """Frames a second while the camera runs freely."""
    width_px: int | None = Field(default=None, ge=1, lt=2**31)
    """Width of the region that is read out."""
    height_px: int | None = Field(default=None, ge=1, lt=2**31)
    """Height of it."""
    offset_x_px: int | None = Field(default=None, ge=0, lt=2**31)
    """Its left edge on the sensor."""
    offset_y_px: int | None = Field(default=None, ge=0, lt=2**31)
    """Its upper edge on the sensor."""
    timing: Timing | None = None
    """What starts an exposure. free: the camera itself. software: a trigger for each slice, once the lens is
    at rest. hardware: a signal on the camera's input. sequencer: the camera's own sequencer, which moves its
    own focus. Default: software where the camera has it and the sweep is a staircase, else free."""
    trigger_source: str = "Line1"
    """Input that takes the signal of --genicam.timing hardware."""
    readout_us: float | None = Field(default=None, ge=0, le=1e10)
    """Time from first to last row of a rolling shutter; 0 = a global one. Default: as the camera reports."""
    chunks: bool = True
    """Switch on what the camera can send with every image (stamp, exposure, sequencer set, focus)."""
    focus_settle_s: float | None = Field(default=None, gt=0, le=600)
    """Time the camera's own focus takes from one limit to the other. Default: measured when it is opened."""
    focus_latency_s: float = Field(default=0.0, ge=0, le=60)
    """Lag of the camera's own focus behind a moving command (triangle, sawtooth)."""
    focus_offset_dpt: float = Field(default=0.0, ge=-1000, le=1000)
    """Object-side vergence minus the focal power that the camera reports."""
    preset: Preset | None = None
    """Names of a maker's focus features, from documents, not tried; --genicam.names.* overrule them."""
    names: FeatureNames = FeatureNames()
