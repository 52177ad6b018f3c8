"""The archive of what a purge takes away: a zip file with a line of JSON for each row."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import os
import shutil
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from deskcore import __version__
from deskcore.clock import now
from deskcore.errors import DeskcoreError
from deskcore.hooks import state
from deskcore.hooks.failures import read_failures
from deskcore.hooks.setting_values import read_settings
from deskcore.purging.holdings import Holdings, concerned
from deskcore.recovery.archive import publish, unfinished

MANIFEST = "manifest.json"
FORMAT = 1
_PIECE = 500
_CHUNK = 1024 * 1024


class NotArchived(DeskcoreError):
    """The archive could not be written, and nothing was removed."""


def write_archive(
    session: Session, held: Holdings, target: Path, progress: Callable[[str], None] = lambda part: None
) -> Path:
    """Write all of ``held``, with the tickets concerned, into a file that only its owner can read; return its path.

    The file has its name once it is complete, was read again and is on disk.

    :param session: one that may see every ticket.
    :param progress: called with the name of each part.
    :raises NotArchived: when it cannot be written, or is there already.
    """
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if target.exists():
            raise NotArchived(f"There is a file “{target}” already; name another with --archive. Nothing was removed.")
        _clear_leftovers(target.parent, held.plugin)
        with unfinished(target) as folder:
            part = folder / "archive.zip"
            _write(session, held, part, progress)
            _verify(part)
            publish(part, target)
    except OSError as error:
        raise NotArchived(
            f"The archive “{target}” cannot be written ({error.strerror or error}); make room or correct the folder, "
            "or name another with --archive. Nothing was removed."
        ) from error
    return target


def free_name(folder: Path, plugin: str) -> Path:
    """Return a name in ``folder`` for an archive that is made now."""
    first = folder / f"{plugin}-{now():%Y%m%d-%H%M%S}.zip"
    others = (first.with_stem(f"{first.stem}-{count}") for count in itertools.count(2))
    return next(path for path in itertools.chain([first], others) if not path.exists())


def _clear_leftovers(folder: Path, plugin: str) -> None:
    """Delete what a purge left that was killed while it wrote."""
    for path in folder.glob(f".{plugin}-*.zip.*"):
        shutil.rmtree(path, ignore_errors=True)


def _write(session: Session, held: Holdings, path: Path, progress: Callable[[str], None]) -> None:
    members: dict[str, Any] = {}
    manifest = {"format": FORMAT, "plugin": held.plugin, "deskcore": __version__, "created_at": now().isoformat()}
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, rows in _parts(session, held):
                progress(name)
                members[name] = _add(archive, name, rows)
            archive.writestr(MANIFEST, json.dumps(manifest | {"members": members}, indent=1, ensure_ascii=False))
        file.flush()
        os.fsync(file.fileno())


def _parts(session: Session, held: Holdings) -> Iterator[tuple[str, Iterable[Mapping[str, Any]]]]:
    row = state.read_states(session).get(held.plugin)
    yield "state.jsonl", [asdict(row)] if row is not None else []
    given = read_settings(session).get(held.plugin, {})
    yield "settings.jsonl", ({"key": key, "value": value} for key, value in sorted(given.items()))
    yield "failures.jsonl", read_failures(session, held.plugin)
    yield "tickets.jsonl", _streamed(session, concerned(held.plugin))
    for table in held.rows:
        columns: list[sa.ColumnClause[Any]] = [
            sa.column(str(each["name"])) for each in sa.inspect(session.connection()).get_columns(table)
        ]
        yield f"tables/{table}.jsonl", _streamed(session, sa.select(*columns).select_from(sa.table(table)))


def _streamed(session: Session, statement: sa.Select[Any]) -> Iterator[Mapping[str, Any]]:
    yield from (dict(row) for row in session.execute(statement.execution_options(yield_per=_PIECE)).mappings())


def _add(archive: zipfile.ZipFile, name: str, rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    digest, count, size = hashlib.sha256(), 0, 0
    with archive.open(name, "w", force_zip64=True) as member:
        for row in rows:
            line = (json.dumps(row, ensure_ascii=False, default=_plain) + "\n").encode("utf-8", "surrogatepass")
            member.write(line)
            digest.update(line)
            count, size = count + 1, size + len(line)
    return {"rows": count, "size": size, "sha256": digest.hexdigest()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return {"base64": base64.b64encode(bytes(value)).decode()}
    if isinstance(value, Mapping):
        return dict(value)
    return str(value)


def _verify(path: Path) -> None:
    """Read what was written.

    :raises OSError: when it is not what was written.
    """
    with zipfile.ZipFile(path) as archive:
        manifest = json.loads(archive.read(MANIFEST))
        for name, member in manifest["members"].items():
            digest = hashlib.sha256()
            with archive.open(name) as content:
                while piece := content.read(_CHUNK):
                    digest.update(piece)
            if digest.hexdigest() != member["sha256"]:
                raise OSError(f"“{name}” was not stored as it was written")
