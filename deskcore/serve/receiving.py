"""Requests while they come in: how large and how slow they may be, and who answers those that are not taken.

A body lies in memory up to a few kilobytes, and beyond that in a file without a name, which only this process can read
and which is gone with the connection.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from io import BytesIO
from time import monotonic
from typing import Any

from waitress.buffers import OverflowableBuffer, TempfileBasedBuffer
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.task import ErrorTask, WSGITask
from waitress.utilities import BadRequest, Error

from deskcore.fleeting import FleetingFile
from deskcore.outages import trouble_of

#: Bytes of the address and all headers, cookies among them.
MAX_HEAD = 64 * 1024
#: Bytes of a body that stay in memory.
IN_MEMORY = 64 * 1024
#: So many bodies of the largest size may be on the way at once.
AT_ONCE = 16
#: Seconds in which a request may be as slow as it likes, and bytes a second that it must bring on average after that.
PATIENCE, SLOWEST = 30.0, 4096
#: Bytes of the line that announces a piece of a body, and of what may follow the last piece.
MAX_LINE, MAX_TRAILER = 256, 8192
#: How often room for more is looked for while a body grows, in bytes.
_STEP = 256 * 1024
#: What is answered by the application, in the reader's language: these have a head that could be read.
_ANSWERED = {408, 413, 503, 507}


class _Refusal(Error):  # type: ignore[misc]
    def __init__(self, code: int) -> None:
        super().__init__("")
        self.code = code


class _OnDisk(TempfileBasedBuffer):  # type: ignore[misc]
    """A body too large for the memory."""

    def newfile(self) -> FleetingFile:
        return FleetingFile()


class _Body(OverflowableBuffer):  # type: ignore[misc]
    """The bytes of a body. Once there is no room for them, they are let go, and the rest is read for nothing.

    Whoever is still sending would otherwise see a connection that breaks, and never the answer.
    """

    #: Status of the answer when it is not kept.
    refused = 0

    def append(self, piece: bytes) -> None:
        try:
            if not self.refused:
                super().append(piece)
        except OSError as error:
            if not trouble_of(error):
                raise
            self.refuse(507)

    def refuse(self, status: int) -> None:
        self.refused = status
        self.close()
        self.buf, self.strbuf = None, b""

    def _set_large_buffer(self) -> None:
        small: Any = self.buf
        self.buf = _OnDisk(small)  # type: ignore[assignment]
        if small is not None:
            small.close()
        self.overflowed = True

    def close(self) -> None:
        with suppress(OSError):  # it writes out first, to a disk that may be full
            super().close()


class Parser(HTTPRequestParser):  # type: ignore[misc]
    """Takes a request as it comes, as long as it keeps the limits.

    :param has_room: tells whether the bodies on the way leave room for more.
    """

    def __init__(self, adj: Any, has_room: Callable[[], bool]) -> None:
        super().__init__(adj)
        self.error: Error | None = None
        self._has_room = has_room
        self._body = _Body(adj.inbuf_overflow)
        #: When its time began to count.
        self.began = monotonic()

    def received(self, data: bytes) -> int:
        """Take a piece and return how much of it belongs to this request."""
        before = self.body_bytes_received
        consumed = int(super().received(data))
        if self.error is None and self._rambles():
            self.error, self.completed = BadRequest("the stream of pieces makes no progress"), True
        if before // _STEP != self.body_bytes_received // _STEP and not self._has_room():
            self._body.refuse(503)
        if self.error is not None:
            self._body.refuse(self.error.code)
            self.expect_continue = False
        elif self.completed and self._body.refused:
            self.error = _Refusal(self._body.refused)
        return consumed

    def parse_header(self, header_plus: bytes) -> None:
        """Refuse a request that tells its length twice: what reads it in front of us may believe the other one."""
        super().parse_header(header_plus)
        if self.chunked and "CONTENT_LENGTH" in self.headers:
            raise ParsingError("Content-Length beside Transfer-Encoding")
        if self.body_rcv is not None:
            self.body_rcv.buf = self._body

    def give_up(self) -> None:
        """Wait for no more of it."""
        self.error, self.completed = _Refusal(408), True
        self._body.refuse(408)

    def is_too_slow(self) -> bool:
        """Tell whether it takes longer than a bad line explains."""
        allowed: float = PATIENCE + self.body_bytes_received / SLOWEST
        return monotonic() - self.began > allowed

    @property
    def held(self) -> int:
        """Bytes of the body that lie here."""
        held: int = len(self._body)
        return held

    def _rambles(self) -> bool:
        """Tell whether a line or a trailer grows beyond what anybody sends: it would be copied again and again."""
        line: bytes = getattr(self.body_rcv, "control_line", b"")
        trailer: bytes = getattr(self.body_rcv, "trailer", b"")
        return len(line) > MAX_LINE or len(trailer) > MAX_TRAILER


class Task(WSGITask):  # type: ignore[misc]
    """Answers, while draining, that the connection ends here: a busy client would otherwise hold it for ever."""

    def build_response_header(self) -> bytes:
        """Return the head of the answer."""
        last = len(self.channel.requests) == 1 and self.channel.request is None
        if last and not self.channel.server.accepting:
            self.set_close_on_finish()
        return bytes(super().build_response_header())


class _RefusedTask(Task):
    """Lets the application say why a request was not taken; its body is gone, and the connection ends."""

    def execute(self) -> None:
        self.set_close_on_finish()
        super().execute()

    def get_environment(self) -> dict[str, Any]:
        nothing = {"CONTENT_LENGTH": "0", "wsgi.input": BytesIO()}
        environment: dict[str, Any] = super().get_environment()
        return environment | nothing | {"deskcore.refused": self.request.error.code}


class Channel(HTTPChannel):  # type: ignore[misc]
    """A connection."""

    task_class = Task

    def parser_class(self, adj: Any) -> Parser:
        """Return the parser of the next request."""
        return Parser(adj, partial(_has_room, self.server))

    def error_task_class(self, channel: Channel, request: Parser) -> Any:
        """Return what answers a request that was not taken."""
        answered = request.error is not None and request.error.code in _ANSWERED
        return (_RefusedTask if answered else ErrorTask)(channel, request)

    def handle_close(self) -> None:
        """End the connection, and let go at once of what had come of a request that nobody finishes."""
        super().handle_close()
        request: Parser | None = self.request
        if request is not None:
            request.close()

    def cut_if_slow(self) -> None:
        """End a request that takes too long to come; without a head there is nobody to answer."""
        request: Parser | None = self.request
        if request is not None and self.requests:
            request.began = monotonic()  # nothing of it is read before those ahead of it are answered
        elif request is not None and request.is_too_slow():
            self._cut(request)

    def _cut(self, request: Parser) -> None:
        if not request.headers_finished:
            self.handle_close()
            return
        with self.requests_lock:
            request.give_up()
            self.request = None
            self.requests.append(request)
        self.server.add_task(self)


def _has_room(server: Any) -> bool:
    """Tell whether all bodies on the way, and those that wait for a thread, are less than fit."""
    channels = list(server.active_channels.values())
    requests = [request for channel in channels for request in (channel.request, *channel.requests) if request]
    most = AT_ONCE * server.adj.max_request_body_size / 2
    return bool(sum(request.held for request in requests) < most)
