from pathlib import Path

import pytest
import torch

from focstream.types import InputError
from training.learning.start import start_from


def network() -> torch.nn.Module:
    return torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Linear(3, 1))


def save(path: Path, content: object) -> Path:
    torch.save(content, path)
    return path


def test_parts_are_replaced_and_a_later_file_wins(tmp_path: Path) -> None:
    ours = network()
    kept = ours[1].weight.clone()
    first = save(tmp_path / "a.pt", {"0.weight": torch.zeros(3, 2), "0.bias": torch.zeros(3)})
    second = save(tmp_path / "b.pt", {"0.bias": torch.ones(3)})
    start_from(ours, [first, second])
    assert torch.equal(ours[0].weight, torch.zeros(3, 2))
    assert torch.equal(ours[0].bias, torch.ones(3))
    assert torch.equal(ours[1].weight, kept)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"2.weight": torch.zeros(1)}, r"bad\.pt: the network has no 2\.weight"),
        ({"0.weight": torch.zeros(2, 3)}, r"0\.weight is \(2, 3\), but \(3, 2\) in the network"),
        ({"step": 3}, "not a table of weights"),
        ([torch.zeros(1)], "but a list"),
    ],
)
def test_other_weights_are_refused(tmp_path: Path, content: object, message: str) -> None:
    ours = network()
    before = ours[0].weight.clone()
    with pytest.raises(InputError, match=message):
        start_from(ours, [save(tmp_path / "bad.pt", content)])
    assert torch.equal(ours[0].weight, before)


def test_a_missing_or_broken_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.pt: cannot be read"):
        start_from(network(), [tmp_path / "none.pt"])
    broken = tmp_path / "broken.pt"
    broken.write_bytes(b"not weights")
    with pytest.raises(InputError, match=r"broken\.pt: is no file of weights"):
        start_from(network(), [broken])
