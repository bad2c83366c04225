"""How large a file of each kind may be, and what it may hold; docs/use/limits.md has them as a table.

They are far beyond what is sensible, and far below what a computer cannot hold: a file beyond them is
damaged, hostile, or not what it was taken for.
"""

KIB, MIB, GIB = 2**10, 2**20, 2**30

TOML_BYTES = MIB
TOML_NESTING = 32
"""Arrays and tables within each other."""
JSON_BYTES = 64 * MIB
TEXT_BYTES = 16 * MIB
"""Lists of focus distances, of coordinates, of metrics."""
KEY_BYTES = 64 * KIB
"""A CURVE key has 40 characters."""
IMAGE_BYTES = 2 * GIB
IMAGE_PIXELS = 2**28
"""268 megapixels, by the header of an image, before it is decoded."""
STACK_IMAGES = 10_000
"""Images or frames of one sweep; as many as slots of a sweep."""
ARRAY_BYTES = 64 * GIB
"""Arrays of NumPy, which are mapped into memory."""
WEIGHTS_BYTES = 4 * GIB
WEIGHTS_HEADER_BYTES = 16 * MIB
WEIGHTS_TENSORS = 10_000
CHECKPOINT_BYTES = 16 * GIB
"""Of a training run, with the state of its optimizer."""
GRAPH_BYTES = 2 * GIB
"""ONNX itself has this limit."""
RECORD_BYTES = 2 * GIB
"""Of one record of a recording, as it is in the file and as it is when unpacked."""
ENCLOSED_BYTES = GIB
"""Metadata and attachments of a recording together."""
SUMMARY_BYTES = GIB
"""Of the index at the end of a recording."""
ENCLOSED_RECORDS = 10_000
"""Metadata and attachments of a recording."""
