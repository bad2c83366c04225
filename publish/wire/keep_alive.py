"""How both ends notice that the other one has gone without a word: a power cut, a pulled cable."""

import zmq

INTERVAL_MS = 1_000
"""How often each end asks the other one for a sign of life."""

TIMEOUT_MS = 3_000
"""How long an end waits for any sign before it ends the connection; a reader then connects again."""

_HANDSHAKE_MS = 5_000


def keep_alive(socket: "zmq.Socket[bytes]") -> None:
    """Let `socket`, not yet bound or connected, end connections that are silent."""
    socket.setsockopt(zmq.HEARTBEAT_IVL, INTERVAL_MS)
    socket.setsockopt(zmq.HEARTBEAT_TIMEOUT, TIMEOUT_MS)
    # By default a machine that comes back is asked again after minutes, one that froze after half of one.
    socket.setsockopt(zmq.CONNECT_TIMEOUT, TIMEOUT_MS)
    socket.setsockopt(zmq.HANDSHAKE_IVL, _HANDSHAKE_MS)
