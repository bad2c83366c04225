"""How training computes: in bfloat16 where that is quicker, else in float32."""

import logging

import torch

from engines.processor import NO_BF16, bf16_is_quicker, torch_has_bf16
from focstream.types import InputError
from training.learning.settings import Precision

_log = logging.getLogger(__name__)


def bf16_is_best(device: torch.device) -> bool:
    """Say whether to use bfloat16 on a device. Only the CPU is asked about its instructions."""
    return device.type != "cpu" or (torch_has_bf16() and bf16_is_quicker())


def bf16_where_quick(device: torch.device) -> torch.autocast:
    """Compute layers and products in bfloat16 within this context, if the device does so quickly."""
    return torch.autocast(device.type, torch.bfloat16, enabled=bf16_is_best(device))


def chosen_precision(precision: Precision, device: torch.device) -> Precision:
    """Return what Fabric is to compute in: "auto" is "bf16-mixed" where it is quicker, else "32-true".

    Raises
    ------
    InputError
        When bfloat16 is asked of a processor without it: a run would take tens of times as long. Half
        precision is refused with it, for on CPUs Fabric makes bfloat16 of it.
    """
    can = device.type != "cpu" or torch_has_bf16()
    if precision == "auto":
        if bf16_is_best(device):
            return "bf16-mixed"
        _log.info("training in float32: %s", "it is quicker on this processor" if can else NO_BF16)
        return "32-true"
    if precision != "32-true" and not can:
        raise InputError(f"--precision {precision}: {NO_BF16}; leave it out, or give 32-true")
    return precision
