import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.training.benchmarks.tiny_sets import (
    PLANES,
    light_field,
    write_ddff,
    write_fod,
    write_hci_stacks,
    write_mobile,
    write_scene,
)  # fmt: skip
from tests.training.judging.judged_stacks import step_stack
from training.__main__ import main
from training.benchmarks.protocols.hci_rules import JUDGED_SCENES


def run(*words: str | Path, model: str = "sharpness-fill") -> int:
    return main(["benchmark", *map(str, words), "--models", model])


@pytest.mark.parametrize(
    "protocol", ["dfv", "hybriddepth", "fossa", "ddff-pytorch", "aifdepthnet", "dffinthewild"]
)
def test_every_protocol_of_ddff_prints_its_rules_and_numbers(
    tmp_path: Path, protocol: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write_ddff(tmp_path / "x.h5", [step_stack(slices=PLANES, seed=seed) for seed in (0, 1)])
    assert (
        run("ddff", "--data", tmp_path / "x.h5", "--protocol", protocol, "--json", tmp_path / "o.json") == 0
    )
    printed, saved = capsys.readouterr().out, json.loads((tmp_path / "o.json").read_text())
    assert f"DDFF 12-Scene by the protocol {protocol}" in printed
    assert saved["rules"] in printed
    assert saved["judged"] == {"stacks": 2, "rows": 48, "columns": 48}
    for result in saved["results"]:
        assert f"mask: {result['mask']}" in printed
        assert f"{result['errors']['mse']:.3g}" in printed
        assert [stack["name"] for stack in result["stacks"]] == ["0000", "0001"]
        assert result["errors"]["rmse"] == pytest.approx(
            np.mean([stack["errors"]["rmse"] for stack in result["stacks"]])
        )


@pytest.mark.parametrize("protocol", ["dfv", "aifdepthnet", "dffinthewild", "ddl-gru"])
def test_every_protocol_of_fod_runs(
    tmp_path: Path, protocol: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write_fod(tmp_path)
    assert run("fod", "--data", tmp_path, "--protocol", protocol, "--limit", "1") == 0
    out = capsys.readouterr().out
    assert f"FoD500 by the protocol {protocol}" in out
    assert "judged: 1 stack of 48 × 48; published numbers are left out" in out


@pytest.mark.parametrize("protocol", ["aifdepthnet", "dffinthewild"])
def test_every_protocol_of_hci_runs_and_saves_maps_in_disparity(
    tmp_path: Path, protocol: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_hci_stacks(tmp_path / "HCI_FS_trainval.h5")
    assert run("hci", "--data", path, "--protocol", protocol, "--maps", tmp_path) == 0
    first = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("sharpness-fill"))
    assert first.split()[5] == "–"  # no logRMS of signed disparity
    assert np.load(tmp_path / "boxes_sharpness-fill.npy").min() < -0.5


def test_the_network_finds_a_refocused_plane(tmp_path: Path) -> None:
    """End to end: views on disk, refocused, seen by the shipped weights, in pixels of disparity."""
    truth = np.full((64, 64), 1.0, np.float32)
    for number, name in enumerate(JUDGED_SCENES):
        write_scene(tmp_path / name, light_field(1, seed=number, side_px=64), truth)
    report = tmp_path / "o.json"
    words = ("hci", "--data", tmp_path, "--limit", "1", "--json", report)
    assert run(*words, model="small") == 0
    first, *_ = json.loads(report.read_text())["results"]
    assert first["errors"]["mae"] < 0.6  # the planes are 0.56 px apart


def test_mobile_is_drawn_and_saved(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_mobile(tmp_path, "metals", [1.0, 1.5, 2.0, 2.5], calibrated_as="metal")
    write_mobile(tmp_path, "fruits", [1.0, 1.5, 2.0, 2.5])
    sheet = tmp_path / "sheet.png"
    words = ("mobile", "--data", tmp_path, "--protocol", "dioptres", "--row-px", "48")
    assert run(*words, "--sheet", sheet, "--maps", tmp_path) == 0
    assert "by the protocol dioptres" in capsys.readouterr().out
    assert cv2.imread(str(sheet)).shape == (18 + 2 * (18 + 48), 4 * 48 + 3 * 4, 3)
    fruits, metals = (np.load(tmp_path / f"{name}_sharpness-fill.npy") for name in ("fruits", "metals"))
    assert fruits.shape == (48, 48)
    # The same images; metals runs the other way, so near is far and far is near.
    assert np.median(fruits[:, :18]) > np.median(fruits[:, 30:]) + 0.1
    assert np.median(metals[:, :18]) < np.median(metals[:, 30:]) - 0.1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("ddff", "--data", "absent.h5"), "--data absent.h5 does not exist; give the file or folder of ddff"),
        (
            ("fod", "--data", ".", "--protocol", "fossa"),
            "fod is judged by dfv, aifdepthnet, dffinthewild, ddl-gru",
        ),
        (("fod", "--data", ".", "--limit", "0"), "--limit 0: give 1 or more"),
        (("fod", "--data", ".", "--sheet", "x.png"), "only mobile is drawn"),
        (("fod", "--data", ".", "--json", "absent/x.json"), "the folder absent does not exist"),
        (("fod", "--data", ".", "--maps", "absent"), "--maps absent: no such folder"),
        (("fod", "--data", "."), "give the folder fs_6 of FoD500"),
        (("mobile", "--data", "."), "give --sheet FILE, --maps FOLDER or both"),
        (("mobile", "--data", ".", "--json", "x.json"), "mobile has no truth, so no numbers"),
        (("mobile", "--data", ".", "--sheet", "x.gif"), "give a file that ends in"),
        (("mobile", "--data", ".", "--maps", ".", "--row-px", "1"), "--row-px 1: give 16 or more"),
        (("mobile", "--data", ".", "--maps", "."), "has no folder Aligned"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_exit_code_2(
    words: tuple[str, ...],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(*words) == 2
    (line,) = [record.getMessage() for record in caplog.records]
    assert message in line
    assert "\n" not in line
