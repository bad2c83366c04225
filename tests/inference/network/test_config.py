import pytest
from pydantic import ValidationError

from inference.network.config import NetworkConfig


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ({"heads": 7}, "tokens must be a multiple of heads"),
        ({"groups": 7}, "fine must be a multiple of groups"),
        ({"fine": 12, "mid": 20}, "mid must be a multiple of groups"),
        ({"fine": 32, "groups": 4}, "fine must be a multiple of 3"),
        ({"vit_heads": 5}, "vit_width must be a multiple of vit_heads"),
    ],
)
def test_widths_that_cannot_be_shared_are_refused(numbers: dict[str, int], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        NetworkConfig(**numbers)
