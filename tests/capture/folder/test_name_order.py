import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.folder.name_order import ordered_names

NAMES = st.text("abzIMG0123456789._-+, (é", min_size=1, max_size=12).map(lambda stem: f"{stem}.png")


def order_of(*stems):
    shuffled = [f"{stem}.png" for stem in stems]
    random.Random(4).shuffle(shuffled)
    told = ordered_names(shuffled)
    return [name.removesuffix(".png") for name in told.names], told.doubt


@pytest.mark.parametrize(
    "stems",
    [
        ("z-50", "z-10", "z0", "z40"),
        ("z-50", "z-10", "z+0", "z+40"),
        ("-20", "-10", "-5"),
        ("a_-20_um", "a_-10_um", "a_-5_um"),
        ("z=-1.5", "z=-1.25", "z=-0.5"),
        ("0", "0.25", "0.5", "1", "10"),
        ("f 0,25 m", "f 0,5 m", "f 1 m"),
        ("stack_0.25_x", "stack_0.5_x", "stack_1.0_x"),
        ("IMG2", "img9", "Img10"),
        ("img-001", "img-002", "img-010"),
        ("2024-11-30_12-00-01_0007", "2024-11-30_12-00-02_0008", "2024-11-30_12-00-10_0009"),
    ],
    ids=lambda stems: " ".join(stems),
)
def test_names_of_one_pattern_are_ordered_by_their_number_without_a_doubt(stems):
    assert order_of(*stems) == (list(stems), "")


@pytest.mark.parametrize(
    ("stems", "doubt"),
    [
        (("img-1", "img-2", "img-10"), "the dash in the names is taken for a hyphen"),
        (("v1.8", "v1.9", "v1.10"), "taken for counts"),
        (("01_z40", "02_z0", "03_z7"), "the first counts, another gives another order"),
    ],
)
def test_where_two_patterns_fit_it_is_said(stems, doubt):
    order, said = order_of(*stems)
    assert order == list(stems)
    assert doubt in said


def test_names_of_several_patterns_stay_in_natural_order():
    assert order_of("left10", "img2b", "img1", "img.1") == (["img1", "img2b", "img.1", "left10"], "")


def test_a_number_longer_than_python_converts():
    big, small = "9" * 5000, "1" + "0" * 5000
    assert order_of(big, small)[0] == [big, small]


@given(st.lists(st.decimals(-1000, 1000, places=2), unique=True, min_size=2, max_size=9), st.randoms())
def test_signed_decimals_are_ordered_by_value(values, shuffler):
    shuffled = [f"z_{value}.tif" for value in values]
    shuffler.shuffle(shuffled)
    assert list(ordered_names(shuffled).names) == [f"z_{value}.tif" for value in sorted(values)]


@given(st.lists(NAMES, unique=True, min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_order_is_total_and_does_not_depend_on_the_listing(listed, shuffler):
    shuffled = list(listed)
    shuffler.shuffle(shuffled)
    assert ordered_names(shuffled) == ordered_names(listed)
    assert sorted(ordered_names(shuffled).names) == sorted(listed)
