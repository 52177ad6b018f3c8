"""The index on disk: Whoosh, which needs no other service.

The index of a kind is a folder of its own. A rebuild fills another one, and one file says which of them counts: it is
replaced in one step, so whoever asks meanwhile has the old index or the new one, and a crash leaves the old one.
"""

from __future__ import annotations

import math
import os
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

from deskcore.plugin import search
from deskcore_search.tokens import ANALYSIS, FIELDS, asked, digest, fingerprint, marked

if TYPE_CHECKING:
    from whoosh.searching import Searcher

_T = TypeVar("_T")

#: The file that names the folder which counts.
_CURRENT = "current"
#: Megabytes that a writer may take, and seconds for which one waits for another.
_MEMORY, _PATIENCE = 64, 20.0
_SATURATION, _LENGTH = 1.2, 0.75


class Files:
    """Keeps documents in folders on disk.

    :param folder: in which there is one for each kind.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = Lock()
        #: By kind, the folder that was opened last, and what reads it.
        self._open: dict[str, tuple[Path, Searcher]] = {}

    def write(self, kind: str, documents: Sequence[search.Document], gone: Sequence[str]) -> None:
        """Replace documents and take out others."""
        with self._damage(kind):
            writer = _opened(self._current(kind)).writer(limitmb=_MEMORY, timeout=_PATIENCE)
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
            writer = create_in(fresh, _schema()).writer(limitmb=_MEMORY)
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
        return self._read(query.kind, lambda searcher: _best(searcher, query))

    def known(self, kind: str, tokens: Sequence[str]) -> frozenset[str]:
        """Return those of some stems that any document has."""
        return self._read(kind, lambda searcher: frozenset(t for t in tokens if ("words", t) in searcher.reader()))

    def similar(self, kind: str, beginning: str) -> Iterable[str]:
        """Return stems of titles that begin alike."""
        return self._read(
            kind, lambda searcher: [t.decode() for t in searcher.reader().expand_prefix("title", beginning)]
        )

    def fingerprint(self, kind: str) -> str:
        """Return what is equal for equal indexes."""
        return self._read(kind, lambda s: fingerprint([(each["key"], each["digest"]) for each in s.documents()]))

    def _read(self, kind: str, question: Callable[[Searcher], _T]) -> _T:
        with self._damage(kind):
            return question(self._searcher(kind))

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

    def _searcher(self, kind: str) -> Searcher:
        folder = self._current(kind)
        with self._lock:
            last, searcher = self._open.get(kind, (None, None))
            # Whoosh cannot refresh what reads an empty index; opening one anew costs a millisecond.
            if searcher is None or last != folder or not searcher.up_to_date():
                searcher = _opened(folder).searcher(weighting=_bm25())
            self._open[kind] = folder, searcher
            return searcher


def _name(file: Path, content: str) -> None:
    """Write a file in one step, and to the disk."""
    beside = file.with_suffix(".new")
    with beside.open("w", encoding="ascii") as written:
        written.write(content)
        written.flush()
        os.fsync(written.fileno())
    beside.replace(file)


def _opened(folder: Path) -> Any:
    from whoosh.index import open_dir

    return open_dir(folder)


def _is_busy(error: Exception) -> bool:
    from whoosh.index import LockError

    return isinstance(error, LockError | PermissionError)


def _schema() -> Any:
    from whoosh.fields import ID, KEYWORD, STORED, Schema

    tokens = {name: KEYWORD(scorable=True) for name in FIELDS}
    return Schema(key=ID(unique=True, stored=True), digest=STORED, language=ID, audience=KEYWORD, **tokens)


def _fields(document: search.Document) -> dict[str, Any]:
    tokens, audience = search.analysed(document), [marked(each) for each in sorted(document.audience)]
    fields = {name: getattr(tokens, name) for name in FIELDS}
    return {
        "key": document.key,
        "language": document.language or "any",
        "digest": digest(audience, *fields.values()),
        "audience": " ".join(audience),
        **{name: " ".join(value) for name, value in fields.items()},
    }


def _bm25() -> Any:
    """Return the weighting that both databases use, too."""
    from whoosh.scoring import BM25F

    class Rare(BM25F):  # type: ignore[misc]
        def idf(self, searcher: Any, fieldname: str, text: Any) -> float:
            often, every = searcher.doc_frequency(fieldname, text), searcher.doc_count_all()
            return math.log(1 + (every - often + 0.5) / (often + 0.5))

    return Rare(B=_LENGTH, K1=_SATURATION)


def _best(searcher: Searcher, query: search.Query) -> list[search.Match]:
    from whoosh.query import And, Or, Term

    reader = searcher.reader()
    wanted = [
        Term(field, token, boost=search.WEIGHTS[field]) for field, token in asked(query) if (field, token) in reader
    ]
    if not wanted:
        return []
    allowed: Any = Or([Term("audience", marked(each)) for each in sorted(query.audience)])
    if query.language:
        allowed = And([allowed, Or([Term("language", query.language), Term("language", "any")])])
    results = searcher.search(Or(wanted), limit=query.limit, filter=allowed)
    return [search.Match(each["key"], float(each.score or 0)) for each in results]
