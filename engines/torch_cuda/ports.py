"""Where slices come in and maps go out: tensors that stay where they are, on the host and on the device."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from engines.base import FloatArray, NetworkMaps
from engines.pictures import FULL_SCALE, PictureFormat, Pictures, bits_of, share_of
from inference.depth_model import DepthMaps
from inference.network.network import Prediction, SweepState, all_in_focus, pad_to_patches

_STAGED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What maps of a port have in common.

    Attributes
    ----------
    shape
        (B, H', W') of the network's maps, in whole patches.
    pictures
        Format of the images that maps are published for; None = maps as a `Runner` gives them.
    """

    shape: tuple[int, int, int]
    pictures: PictureFormat | None


class InPort:
    """Takes slices of one size to the device.

    Attributes
    ----------
    planes
        (B, 3, H', W') float32, 0 … 1, laid out as `TorchRunner` gives them to the network.
    coordinates
        (B,).
    """

    def __init__(self, shape: tuple[int, int, int], device: torch.device) -> None:
        batch, height_px, width_px = shape
        self._device = device
        self.planes = torch.zeros(batch, height_px, width_px, 3, device=device).permute(0, 3, 1, 2)
        self.coordinates = torch.zeros(batch, device=device)
        self._staging: dict[tuple[object, ...], list[_Staging]] = {}

    def put(self, images: FloatArray | Pictures, coordinates: FloatArray) -> None:
        """Queue all from images, as exported graphs or as cameras have them, to `planes`.

        Nothing of it is recorded: the first image shows only when it comes how many bits it has.
        """
        if images.dtype.kind == "f":
            images = np.asarray(images, np.float32)
        kind = images.shape, images.dtype.str
        if kind not in self._staging:
            self._staging[kind] = [_Staging(images, self._device) for _ in range(_STAGED)]
        staging = self._staging[kind]
        staging.reverse()  # the device may still read what was staged last
        there = staging[0].send(images, coordinates, self.coordinates)
        if images.dtype != np.float32:
            there = there.float() * float(share_of(images.dtype))
        planes = there.permute(0, 3, 1, 2) if images.ndim > 3 else there[:, None]
        self.planes.copy_(pad_to_patches(planes))


class _Staging:
    """Memory of the host that a device reads by itself."""

    def __init__(self, like: FloatArray | Pictures, device: torch.device) -> None:
        cuda = device.type == "cuda"
        whole = {8: torch.uint8, 16: torch.uint16}
        kind = torch.float32 if like.dtype == np.float32 else whole[bits_of(like.dtype)]
        self._images = torch.empty(like.shape, dtype=kind, pin_memory=cuda)
        self._coordinates = torch.empty(like.shape[0], pin_memory=cuda)
        self._there = torch.empty(like.shape, dtype=kind, device=device)
        self._read = torch.cuda.Event() if cuda else None

    def send(self, images: FloatArray | Pictures, coordinates: FloatArray, at: Tensor) -> Tensor:
        """Queue a copy of a slice, which may be changed at once; return where its images come to."""
        if self._read is not None:
            self._read.synchronize()
        np.copyto(self._images.numpy(), images)
        np.copyto(self._coordinates.numpy(), coordinates)
        self._there.copy_(self._images, non_blocking=True)
        at.copy_(self._coordinates, non_blocking=True)
        if self._read is not None:
            self._read.record()
        return self._there


class OutPort:
    """Brings maps back: as a `Runner` gives them, or as they are published."""

    def __init__(self, kind: Kind, device: torch.device, *, sigma_per_scale: float) -> None:
        self._pictures = kind.pictures
        self._sigma_per_scale = float(np.float32(sigma_per_scale))
        self._device = device
        batch, height_px, width_px = kind.shape
        if kind.pictures is not None:
            height_px, width_px = kind.pictures.size_px
        size = (batch, height_px, width_px)
        picture = (*size, 3) if kind.pictures is None or kind.pictures.colour else size
        deep = torch.float32 if kind.pictures is None else torch.uint8
        sizes = ((size, torch.float32), (size, torch.float32), (picture, deep))
        self._there = [torch.empty(size, dtype=kind, device=device) for size, kind in sizes]
        pinned = device.type == "cuda"
        self._here = [torch.empty(size, dtype=kind, pin_memory=pinned) for size, kind in sizes]

    def set(self, state: SweepState, prediction: Prediction) -> None:
        """Finish the maps on the device."""
        sharp = all_in_focus(state).permute(0, 2, 3, 1)
        coordinate, log_scale = prediction.coordinate[:, 0].float(), prediction.log_scale[:, 0].float()
        maps: tuple[Tensor, ...] = coordinate, log_scale, sharp.float()
        if self._pictures is not None:
            maps = self._published(coordinate, log_scale, sharp)
        for there, values in zip(self._there, maps, strict=True):
            there.copy_(values)

    def _published(self, coordinate: Tensor, log_scale: Tensor, sharp: Tensor) -> tuple[Tensor, ...]:
        assert self._pictures is not None
        height_px, width_px = self._pictures.size_px
        sharp = sharp if self._pictures.colour else sharp[..., 1]
        picture = (sharp[:, :height_px, :width_px].float() * FULL_SCALE).round().clamp(0.0, FULL_SCALE)
        sigma = log_scale[:, :height_px, :width_px].exp() * self._sigma_per_scale
        return coordinate[:, :height_px, :width_px], sigma, picture

    def maps(self) -> NetworkMaps:
        """Wait for what was queued, and return the maps in memory of their own."""
        coordinate, log_scale, sharp = self._fetch()
        return NetworkMaps(coordinate=coordinate, log_scale=log_scale, all_in_focus=sharp)

    def published(self) -> DepthMaps:
        """Wait for what was queued, and return the maps of the first of the batch."""
        coordinate, sigma, picture = self._fetch()
        return DepthMaps(coordinate=coordinate[0], coordinate_sigma=sigma[0], all_in_focus=picture[0])

    def _fetch(self) -> list[np.ndarray]:
        for here, there in zip(self._here, self._there, strict=True):
            here.copy_(there, non_blocking=True)
        if self._device.type == "cuda":
            torch.cuda.current_stream().synchronize()
        return [here.numpy().copy() for here in self._here]
