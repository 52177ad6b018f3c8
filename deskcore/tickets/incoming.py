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

_CHUNK = 256 * 1024
#: How the name of a file begins that is not complete yet.
_PREFIX = "upload-"


@dataclass(frozen=True)
class Received:
    """A file that has come in whole, and lies beside the stored ones."""

    path: Path
    sha256: str
    size: int


@contextmanager
def received(stream: IO[bytes]) -> Iterator[Received]:
    """Write a stream to disk; whoever does not move the file away by the end of the block leaves nothing behind.

    :param stream: read once, in pieces of 256 KiB, so that size costs no memory.
    :raises TooLarge: when it is larger than the installation allows; no more than that is read.
    :raises NoRoom: when the disk is full, or nearly: the rest of it is for what people write.
    """
    folder = runtime().config.incoming
    folder.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(folder).free < runtime().config.keep_free:
        raise no_room()
    try:
        with _locked_file(folder) as (file, path):
            digest, size = _copied(stream, file)
            yield Received(path, digest, size)
    except OSError as error:
        if trouble_of(error) == "full":
            raise no_room() from error
        raise


def _copied(stream: IO[bytes], file: IO[bytes]) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    while chunk := stream.read(_CHUNK):
        size += len(chunk)
        if size > runtime().config.max_upload:
            raise too_large()
        digest.update(chunk)
        file.write(chunk)
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
