"""The network's parts with flat, named tensors at their borders, as they are exported."""

from collections.abc import Sequence
from operator import attrgetter

import torch
from torch import Tensor, nn

from engines.graphs.state_layout import TensorSpec, state_tensors
from inference.network.fine import FineState
from inference.network.fusion import AttentionState
from inference.network.network import FocDepthFormer, SliceFeatures, SweepState, all_in_focus
from inference.network.recurrence import LatentState


def flatten(state: SweepState, layout: Sequence[TensorSpec]) -> tuple[Tensor, ...]:
    """Tensors of a state, in the order of its layout."""
    return tuple(attrgetter(spec.path)(state) for spec in layout)


def unflatten(tensors: Sequence[Tensor], layout: Sequence[TensorSpec]) -> SweepState:
    """Make a state of its tensors again."""
    named = {spec.path: tensor for spec, tensor in zip(layout, tensors, strict=True)}

    def attention(path: str) -> AttentionState:
        return AttentionState(
            peak=named[f"{path}.peak"], weight=named[f"{path}.weight"], total=named[f"{path}.total"]
        )

    return SweepState(
        latent=LatentState(
            hidden=named["latent.hidden"],
            cell=named["latent.cell"],
            active_max=named["latent.active_max"],
            passive_sum=named["latent.passive_sum"],
            passive_count=named["latent.passive_count"],
        ),
        fine=FineState(
            focus=attention("fine.focus"),
            centre=named["fine.centre"],
            fine=attention("fine.fine"),
            mid=attention("fine.mid"),
            previous=named["fine.previous"],
        ),
        seen=named["seen"],
        span=named["span"],
    )


class EncodeGraph(nn.Module):
    """(B, H, W, 3) images 0 … 1 and (B,) coordinates → the features of `feature_tensors`."""

    def __init__(self, network: FocDepthFormer) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor, coordinates: Tensor) -> tuple[Tensor, ...]:
        """See the class."""
        features = self.network.encode(images.permute(0, 3, 1, 2), coordinates)
        return features.fine, features.mid, features.tokens, features.sharpness, features.colour


class UpdateGraph(nn.Module):
    """Coordinates, features and state → the state after one slice more."""

    def __init__(self, network: FocDepthFormer) -> None:
        super().__init__()
        self.network = network
        self.layout = state_tensors(network.config)

    def forward(
        self, coordinates: Tensor, features: tuple[Tensor, ...], state: tuple[Tensor, ...]
    ) -> tuple[Tensor, ...]:
        """See the class."""
        fine, mid, tokens, sharpness, colour = features
        parts = SliceFeatures(
            fine=fine, mid=mid, tokens=tokens, sharpness=sharpness, colour=colour, coordinate=coordinates
        )
        updated = self.network.update(parts, unflatten(state, self.layout))
        return flatten(updated, self.layout)


class DecodeGraph(nn.Module):
    """State → coordinate (B, H, W), log-scale (B, H, W) and all-in-focus image (B, H, W, 3)."""

    def __init__(self, network: FocDepthFormer) -> None:
        super().__init__()
        self.network = network
        self.layout = state_tensors(network.config)

    def forward(self, state: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """See the class."""
        whole = unflatten(state, self.layout)
        prediction = self.network.decode(whole)
        sharp = all_in_focus(whole).permute(0, 2, 3, 1)
        return prediction.coordinate[:, 0], prediction.log_scale[:, 0], sharp


class StepGraph(nn.Module):
    """Images, coordinates and state → the maps and the state after the slice: the three parts as one."""

    def __init__(self, network: FocDepthFormer) -> None:
        super().__init__()
        self.encode = EncodeGraph(network)
        self.update = UpdateGraph(network)
        self.decode = DecodeGraph(network)

    def forward(self, images: Tensor, coordinates: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """See the class."""
        updated = self.update(coordinates, self.encode(images, coordinates), state)
        return (*self.decode(updated), *updated)


def example_state(
    network: FocDepthFormer, *, batch: int, height_px: int, width_px: int
) -> tuple[Tensor, ...]:
    """Return the flat state before the first slice, for images of this size."""
    layout = state_tensors(network.config)
    return tuple(torch.from_numpy(spec.initial(batch, height_px, width_px)) for spec in layout)
