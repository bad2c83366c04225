"""A tiny network with random weights, and its graphs."""

from pathlib import Path

import numpy as np
import torch

from engines.base import FloatArray
from engines.graphs.export import export_graphs
from engines.graphs.folder import Graphs
from engines.weights_file import load_network, save_network
from engines.weights_info import WeightsInfo, digest
from inference.network.config import NetworkConfig
from inference.network.network import FocDepthFormer

TINY = NetworkConfig(fine=12, mid=12, tokens=20, layers=1, heads=2, groups=3)
SIZE_PX = (32, 48)


def tiny_network(config: NetworkConfig = TINY) -> FocDepthFormer:
    """Weights are random everywhere: some start as zero, and would hide what comes before them."""
    torch.manual_seed(0)
    network = FocDepthFormer(config).requires_grad_(False).eval()
    for name, value in network.named_parameters():
        # Random sums of 150 logarithms of energies would rate what is not there: they multiply rounding.
        amount = 0.003 if name.startswith("stem.sharpness") else 0.03
        value.add_(amount * torch.randn_like(value))
    return network


def save_tiny(folder: Path, config: NetworkConfig = TINY) -> Path:
    path = folder / "tiny.safetensors"
    save_network(path, tiny_network(config), WeightsInfo(name="tiny", config=config, sigma_per_scale=1.5))
    return path


def export_tiny(folder: Path, weights: Path, *, size_px: tuple[int, int] | None = None) -> Graphs:
    network = load_network(weights)
    info = WeightsInfo(name="tiny", config=network.config, sigma_per_scale=1.5)
    return export_graphs(network, info, folder, weights_digest=digest(weights), size_px=size_px)


def random_slice(seed: int, size_px: tuple[int, int] = SIZE_PX) -> tuple[FloatArray, FloatArray]:
    """An image with fine and coarse texture, (1, H, W, 3), and its coordinate."""
    random = np.random.default_rng(seed)
    height, width = size_px
    coarse = random.random((height // 16, width // 16, 3)).repeat(16, 0).repeat(16, 1)
    image = 0.7 * coarse + 0.3 * random.random((height, width, 3))
    return image[None].astype(np.float32), random.random(1).astype(np.float32)
