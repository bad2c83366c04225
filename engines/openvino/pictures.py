"""Images of the size and kind that cameras give, and maps as they are published, at the borders of graphs.

What goes in and comes out is smaller, and most of what the host would do in one thread is done in several.
All of it gives the bits that `engines.pictures` gives on the host. So two things stay there: images become
float32, for a graph is compiled before the first one shows whether it has 8 bits or more; and the scale stays
a logarithm here, for OpenVINO's exponential has other last digits than NumPy's.
"""

from collections.abc import Sequence

import numpy as np
import openvino as ov
from openvino import opset13

from engines.graphs.state_layout import IMAGES, MAPS
from engines.openvino.nodes import Output, floats, replace, shape, whole_numbers
from engines.openvino.wiring import PLANES, Wiring
from engines.pictures import FULL_SCALE, PictureFormat

_GREEN = 1


def with_pictures(wiring: Wiring, pictures: PictureFormat) -> Wiring:
    """Take float32 images of this format, and give maps of their size, where a graph has images or maps."""
    parameters, outputs = dict(wiring.parameters), dict(wiring.outputs)
    if IMAGES in parameters:
        parameter = opset13.parameter(list(pictures.shape), ov.Type.f32)
        replace(parameters[IMAGES].output(0), _as_input(parameter.output(0), pictures))
        parameters[IMAGES] = parameter
    if MAPS[0] in outputs:
        height_px, width_px = pictures.size_px
        outputs |= {name: _cut(outputs[name], (height_px, width_px)) for name in MAPS}
        outputs[MAPS[-1]] = _as_picture(outputs[MAPS[-1]], grey=not pictures.colour)
    return Wiring(parameters=parameters, outputs=outputs)


def _as_input(image: Output, pictures: PictureFormat) -> Output:
    """(B, H, W) or (B, H, W, 3) → (B, H', W', 3), edges repeated to whole patches."""
    padded = list(pictures.padded_shape)
    more = [whole - part for whole, part in zip(padded, pictures.shape, strict=False)]
    if any(more):
        none = [0] * len(pictures.shape)
        end = more + none[len(more) :]
        image = opset13.pad(image, whole_numbers(*none), whole_numbers(*end), "edge").output(0)
    if pictures.colour:
        return image
    alone = opset13.unsqueeze(image, whole_numbers(-1))
    return opset13.broadcast(alone, whole_numbers(*padded, PLANES)).output(0)


def _cut(values: Output, size_px: Sequence[int]) -> Output:
    """(B, H', W', …) → (B, H, W, …)."""
    if tuple(shape(values)[1:3]) == tuple(size_px):
        return values
    places = whole_numbers(0, 0), whole_numbers(*size_px), whole_numbers(1, 1), whole_numbers(1, 2)
    return opset13.slice(values, *places).output(0)


def _as_picture(values: Output, *, grey: bool) -> Output:
    """(B, H, W, 3) float32 0 … 1 → uint8, of one channel if the slices had one."""
    if grey:
        values = opset13.gather(values, opset13.constant(np.int64(_GREEN)), opset13.constant(np.int64(3)))
    full = opset13.multiply(values, floats(np.array(FULL_SCALE)))
    whole = opset13.round(full, "half_to_even")
    return opset13.convert(opset13.clamp(whole, 0.0, FULL_SCALE), ov.Type.u8).output(0)
