"""The rewrites that make a model faster, in their order.

Each finds places in a graph of fixed sizes whose constants are folded, and leaves what is computed as it is
but for rounding. Where a network has no such place, nothing is done. Any one can be left out: the graph still
computes the same, but those that rest on it may find less. `python -m benchmarks.openvino_rewrites` measures
what that costs; the table of what each saves is the face of this package.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import openvino as ov

from engines.openvino.cell_measures import luminance_by_layer, mean_by_layer, mean_step_by_layers
from engines.openvino.cells import cells_of_image, image_of_cells, order_behind, pixels_of_layer
from engines.openvino.channels_last import arithmetic_last, one_for_each_reader, tokens_last
from engines.openvino.idle import drop_idle
from engines.openvino.layers import (
    box_as_layer,
    cut_weights,
    flatten_concatenation,
    layer_for_each_part,
    sign_into_weights,
    split_single_channel,
    spread_by_layer,
)
from engines.openvino.mixing import mix_by_layers
from engines.openvino.nodes import each
from engines.openvino.precision import to_bfloat16
from engines.openvino.sinking import sink_concatenation
from engines.openvino.token_blocks import pool_tokens

OpenVinoPrecision = Literal["f32", "bf16"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewrite:
    """One change of a graph, wherever it finds its place.

    Attributes
    ----------
    name
        Unique.
    apply
        Changes a model in place.
    finds, leaves
        What is there before and after, in a few words.
    after
        Names of rewrites that must come before: it finds what they leave, or they would take what it leaves
        for something else.
    precisions
        Those it is for.
    """

    name: str
    apply: Callable[[ov.Model], None]
    finds: str
    leaves: str
    after: tuple[str, ...] = ()
    precisions: tuple[OpenVinoPrecision, ...] = ("f32", "bf16")


REWRITES = (
    Rewrite(
        name="sink concatenations",
        apply=each(sink_concatenation),
        finds="sums over unlike channels, added as one tensor",
        leaves="sums apart",
    ),
    Rewrite(
        name="drop idle",
        apply=each(drop_idle),
        finds="reshapes to the same shape, turning there and back",
        leaves="nothing",
    ),
    Rewrite(
        name="cells of image",
        apply=each(cells_of_image),
        finds="an image cut into cells pixel by pixel",
        leaves="rows of cells moved, an order of channels",
        after=("drop idle",),
    ),
    Rewrite(
        name="cut weights",
        apply=each(cut_weights),
        finds="a layer's output split into small parts",
        leaves="a layer for each part",
    ),
    Rewrite(
        name="flatten concatenations",
        apply=each(flatten_concatenation),
        finds="a concatenation in a concatenation",
        leaves="one",
    ),
    Rewrite(
        name="layer for each part",
        apply=each(layer_for_each_part),
        finds="a layer of a concatenation",
        leaves="a layer for each large part, added",
        after=("flatten concatenations",),
    ),
    Rewrite(
        name="sign into weights",
        apply=each(sign_into_weights),
        finds="a layer of x − state",
        leaves="a layer of state − x",
        after=("layer for each part",),
    ),
    Rewrite(
        name="pixels of layer",
        apply=each(pixels_of_layer),
        finds="cells of one channel turned to an image",
        leaves="rows of cells moved",
    ),
    Rewrite(
        name="box as layer",
        apply=each(box_as_layer),
        finds="the mean over a window of a single channel",
        leaves="a convolution",
    ),
    Rewrite(
        name="image of cells",
        apply=each(image_of_cells),
        finds="cells turned to an image pixel by pixel",
        leaves="rows of cells moved, an order of channels",
    ),
    Rewrite(
        name="order behind",
        apply=each(order_behind),
        finds="an order of channels before arithmetic or a layer",
        leaves="it behind, in the weights, or gone",
        after=("cells of image", "image of cells"),
    ),
    Rewrite(
        name="luminance",
        apply=each(luminance_by_layer),
        finds="a weighted sum of the planes of cells",
        leaves="an exact 1 × 1 layer",
        after=("order behind",),
    ),
    Rewrite(
        name="means of cells",
        apply=each(mean_by_layer),
        finds="the mean over channels behind a layer",
        leaves="an exact 1 × 1 layer",
        after=("luminance",),
    ),
    Rewrite(
        name="steps in cells",
        apply=each(mean_step_by_layers),
        finds="the mean square step between pixels of a cell",
        leaves="two exact 1 × 1 layers",
    ),
    Rewrite(
        name="mix by layers",
        apply=each(mix_by_layers),
        finds="a weighted mean of four cells for every pixel",
        leaves="layers with ones for weights",
        after=("cut weights",),
    ),
    Rewrite(
        name="pool tokens",
        apply=each(pool_tokens),
        finds="blocks of tokens averaged with channels first",
        leaves="the average with channels last",
    ),
    Rewrite(
        name="bfloat16",
        apply=to_bfloat16,
        finds="layers, and what lies between them",
        leaves="these in bfloat16",
        after=("layer for each part", "mix by layers"),
        precisions=("bf16",),
    ),
    Rewrite(
        name="tokens last",
        apply=each(tokens_last),
        finds="tokens turned to be shaped to rows and columns",
        leaves="channels last",
        after=("pool tokens",),
    ),
    Rewrite(
        name="arithmetic last",
        apply=each(arithmetic_last),
        finds="channels brought to the front for arithmetic",
        leaves="arithmetic with channels last",
        after=("order behind", "bfloat16", "tokens last"),
    ),
    Rewrite(
        name="one for each reader",
        apply=each(one_for_each_reader),
        finds="a transposition with several readers",
        leaves="one for each, which layers see through",
        after=("arithmetic last",),
    ),
    Rewrite(
        name="spread by layers",
        apply=each(spread_by_layer),
        finds="a value repeated for each channel of a group",
        leaves="a convolution with ones",
        after=("bfloat16",),
    ),
    Rewrite(
        name="split single channels",
        apply=each(split_single_channel),
        finds="a layer over a window to a single channel",
        leaves="a channel for each place, added",
        after=("bfloat16",),
        precisions=(
            "bf16",
        ),  # in float32 another order of the sums takes some of the room to torch for nothing
    ),
)
