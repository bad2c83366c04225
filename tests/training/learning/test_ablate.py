from pathlib import Path

import pytest
import torch

from inference.network.network import FocDepthFormer
from tests.training.learning.test_train import TINY, make_shard
from training.data.batches import Sampling
from training.learning.ablate import AblateSettings, Result, ablate, needed_parameters, table, variants
from training.learning.loss import LossWeights


def settings(tmp_path: Path, **changes: object) -> AblateSettings:
    return AblateSettings(
        stacks=tmp_path / "stacks",
        validation=tmp_path / "validation",
        out=tmp_path / "out",
        steps_each=1,
        warm_up=1,
        precision="32-true",
        network=TINY,
        sampling=Sampling(batch=2, slices_low=2, usual=2, slices_high=2),
        **changes,
    )


def test_every_variant_differs_from_the_base_in_one_thing(tmp_path: Path) -> None:
    base, *others = variants(settings(tmp_path, pretrained=tmp_path / "checkpoint.pt"))
    assert (base.network, base.weights, base.start) == (TINY, LossWeights(), ())
    changes = [
        {name: value for name, value in other.network if value != getattr(TINY, name)}
        | ({"sharpness": other.weights.sharpness} if other.weights != base.weights else {})
        | ({"start": other.start} if other.start else {})
        for other in others
    ]
    assert changes == [
        {"fusion": "latent"},
        {"recurrence": False},
        {"layers": 0},
        {"coordinate": False},
        {"sharpness": 0.0},
        {"start": (tmp_path / "checkpoint.pt",)},
    ]


def test_weights_that_the_map_does_not_need_do_not_count() -> None:
    whole = FocDepthFormer(TINY)
    assert needed_parameters(whole) == sum(p.numel() for p in whole.parameters())
    latent = FocDepthFormer(TINY.model_copy(update={"fusion": "latent"}))
    fusion = sum(p.numel() for part in (latent.fusion, latent.stem.sharpness) for p in part.parameters())
    assert needed_parameters(latent) == sum(p.numel() for p in latent.parameters()) - fusion


def test_the_table_has_a_row_a_variant_and_a_column_a_set() -> None:
    scores = {"a_mae": 0.1, "a_rmse": 0.2, "b_mae": 0.3, "b_rmse": 0.4}
    text = table([Result(name="base", parameters=1_234_000, steps=5, scores=scores)])
    assert text.splitlines() == [
        "| variant | parameters | steps | a MAE / RMSE | b MAE / RMSE |",
        "| --- | ---: | ---: | ---: | ---: |",
        "| base | 1.23 M | 5 | 0.1000 / 0.2000 | 0.3000 / 0.4000 |",
    ]


@pytest.mark.slow
def test_what_is_finished_is_not_trained_again(tmp_path: Path) -> None:
    make_shard(tmp_path / "stacks")
    make_shard(tmp_path / "validation/easy", count=2)
    ablate(settings(tmp_path))
    first = (tmp_path / "out/table.md").read_text()
    assert first.count("\n") == 2 + 6
    (tmp_path / "out/no_LSTM/result.json").unlink()
    stamps = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("checkpoint.pt")}
    ablate(settings(tmp_path, pretrained=tmp_path / "out/base/checkpoint.pt"))
    second = (tmp_path / "out/table.md").read_text().splitlines()
    assert second[:-1] == first.splitlines()
    assert second[-1].startswith("| pre-trained |")
    assert stamps == {path: path.stat().st_mtime_ns for path in stamps}
    assert torch.load(tmp_path / "out/pre-trained/checkpoint.pt", weights_only=True)["step"] == 1
