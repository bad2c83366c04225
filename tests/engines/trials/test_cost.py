"""What sizes of the network cost."""

import pytest

from engines.trials.cost import count_flops
from inference.network.config import SIZES


def test_tiny_takes_a_quarter_of_the_arithmetic_of_small() -> None:
    small, tiny = (count_flops(SIZES[name], (256, 256)) for name in ("small", "tiny"))
    assert small == pytest.approx(4.55e9, rel=0.01)
    assert tiny <= 1.3e9
