"""Pure functions of slice and state: whatever the number, order and size of the slices."""

from dataclasses import fields, is_dataclass

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from inference.network.config import SIZES, NetworkConfig
from inference.network.network import FocDepthFormer, Prediction, SweepState, all_in_focus
from inference.network.upsampling import CORNERS, mix_corners

TINY = NetworkConfig(fine=12, mid=12, tokens=20, layers=1, heads=2, groups=3)
TINY_VIT: dict[str, object] = {"encoder": "vit14", "vit_width": 16, "vit_layers": 2, "vit_heads": 2}
TINY_BASE = TINY.model_copy(update=TINY_VIT)


def network(config: NetworkConfig = TINY) -> FocDepthFormer:
    torch.manual_seed(0)
    return FocDepthFormer(config).eval()


def stack(slices: int, *, height: int = 40, width: int = 56, seed: int = 0) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    images = torch.rand(1, slices, 3, height, width, generator=generator)
    return images, torch.rand(1, slices, generator=generator)


def tensors(value: object) -> list[Tensor]:
    """All tensors in nested dataclasses, in order."""
    if isinstance(value, Tensor):
        return [value]
    if value is None:  # what only training asks for
        return []
    assert is_dataclass(value)
    return [t for field in fields(value) for t in tensors(getattr(value, field.name))]


def last_state(model: FocDepthFormer, images: Tensor, coordinates: Tensor) -> SweepState:
    state = None
    for index in range(coordinates.shape[1]):
        features = model.encode(images[:, index], coordinates[:, index])
        state = model.update(features, state or model.initial_state(features))
    assert state is not None
    return state


@torch.no_grad()
def stream(model: FocDepthFormer, images: Tensor, coordinates: Tensor) -> tuple[Prediction, SweepState]:
    state = last_state(model, images, coordinates)
    return model.decode(state), state


def assert_streaming_is_the_whole(config: NetworkConfig, *, slices: int, height: int, width: int) -> None:
    model = network(config)
    images, coordinates = stack(slices, height=height, width=width)
    half = (slices + 1) // 2
    with torch.no_grad():
        wholes = model(images, coordinates, (half, slices))
    for seen, whole in zip((half, slices), wholes, strict=True):
        streamed, _ = stream(model, images[:, :seen], coordinates[:, :seen])
        for name in ("coordinate", "log_scale", "coarse"):
            torch.testing.assert_close(getattr(streamed, name), getattr(whole, name), atol=1e-4, rtol=0)
        assert whole.coordinate.shape[-2:] == (height + -height % 16, width + -width % 16)
        assert torch.isfinite(whole.coordinate).all()


@settings(max_examples=15)
@given(slices=st.integers(1, 64), height=st.integers(16, 70), width=st.integers(16, 70))
def test_slice_by_slice_equals_the_whole_stack(slices: int, height: int, width: int) -> None:
    assert_streaming_is_the_whole(TINY, slices=slices, height=height, width=width)


@settings(max_examples=6)
@given(slices=st.integers(1, 64), height=st.integers(16, 70), width=st.integers(16, 70))
def test_slice_by_slice_equals_the_whole_stack_in_base(slices: int, height: int, width: int) -> None:
    assert_streaming_is_the_whole(TINY_BASE, slices=slices, height=height, width=width)


def test_slice_by_slice_equals_the_whole_stack_in_the_size_tiny() -> None:
    assert_streaming_is_the_whole(SIZES["tiny"], slices=9, height=40, width=56)


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize("fusion", ["fine", "latent"])
def test_ten_thousand_slices_stay_finite_in_constant_memory(fusion: str) -> None:
    model = network(TINY.model_copy(update={"fusion": fusion}))
    images, coordinates = stack(7, height=16, width=16)
    with torch.no_grad():
        sweep = [model.encode(images[:, k], coordinates[:, k]) for k in range(7)]
        state = model.initial_state(sweep[0])
        sizes = [t.shape for t in tensors(state)]
        for index in range(10_000):
            state = model.update(sweep[index % 7], state)
        prediction = model.decode(state)
    assert [t.shape for t in tensors(state)] == sizes
    assert all(torch.isfinite(t).all() for t in tensors(state))
    assert all(torch.isfinite(t).all() for t in tensors(prediction))


def test_a_state_is_a_value() -> None:
    model = network()
    images, coordinates = stack(4)
    _, kept = stream(model, images[:, :2], coordinates[:, :2])
    before = [t.clone() for t in tensors(kept)]
    features = model.encode(images[:, 2], coordinates[:, 2])
    first, again = model.update(features, kept), model.update(features, kept)
    assert all(torch.equal(a, b) for a, b in zip(tensors(first), tensors(again), strict=True))
    assert all(torch.equal(a, b) for a, b in zip(tensors(kept), before, strict=True))


def test_learning_from_the_whole_stack_is_learning_slice_by_slice() -> None:
    """The same gradients, to rounding, for the state of stacks in one batch."""
    model = network().train()
    images, coordinates = stack(5)
    images, coordinates = torch.cat([images, images.flip(1)]), torch.cat([coordinates, coordinates.square()])
    truth = torch.rand(2, 1, 48, 64)
    found = []
    for predict in (
        lambda: model(images, coordinates, (5,))[0],
        lambda: model.decode(last_state(model, images, coordinates)),
    ):
        prediction = predict()
        model.zero_grad()
        ((prediction.coordinate - truth).square().mean() + prediction.log_scale.mean()).backward()
        found.append(torch.cat([p.grad.flatten() for p in model.parameters() if p.grad is not None]))
    torch.testing.assert_close(found[0], found[1], atol=1e-5, rtol=1e-3)


def test_the_running_attention_alone_does_not_mind_the_order() -> None:
    model = network(TINY.model_copy(update={"recurrence": False}))
    images, coordinates = stack(5)
    _, forth = stream(model, images, coordinates)
    _, back = stream(model, images.flip(1), coordinates.flip(1))
    torch.testing.assert_close(forth.latent.active_max, back.latent.active_max, atol=1e-5, rtol=0)
    torch.testing.assert_close(forth.latent.passive_sum, back.latent.passive_sum, atol=1e-5, rtol=0)


def test_the_all_in_focus_image_is_a_mean_of_the_slices() -> None:
    images, coordinates = stack(3)
    _, state = stream(network(), images, coordinates)
    image = all_in_focus(state)[..., :40, :56]
    assert (image >= images.amin(dim=1) - 1e-5).all()
    assert (image <= images.amax(dim=1) + 1e-5).all()


def test_one_slice_is_its_own_all_in_focus_image() -> None:
    images, coordinates = stack(1)
    _, state = stream(network(), images, coordinates)
    torch.testing.assert_close(all_in_focus(state)[..., :40, :56], images[:, 0], atol=1e-5, rtol=0)


def test_small_is_as_small_as_it_claims() -> None:
    assert sum(p.numel() for p in FocDepthFormer().parameters()) < 5_000_000


def test_whole_stacks_tell_the_focus_attention_of_the_slices_so_far() -> None:
    model = network()
    images, coordinates = stack(4)
    half, whole = model(images, coordinates, (2, 4))
    assert half.focus_logits.shape == (1, 2, 1, 12, 16)
    torch.testing.assert_close(half.focus_logits, whole.focus_logits[:, :2])
    _, state = stream(model, images, coordinates)
    seen = torch.softmax(whole.focus_logits, dim=1)
    torch.testing.assert_close(1.0 / seen.amax(dim=1), state.fine.focus.weight, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(
    "ablation", [{"layers": 0}, {"recurrence": False}, {"coordinate": False}, {"fusion": "latent"}, TINY_VIT]
)
def test_variants_work_and_learn(ablation: dict[str, object]) -> None:
    model = network(TINY.model_copy(update=ablation)).train()
    images, coordinates = stack(3)
    (prediction,) = model(images, coordinates, (3,))
    (prediction.coordinate.sum() + prediction.log_scale.sum()).backward()
    of_fine_fusion = ("fusion.", "stem.sharpness.")
    missing = [name for name, p in model.named_parameters() if p.grad is None]
    assert [name for name in missing if not name.startswith(of_fine_fusion)] == []


def test_a_fresh_network_says_what_the_focus_attention_says() -> None:
    """The decoder's last layers start as zero: noise there is silenced by the loss, and the decoder dies."""
    prediction, _ = stream(network(), *stack(5, height=32, width=48))
    nothing = torch.zeros(1, CORNERS * 16, 8, 12)
    assert torch.equal(prediction.coordinate, F.pixel_shuffle(mix_corners(prediction.coarse, nothing), 4))
    assert prediction.log_scale.unique().numel() == 1


def test_a_map_stays_within_the_sweep_and_half_a_slot() -> None:
    model = network()
    with torch.no_grad():
        model.decoder.head.bias[:16] = 3.0
    images, coordinates = stack(5)
    prediction, _ = stream(model, images, coordinates)
    low, high = coordinates.min(), coordinates.max()
    half = 0.5 * (high - low) / 4
    assert prediction.coordinate.max().item() == pytest.approx(max(high.item(), 1.0) + half.item(), abs=1e-6)
