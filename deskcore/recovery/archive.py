"""The archive: a tar file, written under another name until it is complete, read without trusting it."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import IO

from deskcore.durable import sync_folder
from deskcore.recovery.manifest import Manifest, Member, damaged, read_manifest

MANIFEST = "manifest.json"
CONFIG = "instance/config.toml"
DATABASES = {"sqlite": "database/deskcore.db", "postgresql": "database/deskcore.dump"}
#: The only names that a member may have; a part of a path that begins with a dot leads nowhere.
_NAME = re.compile(
    r"manifest\.json|database/deskcore\.(?:db|dump)|files/([0-9a-f]{2})/\1[0-9a-f]{62}"
    r"|instance/(?:config\.toml|secret_key|answer_keys|(?:plugins|templates)(?:/[^/.\0\\][^/\0\\]*)+)"
)
_CHUNK = 1024 * 1024
#: A manifest names every file in about two hundred bytes; more than this is something else.
_LARGEST_MANIFEST = 512 * 1024 * 1024

Progress = Callable[[int], None]
#: Is given name and content of a member, and reads all of it.
Handler = Callable[[str, Iterator[bytes]], None]


class Writer:
    """Puts members into an archive and keeps what the manifest must say of them."""

    def __init__(self, tar: tarfile.TarFile, moment: datetime, progress: Progress) -> None:
        self.members: dict[str, Member] = {}
        self._tar, self._moment, self._progress = tar, moment, progress

    def add(self, name: str, path: Path) -> Member:
        """Add a file."""
        with path.open("rb") as source:
            return self._add(name, source, os.fstat(source.fileno()).st_size)

    def add_manifest(self, manifest: Manifest) -> None:
        """Add the last member."""
        text = manifest.to_json().encode()
        self._add(MANIFEST, BytesIO(text), len(text))

    def _add(self, name: str, source: IO[bytes], size: int) -> Member:
        info = tarfile.TarInfo(name)
        info.size, info.mode, info.mtime = size, 0o600, int(self._moment.timestamp())
        hashed = _Hashed(source, self._progress)
        self._tar.addfile(info, hashed)
        self.members[name] = Member(size, hashed.digest)
        return self.members[name]


class _Hashed:
    """A file that hashes what is read from it."""

    def __init__(self, source: IO[bytes], progress: Progress) -> None:
        self._source, self._sum, self._progress = source, hashlib.sha256(), progress

    @property
    def digest(self) -> str:
        return self._sum.hexdigest()

    def read(self, size: int = -1) -> bytes:
        piece = self._source.read(size)
        self._sum.update(piece)
        self._progress(len(piece))
        return piece


@contextmanager
def writing(path: Path, moment: datetime, progress: Progress) -> Iterator[Writer]:
    """Write an archive that only its owner can read; afterwards all of it is on disk.

    :param path: one that ends in ``.gz`` is compressed.
    :param progress: called with the bytes of each piece that was written.
    """
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        with _tar(file, path.name.endswith(".gz")) as tar:
            yield Writer(tar, moment, progress)
        file.flush()
        os.fsync(file.fileno())


def _tar(file: IO[bytes], compressed: bool) -> tarfile.TarFile:
    if compressed:
        # The first level: what is large is compressed already, or not worth the wait.
        return tarfile.open(fileobj=file, mode="w:gz", compresslevel=1)
    return tarfile.open(fileobj=file, mode="w")


@contextmanager
def unfinished(target: Path) -> Iterator[Path]:
    """Give a folder beside ``target``, for its owner only, that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def publish(unfinished_archive: Path, target: Path) -> None:
    """Give a complete archive its name."""
    unfinished_archive.rename(target)
    sync_folder(target.parent)


def read(path: Path, handle: Handler, progress: Progress = lambda size: None) -> Manifest:
    """Read an archive from the first byte to the last and return its manifest, if all of it is as it was made.

    :param handle: is given name and content of each member, and must read all of it. What it is given was not
        verified yet: it counts only once this function has returned.
    :param progress: called with the bytes of each piece that was read.
    :raises BadArchive: when a byte is missing or another one, a name leads elsewhere, or a newer version made it.
    """
    members: dict[str, Member] = {}
    manifest: Manifest | None = None
    with path.open("rb") as raw, _failures(), tarfile.open(fileobj=raw, mode="r|*") as tar:
        for info in tar:
            if manifest is not None or info.name in members:
                raise damaged("it holds more than its manifest says")
            # Before anybody makes a file of this name.
            if not info.isreg() or not _NAME.fullmatch(info.name):
                raise damaged(f"{info.name[:80]!r} is nothing that Deskcore puts into an archive")
            if info.name != MANIFEST:
                members[info.name] = _handled(tar, info, handle, progress)
            elif info.size > _LARGEST_MANIFEST:
                raise damaged("its manifest is too large")
            else:
                manifest = read_manifest(b"".join(_content(tar, info)))
    if manifest is None:
        raise damaged("its end is missing")
    if manifest.members != members:
        raise damaged(f"“{_first_difference(manifest, members)}” is not as the manifest says")
    return manifest


def _handled(tar: tarfile.TarFile, info: tarfile.TarInfo, handle: Handler, progress: Progress) -> Member:
    total, digest = 0, hashlib.sha256()

    def pieces() -> Iterator[bytes]:
        nonlocal total
        for piece in _content(tar, info):
            digest.update(piece)
            total += len(piece)
            progress(len(piece))
            yield piece

    handle(info.name, pieces())
    return Member(total, digest.hexdigest())


def _content(tar: tarfile.TarFile, info: tarfile.TarInfo) -> Iterator[bytes]:
    source = tar.extractfile(info)
    assert source is not None
    while piece := source.read(_CHUNK):
        yield piece


@contextmanager
def _failures() -> Iterator[None]:
    try:
        yield
    except (tarfile.TarError, EOFError, zlib.error, UnicodeError) as error:
        raise damaged("it ends too early, or is no archive of Deskcore") from error


def _first_difference(manifest: Manifest, members: dict[str, Member]) -> str:
    names = sorted(manifest.members.keys() | members.keys())
    return next(name for name in names if manifest.members.get(name) != members.get(name))
