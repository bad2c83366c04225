import itertools
import logging
from pathlib import Path

import cv2
import numpy as np
import pytest

from capture.folder.focus import directions
from capture.folder.source import StackFolder
from capture.folder.stack_reading import StackReading
from focstream.clock import now_ns
from focstream.protocols import SliceSource
from focstream.types import InputError

STACKS = Path(__file__).resolve().parents[4] / "shared" / "data" / "stacks"
COUNT = 4


def save(folder, name, *, value=0, shape=(6, 8), dtype=np.uint8):
    assert cv2.imwrite(str(folder / name), np.full(shape, value, dtype))


@pytest.fixture
def folder(tmp_path):
    for number, name in enumerate(["img1.png", "img2.png", "IMG10.png", "img11.png"]):
        save(tmp_path, name, value=number)
    return tmp_path


def give_metres(folder, *distances_m):
    (folder / "focus_distance.txt").write_text("\n".join(map(str, distances_m)))


def play(source):
    """All slices of an open source, to the end."""
    slices = []
    try:
        while True:
            slices.append(source.read(5.0))
    except EOFError:
        return slices


def error_of(folder, **options):
    with pytest.raises(InputError) as caught, StackFolder(folder, **options):
        pass
    message = str(caught.value)
    assert str(folder) in message
    assert "\n" not in message
    return message


def test_slices_come_in_natural_order_and_far_first(folder):
    source: SliceSource = StackFolder(folder)
    assert not source.free_running
    assert not source.live  # its images were taken long ago: they have no latency
    assert source.truth_vergence_dpt is None
    assert source.name == str(folder)
    before_ns = now_ns()
    with source:
        slices = play(source)
    tags = [one.tag for one in slices]
    assert [int(one.image[0, 0]) for one in slices] == [0, 1, 2, 3]
    assert [tag.sweep_coordinate for tag in tags] == pytest.approx([0, 1 / 3, 2 / 3, 1])
    assert [tag.slot for tag in tags] == [0, 1, 2, 3]
    assert [tag.last_in_sweep for tag in tags] == [False, False, False, True]
    stamps_ns = [before_ns, *(tag.exposure_mid_ns for tag in tags), now_ns()]
    assert stamps_ns == sorted(stamps_ns)
    for one, tag in zip(slices, tags, strict=True):
        assert one.scale is None
        assert tag.focus_dpt is None
        assert (tag.direction, tag.clock, tag.settling, tag.slices_lost) == (1, "host", False, 0)


def test_reverse_makes_the_first_image_the_nearest(folder):
    with StackFolder(folder, reading=StackReading(reverse=True)) as source:
        slices = play(source)
    assert [int(one.image[0, 0]) for one in slices] == [0, 1, 2, 3]
    assert [one.tag.sweep_coordinate for one in slices] == pytest.approx([1, 2 / 3, 1 / 3, 0])
    assert {one.tag.direction for one in slices} == {-1}


def test_one_line_says_that_the_result_is_not_metric(folder, caplog):
    with caplog.at_level(logging.INFO), StackFolder(folder):
        (record,) = caplog.records
        assert record.levelno == logging.INFO
        assert "not metric" in record.getMessage()
        assert "img1.png counts as the farthest image" in record.getMessage()
        assert "with --reverse" in record.getMessage()


def test_metres_make_a_metric_sweep(folder, caplog):
    give_metres(folder, 0.5, 1, 2, "inf")
    with caplog.at_level(logging.INFO), StackFolder(folder) as source:
        slices = play(source)
    assert [record.getMessage() for record in caplog.records] == [
        f"{folder}: 4 images, img1.png … img11.png; focus by focus_distance.txt, approximate"
    ]
    scale = slices[0].scale
    assert (scale.far_dpt, scale.near_dpt, scale.level) == (0.0, 2.0, "approximate")
    assert scale.calibration_id == "focus_distance.txt"
    assert [one.tag.focus_dpt for one in slices] == [2.0, 1.0, 0.5, 0.0]
    assert [one.tag.focus_dpt_commanded for one in slices] == [2.0, 1.0, 0.5, 0.0]
    assert [one.tag.sweep_coordinate for one in slices] == [1.0, 0.5, 0.25, 0.0]
    assert {one.tag.direction for one in slices} == {-1}


def test_dioptres_keep_the_order_of_the_images(folder):
    (folder / "focus.csv").write_text("img11.png,1\nimg1.png,1\nimg2.png,3\nIMG10.png,2\n")
    with StackFolder(folder) as source:
        slices = play(source)
    assert [int(one.image[0, 0]) for one in slices] == [0, 1, 2, 3]
    assert [one.tag.sweep_coordinate for one in slices] == [0.0, 1.0, 0.5, 0.0]
    assert [one.tag.direction for one in slices] == [1, 1, -1, -1]


def test_reverse_with_a_focus_list_is_an_error(folder):
    give_metres(folder, 1, 2, 3, 4)
    assert "leave --reverse out" in error_of(folder, reading=StackReading(reverse=True))


@pytest.mark.parametrize(
    ("focus_dpt", "expected"),
    [
        ((1, 2, 3), (1, 1, 1)),
        ((3, 2, 1), (-1, -1, -1)),
        ((1, 1, 0, 0, 2), (-1, -1, -1, -1, 1)),
        ((1, 2, 1, 2), (1, 1, -1, 1)),
    ],
)
def test_direction_is_the_sign_of_the_move(focus_dpt, expected):
    assert directions(focus_dpt) == expected


def test_several_sweeps_count_on(folder):
    with StackFolder(folder, sweeps=3) as source:
        assert len(source) == COUNT
        tags = [one.tag for one in play(source)]
        with pytest.raises(EOFError):
            source.read(0.0)
    assert [(tag.sweep_id, tag.slot) for tag in tags] == list(itertools.product(range(3), range(COUNT)))
    assert [tag.frame_id for tag in tags] == list(range(3 * COUNT))
    assert sum(tag.last_in_sweep for tag in tags) == 3


@pytest.mark.parametrize("kept", [0, 1, 3, COUNT])
def test_images_that_do_not_fit_in_memory_are_read_again(folder, kept):
    with StackFolder(folder, sweeps=2, cache_bytes=kept * 48) as source:
        slices = play(source)
    assert [int(one.image[0, 0]) for one in slices] == [0, 1, 2, 3] * 2
    assert not any(one.image.flags.writeable for one in slices)
    shared = [one.image is other.image for one, other in zip(slices[:COUNT], slices[COUNT:], strict=True)]
    # The first image is held for the comparison in any case.
    assert shared == [slot < max(kept, 1) for slot in range(COUNT)]


def test_an_image_that_changes_during_the_replay_is_an_error(folder):
    with StackFolder(folder, cache_bytes=0) as source:
        source.read(0.0)
        save(folder, "img2.png", shape=(9, 9))
        with pytest.raises(InputError, match=r"img2\.png is 9×9"):
            source.read(0.0)


def test_a_folder_can_be_played_again(folder):
    source = StackFolder(folder)
    for _ in range(2):
        with source:
            assert [one.tag.frame_id for one in play(source)] == [0, 1, 2, 3]


def test_pace_keeps_slices_apart(folder):
    opened_ns = now_ns()
    with StackFolder(folder, rate=2.0, period_s=0.04) as source:
        stamps_ns = [one.tag.exposure_mid_ns for one in play(source)]
    # No slice comes before its time; how long after is up to the machine.
    assert all(stamp_ns >= opened_ns + slot * 20_000_000 for slot, stamp_ns in enumerate(stamps_ns))


def test_a_slice_that_is_not_due_is_none(folder):
    with StackFolder(folder, rate=1.0, period_s=3600.0) as source:
        assert source.read(0.0) is not None
        assert source.read(0.01) is None
        assert source.read(0.0) is None


def test_reading_a_closed_folder_is_a_mistake_of_the_caller(folder):
    with pytest.raises(RuntimeError, match="with statement"):
        StackFolder(folder).read(0.0)


def test_hidden_and_other_files_are_passed_over(folder):
    for name in [".img0.png", "._img1.png", "notes.txt", "Thumbs.db", "img3.dng"]:
        (folder / name).write_text("x")
    (folder / "more.png").mkdir()
    with StackFolder(folder) as source:
        assert len(source) == COUNT


def test_colour_and_16_bits_pass_through(tmp_path):
    for number in range(2):
        save(tmp_path, f"{number}.tif", value=number * 40_000, shape=(5, 7, 3), dtype=np.uint16)
    with StackFolder(tmp_path) as source:
        image = play(source)[1].image
    assert (image.shape, image.dtype, int(image[0, 0, 0])) == ((5, 7, 3), np.uint16, 40_000)


def test_folders_without_a_stack_are_errors(tmp_path):
    assert "holds no images" in error_of(tmp_path)
    assert "does not exist" in error_of(tmp_path / "gone")
    save(tmp_path, "one.png")
    assert "holds only one.png" in error_of(tmp_path)
    assert "holds one image; a focal stack needs two or more" in error_of(tmp_path / "one.png")


@pytest.mark.parametrize(
    ("odd", "described"),
    [
        ({"shape": (8, 6)}, "6×8 grey 8 bit"),
        ({"shape": (6, 8, 3)}, "8×6 colour 8 bit"),
        ({"dtype": np.uint16}, "8×6 grey 16 bit"),
    ],
)
def test_an_odd_image_is_an_error_before_the_first_slice(folder, odd, described):
    save(folder, "img99.png", **odd)
    message = error_of(folder)
    assert f"img99.png is {described}, but img1.png is 8×6 grey 8 bit" in message
    assert "same size and type" in message


def test_a_broken_image_is_an_error_before_the_first_slice(folder, capfd):
    path = folder / "img11.png"
    path.write_bytes(path.read_bytes()[:-20])
    assert "img11.png is cut short" in error_of(folder)
    (folder / "img12.png").symlink_to(folder / "gone")
    path.unlink()
    assert "img12.png: cannot be read" in error_of(folder)
    assert capfd.readouterr() == ("", "")


def test_a_bad_focus_list_is_an_error_before_the_first_slice(folder):
    give_metres(folder, 1, 2, -3, 4)
    assert "focus_distance.txt, line 3" in error_of(folder)


@pytest.mark.parametrize(
    "options",
    [{"rate": -1.0}, {"rate": float("nan")}, {"sweeps": 0}, {"period_s": 0.0}, {"rate": float("inf")}],
)
def test_options_without_a_meaning_are_errors(folder, options):
    error_of(folder, **options)


@pytest.mark.data
@pytest.mark.parametrize(
    ("stack", "count", "range_m"),
    [
        ("dslr_table21", 21, None),
        ("pcb_macro10", 10, None),
        ("mobile_balls25", 25, None),
        ("columbia_smallWorld", 41, None),
        ("pixel6_a", 5, (0.35, 2.21)),
    ],
)
def test_real_stacks_play(stack, count, range_m):
    if not (STACKS / stack).is_dir():
        pytest.skip("needs the research data beside the checkout")
    with StackFolder(STACKS / stack) as source:
        slices = play(source)
    assert len(slices) == count
    assert {one.image.shape for one in slices} == {slices[0].image.shape}
    scale = slices[0].scale
    assert (scale and (1 / scale.near_dpt, 1 / scale.far_dpt)) == (range_m and pytest.approx(range_m))


@pytest.mark.parametrize(
    ("stems", "order"),
    [(["z-10", "z-50", "z0", "z40"], [1, 0, 2, 3]), (["0.5", "0", "0.25"], [1, 2, 0])],
)
def test_names_with_sign_and_decimals_are_played_by_their_number(tmp_path, caplog, stems, order):
    for number, stem in enumerate(stems):
        save(tmp_path, f"{stem}.png", value=number)
    with caplog.at_level(logging.INFO), StackFolder(tmp_path) as source:
        assert [int(one.image[0, 0]) for one in play(source)] == order
    first, last = stems[order[0]], stems[order[-1]]
    assert f"{len(stems)} images, {first}.png … {last}.png" in caplog.text
