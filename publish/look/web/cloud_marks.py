"""Which pixels of a map are in no point cloud, for pages that draw one."""

import base64
import json

import numpy as np

from calibration.apply.flying_pixels import flying_pixels
from focstream.types import DepthUpdate
from publish.look.web.packet import step_of


def marks_message(update: DepthUpdate, *, seq: int) -> str:
    """Return a line of JSON with one bit for each pixel that the page has, set for flying pixels.

    Rows are padded to whole bytes; the bits are in base64, which costs less than a second kind of packet.
    """
    step = step_of(update.coordinate.shape)
    flying = flying_pixels(update.coordinate, update.coordinate_sigma)[::step, ::step]
    bits = np.packbits(flying, axis=1).tobytes()
    return json.dumps({"seq": seq, "flying": base64.b64encode(bits).decode("ascii")})
