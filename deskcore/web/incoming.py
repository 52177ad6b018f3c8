"""The files of a form while it is read: unreadable on disk, and never more of them than can be stored."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from io import BytesIO, RawIOBase
from typing import IO, Any, cast

from flask import Request
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

from deskcore.errors import Refused
from deskcore.fleeting import FleetingFile
from deskcore.outages import trouble_of
from deskcore.runtime import runtime
from deskcore.tickets.attachments import MAX_FILES
from deskcore.tickets.incoming import no_room, too_large

#: Bytes of one file that stay in memory.
SMALL = 64 * 1024


class Part(RawIOBase):
    """A file of a form. One that cannot be kept is let go, and says why when somebody reads it.

    So the form around it is read to its end, whatever its files are like, and nothing that was typed is lost.

    :param most: bytes that it may have.
    """

    def __init__(self, most: int) -> None:
        self._file: BytesIO | FleetingFile = BytesIO()
        self._most = most
        self._refusal: Callable[[], Refused] | None = None

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def writable(self) -> bool:
        """Tell that it can be written."""
        return True

    def seekable(self) -> bool:
        """Tell that one can go to a place in it."""
        return True

    def write(self, data: Any) -> int:
        """Take a piece, as long as the file can be kept."""
        if self._refusal is None and self._file.tell() + len(data) > self._most:
            self.refuse(too_large)
        if self._refusal is None:
            self._unless_full(lambda: self._write(data))
        return len(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place, which writes out what is still in memory."""
        self._unless_full(lambda: self._file.seek(offset, whence))
        return self._file.tell()

    def readinto(self, buffer: Any) -> int:
        """Read what comes next.

        :raises Refused: saying why the file was not kept.
        """
        if self._refusal is not None:
            raise self._refusal()
        return self._file.readinto(buffer)

    def close(self) -> None:
        """Let the file go."""
        with suppress(OSError):  # it writes out first, to a disk that may be full
            self._file.close()
        super().close()

    def refuse(self, refusal: Callable[[], Refused]) -> None:
        """Keep nothing of this file; whoever reads it is refused."""
        self._refusal = refusal
        with suppress(OSError):
            self._file.truncate(0)

    def _write(self, data: Any) -> None:
        if isinstance(self._file, BytesIO) and self._file.tell() + len(data) > SMALL:
            small, self._file = self._file, FleetingFile()
            self._file.write(small.getvalue())
        self._file.write(data)

    def _unless_full(self, act: Callable[[], object]) -> None:
        try:
            act()
        except OSError as error:
            if trouble_of(error) != "full":
                raise
            self.refuse(no_room)


class _Parser(FormDataParser):
    """Counts the fields of a form before it takes it apart, however they are encoded."""

    def parse(
        self,
        stream: IO[bytes],
        mimetype: str,
        content_length: int | None,
        options: dict[str, str] | None = None,
    ) -> tuple[IO[bytes], MultiDict[str, str], MultiDict[str, FileStorage]]:
        if mimetype == "application/x-www-form-urlencoded":
            body = stream.read()
            if self.max_form_parts is not None and body.count(b"&") >= self.max_form_parts:
                raise RequestEntityTooLarge
            stream = BytesIO(body)
        return super().parse(stream, mimetype, content_length, options)


class BoundedRequest(Request):
    """A request of which no more files are kept than one form can send."""

    form_data_parser_class = _Parser
    _files = 0

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        part = Part(runtime().config.max_upload)
        self._files += bool(filename)
        if self._files > MAX_FILES:
            part.refuse(_too_many)
        return cast(IO[bytes], part)


def _too_many() -> Refused:
    return Refused(_("Attach at most %(count)s files.", count=MAX_FILES))
