"""Parameters, arithmetic and state of the network, part by part; nothing is computed, and no time measured.

python -m benchmarks.network_size
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.shared.piped import piped
from inference.network.config import SIZES, NetworkConfig
from inference.network.network import FocDepthFormer, SweepState

SIZES_PX = ((256, 256), (480, 640))
NETWORKS = tuple(SIZES.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a network.

    Attributes
    ----------
    parameters
        Numbers that are learned.
    flops
        Additions and multiplications of its convolutions and matrix products, for one slice and, in the
        decoder, one map; element-wise operations are not counted.
    """

    name: str
    parameters: int
    flops: int


def main() -> None:
    """Print the table of every network and image size."""
    for name, config in NETWORKS:
        for height_px, width_px in SIZES_PX:
            parts, state_bytes = measure(config, height_px=height_px, width_px=width_px)
            show(f"{name}, {width_px} x {height_px}", parts, state_bytes=state_bytes)


def measure(config: NetworkConfig, *, height_px: int, width_px: int) -> tuple[list[Part], int]:
    """Return the parts of a network, and the bytes of its state, for images of this size."""
    with torch.device("meta"):  # shapes without values
        network = FocDepthFormer(config).eval()
        image, coordinate = torch.rand(1, 3, height_px, width_px), torch.rand(1)
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        features = network.encode(image, coordinate)
        state = network.update(features, network.initial_state(features))
        network.decode(state)
    counts = counter.get_flop_counts()
    parts = [
        Part(
            name=name,
            parameters=sum(p.numel() for p in part.parameters()),
            flops=sum(counts[type(part).__name__].values()),
        )
        for name, part in network.named_children()
    ]
    return parts, sum(t.numel() * t.element_size() for t in tensors(state))


def tensors(state: SweepState) -> Iterator[Tensor]:
    """Yield the tensors of a state."""
    values: list[object] = [state]
    while values:
        value = values.pop()
        if isinstance(value, Tensor):
            yield value
        else:
            values += [getattr(value, field.name) for field in fields(value)]  # type: ignore[arg-type]


def show(title: str, parts: list[Part], *, state_bytes: int) -> None:
    """Print one table."""
    total = Part(
        name="together",
        parameters=sum(part.parameters for part in parts),
        flops=sum(part.flops for part in parts),
    )
    print(f"{title}: state {state_bytes / 1e6:.2f} MB ({state_bytes} bytes)")
    print(f"{'part':12}{'parameters':>12}{'GFLOPs':>9}")
    for part in (*parts, total):
        print(f"{part.name:12}{part.parameters:12}{part.flops / 1e9:9.3f}")
    print()


if __name__ == "__main__":
    with piped():
        main()
