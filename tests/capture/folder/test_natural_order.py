import string

from hypothesis import given
from hypothesis import strategies as st

from capture.folder.natural_order import natural_key

names = st.text(string.ascii_letters + string.digits + "._- é²٣", min_size=1, max_size=12)


def in_order(*given_names):
    return sorted(given_names, key=natural_key)


def test_numbers_compare_by_value():
    assert in_order("img10.png", "img2.png", "img1.png") == ["img1.png", "img2.png", "img10.png"]


def test_case_does_not_count():
    assert in_order("IMG3.png", "img1.png", "Img2.png") == ["img1.png", "Img2.png", "IMG3.png"]


def test_a_name_without_a_number_comes_first():
    assert in_order("img1.png", "img.png") == ["img.png", "img1.png"]


def test_leading_zeros_change_nothing_but_ties():
    assert in_order("a010.png", "a9.png", "a1.png", "a01.png") == ["a01.png", "a1.png", "a9.png", "a010.png"]


def test_a_number_longer_than_python_converts():
    assert in_order("9" * 5000, "1" + "0" * 5000) == ["9" * 5000, "1" + "0" * 5000]


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.sampled_from(["", "a", "IMG_", "x1_"]))
def test_order_of_numbered_files_is_that_of_the_numbers(one, other, prefix):
    first, second = (f"{prefix}{number}.jpg" for number in sorted((one, other)))
    assert natural_key(first) <= natural_key(second)


@given(st.lists(names, unique=True, max_size=8), st.randoms(use_true_random=False))
def test_order_is_total_and_does_not_depend_on_the_listing(listed, random):
    shuffled = list(listed)
    random.shuffle(shuffled)
    assert in_order(*shuffled) == in_order(*listed)
