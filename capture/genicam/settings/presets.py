"""The names of focus features by maker, from documents and public programs, not tried."""

from capture.genicam.config import FeatureNames, GenicamConfig, Preset

_PRESETS: dict[Preset, FeatureNames] = {
    # The optic controller of ace 2 and boost, which drives a liquid lens or a stepping motor.
    "basler-ace2": FeatureNames(
        focus_controller=("Optic1",),
        focus_initialize=("OpticControllerInitialize",),
        focus_power_dpt=("FocalPower",),
        focus_steps=("FocusStepper",),
        focus_status=("OpticControllerStatus",),
        focus_ready=("NotBusy",),
    ),
    # dart with a liquid lens. The values of LensStatus are not known: give --genicam.focus-settle-s.
    "basler-dart": FeatureNames(
        focus_controller=(),
        focus_initialize=("LensConnection=Connect",),
        focus_power_dpt=("LensOpticalPower",),
        focus_steps=(),
        focus_status=(),
    ),
    "ids-peak": FeatureNames(
        focus_controller=("OpticController0",),
        focus_power_dpt=(),
        focus_steps=("FocusStepper",),
    ),
    # Ready comes seconds after the initialisation.
    "baumer": FeatureNames(focus_status=("OpticControllerStatus",), focus_ready=("Ready",)),
    # Prosilica GT with a Canon EF lens.
    "allied-vision-gt": FeatureNames(
        focus_controller=(),
        focus_initialize=("EFLensInitialize",),
        focus_power_dpt=(),
        focus_distance_mm=(),
        focus_steps=("EFLensFocusCurrent",),
        focus_status=(),
    ),
}


def with_preset(config: GenicamConfig) -> GenicamConfig:
    """Return a configuration with the names of its preset, where it gives no others."""
    if config.preset is None:
        return config
    usual, preset = FeatureNames(), _PRESETS[config.preset]
    given = {
        field: value
        for field in FeatureNames.model_fields
        if (value := getattr(config.names, field)) != getattr(usual, field)
    }
    return config.model_copy(update={"names": preset.model_copy(update=given)})
