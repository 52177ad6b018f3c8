"""A network between the helpdesk and its database that can be slow, silent, cut or gone."""

from __future__ import annotations

import socket
import struct
from contextlib import suppress
from threading import Condition, Thread
from typing import Literal

Mode = Literal["pass", "refuse", "black hole"]


class Proxy:
    """Passes TCP on to a server, as well as it is told to.

    :param target: host and port of the server.
    """

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._changed = Condition()
        self._mode: Mode = "pass"
        self._delay = 0.0
        #: Bytes from the server that still come through before every connection is cut.
        self._left: int | None = None
        self._ends: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        #: How often somebody tried to connect.
        self.knocks = 0
        self._accept()

    def refuse(self) -> None:
        """Be gone: every connection is reset, and no new one taken."""
        self._set("refuse")
        # Somebody waits in accept(): only shutting it down wakes them.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._reset_all()

    def swallow(self) -> None:
        """Take everything and pass nothing on: what a firewall does, or a host that has lost its power."""
        self._set("black hole")

    def delay(self, seconds: float) -> None:
        """Pass every piece on, in both directions, so much later."""
        self._set("pass", delay=seconds)

    def cut_after(self, count: int) -> None:
        """Cut every connection once so many bytes more have come from the server."""
        self._set("pass", left=count)

    def restore(self) -> None:
        """Be a good network again."""
        gone = self._mode == "refuse"
        self._set("pass")
        if gone:
            self._listener = socket.create_server(("127.0.0.1", self.port))
            self._accept()

    def close(self) -> None:
        """End."""
        if self._mode != "refuse":
            self.refuse()

    def _set(self, mode: Mode, delay: float = 0.0, left: int | None = None) -> None:
        with self._changed:
            self._mode, self._delay, self._left = mode, delay, left
            self._changed.notify_all()

    def _accept(self) -> None:
        Thread(target=self._accept_all, args=(self._listener,), daemon=True).start()

    def _accept_all(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                self.knocks += 1
                server = socket.create_connection(self._target)
                self._ends |= {client, server}
                for source, sink, answers in ((client, server, False), (server, client, True)):
                    Thread(target=self._pump, args=(source, sink, answers), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, answers: bool) -> None:
        with suppress(OSError):
            while piece := source.recv(65536):
                self._wait()
                sink.sendall(self._allowed(piece) if answers else piece)
        for end in (source, sink):
            _reset(end)
            self._ends.discard(end)

    def _wait(self) -> None:
        """Wait until a piece may pass."""
        with self._changed:
            self._changed.wait_for(lambda: self._mode != "black hole")
            if self._delay:
                self._changed.wait_for(lambda: not self._delay, self._delay)

    def _allowed(self, piece: bytes) -> bytes:
        """Return how much of an answer may pass, and cut everything when that is not all."""
        with self._changed:
            if self._left is None:
                return piece
            allowed, self._left = piece[: self._left], self._left - len(piece)
            if self._left >= 0:
                return allowed
            self._left = 0
        self._reset_all()
        raise ConnectionResetError

    def _reset_all(self) -> None:
        for end in list(self._ends):
            _reset(end)


def _reset(end: socket.socket) -> None:
    """Close one end at once, and whatever waits for it."""
    with suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        end.shutdown(socket.SHUT_RDWR)
    end.close()
