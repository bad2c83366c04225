"""A network whose layers hold their weights in the precision that they compute in."""

import copy

import torch
from torch import nn

from inference.network.network import FocDepthFormer


def lowered(network: FocDepthFormer, precision: torch.dtype) -> FocDepthFormer:
    """Return a copy whose layers need no conversion of their weights with every slice, under autocast.

    What is computed is the same to the bit: autocast rounds the same weights every time.
    """
    network = copy.deepcopy(network)
    for layer in network.modules():
        # The decoder asks its first layer in which type it is to compute what goes into it.
        if isinstance(layer, nn.Conv2d | nn.Linear) and layer is not network.decoder.latent:
            layer.to(precision)
    return network
