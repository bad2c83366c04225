from pathlib import Path

import h5py
import numpy as np
import pytest

from focstream.types import InputError
from tests.training.benchmarks.protocols.test_rules import rules_of
from tests.training.benchmarks.tiny_sets import FAR_PX, NEAR_PX, PLANES, write_ddff
from tests.training.judging.judged_stacks import SIDE_PX, step_stack
from training.benchmarks.protocols.ddff_rules import DDFF_RULES
from training.benchmarks.sets.ddff import ddff_set
from training.benchmarks.stacks import SetSize

DFV, OFFICIAL = rules_of(DDFF_RULES, "dfv"), rules_of(DDFF_RULES, "aifdepthnet")


def test_five_slices_come_far_first_and_blue_first(tmp_path: Path) -> None:
    stack = step_stack(slices=PLANES)
    found = ddff_set(write_ddff(tmp_path / "x.h5", [stack]), DFV)
    (read,) = found.read()
    assert found.size == SetSize(stacks=1, rows=SIDE_PX, columns=SIDE_PX)
    # of the file, nearest first: 9, 6, 4, 2, 0; of our stack, farthest first: 0, 3, 5, 7, 9
    for image, index in zip(read.images, (0, 3, 5, 7, 9), strict=True):
        np.testing.assert_array_equal(image, stack.images[index])
    planes = np.linspace(0.02, 0.28, 10)[[0, 3, 5, 7, 9]]
    assert read.coordinates == pytest.approx(((planes - 0.02) / 0.26).tolist())


def test_all_ten_calibrated_planes_are_read_for_the_official_file(tmp_path: Path) -> None:
    (read,) = ddff_set(write_ddff(tmp_path / "x.h5", [step_stack(slices=PLANES)]), OFFICIAL).read()
    assert len(read.images) == 10
    assert read.coordinates == pytest.approx(np.linspace(0, 1, 10).tolist())
    ends = read.scale.to_unit(np.array([0.0, 1.0], np.float32))
    assert ends.tolist() == pytest.approx([0.1412375658 / 7, 0.1412375658 / 0.5], abs=1e-9)


@pytest.mark.parametrize("hole", [0.0, np.inf, np.nan])
def test_truth_is_disparity_and_zero_where_it_is_unknown(tmp_path: Path, hole: float) -> None:
    stack = step_stack(slices=PLANES)
    (read,) = ddff_set(write_ddff(tmp_path / "x.h5", [stack], hole=hole), DFV).read()
    assert (read.truth[0] == 0).all()
    np.testing.assert_allclose(read.truth[1:], FAR_PX + (NEAR_PX - FAR_PX) * stack.truth[1:], atol=1e-7)


def test_float_images_of_dfv_are_the_same_as_eight_bit_ones(tmp_path: Path) -> None:
    stacks = [step_stack(slices=PLANES, seed=seed) for seed in (0, 1)]
    eight = list(ddff_set(write_ddff(tmp_path / "8.h5", stacks), DFV).read())
    floats = list(ddff_set(write_ddff(tmp_path / "f.h5", stacks, kind=np.float32), DFV).read())
    for one, other in zip(eight, floats, strict=True):
        np.testing.assert_array_equal(np.stack(one.images), np.stack(other.images))


def test_images_from_zero_to_one_are_refused(tmp_path: Path) -> None:
    path = write_ddff(tmp_path / "x.h5", [step_stack(slices=PLANES)], kind=np.float32)
    with h5py.File(path, "a") as file:
        file["stack_val"][:] = file["stack_val"][:] / 255
    with pytest.raises(InputError, match="stack 0: expected images of 0 … 255, found 0"):
        list(ddff_set(path, DFV).read())


@pytest.mark.parametrize(
    ("name", "shape", "message"),
    [
        ("disp_val", None, "has no disp_val, but stack_val"),
        ("stack_val", None, "has no stack_val, but disp_val"),
        ("disp_val", (2, 4), "expected 3 axes"),
        ("disp_val", (2, 48, 48), r"expected \(N, 10, H, W, 3\) and \(N, H, W\)"),
        ("stack_val", (1, 9, 48, 48, 3), r"expected \(N, 10, H, W, 3\) and \(N, H, W\)"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_in_one_line(
    tmp_path: Path, name: str, shape: tuple[int, ...] | None, message: str
) -> None:
    path = write_ddff(tmp_path / "x.h5", [step_stack(slices=PLANES)])
    with h5py.File(path, "a") as file:
        del file[name]
        if shape is not None:
            file[name] = np.zeros(shape, np.float32)
    with pytest.raises(InputError, match=message) as caught:
        ddff_set(path, DFV)
    assert "\n" not in str(caught.value)


def test_what_is_no_hdf5_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.h5").write_bytes(b"no such thing")
    with pytest.raises(InputError, match="cannot be read as HDF5"):
        ddff_set(tmp_path / "x.h5", DFV)


def test_a_missing_package_is_named_with_its_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "h5py", None)
    with pytest.raises(InputError, match=r"needs the package h5py.*focstream\[benchmarks\]"):
        ddff_set(tmp_path / "x.h5", DFV)
