"""Options of publishing."""

from pathlib import Path
from typing import Self

from pydantic import model_validator

from focstream.frozen_model import FrozenModel
from focstream.program.flags import all_but, flags_set
from publish.wire.encodings import DepthEncoding, Topic

DEFAULT_DEPTH_ENDPOINT = "tcp://127.0.0.1:5556"
DEFAULT_SIGMA_ENDPOINT = "tcp://127.0.0.1:5557"
DEFAULT_AIF_ENDPOINT = "tcp://127.0.0.1:5558"


class PublishConfig(FrozenModel):
    """Where and how depth maps are published."""

    enabled: bool = True
    """Publish over ZeroMQ at all."""
    depth: str | None = DEFAULT_DEPTH_ENDPOINT
    """Address of the depth maps: tcp://HOST:PORT (port * = any free one), ipc://PATH, or None."""
    sigma: str | None = DEFAULT_SIGMA_ENDPOINT
    """Address of the standard deviations of the depth, or None."""
    aif: str | None = DEFAULT_AIF_ENDPOINT
    """Address of the all-in-focus images, or None."""
    encoding: DepthEncoding = "32FC1"
    """Encoding of depth: 32FC1 (float32 metres, NaN = none) or 16UC1 (16-bit millimetres, 0 = none)."""
    insecure: bool = False
    """Allow an address that other machines can reach without CURVE: anybody may read along."""
    curve_secret_file: Path | None = None
    """The publisher's secret key (server.key_secret, made by `python -m publish keys`); turns CURVE on."""
    curve_clients_dir: Path | None = None
    """Folder with the public keys (*.key) of the only clients let in; None lets any CURVE client in."""

    @model_validator(mode="after")
    def _clients_need_a_secret(self) -> Self:
        if self.curve_clients_dir is not None and self.curve_secret_file is None:
            raise ValueError("curve_clients_dir needs curve_secret_file: without it nothing is encrypted")
        return self

    @property
    def changed(self) -> list[str]:
        """Flags of what is not as by default, but for `enabled`."""
        return flags_set(self, all_but(self, "enabled"), within="publish")

    @property
    def endpoints(self) -> dict[Topic, str]:
        """The address of every stream asked for; empty when publishing is off."""
        asked: dict[Topic, str | None] = {"depth": self.depth, "sigma": self.sigma, "aif": self.aif}
        return {topic: at for topic, at in asked.items() if at is not None and self.enabled}
