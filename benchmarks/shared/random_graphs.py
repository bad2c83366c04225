"""Graphs of a size of the network whose weights do not come with the package, to be timed."""

from collections.abc import Iterator
from pathlib import Path

import torch

from engines.graphs.export import export_graphs
from engines.graphs.folder import Graphs, is_shipped, read_graphs, shipped_graphs
from engines.int8.measure import measure_ranges
from engines.openvino.runner import OpenVinoRunner
from engines.precisions import CpuPrecision
from engines.trials.stacks import simulated_stack
from engines.weights_info import WeightsInfo
from inference.network.config import SIZES, NetworkConfig, SizeName
from inference.network.network import FocDepthFormer

_SPREAD = 0.03
"""_SPREAD of what is added to weights, of which some start as zero and would be left out."""
_NO_DIGEST = "0" * 64


def graphs_of(name: SizeName, folder: Path) -> Graphs:
    """Return the graphs that come with the package, or make some with random weights below `folder`."""
    if is_shipped(name):
        return read_graphs(shipped_graphs(name))
    return random_graphs(SIZES[name], folder / name)


def random_graphs(config: NetworkConfig, folder: Path) -> Graphs:
    """Export a network with random weights."""
    torch.manual_seed(0)
    network = FocDepthFormer(config).requires_grad_(False).eval()
    for value in network.parameters():
        value.add_(_SPREAD * torch.randn_like(value))
    info = WeightsInfo(name=folder.name, config=config, sigma_per_scale=1.0)
    return export_graphs(network, info, folder, weights_digest=_NO_DIGEST, step=False)


def openvino_runners(
    graphs: Graphs, precisions: tuple[CpuPrecision, ...], *, threads: int
) -> Iterator[tuple[CpuPrecision, OpenVinoRunner]]:
    """Open a network in every precision; the ranges of random weights are measured on a small stack."""
    for precision in precisions:
        ranges = None
        if precision == "int8" and graphs.weights_digest == _NO_DIGEST:
            ranges = measure_ranges(graphs, [simulated_stack(1, height_px=64, width_px=64)], threads=threads)
        yield (
            precision,
            OpenVinoRunner(graphs, precision=precision, ranges=ranges, threads=threads, keep=False),
        )
