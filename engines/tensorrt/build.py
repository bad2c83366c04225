"""Makes a plan from an ONNX graph: what TensorRT runs on one kind of GPU."""

from collections.abc import Mapping
from typing import Any

from engines.errors import EngineError
from engines.tensorrt.package import Messages, TensorRt
from engines.tensorrt.timing_cache import TimingCache

Shapes = Mapping[str, tuple[int, ...]]
TARGETS = ("sm_75", "sm_80", "sm_86", "sm_89", "sm_120", "sm_121")
"""Compute capabilities that TensorRT for RTX builds for."""
_ANY = -1


def build_plan(
    tensorrt: TensorRt,
    model: bytes,
    *,
    shapes: Shapes,
    capability: str,
    timings: TimingCache | None = None,
) -> bytes:
    """Build the plan of a graph; this takes seconds to minutes.

    Precision is that of the graph: networks are strongly typed, and products of float32 numbers are not
    rounded to TF32.

    Parameters
    ----------
    tensorrt
        Full TensorRT builds for the GPU that is there; TensorRT for RTX needs none.
    model
        Serialized ONNX.
    shapes
        Of all inputs; the plan takes these and no others.
    capability
        Such as "sm_89".
    timings
        What was measured in other builds, for this one, and the other way round; None = all is measured anew.

    Raises
    ------
    EngineError
        When the graph or the GPU is not one that it supports.
    """
    trt = tensorrt.module
    messages = Messages(trt)
    builder = tensorrt.made(trt.Builder)
    network = builder.create_network(_strongly_typed(trt))
    _parse(trt, network, model, messages)
    _fix_shapes(tensorrt, network, shapes)
    config = builder.create_builder_config()
    config.clear_flag(trt.BuilderFlag.TF32)
    if tensorrt.portable:
        _aim(trt, config, capability)
        config.set_flag(trt.BuilderFlag.REQUIRE_USER_ALLOCATION)  # what is allocated in a run is not recorded
    measured = None if timings is None or tensorrt.portable else timings.attach(config)
    plan = builder.build_serialized_network(network, config)
    if plan is None:
        said = messages.take("no reason given")
        raise EngineError(f"{tensorrt.name} {tensorrt.version}: cannot build for {capability} ({said})")
    if timings is not None and measured is not None:
        timings.keep(measured)
    return bytes(plan)


def require_target(capability: str) -> None:
    """Refuse a GPU that TensorRT for RTX does not know."""
    if capability not in TARGETS:
        raise EngineError(
            f"TensorRT for RTX builds for {', '.join(TARGETS)}, not for {capability}; install tensorrt"
        )


def _strongly_typed(trt: Any) -> int:  # noqa: ANN401
    """Return the flag that TensorRT 10 needs; later versions know no other networks, and may drop it."""
    flag = getattr(trt.NetworkDefinitionCreationFlag, "STRONGLY_TYPED", None)
    return 0 if flag is None else 1 << int(flag)


def _parse(trt: Any, network: Any, model: bytes, messages: Messages) -> None:  # noqa: ANN401
    parser = trt.OnnxParser(network, messages.logger)
    if not parser.parse(model):
        errors = [parser.get_error(index) for index in range(parser.num_errors)]
        said = "; ".join(f"{error.node_operator()}: {error.desc()}" for error in errors)
        raise EngineError(f"{trt.__name__}: does not understand the graph ({' '.join(said.split())})")


def _aim(trt: Any, config: Any, capability: str) -> None:  # noqa: ANN401
    require_target(capability)
    config.num_compute_capabilities = 1
    target = getattr(trt.ComputeCapability, capability.replace("sm_", "SM"))
    if not config.set_compute_capability(target, 0):
        raise EngineError(f"{trt.__name__}: refuses to build for {capability}; choose another target")


def _fix_shapes(tensorrt: TensorRt, network: Any, shapes: Shapes) -> None:  # noqa: ANN401
    """Give every input its size, so that all sizes inside are constants, too."""
    inputs = [network.get_input(index) for index in range(network.num_inputs)]
    for each in inputs:
        wanted, found = shapes.get(each.name), tuple(each.shape)
        if wanted is None or not _fits(wanted, found):
            raise EngineError(f"{tensorrt.name}: {each.name} is {found} in the graph, and cannot be {wanted}")
        each.shape = wanted


def _fits(wanted: tuple[int, ...], found: tuple[int, ...]) -> bool:
    return len(wanted) == len(found) and all(
        other in (_ANY, one) for one, other in zip(wanted, found, strict=True)
    )
