"""The index on disk: Whoosh, which needs no other service.

The index of a kind is a folder of its own. A rebuild fills another one, and one file says which of them counts: it is
replaced in one step, so whoever asks meanwhile has the old index or the new one, and a crash leaves the old one.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

from deskcore.plugin import search
from deskcore_search.opened import Opened
from deskcore_search.ranking import FIELDS, fits
from deskcore_search.tokens import ANALYSIS, digest, marked

_T = TypeVar("_T")

#: The file that names the folder which counts.
_CURRENT = "current"
#: Megabytes that a writer may take, and seconds for which one waits for another.
_MEMORY, _PATIENCE = 64, 20.0


class Files:
    """Keeps documents in folders on disk.

    :param folder: in which there is one for each kind.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = Lock()
        #: By kind, the index that was opened last.
        self._open: dict[str, Opened] = {}

    def write(self, kind: str, documents: Sequence[search.Document], gone: Sequence[str]) -> None:
        """Replace documents and take out others."""
        from whoosh.index import open_dir

        with self._damage(kind):
            writer = open_dir(self._current(kind)).writer(limitmb=_MEMORY, timeout=_PATIENCE, codec=_codec())
        try:
            for key in gone:
                writer.delete_by_term("key", key)
            for document in documents:
                writer.update_document(**_fields(document))
        except BaseException:
            writer.cancel()
            raise
        writer.commit()

    def rebuild(self, kind: str, documents: Iterable[search.Document]) -> None:
        """Fill a new folder, and let it count once everything is in."""
        from whoosh.index import create_in

        home = self._folder / kind
        home.mkdir(parents=True, exist_ok=True)
        fresh = home / f"{ANALYSIS}-{secrets.token_hex(6)}"
        fresh.mkdir()
        try:
            writer = create_in(fresh, _schema()).writer(limitmb=_MEMORY, codec=_codec())
            try:
                for document in documents:
                    writer.add_document(**_fields(document))
            except BaseException:
                writer.cancel()
                raise
            writer.commit(optimize=True)
            _name(home / _CURRENT, fresh.name)
        except BaseException:
            shutil.rmtree(fresh, ignore_errors=True)
            raise
        for old in home.iterdir():
            if old.is_dir() and old != fresh:
                shutil.rmtree(old, ignore_errors=True)

    def find(self, query: search.Query) -> Sequence[search.Match]:
        """Return the documents that fit best."""
        return self._read(query.kind, lambda opened: opened.find(query))

    def known(self, kind: str, tokens: Sequence[str], audience: frozenset[str], most: int = 1) -> Mapping[str, int]:
        """Return how many of a reader's documents have each of some stems."""
        return self._read(kind, lambda opened: opened.known(tokens, audience, most))

    def similar(self, kind: str, beginning: str) -> Iterable[str]:
        """Return stems of titles that begin alike."""
        return self._read(kind, lambda opened: opened.similar(beginning))

    def fingerprint(self, kind: str) -> str:
        """Return what is equal for equal indexes."""
        return self._read(kind, lambda opened: opened.fingerprint())

    def _read(self, kind: str, question: Callable[[Opened], _T]) -> _T:
        with self._damage(kind):
            return question(self._opened(kind))

    @contextmanager
    def _damage(self, kind: str) -> Iterator[None]:
        """Say that an index cannot be asked, whatever it fails with: a file that is cut off can fail with anything."""
        try:
            yield
        except search.NotReady:
            raise
        except Exception as error:
            with self._lock:
                self._open.pop(kind, None)
            if _is_busy(error):
                raise
            raise search.NotReady(f"{type(error).__name__}: {error}") from error

    def _current(self, kind: str) -> Path:
        """Return the folder that counts.

        :raises NotReady: when there is none, or it is of another analysis.
        """
        try:
            name = (self._folder / kind / _CURRENT).read_text(encoding="ascii").strip()
        except FileNotFoundError:
            raise search.NotReady("it was not built yet") from None
        folder = self._folder / kind / name
        if not name.startswith(f"{ANALYSIS}-") or not folder.is_dir():
            raise search.NotReady("it was built by another version, or its folder is gone")
        return folder

    def _opened(self, kind: str) -> Opened:
        folder = self._current(kind)
        with self._lock:
            last = self._open.get(kind)
            if last is None or last.folder != folder or not last.is_current():
                last = self._open[kind] = Opened(folder)
            return last


def _name(file: Path, content: str) -> None:
    """Write a file in one step, and to the disk."""
    beside = file.with_suffix(".new")
    with beside.open("w", encoding="ascii") as written:
        written.write(content)
        written.flush()
        os.fsync(written.fileno())
    beside.replace(file)


def _is_busy(error: Exception) -> bool:
    from whoosh.index import LockError

    return isinstance(error, LockError | PermissionError)


def _schema() -> Any:
    from whoosh.fields import ID, KEYWORD, STORED, Schema

    from deskcore_search.weighed import Weighed

    tokens = {name: Weighed() for name in FIELDS}
    return Schema(key=ID(unique=True, stored=True), digest=STORED, language=ID, audience=KEYWORD, **tokens)


def _codec() -> Any:
    """Return how Whoosh writes: without packing the places of each word, which takes longer than it saves."""
    from whoosh.codec.whoosh3 import W3Codec

    return W3Codec(compression=0)


def _fields(document: search.Document) -> dict[str, Any]:
    tokens, audience = search.analysed(document), [marked(each) for each in sorted(document.audience)]
    fields = {name: getattr(tokens, name) for name in FIELDS}
    return {
        "key": document.key,
        "language": document.language or "any",
        "digest": digest(audience, *fields.values()),
        "audience": " ".join(audience),
        **{name: fits(name, value) for name, value in fields.items()},
    }
