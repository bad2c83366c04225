"""Focal stacks from light fields, by shift and average."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from focstream.focal_slice import Image


def refocused(views: NDArray[np.uint8], disparities_px: Sequence[float]) -> list[Image]:
    """Focus a light field on planes.

    Each view is shifted by its place in the grid times the disparity, exactly (by the phases of its Fourier
    transform, so that the borders wrap round), and all are averaged: so "Bridging Unsupervised and Supervised
    Depth from Focus via All-in-Focus Supervision" (Wang et al., ICCV 2021) made its stacks. The magnitude,
    the clipping of every shifted view to 0 … 1 and rounding down to 8 bits are theirs too.

    Parameters
    ----------
    views
        (V, U, H, W, 3), rows and columns of the grid of cameras first. A camera that is one column to the
        right sees a point of disparity d by d pixels further to the left.
    disparities_px
        Of the planes.

    Returns
    -------
    images
        (H, W, 3) uint8, one for each plane.
    """
    down, across, height, width, _ = views.shape
    rows, columns = np.fft.fftfreq(height)[:, None, None], np.fft.fftfreq(width)[None, :, None]
    totals = [np.zeros((height, width, 3)) for _ in disparities_px]
    for row, column in np.ndindex(down, across):
        spectrum = np.fft.fft2(views[row, column] / 255.0, axes=(0, 1))
        offset = (row - down // 2) * rows + (column - across // 2) * columns
        for total, disparity_px in zip(totals, disparities_px, strict=True):
            shifted = np.fft.ifft2(spectrum * np.exp(-2j * np.pi * disparity_px * offset), axes=(0, 1))
            np.add(total, np.clip(np.abs(shifted), 0.0, 1.0), out=total)
    return [(total / (down * across) * 255.0).astype(np.uint8) for total in totals]
