import pytest
import torch
from torch import nn

from inference.network.network import FocDepthFormer
from training.learning.muon import PRETRAINED_RATE, Muon, is_matrix, orthogonal


@pytest.mark.parametrize("shape", [(1, 48, 432), (2, 160, 480), (3, 480, 160), (1, 64, 64)])
def test_updates_have_singular_values_near_one(shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    values = torch.linalg.svdvals(orthogonal(torch.randn(shape)).float())
    assert values.max() < 1.3
    assert values.median() > 0.65


def test_input_output_and_depthwise_weights_are_no_matrices() -> None:
    matrices = {name for name, p in FocDepthFormer().named_parameters() if is_matrix(name, p)}
    assert "stem.spatial.weight" in matrices
    assert "recurrence.gates.weight" in matrices
    assert not matrices & {"stem.branches.0.weight", "stem.depthwise.weight", "decoder.head.weight"}
    assert not any(name.endswith(("bias", "gain", "position")) for name in matrices)


def test_it_solves_a_regression_and_goes_on_from_its_state() -> None:
    torch.manual_seed(0)
    inputs, target = torch.randn(256, 8), torch.randn(8, 8)
    network = nn.Linear(8, 8)
    optimizer = Muon(network, lr=0.05)

    def step() -> float:
        loss = (network(inputs) - inputs @ target).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    first = step()
    for _ in range(300):
        step()
    saved = optimizer.state_dict()
    optimizer = Muon(network, lr=0.005)
    optimizer.load_state_dict(saved)
    for group in optimizer.param_groups:
        group["lr"] = 0.002
    assert min(step() for _ in range(100)) < 0.01 * first


def test_weights_that_were_learned_before_change_less() -> None:
    network = nn.ModuleDict({"encoder": nn.ModuleDict({"vit": nn.Linear(8, 8)}), "rest": nn.Linear(8, 8)})
    before = {name: p.detach().clone() for name, p in network.named_parameters()}
    optimizer = Muon(network, lr=0.1)
    for p in network.parameters():
        p.grad = torch.ones_like(p)
    optimizer.step()
    moved = {name: (p - before[name]).norm().item() for name, p in network.named_parameters()}
    assert moved["encoder.vit.weight"] == pytest.approx(PRETRAINED_RATE * moved["rest.weight"], rel=1e-3)
    assert moved["encoder.vit.bias"] == pytest.approx(PRETRAINED_RATE * moved["rest.bias"], rel=1e-3)


def test_a_state_from_before_there_were_rates_is_read() -> None:
    network = nn.Linear(8, 8)
    saved = Muon(network, lr=0.1).state_dict()
    for group in saved["param_groups"]:
        del group["rate"]
    optimizer = Muon(network, lr=0.1)
    optimizer.load_state_dict(saved)
    network.weight.grad = torch.ones_like(network.weight)
    optimizer.step()
    assert all(group["rate"] == 1.0 for group in optimizer.param_groups)
