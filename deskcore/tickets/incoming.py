"""Bytes while they come in: bounded, in a folder of their own, and gone with the process that received them."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from flask_babel import gettext as _

from deskcore.errors import NoRoom, Problem, TooLarge
from deskcore.outages import trouble_of
from deskcore.runtime import runtime
from deskcore.stream_sealing import Sealer

_CHUNK = 256 * 1024
#: How the name of a file begins that is not complete yet.
_PREFIX = "upload-"


@dataclass(frozen=True)
class Received:
    """A file that has come in whole, and lies beside the stored ones.

    :param sha256: of what lies there.
    :param size: of what came.
    :param stored_size: of what lies there.
    """

    path: Path
    sha256: str
    size: int
    stored_size: int


@contextmanager
def received(stream: IO[bytes], sealer: Sealer | None = None, most: int | None = None) -> Iterator[Received]:
    """Write a stream to disk; whoever does not move the file away by the end of the block leaves nothing behind.

    :param stream: read once, in pieces of 256 KiB, so that size costs no memory.
    :param sealer: what is written is sealed with it.
    :param most: bytes that it may have, instead of what the installation allows.
    :raises TooLarge: when it has more; no more than that is read.
    :raises NoRoom: when the disk is full, or nearly: the rest of it is for what people write.
    """
    folder = runtime().config.incoming
    folder.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(folder).free < runtime().config.keep_free:
        raise no_room()
    try:
        with _locked_file(folder) as (file, path):
            digest, size = _copied(stream, file, sealer, runtime().config.max_upload if most is None else most)
            yield Received(path, digest, size, file.tell())
    except OSError as error:
        if trouble_of(error) == "full":
            raise no_room() from error
        raise


def _copied(stream: IO[bytes], file: IO[bytes], sealer: Sealer | None, most: int) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0

    def write(data: bytes) -> None:
        digest.update(data)
        file.write(data)

    while chunk := stream.read(_CHUNK):
        size += len(chunk)
        if size > most:
            raise too_large()
        write(sealer.update(chunk) if sealer else chunk)
    if sealer:
        write(sealer.finish())
    file.flush()
    os.fsync(file.fileno())
    return digest.hexdigest(), size


@contextmanager
def _locked_file(folder: Path) -> Iterator[tuple[IO[bytes], Path]]:
    """Give a new file that is locked as long as this process lives, and delete it if it is still there."""
    descriptor, path = _locked_descriptor(folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file, path
    finally:
        path.unlink(missing_ok=True)


def _locked_descriptor(folder: Path) -> tuple[int, Path]:
    while True:
        descriptor, name = tempfile.mkstemp(dir=folder, prefix=_PREFIX)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_nlink:
            return descriptor, Path(name)
        # Between the two it was taken for abandoned.
        os.close(descriptor)


def too_large() -> TooLarge:
    """Return the refusal that names the limit of one file."""
    limit = runtime().config.max_upload // (1024 * 1024)
    return TooLarge(Problem(_("A file may have at most %(limit)s MB.", limit=limit), "files"))


def no_room() -> NoRoom:
    """Return the refusal of a file for which the disk has no room."""
    sentence = _("There is no room for files at the moment. Send your text without them, or wait.")
    return NoRoom(Problem(sentence, "files"))


def discard_abandoned() -> None:
    """Delete what was left of uploads whose process died while it received them."""
    for path in runtime().config.incoming.glob(f"{_PREFIX}*"):
        with suppress(OSError), path.open("rb") as file:  # a lock that somebody holds is an OSError, too
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()
