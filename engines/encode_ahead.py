"""Encoding several slices in one call, for replays: a live slice would have to wait for others."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Generic

from engines.base import Features, State
from engines.network_model import NetworkModel, StreamState
from focstream.focal_slice import Image
from focstream.types import FocalSlice, InputError
from inference.config import InferenceConfig
from inference.depth_model import DepthMaps, DepthModel


@dataclass(frozen=True, slots=True, kw_only=True)
class _Encoded(Generic[Features]):
    image: Image
    sweep_coordinate: float
    features: Features


class EncodeAhead(DepthModel[Features, StreamState[State]]):
    """A model that has encoded the slices already which it passes on.

    Full batches are encoded in one call. Where the format of the images changes, and at the end, those that
    are left are encoded one by one: engines prepare for every size of a batch anew.

    Parameters
    ----------
    model
        One that encodes batches.
    batch
        Slices to encode in one call.
    """

    def __init__(self, model: NetworkModel[Features, State], *, batch: int) -> None:
        self._model = model
        self._batch = batch
        self._ready: _Encoded[Features] | None = None

    def attach(self, slices: Iterable[FocalSlice]) -> Iterator[FocalSlice]:
        """Yield `slices`, each when its features are ready for `encode`."""
        for group in _alike(slices, most=self._batch):
            if len(group) < self._batch:
                self._ready = None
                yield from group
                continue
            encoded = self._model.encode_batch(
                [item.image for item in group], [item.tag.sweep_coordinate for item in group]
            )
            for item, features in zip(group, encoded, strict=True):
                self._ready = _Encoded(
                    image=item.image, sweep_coordinate=item.tag.sweep_coordinate, features=features
                )
                yield item

    @property
    def name(self) -> str:
        """Name of the model inside."""
        return self._model.name

    @property
    def engine(self) -> str:
        """What computes it."""
        return self._model.engine

    def encode(self, image: Image, sweep_coordinate: float) -> Features:
        """Return the features of the slice that was passed on last. See `DepthModel.encode`."""
        ready = self._ready
        if ready is not None and ready.image is image and ready.sweep_coordinate == sweep_coordinate:
            return ready.features
        return self._model.encode(image, sweep_coordinate)

    def initial_state(self, shape: tuple[int, ...], *, chosen: bool = False) -> StreamState[State]:
        """See `DepthModel.initial_state`."""
        return self._model.initial_state(shape, chosen=chosen)

    def update(self, features: Features, state: StreamState[State]) -> StreamState[State]:
        """See `DepthModel.update`."""
        return self._model.update(features, state)

    def decode(self, state: StreamState[State]) -> DepthMaps:
        """See `DepthModel.decode`."""
        return self._model.decode(state)


def encode_ahead(
    model: DepthModel[Any, Any], config: InferenceConfig, *, replayed: bool
) -> EncodeAhead[Any, Any] | None:
    """Return what encodes slices in batches, if that is asked for.

    Raises
    ------
    InputError
        When slices are not replayed, or the model takes them one by one.
    """
    if config.batch == 1:
        return None
    if not replayed:
        raise InputError("--batch is for --replay: a live slice does not wait for others")
    if not (isinstance(model, NetworkModel) and model.encodes_batches):
        raise InputError(f"{model.name} on {model.engine} encodes slices one by one: leave --batch out")
    return EncodeAhead(model, batch=config.batch)


def _alike(slices: Iterable[FocalSlice], *, most: int) -> Iterator[list[FocalSlice]]:
    """Group consecutive slices of one shape and type, `most` at a time."""
    group: list[FocalSlice] = []
    for item in slices:
        if group and _format(item) != _format(group[0]):
            yield group
            group = []
        group.append(item)
        if len(group) == most:
            yield group
            group = []
    if group:
        yield group


def _format(item: FocalSlice) -> tuple[object, ...]:
    return item.image.shape, item.image.dtype
