"""Waitress, with an end that lets every request in flight finish."""

from __future__ import annotations

import logging
import resource
import select
import socket
import time
from collections.abc import Callable
from threading import Event, RLock
from time import monotonic
from typing import TYPE_CHECKING, Any

from waitress import wasyncore
from waitress.server import create_server

from deskcore.serve.receiving import IN_MEMORY, MAX_HEAD, Channel

if TYPE_CHECKING:
    from flask import Flask

log = logging.getLogger("deskcore.serve")

#: Seconds for which a connection without a request is kept while draining: its request may be on the way.
GRACE = 0.3
#: Seconds that the loop may sleep when nothing wakes it, and between two looks for those who are too slow.
_IDLE, _LOOK = 5.0, 1.0
#: Seconds that threads may take to end when their time is over.
_FAREWELL = 0.5
#: Connections at a time: waiting costs a few kilobytes each, and some only wait to keep others out.
CONNECTIONS = 1000
#: Files that a connection may need at most: itself, its body, and its share of what all others need.
_FILES_EACH = 4


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
            max_request_header_size=MAX_HEAD,
            # What the application refuses, it answers with a page as long as that is not too long a wait.
            max_request_body_size=2 * max_request,
            inbuf_overflow=IN_MEMORY,
            channel_timeout=120,
            connection_limit=_open_files() // _FILES_EACH,
        )
        self._server.channel_class = Channel
        self._server.pull_trigger = self.wake
        #: Reentrant, because a signal may ask while the loop's own thread closes.
        self._waking = RLock()
        self._closed = False
        self._looked_at = 0.0

    def run(self, stopping: Event, seconds: float, on_stop: Callable[[], object] = lambda: None) -> None:
        """Serve until ``stopping`` is set, then at most ``seconds`` longer.

        :param on_stop: called in between, when no more connections are taken.
        """
        while not stopping.is_set():
            self._turn(_IDLE)
        deadline = monotonic() + seconds
        self._shut_the_door()
        on_stop()
        while self._unfinished() and monotonic() < deadline:
            self._turn(0.1)
        left = self._unfinished()
        if left:
            log.warning("%d connections are cut, because their requests do not end", left)
        # Threads that still work do it for somebody who has hung up.
        self._server.task_dispatcher.shutdown(timeout=max(_FAREWELL, deadline - monotonic()))
        self._close()

    def wake(self) -> None:
        """Let the loop look at once whether it is to stop; may be called from anywhere, at any time."""
        with self._waking:
            # A byte for a closed pipe could land in the file that got its number: the database, for one.
            if not self._closed:
                self._server.trigger.pull_trigger()

    def _turn(self, timeout: float) -> None:
        wasyncore.loop(timeout=timeout, use_poll=True, map=self._map, count=1)
        if monotonic() - self._looked_at > _LOOK:
            self._looked_at = monotonic()
            for channel in list(self._server.active_channels.values()):
                channel.cut_if_slow()

    def _shut_the_door(self) -> None:
        """Take the connections that wait already, then no more, and let go of the address for whoever comes next."""
        for _ in range(CONNECTIONS):
            if not _has_input(self._server.socket):
                break
            self._server.handle_accept()
        wasyncore.dispatcher.close(self._server)

    def _unfinished(self) -> int:
        """Let connections without a request go, and return how many still have one."""
        busy = 0
        for channel in list(self._server.active_channels.values()):
            fresh = time.time() - channel.last_activity < GRACE
            begun = channel.requests or channel.request is not None or channel.total_outbufs_len
            if begun or fresh or _has_input(channel.socket):
                busy += 1
            else:
                channel.handle_close()
        return busy

    def _close(self) -> None:
        with self._waking:
            self._closed = True
            self._server.trigger.close()
        wasyncore.close_all(self._map)


def _open_files() -> int:
    """Return how many files this process may have open, after asking for as many as all connections may need."""
    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES_EACH * CONNECTIONS
    wanted = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
    if allowed < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
    return wanted


def _has_input(connection: socket.socket) -> bool:
    """Tell whether reading would not wait: there is something to read or to accept, or an end."""
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(0))
