from pathlib import Path

import h5py
import numpy as np
import pytest

from focstream.types import InputError
from tests.training.benchmarks.protocols.test_rules import rules_of
from tests.training.benchmarks.tiny_sets import light_field, write_hci_stacks, write_pfm, write_scene
from training.benchmarks.protocols.hci_rules import HCI_RULES, JUDGED_SCENES, PLANES_PX
from training.benchmarks.sets.hci import hci_set
from training.benchmarks.sets.refocus import refocused
from training.benchmarks.stacks import SetSize

RULES = HCI_RULES[0]
SIDE = 16


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The four scenes as they are published, in two categories."""
    for number, name in enumerate(JUDGED_SCENES):
        category = "stratified" if number == 3 else "training"
        truth = np.arange(SIDE * SIDE, dtype=np.float32).reshape(SIDE, SIDE) / 100 - number
        write_scene(tmp_path / category / name, light_field(1, seed=number, side_px=SIDE), truth)
    return tmp_path


def test_folders_are_refocused_far_plane_first(folder: Path) -> None:
    found = hci_set(folder, RULES)
    stacks = list(found.read())
    assert found.size == SetSize(stacks=4, rows=SIDE, columns=SIDE)
    assert [stack.name for stack in stacks] == list(JUDGED_SCENES)
    assert stacks[1].coordinates == pytest.approx(np.linspace(0, 1, 10).tolist())
    wanted = refocused(light_field(1, seed=1, side_px=SIDE), PLANES_PX)
    np.testing.assert_array_equal(np.stack(stacks[1].images), np.stack(wanted))
    assert stacks[1].scale.to_unit(np.array([0.0, 1.0], np.float32)).tolist() == [-2.5, 2.5]


def test_truth_has_its_top_row_first(folder: Path) -> None:
    stack, *_ = hci_set(folder, RULES).read()
    assert stack.truth[0, 1] == pytest.approx(0.01)
    assert stack.truth[-1, 0] == pytest.approx(SIDE * (SIDE - 1) / 100)


def test_focal_stacks_of_a_file_are_found_by_name_in_either_part(tmp_path: Path) -> None:
    path = write_hci_stacks(tmp_path / "HCI_FS_trainval.h5")
    stacks = list(hci_set(path, RULES).read())
    assert [stack.name for stack in stacks] == list(JUDGED_SCENES)
    with h5py.File(path) as file:
        np.testing.assert_array_equal(np.stack(stacks[0].images)[..., ::-1], file["stack_train"][0])
        np.testing.assert_array_equal(np.stack(stacks[3].images)[..., ::-1], file["stack_val"][2])
        np.testing.assert_array_equal(stacks[3].truth, file["disp_val"][2])


def test_light_fields_of_a_file_are_refocused_as_those_of_folders(tmp_path: Path) -> None:
    views = np.stack([light_field(1, seed=number, side_px=SIDE) for number in range(4)])
    path = tmp_path / "HCI_LF_trainval.h5"
    with h5py.File(path, "w") as file:
        file["LF_val"] = views[..., ::-1].astype(np.float32)
        file["disp_val"] = np.zeros((4, SIDE, SIDE), np.float32)
        names = np.array([[f"HCI/training/{name}"] for name in JUDGED_SCENES], dtype=object)
        file.create_dataset("name_val", data=names, dtype=h5py.string_dtype())
    *_, last = hci_set(path, RULES).read()
    np.testing.assert_array_equal(np.stack(last.images), np.stack(refocused(views[3], PLANES_PX)))


def test_a_missing_scene_view_or_truth_is_noticed_before_the_long_work(folder: Path) -> None:
    (folder / "training/dino/input_Cam044.png").unlink()
    with pytest.raises(InputError, match=r"input_Cam044\.png is missing"):
        hci_set(folder, RULES)
    (folder / "training/cotton/gt_disp_lowres.pfm").unlink()
    with pytest.raises(InputError, match="no folder cotton in it"):
        hci_set(folder, RULES)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("focus_position_disp", np.linspace(-4, 4, 10)[None], "is focused at"),
        ("focus_position_disp", None, "has no focus_position_disp"),
        ("name_train", None, "has the scene boxes"),
        ("disp_val", np.zeros((3, 48, 40)), r"expected \(N, 10, H, W, 3\)"),
        ("disp_val", None, "has no disp_val"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_in_one_line(
    tmp_path: Path, name: str, value: np.ndarray | None, message: str
) -> None:
    path = write_hci_stacks(tmp_path / "x.h5")
    with h5py.File(path, "a") as file:
        del file[name]
        if value is not None:
            file[name] = value
    with pytest.raises(InputError, match=message) as caught:
        hci_set(path, rules_of(HCI_RULES, "dffinthewild"))
    assert "\n" not in str(caught.value)


def test_truth_of_another_size_is_refused(folder: Path) -> None:
    write_pfm(folder / "training/boxes/gt_disp_lowres.pfm", np.zeros((SIDE, SIDE + 1), np.float32))
    with pytest.raises(InputError, match="the disparity of boxes does not fit"):
        list(hci_set(folder, RULES).read())
