"""The model that choices lead to."""

import logging
from pathlib import Path

import pytest

from engines.choice.choose import candidates, make_model
from engines.choice.fastest import open_fastest
from engines.errors import EngineError, NoDeviceError
from engines.graphs.folder import read_graphs, shipped_graphs
from engines.processor import bf16_is_quicker, torch_has_bf16
from engines.runners import RUNNERS, RunnerInputs
from engines.tensorrt.cuda_memory import has_nvidia_device
from engines.weights_file import save_network
from engines.weights_info import WeightsInfo, shipped_weights
from focstream.types import InputError
from inference.config import InferenceConfig
from inference.network.config import NetworkConfig
from inference.network.network import FocDepthFormer
from tests.bf16 import NEEDS_TORCH_BF16

WITHOUT_GPU = pytest.mark.skipif(has_nvidia_device(), reason="needs a computer without an NVIDIA GPU")
TINY = NetworkConfig(fine=6, mid=6, tokens=8, layers=1, heads=2, groups=2)


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.safetensors"
    info = WeightsInfo(name="tiny", config=TINY, sigma_per_scale=1.3)
    save_network(path, FocDepthFormer(TINY), info)
    return path


@pytest.mark.parametrize("engine", ["auto", "opencv"])
def test_the_classical_model_is_computed_by_opencv(engine: str) -> None:
    model = make_model(InferenceConfig(model="sharpness", engine=engine))
    assert (model.name, model.engine) == ("sharpness", "opencv")


@pytest.mark.parametrize("precision", ["f32", pytest.param("bf16", marks=NEEDS_TORCH_BF16)])
def test_own_weights_by_torch(weights: Path, precision: str) -> None:
    model = make_model(InferenceConfig(weights=weights, engine="torch", precision=precision))
    assert (model.name, model.engine) == ("tiny", f"torch {precision}")


@pytest.mark.by_processor
@pytest.mark.parametrize("engine", ["torch", "openvino"])
def test_bfloat16_is_refused_where_it_is_slow(engine: str) -> None:
    choices = InferenceConfig(engine=engine, precision="bf16")
    if torch_has_bf16():
        assert make_model(choices).engine == f"{engine} bf16"
    else:
        with pytest.raises(EngineError, match=rf"^{engine} bf16: this processor .* use --precision f32$"):
            make_model(choices)


@pytest.mark.by_processor
def test_the_network_is_the_default_and_comes_with_its_weights() -> None:
    model = make_model(InferenceConfig())
    assert model.name == "small"
    assert model.engine.split()[0] in ("openvino", "onnxruntime")


def test_a_network_without_weights_of_its_own_says_what_to_do(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engines.graphs.folder.SHIPPED", tmp_path)
    with pytest.raises(
        InputError, match=r"--model tiny: its weights .* training distil .* --model small"
    ) as told:
        make_model(InferenceConfig(model="tiny"))
    assert "\n" not in str(told.value)
    assert make_model(InferenceConfig(model="tiny", weights=weights, engine="torch")).name == "tiny"


@pytest.mark.parametrize(
    ("choices", "remedy"),
    [
        ({"model": "sharpness", "engine": "torch"}, "leave out --engine"),
        ({"model": "sharpness", "precision": "f32"}, "--precision: for the network"),
        ({"model": "sharpness", "weights": Path("a.safetensors")}, "--weights: for the network"),
        ({"engine": "opencv"}, "--model sharpness"),
        ({"fill": True}, "--model sharpness"),
        ({"model": "auto", "scale": 0.5}, "leave --scale 0.5 out"),
        ({"rate_at_least": 5.0}, "is for --model auto"),
    ],
)
def test_choices_that_do_not_go_together_are_refused(choices: dict[str, object], remedy: str) -> None:
    with pytest.raises(InputError, match=remedy):
        make_model(InferenceConfig(**choices))


def test_own_weights_are_not_given_to_an_engine_that_needs_graphs(weights: Path) -> None:
    with pytest.raises(InputError, match="leave out --engine openvino"):
        make_model(InferenceConfig(weights=weights, engine="openvino"))


@pytest.mark.parametrize(
    ("engine", "precision", "names"),
    [
        (
            "auto",
            "f32",
            (
                "tensorrt f32",
                "torch cuda f32",
                "onnxruntime cuda f32",
                "openvino f32",
                "onnxruntime f32",
                "torch f32",
            ),
        ),
        ("auto", "f16", ("tensorrt f16", "torch cuda f16")),
        ("tensorrt", "auto", ("tensorrt f16", "tensorrt f32")),
        ("auto", "bf16", ("torch cuda bf16", "openvino bf16", "torch bf16")),
        ("openvino", "auto", ("openvino bf16", "openvino f32")),
        ("onnxruntime", "auto", ("onnxruntime cuda f32", "onnxruntime f32")),
        ("torch", "auto", ("torch cuda f16", "torch cuda f32", "torch f32", "torch bf16")),
    ],
)
def test_the_fastest_that_fits_comes_first(engine: str, precision: str, names: tuple[str, ...]) -> None:
    if precision == "auto" and not bf16_is_quicker():
        names = tuple(name for name in names if not name.endswith("bf16"))
    assert candidates(engine, precision) == names


def test_an_engine_without_the_precision_is_refused() -> None:
    with pytest.raises(EngineError, match="onnxruntime does not compute in bf16"):
        candidates("onnxruntime", "bf16")


@pytest.mark.parametrize(
    ("engine", "names"),
    [
        ("auto", ("tensorrt f32", "torch cuda f32", "onnxruntime cuda f32")),
        ("torch", ("torch cuda f32",)),
        ("onnxruntime", ("onnxruntime cuda f32",)),
    ],
)
def test_a_device_that_is_named_leaves_no_processor(engine: str, names: tuple[str, ...]) -> None:
    assert candidates(engine, "f32", 0) == names


def test_an_engine_of_processors_takes_no_device() -> None:
    with pytest.raises(EngineError, match="openvino does not compute on NVIDIA GPUs; leave out --device 1"):
        candidates("openvino", "auto", 1)
    with pytest.raises(InputError, match="leave out --device"):
        make_model(InferenceConfig(model="sharpness", device=0))


@WITHOUT_GPU
@pytest.mark.parametrize("choices", [{"precision": "f16"}, {"device": 0}])
def test_own_weights_are_not_computed_by_anything_else_than_asked(
    weights: Path, choices: dict[str, object]
) -> None:
    with pytest.raises(EngineError, match=r"^torch cuda f16.*: this computer has no NVIDIA GPU") as told:
        make_model(InferenceConfig(weights=weights, **choices))
    assert "\n" not in str(told.value)


@WITHOUT_GPU
def test_without_a_gpu_nobody_hears_of_one(weights: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        make_model(InferenceConfig(weights=weights, engine="torch"))
        make_model(InferenceConfig())
    assert "GPU" not in caplog.text


def test_why_a_faster_engine_is_not_used_is_told(caplog: pytest.LogCaptureFixture) -> None:
    def cannot(inputs: RunnerInputs) -> None:
        raise EngineError("needs another processor")

    graphs = read_graphs(shipped_graphs("small"))
    inputs = RunnerInputs(graphs=graphs, weights=shipped_weights("small"))
    runners = {"quick": cannot, "onnxruntime f32": RUNNERS["onnxruntime f32"]}
    with caplog.at_level(logging.INFO):
        assert open_fastest(tuple(runners), inputs, runners).engine == "onnxruntime f32"
    assert "quick: needs another processor" in caplog.text
    with pytest.raises(EngineError, match="quick: needs another processor"):
        open_fastest(("quick",), inputs, runners)


def test_that_a_device_is_not_there_is_logged_as_a_detail(caplog: pytest.LogCaptureFixture) -> None:
    def without_device(inputs: RunnerInputs) -> None:
        raise NoDeviceError("there is no such GPU")

    graphs = read_graphs(shipped_graphs("small"))
    inputs = RunnerInputs(graphs=graphs, weights=shipped_weights("small"))
    runners = {"other f32": without_device, "onnxruntime f32": RUNNERS["onnxruntime f32"]}
    with caplog.at_level(logging.DEBUG):
        open_fastest(tuple(runners), inputs, runners)
        assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
            ("DEBUG", "not used: other f32: there is no such GPU")
        ]
