"""A folder of exported graphs: what is in it, and that it is whole. Needs neither torch nor onnx."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from engines.graphs.packed import Piece, pack, unpack
from engines.graphs.state_layout import (
    COORDINATES,
    IMAGES,
    MAPS,
    TensorSpec,
    feature_tensors,
    map_shapes,
    state_tensors,
)
from engines.image_size import MOST_PX
from engines.weights_info import MOST_SIGMA_PER_SCALE, SHIPPED, WEIGHTS, WeightsInfo
from focstream.files.limits import GRAPH_BYTES, JSON_BYTES
from focstream.files.user_file import read_file
from focstream.files.writing import write_whole, writing
from focstream.frozen_model import FrozenModel
from focstream.program.toml_file import first_problem
from focstream.types import InputError
from inference.network.config import PATCH_PX, NetworkConfig

FORMAT = "focstream-graphs/2"
MANIFEST = "graphs.json"
OPSET = 20

Shapes = dict[str, tuple[int, ...]]
_AGAIN = "make the graphs again with python -m engines export"


class GraphPart(StrEnum):
    """A part of the network that is a graph of its own; the value names its file.

    `ADVANCE`, encode and update in one, is no file: who wants it makes it of the two.
    """

    ENCODE = "encode"
    UPDATE = "update"
    DECODE = "decode"
    STEP = "step"
    ADVANCE = "advance"


EXPORTED = (GraphPart.ENCODE, GraphPart.UPDATE, GraphPart.DECODE, GraphPart.STEP)


_Side = Annotated[int, Field(ge=PATCH_PX, le=MOST_PX, multiple_of=PATCH_PX)]


class _Manifest(FrozenModel):
    format: str
    weights_sha256: str
    name: str
    config: NetworkConfig
    sigma_per_scale: float = Field(gt=0, le=MOST_SIGMA_PER_SCALE)
    size_px: tuple[_Side, _Side] | None
    graph_sha256: dict[GraphPart, str]
    pieces: dict[GraphPart, tuple[Piece, ...]] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Graphs:
    """Exported graphs of one network.

    Attributes
    ----------
    folder
        Where they lie.
    info, weights_digest
        Of the weights they hold, and the SHA-256 of the file these are from.
    size_px
        (height, width) that they are fixed to; None = any multiple of 16.
    digest
        SHA-256 of the graphs together: the same graphs, the same digest.
    parts
        Those that are there.
    """

    folder: Path
    info: WeightsInfo
    weights_digest: str
    size_px: tuple[int, int] | None
    digest: str
    parts: frozenset[GraphPart]

    def read(self, part: GraphPart) -> bytes:
        """Return the ONNX graph of a part, which is what was checked.

        Raises
        ------
        InputError
            When the folder does not list it, or was changed since.
        """
        if part not in self.parts:
            raise InputError(f"{self.folder}: {MANIFEST} lists no graph {part.value}; {_AGAIN}")
        return _read_graph(self.folder, part, _read_manifest(self.folder / MANIFEST))

    def require(self, shape: tuple[int, int, int]) -> None:
        """Refuse a shape (B, H, W) that the graphs are not for."""
        if self.size_px is not None and shape != (1, *self.size_px):
            height_px, width_px = self.size_px
            raise InputError(
                f"{self.folder}: made for single images of {width_px}x{height_px}, not for {shape[0]} of "
                f"{shape[2]}x{shape[1]}; export it without --size"
            )

    def input_shapes(self, part: GraphPart, shape: tuple[int, int, int]) -> Shapes:
        """Return the shape of every input of a part, by name, for padded images of `shape` (B, H, W)."""
        images: Shapes = {IMAGES: (*shape, 3)}
        coordinates: Shapes = {COORDINATES: shape[:1]}
        features = _shapes(feature_tensors(self.info.config), shape)
        state = _shapes(state_tensors(self.info.config), shape)
        match part:
            case GraphPart.ENCODE:
                return images | coordinates
            case GraphPart.UPDATE:
                return coordinates | features | state
            case GraphPart.DECODE:
                return state
            case GraphPart.STEP | GraphPart.ADVANCE:
                return images | coordinates | state

    def output_shapes(self, part: GraphPart, shape: tuple[int, int, int]) -> Shapes:
        """Return the shape of every output of a part, as `input_shapes` does of the inputs."""
        maps = dict(zip(MAPS, map_shapes(shape), strict=True))
        following = {spec.next_name: spec.shape(*shape) for spec in state_tensors(self.info.config)}
        match part:
            case GraphPart.ENCODE:
                return _shapes(feature_tensors(self.info.config), shape)
            case GraphPart.UPDATE | GraphPart.ADVANCE:
                return following
            case GraphPart.DECODE:
                return maps
            case GraphPart.STEP:
                return maps | following


def shipped_graphs(name: str) -> Path:
    """Return the folder of graphs that come with the package, for weights of this name."""
    return SHIPPED / name


def is_shipped(name: str) -> bool:
    """Return whether a network of this name comes with the package."""
    return (shipped_graphs(name) / MANIFEST).exists()


def require_shipped(name: str) -> None:
    """Refuse a network that does not come with the package.

    Raises
    ------
    InputError
        When it does not.
    """
    if not is_shipped(name):
        raise InputError(
            f"--model {name}: its weights do not come with this version; train them with "
            "python -m training distil and give them with --weights, or take --model small"
        )


def write_graphs(
    folder: Path,
    graphs: Mapping[GraphPart, bytes],
    *,
    info: WeightsInfo,
    weights_digest: str,
    size_px: tuple[int, int] | None,
    weights: bytes | None = None,
) -> Graphs:
    """Write the graphs, and last the list of them: a folder that was not finished cannot be read.

    With `weights`, a whole .safetensors file, it is written beside them, and they without its numbers.

    Raises
    ------
    InputError
        When a file cannot be written.
    """
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MANIFEST).unlink(missing_ok=True)
    pieces: dict[GraphPart, tuple[Piece, ...]] = {}
    if weights is not None:
        write_whole(folder / WEIGHTS, weights)
    for part, graph in graphs.items():
        literal = graph
        if weights is not None:
            pieces[part], literal = pack(graph, weights)
        write_whole(_file(folder, part, packed=weights is not None), literal)
    manifest = _Manifest(
        format=FORMAT,
        weights_sha256=weights_digest,
        name=info.name,
        config=info.config,
        sigma_per_scale=info.sigma_per_scale,
        size_px=size_px,
        graph_sha256={part: hashlib.sha256(graph).hexdigest() for part, graph in graphs.items()},
        pieces=pieces,
    )
    text = manifest.model_dump_json() if pieces else manifest.model_dump_json(indent=1, exclude={"pieces"})
    write_whole(folder / MANIFEST, f"{text}\n".encode())
    return read_graphs(folder)


def read_graphs(folder: Path) -> Graphs:
    """Read what is in a folder of graphs, and check every file against its digest.

    Raises
    ------
    InputError
        When a file is missing or damaged, or the folder is of another version.
    """
    manifest = _read_manifest(folder / MANIFEST)
    for part in manifest.graph_sha256:
        _read_graph(folder, part, manifest)
    together = "".join(f"{part}:{digest};" for part, digest in sorted(manifest.graph_sha256.items()))
    return Graphs(
        folder=folder,
        info=WeightsInfo(
            name=manifest.name, config=manifest.config, sigma_per_scale=manifest.sigma_per_scale
        ),
        weights_digest=manifest.weights_sha256,
        size_px=manifest.size_px,
        digest=hashlib.sha256(together.encode()).hexdigest(),
        parts=frozenset(manifest.graph_sha256),
    )


def _shapes(specs: Iterable[TensorSpec], shape: tuple[int, int, int]) -> Shapes:
    return {spec.name: spec.shape(*shape) for spec in specs}


def _file(folder: Path, part: GraphPart, *, packed: bool) -> Path:
    return folder / (f"{part.value}.onnx.rest" if packed else f"{part.value}.onnx")


def _read_manifest(path: Path) -> _Manifest:
    try:
        manifest = _Manifest.model_validate_json(read_file(path, most_bytes=JSON_BYTES, remedy=_AGAIN))
    except ValidationError as error:
        raise InputError(f"{path}: is no list of graphs ({first_problem(error)}); {_AGAIN}") from None
    if manifest.format != FORMAT:
        raise InputError(f"{path}: expected the format {FORMAT}, found {manifest.format}; {_AGAIN}")
    return manifest


def _read_graph(folder: Path, part: GraphPart, manifest: _Manifest) -> bytes:
    pieces = manifest.pieces.get(part)
    path = _file(folder, part, packed=pieces is not None)
    graph = _read(path)
    if pieces is not None:
        try:
            graph = unpack(pieces, graph, _read(folder / WEIGHTS))
        except ValueError:
            graph = b""  # of other weights, as its digest says
    found, expected = hashlib.sha256(graph).hexdigest(), manifest.graph_sha256[part]
    if found != expected:
        raise InputError(
            f"{path}: is damaged or of other weights (SHA-256 {found[:12]}…, expected {expected[:12]}…); "
            f"{_AGAIN}"
        )
    return graph


def _read(path: Path) -> bytes:
    return read_file(path, most_bytes=GRAPH_BYTES, remedy=_AGAIN)
