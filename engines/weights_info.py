"""What a weights file says of itself, read without torch."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from engines.weights_header import read_header
from focstream.files.user_file import open_file
from focstream.types import InputError
from inference.network.config import NetworkConfig

SHIPPED = Path(__file__).parent / "weights"
WEIGHTS = "weights.safetensors"
"""Name of a file of weights in a folder of its own."""
FORMAT = "focstream-weights/1"
MOST_SIGMA_PER_SCALE = 100.0
"""Those of our networks are near 1; what is beyond is damaged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightsInfo:
    """What is known of weights beside their values.

    Attributes
    ----------
    name
        As it is published, such as ``"small"``.
    config
        Of the network they are for.
    sigma_per_scale
        Standard deviation to state, in Laplace scales: fitted so that about 68 % of the errors lie within it
        and 95 % within twice as much (`training.learning.ship`).
    """

    name: str
    config: NetworkConfig
    sigma_per_scale: float

    def __post_init__(self) -> None:
        """Refuse a σ that would make every map wrong without a word."""
        if not 0.0 < self.sigma_per_scale <= MOST_SIGMA_PER_SCALE:
            raise ValueError(
                f"sigma_per_scale is {self.sigma_per_scale}, not above 0 and up to {MOST_SIGMA_PER_SCALE:g}"
            )

    def to_metadata(self) -> dict[str, str]:
        """Return it as a safetensors file holds it."""
        return {
            "format": FORMAT,
            "name": self.name,
            "config": self.config.model_dump_json(),
            "sigma_per_scale": json.dumps(self.sigma_per_scale),
        }


def shipped_weights(name: str) -> Path:
    """Return the file of weights that come with the package."""
    return SHIPPED / name / WEIGHTS


def read_info(path: Path) -> WeightsInfo:
    """Read what a weights file says of itself.

    Raises
    ------
    InputError
        When the file is not there, is no weights file, is of another version, or states no usable σ.
    """
    metadata = read_header(path).metadata
    if metadata.get("format") != FORMAT:
        found = metadata.get("format", "none")
        raise InputError(f"{path}: expected the format {FORMAT}, found {found}; make it again from the run")
    try:
        return WeightsInfo(
            name=metadata["name"],
            config=NetworkConfig.model_validate_json(metadata["config"]),
            sigma_per_scale=float(metadata["sigma_per_scale"]),
        )
    except (KeyError, ValueError, ValidationError) as error:
        raise InputError(f"{path}: its description cannot be read ({error})") from None


def digest(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with open_file(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
