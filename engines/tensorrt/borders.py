"""What crosses the borders of a GPU: images as cameras give them, and maps as they are published.

Each is a graph of its own, small beside the network's. So what takes minutes to build is the same for grey
and for colour, for 8 and for 16 bits, and for all sizes that are padded to one.
"""

from dataclasses import dataclass
from enum import StrEnum

from engines.graphs.folder import GraphPart, Graphs
from engines.graphs.state_layout import COORDINATES, IMAGES, MAPS, map_shapes
from engines.pictures import PictureFormat, Pictures, bits_of

Shape = tuple[int, int, int]
Shapes = dict[str, tuple[int, ...]]

PICTURES, AT = "pictures", "at"
"""Inputs of `Border.TAKE_8` and `Border.TAKE_16`, which give `IMAGES` and `COORDINATES`."""
PUBLISHED = ("cut_coordinate", "coordinate_sigma", "picture")
"""Outputs of `Border.GIVE`, which reads `MAPS`."""


class Border(StrEnum):
    """A graph at a border of the network; the value names its file."""

    TAKE_8 = "take8"
    TAKE_16 = "take16"
    GIVE = "give"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A graph for one size of images.

    Attributes
    ----------
    part
        Of the network, or at its border.
    shape
        (B, H, W) of padded images.
    pictures
        Format of images as cameras give them, for what is at a border.
    """

    part: GraphPart | Border
    shape: Shape
    pictures: PictureFormat | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Shapes of all inputs and outputs of a graph, and which of them are uint8; the others are float32."""

    inputs: Shapes
    outputs: Shapes
    uint8: frozenset[str] = frozenset()


PARTS = (GraphPart.ADVANCE, GraphPart.DECODE, GraphPart.ENCODE, GraphPart.UPDATE)
"""Of the network, in the order of how often they are used."""


def all_wanted(pictures: PictureFormat) -> list[Wanted]:
    """Return all graphs that a live run takes for images of a format, whatever their bits."""
    network = [Wanted(part=part, shape=pictures.padded_shape) for part in PARTS]
    return network + [at_border(border, pictures) for border in Border]


def at_border(part: Border, pictures: PictureFormat) -> Wanted:
    """Return the graph at a border for images of this format."""
    return Wanted(part=part, shape=pictures.padded_shape, pictures=pictures)


def taking(pictures: Pictures) -> Wanted:
    """Return the graph that takes these images; see `bits_of` for what is raised."""
    part = Border.TAKE_8 if bits_of(pictures.dtype) == 8 else Border.TAKE_16
    return at_border(part, PictureFormat(shape=pictures.shape))


def ports(wanted: Wanted, graphs: Graphs) -> Ports:
    """Return what goes into a graph and comes out of it."""
    part, shape = wanted.part, wanted.shape
    if isinstance(part, GraphPart):
        return Ports(inputs=graphs.input_shapes(part, shape), outputs=graphs.output_shapes(part, shape))
    assert wanted.pictures is not None
    return border_ports(part, wanted.pictures)


def border_ports(part: Border, pictures: PictureFormat) -> Ports:
    """Return what goes into a graph at a border and comes out of it."""
    shape = pictures.padded_shape
    if part is Border.GIVE:
        size = (shape[0], *pictures.size_px)
        return Ports(
            inputs=dict(zip(MAPS, map_shapes(shape), strict=True)),
            outputs=dict(zip(PUBLISHED, (size, size, pictures.shape), strict=True)),
            uint8=frozenset(PUBLISHED[-1:]),
        )
    two = () if part is Border.TAKE_8 else (2,)  # bytes of 16 bits, the lower ones first
    return Ports(
        inputs={PICTURES: (*pictures.shape, *two), AT: shape[:1]},
        outputs={IMAGES: (*shape, 3), COORDINATES: shape[:1]},
        uint8=frozenset({PICTURES}),
    )
