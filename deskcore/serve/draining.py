"""Waitress, with an end that lets every request in flight finish."""

from __future__ import annotations

import logging
import socket
import time
from threading import Event
from time import monotonic
from typing import TYPE_CHECKING, Any

from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.server import create_server

if TYPE_CHECKING:
    from flask import Flask

log = logging.getLogger("deskcore.serve")

#: Seconds for which a connection without a request is kept while draining: its request may be on the way.
GRACE = 0.3
#: Seconds that the loop may sleep when nothing wakes it.
_IDLE = 5.0


#: Connections at a time: waiting costs a few kilobytes each, and some only wait to keep others out.
CONNECTIONS = 1000


class _StrictParser(HTTPRequestParser):  # type: ignore[misc]
    """Refuses a request that tells its length twice: what reads it in front of us may believe the other one."""

    def parse_header(self, header_plus: bytes) -> None:
        super().parse_header(header_plus)
        if self.chunked and "CONTENT_LENGTH" in self.headers:
            raise ParsingError("Content-Length beside Transfer-Encoding")


class _Channel(HTTPChannel):  # type: ignore[misc]
    parser_class = _StrictParser


class DrainingServer:
    """Serves ``app`` on an open socket until it is told to stop, then finishes what was accepted.

    :param threads: requests that run at a time.
    :param max_request: bytes that the application accepts; far above it the connection is cut at once.
    """

    def __init__(self, app: Flask, listener: socket.socket, threads: int, max_request: int) -> None:
        self._map: dict[int, Any] = {}
        self._server = create_server(
            app,
            map=self._map,
            sockets=[listener],
            threads=threads,
            ident="",
            clear_untrusted_proxy_headers=False,
            max_request_body_size=2 * max_request,
            channel_timeout=120,
            connection_limit=CONNECTIONS,
        )
        self._server.channel_class = _Channel

    def run(self, stopping: Event, seconds: float) -> None:
        """Serve until ``stopping`` is set, then at most ``seconds`` longer."""
        while not stopping.is_set():
            self._turn(_IDLE)
        self._server.accepting = False
        deadline = monotonic() + seconds
        while self._unfinished() and monotonic() < deadline:
            self._turn(0.1)
        left = self._unfinished()
        if left:
            log.warning("%d connections are cut, because their requests do not end", left)
        self._server.task_dispatcher.shutdown(timeout=0.5)
        self._server.trigger.close()
        wasyncore.close_all(self._map)

    def wake(self) -> None:
        """Let the loop look at once whether it is to stop; may be called from anywhere."""
        self._server.pull_trigger()

    def _turn(self, timeout: float) -> None:
        wasyncore.loop(timeout=timeout, use_poll=True, map=self._map, count=1)

    def _unfinished(self) -> int:
        """Let connections without a request go, and return how many still have one."""
        busy = 0
        for channel in list(self._server.active_channels.values()):
            fresh = time.time() - channel.last_activity < GRACE
            if channel.requests or channel.request is not None or channel.total_outbufs_len or fresh:
                busy += 1
            else:
                channel.will_close = True
        return busy
