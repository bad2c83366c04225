"""What patches look at (`inference.network.encoder.blocks`), with channels last throughout.

As exported, tokens (B, N, C) are turned to (B, C, h, w), given some rows and columns more, averaged, and
turned back. With channels last nothing has to be turned, and nothing copied where all blocks are whole.
"""

import openvino as ov
from openvino import opset13

from engines.openvino.nodes import (
    FIRST,
    LAST,
    attribute,
    axes,
    before,
    kind,
    readers,
    replace,
    reshaped,
    shape,
    source,
    transposed,
    whole_numbers,
)
from inference.network.config import BLOCK_PATCHES

_BLOCK = [BLOCK_PATCHES, BLOCK_PATCHES]


def pool_tokens(pool: ov.Node) -> None:
    """Replace the average of blocks of tokens."""
    if kind(pool) != "AvgPool" or list(attribute(pool, "kernel")) != _BLOCK:
        return
    pad = before(pool)
    turned = before(pad) if kind(pad) == "Pad" and attribute(pad, "pad_mode") == "edge" else pad
    if kind(turned) != "Reshape" or axes(before(turned)) != (0, 2, 1):
        return
    tokens = source(before(turned))
    batch, width, rows, columns = shape(turned.output(0))
    if shape(pool.output(0))[2:] != [-(-rows // BLOCK_PATCHES), -(-columns // BLOCK_PATCHES)]:
        return
    grid = reshaped(tokens, (batch, rows, columns, width))
    missing = (0, -rows % BLOCK_PATCHES, -columns % BLOCK_PATCHES, 0)
    if any(missing):
        grid = opset13.pad(grid, whole_numbers(0, 0, 0, 0), whole_numbers(*missing), "edge").output(0)
    grid = transposed(grid, FIRST)
    averaged = opset13.avg_pool(grid, _BLOCK, [0, 0], [0, 0], _BLOCK, True, "floor", "explicit")
    blocks = reshaped(transposed(averaged.output(0), LAST), (batch, -1, width))
    for flat in readers(pool.output(0)):
        if kind(flat) == "Reshape" and len(shape(flat.output(0))) == 3:
            _read_blocks(flat, blocks)


def _read_blocks(flat: ov.Node, blocks: ov.Output) -> None:
    """Let what reads the averages as (B, C, M) read them as (B, M, C)."""
    for reader in readers(flat.output(0)):
        if kind(reader) == "MatMul" and attribute(reader, "transpose_a"):
            product = opset13.matmul(blocks, source(reader, 1), False, attribute(reader, "transpose_b"))
            replace(reader.output(0), product.output(0))
        elif kind(reader) == "Transpose":
            replace(reader.output(0), blocks)
