import json
from dataclasses import replace
from pathlib import Path

import cv2
import pytest
import torch

from focstream.types import InputError
from inference.network.config import NetworkConfig
from inference.network.network import FocDepthFormer
from tests.training.judging.judged_stacks import step_stack, write_images, write_reference_stack, write_set
from training.__main__ import main
from training.judging.evaluate import EvaluateSettings, evaluate
from training.learning.validate import validation_batches

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
CLASSICAL = EvaluateSettings(models=("sharpness",))


def test_tables_and_json_say_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_set(tmp_path / "sets/steps_3", slices=3)
    write_set(tmp_path / "sets/steps")
    write_reference_stack(tmp_path / "reference/surface", step_stack())
    settings = replace(
        CLASSICAL,
        models=("sharpness", "sharpness-fill"),
        validation=tmp_path / "sets",
        with_reference=tmp_path / "reference",
        report=tmp_path / "out.json",
    )
    evaluate(settings)
    printed = capsys.readouterr().out
    saved = json.loads((tmp_path / "out.json").read_text())
    assert saved["mask"] in printed
    names = [(result["set_name"], result["model"]) for result in saved["results"]]
    models = ("sharpness", "sharpness-fill")
    assert names == [(one_set, model) for one_set in ("steps", "steps_3", "surface") for model in models]
    first = saved["results"][0]
    assert f"{first['errors']['mae']:.4f}" in printed
    assert f"{first['sigma_groups'][9]['made']:.4f}" in printed
    nothing = {"mae": None, "within_1_sigma": None, "within_2_sigma": None}
    assert first["by_slices"][0] == {"slices": 1, "coverage": 0.0, **nothing}
    assert first["by_slices"][-1]["within_2_sigma"] == pytest.approx(first["within_2_sigma"])
    assert len(first["stacks"]) == 2
    assert saved["results"][1]["errors"]["coverage"] == 1.0


def test_numbers_are_the_same_every_time(tmp_path: Path) -> None:
    write_set(tmp_path / "sets/steps")
    settings = replace(CLASSICAL, validation=tmp_path / "sets")
    evaluate(replace(settings, report=tmp_path / "one.json"))
    evaluate(replace(settings, report=tmp_path / "two.json"))
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()


def test_sets_and_stacks_can_be_chosen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("near", "nearer", "far"):
        write_set(tmp_path / f"sets/{name}", count=3, slices=3)
    settings = replace(CLASSICAL, validation=tmp_path / "sets", sets=("near*",), limit=1)
    evaluate(replace(settings, report=tmp_path / "out.json"))
    results = json.loads((tmp_path / "out.json").read_text())["results"]
    assert [result["set_name"] for result in results] == ["near", "nearer"]
    assert [len(result["stacks"]) for result in results] == [1, 1]
    with pytest.raises(InputError, match=r"--sets middle: fits none of far, near, nearer"):
        evaluate(replace(settings, sets=("middle",)))


def test_the_network_of_a_checkpoint_is_judged_by_the_same_code(tmp_path: Path) -> None:
    config = NetworkConfig(fine=12, mid=12, tokens=20, layers=1, heads=2, groups=3)
    torch.manual_seed(0)
    tiny = FocDepthFormer(config).eval()
    (tmp_path / "tiny_run").mkdir()
    checkpoint = tmp_path / "tiny_run/checkpoint.pt"
    torch.save({"average": tiny.state_dict(), "config": config.model_dump()}, checkpoint)
    write_set(tmp_path / "sets/steps", count=1, slices=3)
    settings = EvaluateSettings(
        weights=checkpoint, validation=tmp_path / "sets", report=tmp_path / "out.json"
    )
    evaluate(settings)
    network, classical = json.loads((tmp_path / "out.json").read_text())["results"]
    assert (network["model"], classical["model"]) == ("tiny_run", "sharpness")
    assert network["errors"]["coverage"] == 1.0
    assert network["by_slices"][0]["mae"] > 0  # the network has a guess from the first slice on
    (batch,) = validation_batches(tmp_path / "sets/steps")
    with torch.no_grad():
        (whole,) = tiny(batch.images.float() / 255.0, batch.coordinates, (3,))
    wanted = (whole.coordinate - batch.truth).abs().mean().item()
    assert network["errors"]["mae"] == pytest.approx(wanted, rel=1e-4)


def test_an_engine_judges_as_it_runs_live(tmp_path: Path) -> None:
    """ONNX Runtime, which is always there, with the graphs that come with the package."""
    write_set(tmp_path / "sets/steps", count=1, slices=3)
    errors = {}
    for engine in ("torch f32", "onnxruntime f32"):
        out = tmp_path / f"{engine}.json"
        evaluate(EvaluateSettings(models=("small",), engine=engine, validation=tmp_path / "sets", report=out))
        (result,) = json.loads(out.read_text())["results"]
        assert result["engine"] == engine
        errors[engine] = [seen["mae"] for seen in result["by_slices"]]
    assert errors["onnxruntime f32"] == pytest.approx(errors["torch f32"], abs=1e-4)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"models": ("sharpness",), "engine": "openvino f32"}, "only the network has them"),
        ({"models": ("small",), "engine": "coal"}, "no engine is called 'coal'"),
        ({"models": ("small",), "graphs": Path("graphs")}, "torch takes no graphs"),
        ({"models": ("small",), "graphs": Path("no"), "engine": "onnxruntime f32"}, "no"),
    ],
)
def test_an_engine_that_cannot_be_had_is_a_clear_mistake(
    changes: dict[str, object], message: str, tmp_path: Path
) -> None:
    write_set(tmp_path / "sets/steps", count=1, slices=2)
    with pytest.raises(InputError, match=message):
        evaluate(replace(EvaluateSettings(validation=tmp_path / "sets"), **changes))  # type: ignore[arg-type]


def test_the_sheet_shows_every_stack_the_right_way_round(tmp_path: Path) -> None:
    write_images(tmp_path / "stacks/far_first", step_stack())
    write_images(tmp_path / "stacks/near_first", step_stack(), near_first=True)
    settings = replace(
        CLASSICAL,
        models=("sharpness-fill",),
        stacks=tmp_path / "stacks",
        sheet=tmp_path / "sheet.png",
        reverse=("near_*",),
        row_px=48,
    )
    evaluate(settings)
    sheet = cv2.imread(str(tmp_path / "sheet.png"))
    assert sheet.shape == (18 + 2 * (18 + 48), 4 * 48 + 3 * 4, 3)
    depth = slice(2 * 52, 2 * 52 + 48)
    first, second = sheet[36:84, depth].astype(int), sheet[102:150, depth].astype(int)
    assert abs(first - second).mean() < 12
    assert abs(first[:, :20] - first[:, 28:]).mean() > 30  # blue is far, orange near


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({}, "nothing to judge"),
        ({"stacks": Path()}, "needs both --stacks FOLDER and --sheet FILE"),
        ({"sheet": Path("x.jpg")}, "needs both --stacks FOLDER and --sheet FILE"),
        ({"stacks": Path(), "sheet": Path("x.gif")}, "give a file that ends in"),
        ({"stacks": Path(), "sheet": Path("x.jpg"), "report": Path("x.json")}, "no errors to write"),
        ({"validation": Path("absent")}, "absent: no such folder"),
        ({"with_reference": Path("absent")}, "absent: no such folder"),
        ({"validation": Path(), "report": Path("absent/x.json")}, "the folder absent does not exist"),
        ({"validation": Path(), "limit": 0}, "--limit 0: give 1 or more"),
        ({"stacks": Path(), "sheet": Path("x.jpg"), "row_px": 0}, "give 16 or more"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_line(changes: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        evaluate(replace(CLASSICAL, **changes))
    assert "\n" not in str(caught.value)


def test_names_to_reverse_must_exist(tmp_path: Path) -> None:
    write_images(tmp_path / "stacks/one", step_stack())
    settings = replace(CLASSICAL, stacks=tmp_path / "stacks", sheet=tmp_path / "x.png", reverse=("two",))
    with pytest.raises(InputError, match="--reverse two: fits none of one"):
        evaluate(settings)


def test_the_command_prints_tables(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_set(tmp_path / "sets/steps", count=1, slices=3)
    arguments = ["evaluate", "--model", "sharpness", "--validation", str(tmp_path / "sets")]
    assert main(arguments) == 0
    out = capsys.readouterr().out
    assert out.count("steps") == 5
    assert "MAE against slices seen" in out


@pytest.mark.data
@pytest.mark.slow
def test_the_rough_surfaces_are_where_their_reference_says(tmp_path: Path) -> None:
    """A wrong convention of the reference would show as an error of more than a step of the sweep."""
    if not (DATA / "stacks_gt/rough_surface_1").is_dir():
        pytest.skip("needs the research data beside the checkout")
    settings = replace(
        CLASSICAL,
        with_reference=DATA / "stacks_gt",
        sets=("rough_surface_1",),
        report=tmp_path / "out.json",
    )
    evaluate(settings)
    (result,) = json.loads((tmp_path / "out.json").read_text())["results"]
    assert result["errors"]["mae"] < 0.5 / 40
    assert result["errors"]["coverage"] > 0.9
