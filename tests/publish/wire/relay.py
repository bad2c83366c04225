"""A TCP relay between two ends that can go silent, as a cable that was pulled or a machine without power."""

import selectors
import socket
import threading


class Relay:
    """Forwards connections to a port of this machine. A context manager.

    Once silenced, the connections of that moment stay open and forward nothing any more, for ever; those
    made later forward.
    """

    def __init__(self, endpoint):
        self._port = int(endpoint.rsplit(":", 1)[1])
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.endpoint = f"tcp://127.0.0.1:{self._listener.getsockname()[1]}"
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._open, self._silent = [], []
        self.accepted = 0
        self._to_silence = threading.Event()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._forward)

    def silence(self):
        self._to_silence.set()

    def _forward(self):
        while not self._end.is_set():
            for key, _ in self._selector.select(0.02):
                if key.data is None:
                    self._accept()
                elif key.fileobj in self._open and not self._to_silence.is_set():
                    self._pass_on(key.fileobj, key.data)  # not an end that closed with its other end just now
            if self._to_silence.is_set():
                for end in self._open:
                    self._selector.unregister(end)
                self._silent, self._open = self._silent + self._open, []
                self._to_silence.clear()

    def _accept(self):
        near, _ = self._listener.accept()
        self.accepted += 1
        far = socket.create_connection(("127.0.0.1", self._port))
        for end, other in ((near, far), (far, near)):
            self._selector.register(end, selectors.EVENT_READ, other)
            self._open.append(end)

    def _pass_on(self, end, other):
        try:
            received = end.recv(65_536)
            if received:
                other.sendall(received)
                return
        except OSError:
            pass
        for closed in (end, other):
            self._selector.unregister(closed)
            self._open.remove(closed)
            closed.close()

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._end.set()
        self._thread.join()
        for end in (self._listener, *self._open, *self._silent):
            end.close()
        self._selector.close()
