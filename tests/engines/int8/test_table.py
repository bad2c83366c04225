"""The table is of one file of weights, and says so; what int8 cannot use is one clear line."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engines.choice.choose import candidates, make_model
from engines.choice.faster import choices
from engines.errors import EngineError
from engines.graphs.folder import Graphs, read_graphs, shipped_graphs
from engines.int8.table import RANGES, LayerRange, int8_is_as_good, ranges_key, read_ranges, write_ranges
from engines.openvino.runner import OpenVinoRunner
from engines.processor import bf16_is_quicker, int8_is_quicker
from focstream.types import FocstreamError
from inference.config import InferenceConfig


@pytest.fixture
def graphs(tmp_path: Path) -> Graphs:
    """The shipped ones, in a folder that may be changed."""
    return read_graphs(Path(shutil.copytree(shipped_graphs("small"), tmp_path / "small")))


def changed(graphs: Graphs, **values: object) -> Path:
    path = graphs.folder / RANGES
    path.write_text(json.dumps(json.loads(path.read_text()) | values))
    return path


def test_the_shipped_table_is_of_the_shipped_weights_and_as_good() -> None:
    graphs = read_graphs(shipped_graphs("small"))
    table = read_ranges(graphs)
    assert table.is_as_good(7)
    assert table.is_as_good(8)
    assert int8_is_as_good(graphs)
    assert sum(one is not None for one in table.layers.values()) > 25


def test_a_table_comes_back_as_it_was_written(graphs: Graphs) -> None:
    table = read_ranges(graphs)
    (graphs.folder / RANGES).unlink()
    assert write_ranges(graphs, table).name == RANGES
    assert read_ranges(graphs) == table


def removed(graphs: Graphs) -> None:
    (graphs.folder / RANGES).unlink()


def of_other_weights(graphs: Graphs) -> None:
    changed(graphs, weights_sha256="0" * 64)


def no_json(graphs: Graphs) -> None:
    (graphs.folder / RANGES).write_bytes(b"\xff ranges")


def upside_down(graphs: Graphs) -> None:
    changed(graphs, layers={"0": {"low": 0.0, "high": 0.0}})


def of_another_version(graphs: Graphs) -> None:
    changed(graphs, format="focstream-ranges/9")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (removed, "is not there, and int8 needs it"),
        (of_other_weights, "is of other weights"),
        (no_json, "is no table of activation ranges"),
        (upside_down, "is no table of activation ranges"),
        (of_another_version, "expected the format"),
    ],
)
def test_what_cannot_serve_is_refused_in_one_line(
    spoil: Callable[[Graphs], None], words: str, graphs: Graphs
) -> None:
    spoil(graphs)
    with pytest.raises(FocstreamError) as told:
        OpenVinoRunner(graphs, precision="int8", threads=1)
    line = str(told.value)
    assert "\n" not in line
    assert line.startswith(f"{graphs.folder / RANGES}: {words}")
    assert line.endswith(f"make it with python -m engines quantise --graphs {graphs.folder}")
    assert not int8_is_as_good(graphs)


def test_what_changes_depth_changes_the_key_and_nothing_else_does(graphs: Graphs) -> None:
    table = read_ranges(graphs)
    digest, found = next((name, one) for name, one in table.layers.items() if one is not None)
    wider = LayerRange(low=found.low, high=2.0 * found.high)
    key = ranges_key(table.layers, weight_bits=8)
    assert ranges_key(table.layers | {digest: wider}, weight_bits=8) != key
    assert ranges_key(table.layers, weight_bits=7) != key
    assert ranges_key(dict(reversed(table.layers.items())), weight_bits=8) == key


def test_the_error_of_the_bits_that_this_processor_takes_counts(
    graphs: Graphs, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = read_ranges(graphs).f32_error
    for seven, eight, is_good in (
        (1.06, 1.04, (False, True)),
        (1.04, 1.06, (True, False)),
        (1, None, (True, False)),
    ):
        changed(graphs, int8_error_7_bits=seven * error, int8_error_8_bits=eight and eight * error)
        for bits, expected in zip((7, 8), is_good, strict=True):
            monkeypatch.setattr("engines.int8.table.int8_weight_bits", lambda bits=bits: bits)
            assert int8_is_as_good(graphs) is expected


@pytest.mark.parametrize(
    ("eight", "words"),
    [(None, "nobody has measured how good it is with weights of 8 bits"), (2.0, "its error is")],
)
def test_int8_that_is_not_known_to_be_as_good_is_said_once(
    graphs: Graphs,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    eight: float | None,
    words: str,
) -> None:
    caplog.set_level("INFO")
    changed(graphs, int8_error_8_bits=eight)
    for module in ("engines.int8.table", "engines.openvino.runner"):
        monkeypatch.setattr(f"{module}.int8_weight_bits", lambda: 8)
    assert [int8_is_as_good(graphs) for _ in range(3)] == [False] * 3
    for _ in range(2):
        OpenVinoRunner(graphs, precision="int8", threads=1)
    said = [
        (record.levelname, record.getMessage()) for record in caplog.records if words in record.getMessage()
    ]
    assert [level for level, _ in said] == ["INFO", "WARNING"]
    assert said[0][1].startswith("not used: openvino int8: ")
    assert all("python -m engines quantise" in line for _, line in said)


@pytest.mark.by_processor
def test_it_is_chosen_by_itself_only_where_it_is_quicker_and_as_good(graphs: Graphs) -> None:
    chosen = [
        name for name in candidates("auto", "auto", graphs=lambda: graphs) if name.startswith("openvino")
    ]
    expected = ["openvino int8"] * int8_is_quicker() + ["openvino f32"]
    assert chosen == ["openvino bf16"] * bf16_is_quicker() + expected
    assert "openvino int8" not in candidates("auto", "auto")
    too_large = 1.06 * read_ranges(graphs).f32_error
    changed(graphs, int8_error_7_bits=too_large, int8_error_8_bits=too_large)
    assert "openvino int8" not in candidates("auto", "auto", graphs=lambda: graphs)
    assert candidates("auto", "int8", graphs=lambda: graphs) == ("openvino int8",)
    removed(graphs)
    assert "openvino int8" not in candidates("openvino", "auto", graphs=lambda: graphs)


def test_where_nobody_knows_whether_it_is_quicker_it_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    def flags(**options: Any) -> list[str]:
        return [choice.flags for choice in choices(InferenceConfig(**options))]

    monkeypatch.setattr("engines.choice.faster.int8_is_quicker", lambda: False)
    assert flags()[:2] == ["--model small", "--model small --precision int8"]
    for options in ({"precision": "f32"}, {"engine": "onnxruntime"}, {"precision": "int8"}, {"device": 0}):
        assert "--model small --precision int8" not in flags(**options)
    monkeypatch.setattr("engines.choice.faster.int8_is_quicker", lambda: True)
    assert "--model small --precision int8" not in flags()  # "--model small" is that already


def test_it_can_be_asked_for() -> None:
    model = make_model(InferenceConfig(precision="int8"))
    assert (model.name, model.engine) == ("small", "openvino int8")
    with pytest.raises(EngineError, match="onnxruntime does not compute in int8"):
        make_model(InferenceConfig(engine="onnxruntime", precision="int8"))
