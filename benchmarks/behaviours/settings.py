"""Cameras whose settings are not as the standard would have them."""

from benchmarks.behaviours.behaviour import Behaviour

_TRIGGERS = (
    ("triggered by ExposureStart", "entries TriggerSelector=AcquisitionStart=3 ExposureStart=1 LineStart=5"),
    ("triggered by FrameBurstStart", "entries TriggerSelector=AcquisitionStart=3 FrameBurstStart=2"),
)

ROWS = (
    *(
        Behaviour(
            what=f"exposure by itself, {given}",
            lines=("auto_exposure 1",),
            timing="software",
            chunks=chunks,
            config=config,
            slices=40,
        )
        for given, config in (("a value is given", {}), ("none is given", {"exposure_us": None}))
        for chunks in (False, True)
    ),
    Behaviour(
        what="exposure by itself, none is given",
        lines=("auto_exposure 1",),
        timing="free",
        waveform="triangle",
        chunks=True,
        config={"exposure_us": None},
        slices=40,
    ),
    *(
        Behaviour(what=what, lines=(line, "burst_frames 3"), timing="software", slices=40)
        for what, line in _TRIGGERS
    ),
)
