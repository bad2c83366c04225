import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from focstream.files.toml_depth import toml_depth


@pytest.mark.parametrize(
    ("text", "depth"),
    [
        ("a = 1", 0),
        ("a = [[1.5, 2.5], [3.25]]", 3),  # the point of a number counts, too
        ("a.b.c = 1", 2),
        ("[a.b]\nc = {d.e = 1}", 2),
        ('a = \'[[[[\' # [[[[\nb = "[\\"["', 0),
        ('a = """[[[\n"[[ """\nb = [1]', 1),
        ("a = [1.5, 2.5,\n 3.5]", 2),
    ],
)
def test_depth(text: str, depth: int) -> None:
    assert toml_depth(text) == depth
    tomllib.loads(text)


@given(st.integers(1, 30), st.integers(1, 30))
def test_it_is_never_less_than_the_depth_of_what_is_parsed(tables: int, arrays: int) -> None:
    text = f"{'.'.join('k' * tables)} = {'[' * arrays}{']' * arrays}"
    assert toml_depth(text) >= max(tables - 1, arrays)


def test_a_quote_that_is_never_closed_ends_the_search() -> None:
    assert toml_depth('a = "' + "\\" * 10 + '"\n[[[[') <= 4
