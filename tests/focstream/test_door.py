import ast
import importlib
import inspect
import json
import re
import subprocess
import sys
from pathlib import Path
from types import FunctionType

import pytest
from pydantic import BaseModel

import focstream
import run_pipeline
from focstream.errors import FocstreamError

STUB = Path(focstream.__file__).with_suffix(".pyi")
HEAVY = ("cv2", "harvesters", "genicam", "serial", "mcap", "onnxruntime", "openvino", "torch")
MOST_MODULES = 430
MODULES_BY_NAME = "import json, sys; {}; print(json.dumps(sorted(sys.modules)))"


def modules_after(statement: str) -> list[str]:
    """Modules that a fresh interpreter has loaded after a statement."""
    told = subprocess.run(
        [sys.executable, "-c", MODULES_BY_NAME.format(statement)], capture_output=True, text=True, check=True
    )
    modules: list[str] = json.loads(told.stdout)
    return modules


def stub_names() -> dict[str, str | None]:
    """Every name that the stub offers, and the module it comes from; None where it is written out."""
    names: dict[str, str | None] = {}
    for node in ast.parse(STUB.read_text()).body:
        if isinstance(node, ast.ImportFrom):
            # `import X as X` is what a stub offers; a plain import is for itself alone
            names |= {name.name: node.module for name in node.names if name.asname == name.name}
        elif isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
            names[node.name] = None
    return names


def written_out(name: str) -> ast.AST:
    return next(node for node in ast.parse(STUB.read_text()).body if getattr(node, "name", None) == name)


def test_reading_a_stream_loads_no_device_no_pictures_and_no_engine() -> None:
    modules = modules_after("from focstream import DepthStream")
    print(f"{len(modules)} modules after `from focstream import DepthStream`")  # noqa: T201
    assert "publish.wire.depth_stream" in modules
    assert [name for name in modules if name.partition(".")[0] in HEAVY] == []
    assert len(modules) <= MOST_MODULES


def test_the_door_itself_loads_nothing_but_the_version() -> None:
    modules = modules_after("import focstream")
    assert [name for name in modules if name.startswith("focstream.")] == ["focstream.version"]
    assert "numpy" not in modules


@pytest.mark.parametrize("name", focstream.__all__)
def test_every_name_resolves(name: str) -> None:
    value = getattr(focstream, name)
    home = focstream._HOMES.get(name, "focstream.version")
    assert value is getattr(sys.modules[home], name)
    if isinstance(value, type | FunctionType):
        assert value.__module__ == home


def test_the_stub_offers_what_the_table_does() -> None:
    written = {name: home or "run_pipeline" for name, home in stub_names().items()}
    assert written == {name: focstream._HOMES.get(name, "focstream.version") for name in focstream.__all__}


def test_the_stub_has_the_options_as_they_are() -> None:
    stub = written_out("Options")
    assert isinstance(stub, ast.ClassDef)
    assert [ast.unparse(base) for base in stub.bases] == [
        base.__name__ for base in run_pipeline.Options.__bases__
    ]
    written = {ast.unparse(field.target) for field in stub.body if isinstance(field, ast.AnnAssign)}
    inherited = set().union(*(base.model_fields for base in run_pipeline.Options.__bases__))
    assert written == set(run_pipeline.Options.model_fields) - inherited


def test_the_stub_has_open_depth_as_it_is() -> None:
    source = ast.parse(Path(run_pipeline.__file__).read_text())
    made = next(node for node in source.body if getattr(node, "name", None) == "open_depth")
    stub = written_out("open_depth")
    assert isinstance(made, ast.FunctionDef)
    assert isinstance(stub, ast.FunctionDef)
    assert stub.args.kwarg is not None
    assert made.args.kwarg is not None
    assert ast.unparse(stub.args.kwarg) == "changes: Unpack[_Changes]"
    stub.args.kwarg.annotation = made.args.kwarg.annotation
    assert ast.unparse(stub.args) == ast.unparse(made.args)


def keyword_type(name: str, written: str) -> str:
    """What type checkers accept for an option: settings within as a mapping too, and paths as text."""
    kind = run_pipeline.Options.model_fields[name].annotation
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return f"{written} | Mapping[str, object]" + (" | str | Path" if name == "record" else "")
    if written.startswith("tuple[Path"):
        return "Sequence[str | Path]"
    return re.sub(r"\bPath\b", "str | Path", written)


def test_the_stub_knows_every_keyword_of_open_depth_and_its_type() -> None:
    expected = {}
    for model in (*run_pipeline.Options.__bases__, run_pipeline.Options):
        (made,) = ast.parse(inspect.getsource(model)).body
        assert isinstance(made, ast.ClassDef)
        for field in made.body:
            if isinstance(field, ast.AnnAssign):
                name = ast.unparse(field.target)
                expected[name] = keyword_type(name, ast.unparse(field.annotation))
    for name in run_pipeline.FOR_THE_COMMAND_LINE:
        del expected[name]
    stub = written_out("_Changes")
    assert isinstance(stub, ast.ClassDef)
    fields = [field for field in stub.body if isinstance(field, ast.AnnAssign)]
    assert {ast.unparse(field.target): ast.unparse(field.annotation) for field in fields} == expected


def test_type_checkers_see_a_wrong_keyword() -> None:
    """mypy checks this file: an ignore that is not needed is an error."""
    with pytest.raises(FocstreamError, match="sweps"), focstream.open_depth(sweps=3):  # type: ignore[call-arg]
        pass
    with pytest.raises(FocstreamError, match="rate"), focstream.open_depth(rate="fast"):  # type: ignore[arg-type]
        pass
    with (
        pytest.raises(FocstreamError, match="nowhere"),
        focstream.open_depth(replay="nowhere", sim={"width_px": 320}, sweep=focstream.SweepConfig(slots=4)),
    ):
        pass


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'focstream' has no attribute 'DepthSteam'"):
        _ = focstream.DepthSteam  # type: ignore[attr-defined]


def test_the_names_are_listed() -> None:
    assert dir(focstream) == sorted(focstream.__all__)


def test_every_error_that_may_reach_a_user_can_be_caught_by_name() -> None:
    for name in focstream.__all__:
        if name.endswith("Error"):
            getattr(focstream, name)
    for name in ("engines.choice.choose", "capture.open_source", "calibration.__main__", "training.__main__"):
        importlib.import_module(name)
    leaves = {error for error in FocstreamError.__subclasses__() if not error.__module__.startswith("tests")}
    assert {error.__name__ for error in leaves} <= set(focstream.__all__)
