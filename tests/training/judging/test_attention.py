from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from engines.weights_file import save_network
from engines.weights_info import WeightsInfo
from focstream.types import InputError
from inference.network.config import NetworkConfig
from inference.network.network import FocDepthFormer
from tests.training.learning.test_train import TINY, make_shard
from training.__main__ import main
from training.data.one_stack import OneStack, read_stack
from training.judging.attention import AttentionSettings, activation_masks, attention, attention_maps, draw

VIT = TINY.model_copy(update={"encoder": "vit14", "vit_width": 24, "vit_layers": 2, "vit_heads": 2})


def a_network(config: NetworkConfig = TINY) -> FocDepthFormer:
    torch.manual_seed(0)
    return FocDepthFormer(config).eval()


def a_stack(*, height: int = 40, width: int = 56) -> OneStack:
    random = torch.Generator().manual_seed(1)
    return OneStack(
        images=torch.rand(3, 3, height, width, generator=random),
        coordinates=torch.tensor([0.0, 0.5, 1.0]),
        scale=1.0,
    )


@pytest.mark.parametrize("layers", [1, 3])
def test_attention_is_that_of_every_layer_and_sums_to_one(layers: int) -> None:
    network = a_network(TINY.model_copy(update={"layers": layers}))
    maps = attention_maps(network, a_stack().images[0], 0.5, patch=(3, 1))
    assert maps.layers.shape == (layers, 3, 4)
    assert maps.heads.shape == (2, 3, 4)
    np.testing.assert_allclose(maps.layers.sum(axis=(1, 2)), 1.0, rtol=1e-5)
    np.testing.assert_allclose(maps.heads.mean(axis=0), maps.layers[-1], rtol=1e-5)


def test_it_is_the_chosen_patch_that_looks() -> None:
    """Query and key of the one layer are made such that every patch looks at its own block alone."""
    network = a_network(TINY.model_copy(update={"heads": 1}))
    (layer,) = network.encoder.layers
    with torch.no_grad():
        network.encoder.position.zero_()
        eye = torch.eye(TINY.tokens) * 30.0
        layer.attention.query.weight.copy_(eye)
        layer.attention.key_value.weight.copy_(torch.cat([eye, eye]))
        layer.attention.query.bias.zero_()
        layer.attention.key_value.bias.zero_()
    colours = torch.tensor([[[0.1, 0.9], [0.5, 0.2]], [[0.8, 0.1], [0.3, 0.9]], [[0.3, 0.2], [0.9, 0.7]]])
    image = colours.repeat_interleave(64, dim=1).repeat_interleave(64, dim=2)[:, :80, :112]
    mine = attention_maps(network, image, 0.5, patch=(5, 0)).heads[:, :4, 4:]
    assert mine.sum() > 0.8
    assert mine.min() > 0.05
    np.testing.assert_allclose(mine[:, :, :2], mine[:, :1, :1].repeat(4, axis=1).repeat(2, axis=2), rtol=1e-5)
    below = attention_maps(network, image, 0.5, patch=(0, 4)).heads
    assert below[:, 4, :4].min() > 0.2  # the block at the bottom has one row


def test_a_class_token_is_no_patch() -> None:
    maps = attention_maps(a_network(VIT), a_stack().images[0], 0.5, patch=(0, 0))
    assert maps.layers.shape == (2, 3, 4)
    sums = maps.layers.sum(axis=(1, 2))
    assert (sums < 1.0).all()
    assert (sums > 0.5).all()


def test_hooks_are_gone_afterwards() -> None:
    network = a_network()
    attention_maps(network, a_stack().images[0], 0.5, patch=(0, 0))
    assert not any(module._forward_pre_hooks for module in network.modules())


def test_masks_are_the_rule_of_the_recurrence() -> None:
    network, stack = a_network(), a_stack()
    assert activation_masks(network, stack).shape == (3, 3, 4)
    for bias, share in ((50.0, 1.0), (-50.0, 0.0)):
        torch.nn.init.constant_(network.recurrence.score.bias, bias)
        assert activation_masks(network, stack).mean() == share


def test_tokens_that_are_not_activated_are_drawn_dark() -> None:
    network, stack = a_network(), a_stack()
    torch.nn.init.constant_(network.recurrence.score.bias, 50.0)
    bright = draw(network, stack, patch=(0, 0), slice_index=1)
    torch.nn.init.constant_(network.recurrence.score.bias, -50.0)
    dark = draw(network, stack, patch=(0, 0), slice_index=1)
    last_row = slice(-180, None)
    assert dark.shape == bright.shape
    assert dark[last_row].mean() < 0.5 * bright[last_row].mean()


@pytest.mark.parametrize(
    ("patch", "slice_index", "message"),
    [((4, 0), 0, "patch 4,0 is outside"), ((0, 3), 0, "4×3 patches"), ((0, 0), 3, "slices 0 to 2")],
)
def test_what_is_not_there_is_a_clear_mistake(patch: tuple[int, int], slice_index: int, message: str) -> None:
    with pytest.raises(InputError, match=message):
        draw(a_network(), a_stack(), patch=patch, slice_index=slice_index)


def test_a_network_without_attention_says_so() -> None:
    network = a_network(TINY.model_copy(update={"layers": 0}))
    with pytest.raises(InputError, match="no Transformer layer"):
        draw(network, a_stack(), patch=(0, 0), slice_index=0)


def weights(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.safetensors"
    save_network(path, a_network(), WeightsInfo(name="tiny", config=TINY, sigma_per_scale=1.4))
    return path


def test_the_command_draws_a_folder_of_images(tmp_path: Path) -> None:
    (tmp_path / "stack").mkdir()
    random = np.random.default_rng(0)
    for k in range(2):
        cv2.imwrite(str(tmp_path / f"stack/{k}.png"), random.integers(0, 255, (64, 96), np.uint8))
    out = tmp_path / "out/attention.png"
    arguments = ["--stack", tmp_path / "stack", "--patch", "90,10", "--out", out, "--longest-px", 48]
    arguments += ["--weights", weights(tmp_path)]
    assert main(["attention", *map(str, arguments)]) == 0
    picture = cv2.imread(str(out))
    assert picture.shape[0] > 3 * 180
    assert picture.shape[1] > 2 * 270


def test_the_command_draws_a_rendered_stack(tmp_path: Path) -> None:
    make_shard(tmp_path / "stacks")
    shard = tmp_path / "stacks/shard"
    assert read_stack(shard, index=5, longest_px=384).images.shape == (4, 3, 32, 32)
    out = tmp_path / "attention.png"
    some = AttentionSettings(stack=shard, patch=(17, 3), out=out, index=5, weights=weights(tmp_path))
    attention(some)
    assert out.exists()
    with pytest.raises(InputError, match="holds stacks 0 to 5, not 6"):
        read_stack(shard, index=6, longest_px=384)


def test_a_picture_of_no_known_kind_is_refused(tmp_path: Path) -> None:
    make_shard(tmp_path / "stacks")
    with pytest.raises(InputError, match=r"give a \.png or \.jpg file"):
        attention(
            AttentionSettings(
                stack=tmp_path / "stacks/shard",
                patch=(0, 0),
                out=tmp_path / "attention.txt",
                weights=weights(tmp_path),
            )
        )


def test_images_are_scaled_to_the_same_size_and_range(tmp_path: Path) -> None:
    (tmp_path / "stack").mkdir()
    for k in range(2):
        cv2.imwrite(str(tmp_path / f"stack/{k}.png"), np.full((40, 80, 3), 0xFFFF // (k + 1), np.uint16))
    stack = read_stack(tmp_path / "stack", index=0, longest_px=40)
    assert stack.images.shape == (2, 3, 20, 40)
    assert stack.scale == 0.5
    assert stack.images[0].min() == 1.0
    assert stack.images[1].mean() == pytest.approx(0.5, abs=1e-4)
    assert stack.coordinates.tolist() == [0.0, 1.0]
