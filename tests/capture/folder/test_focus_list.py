import csv
import io
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.folder.focus_list import parse_dioptres, parse_metres, read_focus_list
from focstream.types import InputError

NAMES = ("a.png", "b.png", "c.png")


def metres(folder, text, names=NAMES):
    data = text if isinstance(text, bytes) else text.encode()
    (folder / "focus_distance.txt").write_bytes(data)
    return read_focus_list(folder, image_names=names)


def dioptres(folder, text, names=NAMES):
    data = text if isinstance(text, bytes) else text.encode()
    (folder / "focus.csv").write_bytes(data)
    return read_focus_list(folder, image_names=names)


def error_of(read, folder, text):
    with pytest.raises(InputError) as caught:
        read(folder, text)
    message = str(caught.value)
    assert str(folder) in message
    assert "\n" not in message
    return message


def test_no_list_is_none(tmp_path):
    assert read_focus_list(tmp_path, image_names=NAMES) is None


@pytest.mark.parametrize(
    "text",
    [
        "0.5\n1\n2\n",
        "0.5\r\n1.0\r\n2",
        "0.5\n1\n2\n\n \n",
        "\ufeff0.5\n1\n2",
        " 0.5 \n1e0\n\t2\n",
        "0.5\r1\r2\r",
    ],
)
def test_metres_become_dioptres(tmp_path, text):
    found = metres(tmp_path, text)
    assert found.focus_dpt == (2.0, 1.0, 0.5)
    assert found.origin == "focus_distance.txt"


def test_infinite_metres_are_zero_dioptres(tmp_path):
    assert metres(tmp_path, "1\n2\ninf\n").focus_dpt == (1.0, 0.5, 0.0)


@pytest.mark.parametrize(
    "bad", ["0", "-1", "nan", "-inf", "near", "0,5", "1 2", "", "1_0", "1e-320", "0.5 m"]
)
def test_a_bad_distance_names_its_line(tmp_path, bad):
    message = error_of(metres, tmp_path, f"1\n{bad}\n2\n")
    assert "focus_distance.txt, line 2: " in message
    assert "write metres" in message


@pytest.mark.parametrize("text", ["1\n2\n", "1\n2\n3\n4\n", "", "\n\n"])
def test_a_wrong_number_of_distances_is_an_error(tmp_path, text):
    assert "for 3 images; give one line for each image" in error_of(metres, tmp_path, text)


@pytest.mark.parametrize(
    "text",
    [
        "a.png,0\nb.png,1.5\nc.png,3\n",
        "c.png,3\na.png,0\nb.png,1.5\n",
        "file,dioptres\na.png,0\nb.png,1.5\nc.png,3\n",
        '\ufeff"a.png", 0.0\r\n\r\nb.png , 1.5\r\n"c.png",3\r\n',
    ],
)
def test_dioptres_are_found_by_name(tmp_path, text):
    found = dioptres(tmp_path, text)
    assert found.focus_dpt == (0.0, 1.5, 3.0)
    assert found.origin == "focus.csv"


@pytest.mark.parametrize("bad", ["-1", "nan", "inf", "near", "", "1_0"])
def test_a_bad_vergence_names_its_line(tmp_path, bad):
    message = error_of(dioptres, tmp_path, f"a.png,1\nb.png,{bad}\nc.png,2\n")
    assert "focus.csv, line 2: " in message
    assert "write dioptres" in message


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("a.png,1\nb.png,2\nc.png,3\nd.png,4\n", "line 4: 'd.png' is not an image in this folder"),
        ("a.png,1\nb.png,2\na.png,3\nc.png,3\n", "line 3: 'a.png' is given twice"),
        ("a.png,1\nc.png,3\n", "no focus for 'b.png' (1 missing in all)"),
        ("", "no focus for 'a.png' (3 missing in all)"),
        ("a.png;1\n", "line 1: has 1 columns"),
        ("a.png,1\nb.png,1,5\n", "line 2: has 3 columns"),
        ("a.png,near\nb.png,2\nc.png,3\n", "line 1: 'near' is no vergence"),
        ("file,dioptres\nfile,dioptres\n", "line 2: 'file' is not an image"),
        ("../a.png,1\n", "line 1: '../a.png' is not an image in this folder"),
        (f"a.png,{'1' * 200_000}\n", "line 1: is not CSV"),
    ],
)
def test_what_is_wrong_with_a_csv_is_told(tmp_path, text, what):
    assert what in error_of(dioptres, tmp_path, text)


@pytest.mark.parametrize("data", [b"0.5\n\xff\n1\n", "0.5\n1\n2\n".encode("utf-16")])
def test_other_encodings_are_an_error_with_a_line(tmp_path, data):
    line = 2 if data.startswith(b"0") else 1
    assert f"focus_distance.txt, line {line}: is not UTF-8" in error_of(metres, tmp_path, data)


def test_a_list_that_cannot_be_read_is_an_error(tmp_path):
    (tmp_path / "focus.csv").mkdir()
    with pytest.raises(InputError, match=r"focus\.csv: is a folder"):
        read_focus_list(tmp_path, image_names=NAMES)


def test_equal_focus_everywhere_is_an_error(tmp_path):
    assert "same focus for all images" in error_of(metres, tmp_path, "1\n1.0\n1\n")


def test_equal_focus_somewhere_is_not(tmp_path):
    assert metres(tmp_path, "1\n1\n2\n").focus_dpt == (1.0, 1.0, 0.5)


def test_two_lists_are_an_error(tmp_path):
    (tmp_path / "focus.csv").touch()
    assert "remove one of them" in error_of(metres, tmp_path, "1\n2\n3\n")


@given(st.lists(st.floats(1e-6, math.inf, exclude_min=True), min_size=1, max_size=6))
def test_any_distances_are_read_back(distances_m):
    lines = [repr(distance_m) for distance_m in distances_m]
    assert parse_metres(lines, path=Path("x"), count=len(lines)) == tuple(1 / value for value in distances_m)


@given(
    st.dictionaries(
        st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=6)
        .map(lambda stem: f"x{stem}x.png")
        .filter(lambda name: "\r" not in name and "\n" not in name),
        st.floats(0, 1e6),
        min_size=1,
        max_size=6,
    ),
    st.randoms(use_true_random=False),
)
def test_any_names_and_dioptres_are_read_back(focus, random):
    rows = list(focus.items())
    random.shuffle(rows)
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    found = parse_dioptres(text.getvalue().split("\n"), path=Path("x"), image_names=list(focus))
    assert found == tuple(focus.values())


@given(st.binary(max_size=60), st.sampled_from([parse_metres, parse_dioptres]))
def test_rubbish_is_an_input_error_or_usable(data, parse):
    lines = data.decode("latin-1").split("\n")
    options = {"count": 1} if parse is parse_metres else {"image_names": ["a.png"]}
    try:
        values = parse(lines, path=Path("x"), **options)
    except InputError:
        values = ()
    assert all(0 <= value < math.inf for value in values)
